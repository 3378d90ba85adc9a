variable "bucket_name" {
  description = "The ingress bucket."
  type        = string
}

variable "log_bucket_name" {
  description = "The bucket of access logs."
  type        = string
}

variable "queue_name" {
  description = "The queue of notifications. Its dead letters go to {queue_name}-dlq."
  type        = string
}

variable "region" {
  description = "The region."
  type        = string
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "bucket_key_arn" {
  description = "The KMS key of packages."
  type        = string
}

variable "queue_key_arn" {
  description = "The KMS key of notifications."
  type        = string
}

variable "visibility_timeout_seconds" {
  description = "How long a message is hidden from others once it is taken."
  type        = number
}

variable "expiry_days" {
  description = "After how many days packages expire."
  type        = number
}

variable "log_expiry_days" {
  description = "After how many days access logs expire."
  type        = number
}

variable "deletion_protection" {
  description = "Whether versions are protected from deletion by everybody."
  type        = bool
}

variable "force_destroy" {
  description = "Whether terraform destroy empties the buckets."
  type        = bool
}
