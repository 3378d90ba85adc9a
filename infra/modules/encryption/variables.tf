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

variable "ingress_bucket_arn" {
  description = "The bucket whose notifications go to an encrypted queue."
  type        = string
}

variable "deletion_window_days" {
  description = "How long a key can be brought back after its deletion, in days."
  type        = number
}
