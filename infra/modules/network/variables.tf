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

variable "cidr_block" {
  description = "The addresses of the network. It is connected to nothing, so any private range will do."
  type        = string
  default     = "10.64.0.0/20"
}

variable "bucket_arns" {
  description = "The buckets that can be reached from inside."
  type        = list(string)
}

variable "table_arns" {
  description = "The tables that can be reached from inside."
  type        = list(string)
}

variable "notices_queue_arn" {
  description = "The queue of notices, which can be reached from inside."
  type        = string
}

variable "topic_arn" {
  description = "The topic that can be published to from inside."
  type        = string
}

variable "cluster_name" {
  description = "The cluster in which tasks can be started from inside."
  type        = string
}

variable "task_family" {
  description = "The task definition family that can be started from inside."
  type        = string
}

variable "repository_name" {
  description = "The image repository that can be pulled from inside."
  type        = string
}

variable "task_log_group_name" {
  description = "The log group that tasks can write to."
  type        = string
}

variable "objects_key_arn" {
  description = "The KMS key that token keys are wrapped under, which can be reached from inside for that."
  type        = string
}

variable "log_key_arn" {
  description = "The KMS key of the flow log."
  type        = string
}

variable "log_retention_days" {
  description = "How long the flow log is kept, in days."
  type        = number
}

variable "state_machine_arn" {
  description = "The state machine that runs packages; null where tasks are started directly."
  type        = string
}
