output "objects_key_arn" {
  description = "ARN of the key of packages and results."
  value       = aws_kms_key.this["objects"].arn
}

output "records_key_arn" {
  description = "ARN of the key of the tables."
  value       = aws_kms_key.this["records"].arn
}

output "alerts_key_arn" {
  description = "ARN of the key of notices and alerts."
  value       = aws_kms_key.this["alerts"].arn
}

output "operations_key_arn" {
  description = "ARN of the key of notifications, logs, images and function environments."
  value       = aws_kms_key.this["operations"].arn
}

output "key_policies" {
  description = "Policies of the keys, by name of the key."
  value       = local.policies
}
