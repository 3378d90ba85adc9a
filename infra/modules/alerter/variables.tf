variable "name" {
  description = "The function's name, and its role's."
  type        = string
}

variable "prefix" {
  description = "What every alarm's name starts with."
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

variable "table_name" {
  description = "The table of the book."
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

variable "timeout_seconds" {
  description = "How long one round may take. A notice is hidden for three times as long."
  type        = number
}

variable "concurrency_max" {
  description = "How many rounds may run at the same time; null takes none of the account's concurrency for it. Two rounds at the same time do no harm: one keeps its book, the other is repeated."
  type        = number
  default     = null
}

variable "environment" {
  description = "What the alerter is told, by variable name."
  type        = map(string)
}

variable "subnet_ids" {
  description = "Where it runs."
  type        = list(string)
}

variable "security_group_id" {
  description = "What it may reach."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "notices_queue_arn" {
  description = "Where notices come from."
  type        = string
}

variable "notices_queue_name" {
  description = "The same, by its name."
  type        = string
}

variable "notices_dlq_name" {
  description = "Where notices end that no round could tell of."
  type        = string
}

variable "topic_arn" {
  description = "Where alerts and alarms are published."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the table is protected from deletion."
  type        = bool
}

variable "denials" {
  description = "Statements that every runtime role has."
  type        = any
}

variable "records_key_arn" {
  description = "The KMS key of the table."
  type        = string
}

variable "alerts_key_arn" {
  description = "The KMS key of notices and alerts."
  type        = string
}

variable "operations_key_arn" {
  description = "The KMS key of logs and the function's environment."
  type        = string
}
