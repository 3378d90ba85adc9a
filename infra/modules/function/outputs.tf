output "arn" {
  description = "The function."
  value       = aws_lambda_function.this.arn
}

output "name" {
  description = "Its name."
  value       = aws_lambda_function.this.function_name
}

output "role_name" {
  description = "Its role's name."
  value       = aws_iam_role.this.name
}

output "log_group_name" {
  description = "Its log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "role_policy" {
  description = "What its role may do."
  value       = local.policy
}

output "concurrency_max" {
  description = "How many invocations may run at the same time; -1 is as many as the account has room for."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}
