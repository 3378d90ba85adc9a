variable "name" {
  description = "Name of the bucket."
  type        = string
}

variable "key_arn" {
  description = "ARN of the KMS key that encrypts the objects."
  type        = string
}

variable "log_bucket_id" {
  description = "Name of the bucket that receives the access log."
  type        = string
}

variable "expiry_days" {
  description = "Days after which an object, and later its noncurrent version, expires; null means never."
  type        = number
  default     = null
}

variable "written_once" {
  description = "Patterns of object keys that are written once. A PUT without If-None-Match and a delete marker are denied to everybody."
  type        = list(string)
  default     = []
}

variable "deletion_protection" {
  description = "Whether deleting the bucket or an object version is denied to everybody."
  type        = bool
}

variable "force_destroy" {
  description = "Whether terraform destroy empties the bucket."
  type        = bool
}
