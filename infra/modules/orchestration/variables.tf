variable "name" {
  description = "The state machine's name, and its role's."
  type        = string
}

variable "recorder_name" {
  description = "The recorder's name, and its role's."
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

variable "zip_path" {
  description = "The packaged recorder."
  type        = string
}

variable "memory_size" {
  description = "The recorder's memory, in MB."
  type        = number
}

variable "timeout_seconds" {
  description = "How long the recorder may take."
  type        = number
}

variable "heartbeat_timeout_seconds" {
  description = "How long a task may say nothing before it is given up, its start included."
  type        = number
}

variable "environment" {
  description = "What the recorder is told, by variable name."
  type        = map(string)
}

variable "subnet_ids" {
  description = "Where tasks and the recorder run."
  type        = list(string)
}

variable "function_security_group_id" {
  description = "What the recorder may reach."
  type        = string
}

variable "task_security_group_id" {
  description = "What tasks may reach."
  type        = string
}

variable "cluster_arn" {
  description = "The cluster of the tasks."
  type        = string
}

variable "task_definition_arn" {
  description = "What is run, with its revision."
  type        = string
}

variable "task_family" {
  description = "The family of the task definition."
  type        = string
}

variable "container_name" {
  description = "The container that gets the order."
  type        = string
}

variable "execution_role_arn" {
  description = "The role with which ECS starts tasks."
  type        = string
}

variable "tenant_role_pattern" {
  description = "The task roles of organizations."
  type        = string
}

variable "trail_table_arn" {
  description = "The table of audit events."
  type        = string
}

variable "notices_queue_arn" {
  description = "The queue that notices of failures are sent to."
  type        = string
}

variable "records_key_arn" {
  description = "The key of the trail."
  type        = string
}

variable "alerts_key_arn" {
  description = "The KMS key of notices and alerts."
  type        = string
}

variable "operations_key_arn" {
  description = "The key of histories, logs, alerts and the recorder's environment."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "denials" {
  description = "What every runtime role is denied."
  type        = any
}
