variable "prefix" {
  description = "What every name starts with."
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

variable "topic_arn" {
  description = "Where alarms are announced."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of logs."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "queue_name" {
  description = "The queue of notifications."
  type        = string
}

variable "dlq_name" {
  description = "The queue of dead letters."
  type        = string
}

variable "function_name" {
  description = "The validator."
  type        = string
}

variable "function_timeout_seconds" {
  description = "How long one batch may take."
  type        = number
}

variable "cluster_arn" {
  description = "The cluster of the tasks."
  type        = string
}

variable "cluster_name" {
  description = "The cluster's name."
  type        = string
}

variable "task_family" {
  description = "The task definition family."
  type        = string
}

variable "trail_table_name" {
  description = "The table of audit events."
  type        = string
}

variable "state_machine_arn" {
  description = "The state machine that runs packages; null where tasks are started directly."
  type        = string
}

variable "waiting_metric" {
  description = "The metric that counts pauses of runs for which there was no room: its namespace and its name; null where tasks are started directly."
  type        = object({ namespace = string, name = string })
}

variable "recorder_name" {
  description = "The function that concludes what runs left."
  type        = string
}
