variable "bucket_name" {
  description = "Name of the ingress bucket."
  type        = string
}

variable "log_bucket_name" {
  description = "Name of the bucket of access logs."
  type        = string
}

variable "queue_name" {
  description = "Name of the notification queue. Its dead-letter queue is {queue_name}-dlq."
  type        = string
}

variable "region" {
  description = "AWS Region of the deployment."
  type        = string
}

variable "account_id" {
  description = "ID of the AWS account."
  type        = string
}

variable "bucket_key_arn" {
  description = "ARN of the KMS key of packages."
  type        = string
}

variable "queue_key_arn" {
  description = "ARN of the KMS key of notifications."
  type        = string
}

variable "visibility_timeout_seconds" {
  description = "Visibility timeout of the notification queue, in seconds."
  type        = number
}

variable "expiry_days" {
  description = "Days after which packages expire."
  type        = number
}

variable "log_expiry_days" {
  description = "Days after which access logs expire."
  type        = number
}

variable "deletion_protection" {
  description = "Whether deleting the ingress bucket or an object version in it is denied to everybody."
  type        = bool
}

variable "force_destroy" {
  description = "Whether terraform destroy empties the buckets."
  type        = bool
}
