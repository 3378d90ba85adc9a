variable "trail_table_name" {
  description = "Name of the table of audit events."
  type        = string
}

variable "organizations_table_name" {
  description = "Name of the table of organizations."
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

variable "key_arn" {
  description = "ARN of the KMS key of both tables."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the tables are protected from deletion."
  type        = bool
}
