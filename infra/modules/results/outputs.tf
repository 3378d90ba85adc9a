output "bucket_name" {
  description = "The results bucket."
  value       = module.bucket.name
}

output "bucket_arn" {
  description = "The results bucket's ARN."
  value       = module.bucket.arn
}

output "bucket_policy" {
  description = "The results bucket's policy."
  value       = module.bucket.policy
}
