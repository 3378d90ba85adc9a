variable "name" {
  description = "The bucket's name."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of its objects."
  type        = string
}

variable "log_bucket_id" {
  description = "The bucket that its access log goes to."
  type        = string
}

variable "expiry_days" {
  description = "After how many days versions expire, newest and older ones alike; null: never."
  type        = number
  default     = null
}

variable "written_once" {
  description = "Patterns of keys under which the first object stays: no other is put in its place, by nobody."
  type        = list(string)
  default     = []
}

variable "deletion_protection" {
  description = "Whether versions are protected from deletion by everybody."
  type        = bool
}

variable "force_destroy" {
  description = "Whether terraform destroy empties the bucket."
  type        = bool
}
