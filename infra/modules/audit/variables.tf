variable "trail_table_name" {
  description = "The table of audit events."
  type        = string
}

variable "organizations_table_name" {
  description = "The table of organizations."
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

variable "key_arn" {
  description = "The KMS key of both tables."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the tables are protected from deletion."
  type        = bool
}
