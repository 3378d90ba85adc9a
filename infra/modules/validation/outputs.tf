output "function_name" {
  description = "The function."
  value       = aws_lambda_function.validator.function_name
}

output "role_arn" {
  description = "Its role."
  value       = aws_iam_role.validator.arn
}

output "role_policy" {
  description = "What its role may do."
  value       = local.policy
}

output "trust_policy" {
  description = "Who may have its role."
  value       = local.trust_policy
}

output "log_group_name" {
  description = "Its log group."
  value       = aws_cloudwatch_log_group.validator.name
}

output "environment" {
  description = "What the validator is told, by variable name."
  value       = var.environment
}
