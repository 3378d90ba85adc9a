variable "aws_region" {
  description = "The region of the state."
  type        = string
  default     = "eu-north-1"
  nullable    = false
}

variable "owner" {
  description = "Who answers for it; a tag."
  type        = string
  default     = "hybrid-relay"
  nullable    = false
}
