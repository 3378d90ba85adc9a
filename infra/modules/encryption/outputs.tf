output "objects_key_arn" {
  description = "The key of packages and results."
  value       = aws_kms_key.this["objects"].arn
}

output "records_key_arn" {
  description = "The key of the tables."
  value       = aws_kms_key.this["records"].arn
}

output "alerts_key_arn" {
  description = "The key of notices of failures and of alerts."
  value       = aws_kms_key.this["alerts"].arn
}

output "operations_key_arn" {
  description = "The key of notifications, logs, images and functions' environments."
  value       = aws_kms_key.this["operations"].arn
}

output "key_policies" {
  description = "The policy of each key, by name."
  value       = local.policies
}
