variable "name" {
  description = "The function's name, and its role's."
  type        = string
}

variable "description" {
  description = "What it is for."
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
  description = "How long one invocation may take."
  type        = number
}

variable "concurrency_max" {
  description = "How many invocations may run at the same time; null is as many as the account has room for."
  type        = number
  default     = null
}

variable "environment" {
  description = "What it is told, by variable name."
  type        = map(string)
}

variable "subnet_ids" {
  description = "Where it runs; none is outside the network."
  type        = list(string)
  default     = []
}

variable "security_group_id" {
  description = "What it may reach; null is outside the network."
  type        = string
  default     = null
}

variable "key_arn" {
  description = "The key of its environment and its logs."
  type        = string
}

variable "log_retention_days" {
  description = "How long logs are kept, in days."
  type        = number
}

variable "statements" {
  description = "What this function may do, besides writing its log: policy statements with a Sid each."
  type        = any
}

variable "denials" {
  description = "What every runtime role is denied."
  type        = any
}
