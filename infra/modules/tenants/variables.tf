variable "organization_ids" {
  description = "The first organizations."
  type        = set(string)
}

variable "role_path" {
  description = "The path of task roles."
  type        = string
}

variable "role_name_prefix" {
  description = "What a task role's name starts with; the organization's id follows."
  type        = string
}

variable "policy_arn" {
  description = "The policy and boundary of task roles."
  type        = string
}

variable "trust_policy" {
  description = "Who may have a task role, as JSON."
  type        = string
}

variable "table_name" {
  description = "The table of organizations."
  type        = string
}
