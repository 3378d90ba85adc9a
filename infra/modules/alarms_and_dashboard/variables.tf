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

variable "topic_arn" {
  description = "ARN of the SNS topic of alerts and alarms."
  type        = string
}

variable "key_arn" {
  description = "ARN of the KMS key of the log of failed tasks."
  type        = string
}

variable "log_retention_days" {
  description = "Retention of logs, in days."
  type        = number
}

variable "queue_name" {
  description = "Name of the notification queue."
  type        = string
}

variable "dlq_name" {
  description = "Name of the dead-letter queue of notifications."
  type        = string
}

variable "function_name" {
  description = "Name of the validator function."
  type        = string
}

variable "function_timeout_seconds" {
  description = "Timeout of the validator for one batch, in seconds."
  type        = number
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
}

variable "cluster_name" {
  description = "Name of the ECS cluster."
  type        = string
}

variable "task_family" {
  description = "Family of the task definition."
  type        = string
}

variable "trail_table_name" {
  description = "Name of the table of audit events."
  type        = string
}

variable "state_machine_arn" {
  description = "ARN of the state machine that runs packages; null if tasks are started directly."
  type        = string
}

variable "waiting_metric" {
  description = "Namespace and name of the metric that counts how often runs waited for capacity; null if tasks are started directly."
  type        = object({ namespace = string, name = string })
}

variable "recorder_name" {
  description = "Name of the recorder function, which records runs that failed without recording it."
  type        = string
}
