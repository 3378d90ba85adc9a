variable "name" {
  description = "Name of the SNS topic."
  type        = string
}

variable "prefix" {
  description = "Prefix of all resource names."
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

variable "key_arn" {
  description = "ARN of the KMS key of notices and alerts."
  type        = string
}

variable "emails" {
  description = "Email addresses that are subscribed to the topic."
  type        = set(string)
}

variable "webhooks" {
  description = "HTTPS endpoints that are subscribed to the topic."
  type        = set(string)
}

variable "notices_name" {
  description = "Name of the queue of failure notices. Its dead-letter queue is {notices_name}-dlq."
  type        = string
}

variable "notices_visibility_timeout_seconds" {
  description = "Visibility timeout of the queue of notices, in seconds."
  type        = number
}
