variable "name" {
  description = "What the policies' names begin with."
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

variable "ingress_bucket_arn" {
  description = "The ingress bucket."
  type        = string
}

variable "results_bucket_arn" {
  description = "The results bucket."
  type        = string
}

variable "trail_table_arn" {
  description = "The table of audit events."
  type        = string
}

variable "organizations_table_arn" {
  description = "The table of organizations."
  type        = string
}

variable "queue_arn" {
  description = "The queue of notifications."
  type        = string
}

variable "dlq_arn" {
  description = "Its dead letters."
  type        = string
}

variable "log_group_names" {
  description = "The log groups."
  type        = list(string)
}

variable "notices_queue_arn" {
  description = "The queue that notices of failures are sent to."
  type        = string
}

variable "notices_dlq_arn" {
  description = "Their dead letters."
  type        = string
}

variable "monitor_arn" {
  description = "The monitor."
  type        = string
}

variable "cluster_arn" {
  description = "The cluster."
  type        = string
}

variable "task_family" {
  description = "The task definition family."
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

variable "tenant_policy_arn" {
  description = "The policy and boundary of task roles."
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
  description = "The KMS key of notifications."
  type        = string
}

variable "state_machine_arn" {
  description = "The state machine that runs packages; null where tasks are started directly."
  type        = string
}
