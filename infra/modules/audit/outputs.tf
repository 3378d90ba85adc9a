output "trail_table_name" {
  description = "The table of audit events."
  value       = aws_dynamodb_table.trail.name
}

output "trail_table_arn" {
  description = "The table of audit events: its ARN."
  value       = aws_dynamodb_table.trail.arn
}

output "trail_table_policy" {
  description = "What nobody may do to the trail."
  value       = local.trail_policy
}

output "organizations_table_name" {
  description = "The table of organizations."
  value       = aws_dynamodb_table.organizations.name
}

output "organizations_table_arn" {
  description = "The table of organizations: its ARN."
  value       = aws_dynamodb_table.organizations.arn
}
