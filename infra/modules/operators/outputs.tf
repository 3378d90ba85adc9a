output "policy_arn" {
  description = "The operators' policy."
  value       = aws_iam_policy.operator.arn
}

output "policy" {
  description = "What it says."
  value       = local.policy
}
