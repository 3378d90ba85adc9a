variable "name" {
  description = "Name of the function and of its role."
  type        = string
}

variable "prefix" {
  description = "Prefix of the alarm's name."
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

variable "zip_path" {
  description = "Path of the function's zip."
  type        = string
}

variable "memory_size" {
  description = "Memory of the function, in MB."
  type        = number
}

variable "schedule_hours" {
  description = "Hours between two scheduled runs."
  type        = number
}

variable "environment" {
  description = "Environment variables of the monitor."
  type        = map(string)
}

variable "log_retention_days" {
  description = "Retention of logs, in days."
  type        = number
}

variable "bucket_name" {
  description = "Name of the results bucket, which holds the findings below _monitor/."
  type        = string
}

variable "topic_arn" {
  description = "ARN of the SNS topic that changes of findings and alarms are published to."
  type        = string
}

variable "denials" {
  description = "Policy statements with what every runtime role is denied."
  type        = any
}

variable "objects_key_arn" {
  description = "ARN of the KMS key of the results bucket."
  type        = string
}

variable "alerts_key_arn" {
  description = "ARN of the KMS key of notices and alerts."
  type        = string
}

variable "operations_key_arn" {
  description = "ARN of the KMS key of the dead-letter queue and of the function's environment and log."
  type        = string
}
