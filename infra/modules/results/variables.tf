variable "bucket_name" {
  description = "The results bucket."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of results."
  type        = string
}

variable "log_bucket_name" {
  description = "The bucket of access logs."
  type        = string
}

variable "deletion_protection" {
  description = "Whether versions are protected from deletion by everybody."
  type        = bool
}

variable "force_destroy" {
  description = "Whether terraform destroy empties the bucket."
  type        = bool
}
