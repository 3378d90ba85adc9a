variable "name" {
  description = "The topic's name."
  type        = string
}

variable "prefix" {
  description = "What every name starts with."
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
  description = "The KMS key of messages."
  type        = string
}

variable "emails" {
  description = "Who is told."
  type        = set(string)
}
