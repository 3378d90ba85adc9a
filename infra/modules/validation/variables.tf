variable "name" {
  description = "Name of the function and of its role."
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

variable "zip_path" {
  description = "Path of the function's zip."
  type        = string
}

variable "memory_size" {
  description = "Memory of the function, in MB."
  type        = number
}

variable "timeout_seconds" {
  description = "Timeout of one batch, in seconds."
  type        = number
}

variable "concurrency_max" {
  description = "How many batches are processed at the same time, at most."
  type        = number
}

variable "environment" {
  description = "Environment variables of the validator."
  type        = map(string)
}

variable "subnet_ids" {
  description = "IDs of the subnets that the function runs in."
  type        = list(string)
}

variable "security_group_id" {
  description = "ID of the function's security group."
  type        = string
}

variable "log_group_name" {
  description = "Name of the function's log group."
  type        = string
}

variable "log_retention_days" {
  description = "Retention of logs, in days."
  type        = number
}

variable "queue_arn" {
  description = "ARN of the notification queue."
  type        = string
}

variable "ingress_bucket_arn" {
  description = "ARN of the ingress bucket."
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

variable "notices_queue_arn" {
  description = "ARN of the queue of failure notices."
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

variable "denials" {
  description = "Policy statements with what every runtime role is denied."
  type        = any
}

variable "objects_key_arn" {
  description = "ARN of the KMS key of packages."
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
  description = "ARN of the KMS key of the notification queue and of the function's environment and log."
  type        = string
}

variable "state_machine_arn" {
  description = "ARN of the state machine that runs packages; null if tasks are started directly."
  type        = string
}
