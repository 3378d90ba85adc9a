output "bucket_name" {
  description = "Name of the results bucket."
  value       = module.bucket.name
}

output "bucket_arn" {
  description = "ARN of the results bucket."
  value       = module.bucket.arn
}

output "bucket_policy" {
  description = "Policy of the results bucket."
  value       = module.bucket.policy
}
