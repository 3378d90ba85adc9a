variable "name" {
  description = "Name of the function and of its role."
  type        = string
}

variable "description" {
  description = "Description of the function and of its role."
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
  description = "Timeout of one invocation, in seconds."
  type        = number
}

variable "concurrency_max" {
  description = "Reserved concurrency of the function; null reserves none."
  type        = number
  default     = null
}

variable "environment" {
  description = "Environment variables of the function."
  type        = map(string)
}

variable "subnet_ids" {
  description = "IDs of the subnets that the function runs in; an empty list puts it outside the VPC."
  type        = list(string)
  default     = []
}

variable "security_group_id" {
  description = "ID of the function's security group; null outside the VPC."
  type        = string
  default     = null
}

variable "key_arn" {
  description = "ARN of the KMS key of the function's environment and log."
  type        = string
}

variable "log_retention_days" {
  description = "Retention of logs, in days."
  type        = number
}

variable "statements" {
  description = "Policy statements with what the function may do, besides writing its log and traces. Each has a Sid."
  type        = any
}

variable "denials" {
  description = "Policy statements with what every runtime role is denied."
  type        = any
}
