output "policy_arns" {
  description = "ARNs of the operators' policies."
  value       = [for name in sort(keys(local.policies)) : aws_iam_policy.operator[name].arn]
}

output "policies" {
  description = "Documents of the operators' policies, by name."
  value       = local.policies
}
