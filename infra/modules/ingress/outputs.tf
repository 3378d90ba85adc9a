output "bucket_name" {
  description = "Name of the ingress bucket."
  value       = module.bucket.name
}

output "bucket_arn" {
  description = "ARN of the ingress bucket."
  value       = module.bucket.arn
}

output "bucket_policy" {
  description = "Policy of the ingress bucket."
  value       = module.bucket.policy
}

output "log_bucket_name" {
  description = "Name of the bucket of access logs."
  value       = aws_s3_bucket.logs.bucket

  depends_on = [aws_s3_bucket_policy.logs]
}

output "log_bucket_policy" {
  description = "Policy of the bucket of access logs."
  value       = local.log_policy
}

output "queue_arn" {
  description = "ARN of the notification queue."
  value       = aws_sqs_queue.notifications.arn
}

output "queue_name" {
  description = "Name of the notification queue."
  value       = aws_sqs_queue.notifications.name
}

output "queue_url" {
  description = "URL of the notification queue."
  value       = aws_sqs_queue.notifications.url
}

output "queue_policy" {
  description = "Resource policy of the notification queue."
  value       = local.queue_policy
}

output "dlq_arn" {
  description = "ARN of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.arn
}

output "dlq_name" {
  description = "Name of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.name
}

output "dlq_url" {
  description = "URL of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.url
}

output "dlq_policy" {
  description = "Resource policy of the dead-letter queue."
  value       = local.dlq_policy
}

output "visibility_timeout_seconds" {
  description = "Visibility timeout of the notification queue, in seconds."
  value       = aws_sqs_queue.notifications.visibility_timeout_seconds
}
