output "trail_table_name" {
  description = "Name of the table of audit events."
  value       = aws_dynamodb_table.trail.name
}

output "trail_table_arn" {
  description = "ARN of the table of audit events."
  value       = aws_dynamodb_table.trail.arn
}

output "trail_table_policy" {
  description = "Resource policy of the table of audit events."
  value       = local.trail_policy
}

output "organizations_table_name" {
  description = "Name of the table of organizations."
  value       = aws_dynamodb_table.organizations.name
}

output "organizations_table_arn" {
  description = "ARN of the table of organizations."
  value       = aws_dynamodb_table.organizations.arn
}
