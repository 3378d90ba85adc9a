output "policy_arns" {
  description = "The operators' policies."
  value       = [for name in sort(keys(local.policies)) : aws_iam_policy.operator[name].arn]
}

output "policies" {
  description = "What they say, by name."
  value       = local.policies
}
