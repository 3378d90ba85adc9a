output "role_arns" {
  description = "The task role of each of the first organizations."
  value       = { for id, role in aws_iam_role.task : id => role.arn }
}
