variable "prefix" {
  description = "Prefix of all resource names."
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

variable "cidr_block" {
  description = "CIDR block of the VPC. The VPC is connected to no other network, so any private range will do."
  type        = string
  default     = "10.64.0.0/20"
}

variable "bucket_arns" {
  description = "ARNs of the buckets that the VPC can reach."
  type        = list(string)
}

variable "table_arns" {
  description = "ARNs of the tables that the VPC can reach."
  type        = list(string)
}

variable "notices_queue_arn" {
  description = "ARN of the queue of failure notices, which the VPC can reach."
  type        = string
}

variable "topic_arn" {
  description = "ARN of the SNS topic that the VPC can publish to."
  type        = string
}

variable "cluster_name" {
  description = "Name of the ECS cluster that tasks can be started in from the VPC."
  type        = string
}

variable "task_family" {
  description = "Family of the task definition that can be started from the VPC."
  type        = string
}

variable "repository_name" {
  description = "Name of the ECR repository that can be pulled from the VPC."
  type        = string
}

variable "task_log_group_name" {
  description = "Name of the log group of tasks, which the VPC can write to."
  type        = string
}

variable "objects_key_arn" {
  description = "ARN of the KMS key of packages and results. The VPC can reach it to create and unwrap token keys."
  type        = string
}

variable "log_key_arn" {
  description = "ARN of the KMS key of the flow log."
  type        = string
}

variable "log_retention_days" {
  description = "Retention of the flow log, in days."
  type        = number
}

variable "state_machine_arn" {
  description = "ARN of the state machine that runs packages, which the VPC can reach; null if tasks are started directly."
  type        = string
}
