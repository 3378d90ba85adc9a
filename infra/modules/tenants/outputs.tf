output "role_arns" {
  description = "ARNs of the task roles, by organization ID."
  value       = { for id, role in aws_iam_role.task : id => role.arn }
}
