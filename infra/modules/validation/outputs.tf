output "function_name" {
  description = "Name of the validator function."
  value       = aws_lambda_function.validator.function_name
}

output "role_arn" {
  description = "ARN of the validator's role."
  value       = aws_iam_role.validator.arn
}

output "role_policy" {
  description = "Policy of the validator's role."
  value       = local.policy
}

output "trust_policy" {
  description = "Trust policy of the validator's role."
  value       = local.trust_policy
}

output "log_group_name" {
  description = "Name of the validator's log group."
  value       = aws_cloudwatch_log_group.validator.name
}

output "environment" {
  description = "Environment variables of the validator."
  value       = var.environment
}
