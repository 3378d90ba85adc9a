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
  description = "The KMS key of alerts and notices."
  type        = string
}

variable "emails" {
  description = "Who is told."
  type        = set(string)
}

variable "webhooks" {
  description = "Which https addresses are told."
  type        = set(string)
}

variable "notices_name" {
  description = "The name of the queue of notices."
  type        = string
}

variable "notices_visibility_timeout_seconds" {
  description = "How long a notice is hidden from other rounds while one works on it."
  type        = number
}
