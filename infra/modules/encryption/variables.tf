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

variable "ingress_bucket_arn" {
  description = "ARN of the ingress bucket, whose notifications go to an encrypted queue."
  type        = string
}

variable "deletion_window_days" {
  description = "Waiting period before a deleted key is gone, in days."
  type        = number
}
