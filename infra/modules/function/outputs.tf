output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "role_name" {
  description = "Name of the function's role."
  value       = aws_iam_role.this.name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "role_policy" {
  description = "Policy of the function's role."
  value       = local.policy
}

output "concurrency_max" {
  description = "Reserved concurrency of the function; -1 means none."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}
