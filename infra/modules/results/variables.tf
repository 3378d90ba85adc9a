variable "bucket_name" {
  description = "Name of the results bucket."
  type        = string
}

variable "key_arn" {
  description = "ARN of the KMS key of results."
  type        = string
}

variable "log_bucket_name" {
  description = "Name of the bucket of access logs."
  type        = string
}

variable "deletion_protection" {
  description = "Whether deleting the bucket or an object version is denied to everybody."
  type        = bool
}

variable "force_destroy" {
  description = "Whether terraform destroy empties the bucket."
  type        = bool
}
