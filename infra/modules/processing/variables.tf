variable "prefix" {
  description = "Prefix of all resource names, and name of the cluster."
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

variable "repository_name" {
  description = "Name of the ECR repository."
  type        = string
}

variable "image_tag" {
  description = "Image that tasks run: a tag or a digest."
  type        = string
}

variable "task_family" {
  description = "Family of the task definition."
  type        = string
}

variable "container_name" {
  description = "Name of the processor's container."
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
  description = "Environment variables of the processor."
  type        = map(string)
}

variable "log_group_name" {
  description = "Name of the log group of tasks."
  type        = string
}

variable "log_retention_days" {
  description = "Retention of logs, in days."
  type        = number
}

variable "deletion_protection" {
  description = "Whether the repository is protected from deletion while it holds images."
  type        = bool
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

variable "notices_queue_arn" {
  description = "ARN of the queue of failure notices."
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
  description = "ARN of the KMS key of logs and images."
  type        = string
}

variable "state_machine_arn" {
  description = "ARN of the state machine that runs packages; null if tasks are started directly."
  type        = string
}
