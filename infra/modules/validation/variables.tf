variable "name" {
  description = "The function's name, and its role's."
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

variable "timeout_seconds" {
  description = "How long one batch may take."
  type        = number
}

variable "concurrency_max" {
  description = "How many batches are worked on at the same time."
  type        = number
}

variable "environment" {
  description = "What the validator is told, by variable name."
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

variable "log_group_name" {
  description = "Its log group."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "queue_arn" {
  description = "The queue that it works on."
  type        = string
}

variable "ingress_bucket_arn" {
  description = "Where packages are looked at."
  type        = string
}

variable "trail_table_arn" {
  description = "Where events are written."
  type        = string
}

variable "organizations_table_arn" {
  description = "Where organizations are looked up."
  type        = string
}

variable "notices_queue_arn" {
  description = "The queue that notices of failures are sent to."
  type        = string
}

variable "cluster_arn" {
  description = "Where tasks are started."
  type        = string
}

variable "task_family" {
  description = "Which task definition is started."
  type        = string
}

variable "execution_role_arn" {
  description = "The role with which ECS starts tasks."
  type        = string
}

variable "tenant_role_pattern" {
  description = "The ARNs of the organizations' task roles."
  type        = string
}

variable "denials" {
  description = "Statements that every runtime role has."
  type        = any
}

variable "objects_key_arn" {
  description = "The KMS key of packages."
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
  description = "The KMS key of the queue, logs and the function's environment."
  type        = string
}

variable "state_machine_arn" {
  description = "The state machine that runs packages; null where tasks are started directly."
  type        = string
}
