variable "name" {
  description = "Prefix of the policies' names."
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

variable "ingress_bucket_arn" {
  description = "ARN of the ingress bucket."
  type        = string
}

variable "results_bucket_arn" {
  description = "ARN of the results bucket."
  type        = string
}

variable "trail_table_arn" {
  description = "ARN of the table of audit events."
  type        = string
}

variable "organizations_table_arn" {
  description = "ARN of the table of organizations."
  type        = string
}

variable "queue_arn" {
  description = "ARN of the notification queue."
  type        = string
}

variable "dlq_arn" {
  description = "ARN of the dead-letter queue of notifications."
  type        = string
}

variable "log_group_names" {
  description = "Names of the log groups."
  type        = list(string)
}

variable "notices_queue_arn" {
  description = "ARN of the queue of failure notices."
  type        = string
}

variable "notices_dlq_arn" {
  description = "ARN of the dead-letter queue of notices."
  type        = string
}

variable "monitor_arn" {
  description = "ARN of the monitor function."
  type        = string
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
}

variable "task_family" {
  description = "Family of the task definition."
  type        = string
}

variable "execution_role_arn" {
  description = "ARN of the role with which ECS starts tasks."
  type        = string
}

variable "tenant_role_pattern" {
  description = "Pattern of the ARNs of the organizations' task roles."
  type        = string
}

variable "tenant_policy_arn" {
  description = "ARN of the policy of task roles, which is also their permissions boundary."
  type        = string
}

variable "objects_key_arn" {
  description = "ARN of the KMS key of packages and results."
  type        = string
}

variable "records_key_arn" {
  description = "ARN of the KMS key of the tables."
  type        = string
}

variable "alerts_key_arn" {
  description = "ARN of the KMS key of notices and alerts."
  type        = string
}

variable "operations_key_arn" {
  description = "ARN of the KMS key of notifications."
  type        = string
}

variable "state_machine_arn" {
  description = "ARN of the state machine that runs packages; null if tasks are started directly."
  type        = string
}
