variable "aws_region" {
  description = "AWS Region of the state bucket."
  type        = string
  default     = "eu-north-1"
  nullable    = false
}

variable "owner" {
  description = "Who is responsible for the state bucket; the tag owner of every resource."
  type        = string
  default     = "hybrid-relay"
  nullable    = false
}
