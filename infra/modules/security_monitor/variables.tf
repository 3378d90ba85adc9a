variable "name" {
  description = "The function's name, and its role's."
  type        = string
}

variable "prefix" {
  description = "What the alarm's name starts with."
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
  description = "The packaged function."
  type        = string
}

variable "memory_size" {
  description = "Memory, in MB."
  type        = number
}

variable "schedule_hours" {
  description = "How many hours lie between two runs."
  type        = number
}

variable "environment" {
  description = "What the monitor is told, by variable name."
  type        = map(string)
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "bucket_name" {
  description = "Where findings are kept, below _monitor/."
  type        = string
}

variable "topic_arn" {
  description = "Where news and alarms are published."
  type        = string
}

variable "denials" {
  description = "Statements that every runtime role has."
  type        = any
}

variable "objects_key_arn" {
  description = "The KMS key of the bucket."
  type        = string
}

variable "alerts_key_arn" {
  description = "The KMS key of notices and alerts."
  type        = string
}

variable "operations_key_arn" {
  description = "The KMS key of dead letters, logs and the function's environment."
  type        = string
}
