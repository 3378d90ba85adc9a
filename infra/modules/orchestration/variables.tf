variable "name" {
  description = "Name of the state machine and of its role."
  type        = string
}

variable "recorder_name" {
  description = "Name of the recorder function and of its role."
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
  description = "Path of the recorder's zip."
  type        = string
}

variable "memory_size" {
  description = "Memory of the recorder, in MB."
  type        = number
}

variable "timeout_seconds" {
  description = "Timeout of the recorder, in seconds."
  type        = number
}

variable "heartbeat_timeout_seconds" {
  description = "How long a task may send no heartbeat before it is given up, its start included, in seconds."
  type        = number
}

variable "environment" {
  description = "Environment variables of the recorder."
  type        = map(string)
}

variable "subnet_ids" {
  description = "IDs of the subnets that tasks and the recorder run in."
  type        = list(string)
}

variable "function_security_group_id" {
  description = "ID of the recorder's security group."
  type        = string
}

variable "task_security_group_id" {
  description = "ID of the security group of tasks."
  type        = string
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
}

variable "task_definition_arn" {
  description = "ARN of the task definition, with its revision."
  type        = string
}

variable "task_family" {
  description = "Family of the task definition."
  type        = string
}

variable "container_name" {
  description = "Name of the container that receives the run order."
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

variable "trail_table_arn" {
  description = "ARN of the table of audit events."
  type        = string
}

variable "notices_queue_arn" {
  description = "ARN of the queue of failure notices."
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
  description = "ARN of the KMS key of execution histories, logs and the recorder's environment."
  type        = string
}

variable "log_retention_days" {
  description = "Retention of logs, in days."
  type        = number
}

variable "denials" {
  description = "Policy statements with what every runtime role is denied."
  type        = any
}
