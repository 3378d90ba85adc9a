variable "prefix" {
  description = "What every name starts with; also the cluster's name."
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

variable "repository_name" {
  description = "The image repository."
  type        = string
}

variable "image_tag" {
  description = "The image that tasks run: a tag or a digest."
  type        = string
}

variable "task_family" {
  description = "The task definition family."
  type        = string
}

variable "container_name" {
  description = "The container in it."
  type        = string
}

variable "cpu" {
  description = "CPU units of a task."
  type        = number
}

variable "memory" {
  description = "Memory of a task, in MiB."
  type        = number
}

variable "environment" {
  description = "What the processor is told, by variable name."
  type        = map(string)
}

variable "log_group_name" {
  description = "The log group of tasks."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "deletion_protection" {
  description = "Whether the repository stays as long as it holds images."
  type        = bool
}

variable "ingress_bucket_arn" {
  description = "Where packages are read."
  type        = string
}

variable "results_bucket_arn" {
  description = "Where results are written."
  type        = string
}

variable "trail_table_arn" {
  description = "Where events are written."
  type        = string
}

variable "organizations_table_arn" {
  description = "Where an organization's settings are read."
  type        = string
}

variable "notices_queue_arn" {
  description = "The queue that notices of failures are sent to."
  type        = string
}

variable "objects_key_arn" {
  description = "The KMS key of packages and results."
  type        = string
}

variable "records_key_arn" {
  description = "The KMS key of the tables."
  type        = string
}

variable "alerts_key_arn" {
  description = "The KMS key of notices and alerts."
  type        = string
}

variable "operations_key_arn" {
  description = "The KMS key of logs and images."
  type        = string
}

variable "state_machine_arn" {
  description = "The state machine that runs packages; null where tasks are started directly."
  type        = string
}
