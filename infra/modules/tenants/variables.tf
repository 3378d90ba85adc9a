variable "organization_ids" {
  description = "IDs of the first organizations."
  type        = set(string)
}

variable "role_path" {
  description = "IAM path of task roles."
  type        = string
}

variable "role_name_prefix" {
  description = "Prefix of the task roles' names; the organization's ID follows."
  type        = string
}

variable "policy_arn" {
  description = "ARN of the policy of task roles, which is also their permissions boundary."
  type        = string
}

variable "trust_policy" {
  description = "Trust policy of task roles, as JSON."
  type        = string
}

variable "table_name" {
  description = "Name of the table of organizations."
  type        = string
}
