variable "name" {
  description = "Name of the function and of its role."
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

variable "table_name" {
  description = "Name of the table that holds the alert state."
  type        = string
}

variable "zip_path" {
  description = "Path of the function's zip."
  type        = string
}

variable "memory_size" {
  description = "Memory of the function, in MB."
  type        = number
}

variable "timeout_seconds" {
  description = "Timeout of one round, in seconds. The visibility timeout of the queue of notices is three times as long."
  type        = number
}

variable "concurrency_max" {
  description = "Reserved concurrency of the function; null reserves none. Two rounds at the same time are harmless: one saves the alert state, the other is repeated."
  type        = number
  default     = null
}

variable "environment" {
  description = "Environment variables of the alerter."
  type        = map(string)
}

variable "subnet_ids" {
  description = "IDs of the subnets that the function runs in."
  type        = list(string)
}

variable "security_group_id" {
  description = "ID of the function's security group."
  type        = string
}

variable "log_retention_days" {
  description = "Retention of logs, in days."
  type        = number
}

variable "notices_queue_arn" {
  description = "ARN of the queue of failure notices."
  type        = string
}

variable "notices_queue_name" {
  description = "Name of the queue of failure notices."
  type        = string
}

variable "notices_dlq_name" {
  description = "Name of the dead-letter queue of notices."
  type        = string
}

variable "topic_arn" {
  description = "ARN of the SNS topic of alerts and alarms."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the table is protected from deletion."
  type        = bool
}

variable "denials" {
  description = "Policy statements with what every runtime role is denied."
  type        = any
}

variable "records_key_arn" {
  description = "ARN of the KMS key of the table."
  type        = string
}

variable "alerts_key_arn" {
  description = "ARN of the KMS key of notices and alerts."
  type        = string
}

variable "operations_key_arn" {
  description = "ARN of the KMS key of the function's environment and log."
  type        = string
}
