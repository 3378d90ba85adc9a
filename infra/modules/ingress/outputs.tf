output "bucket_name" {
  description = "The ingress bucket."
  value       = module.bucket.name
}

output "bucket_arn" {
  description = "The ingress bucket's ARN."
  value       = module.bucket.arn
}

output "bucket_policy" {
  description = "The ingress bucket's policy."
  value       = module.bucket.policy
}

output "log_bucket_name" {
  description = "The bucket of access logs."
  value       = aws_s3_bucket.logs.bucket

  depends_on = [aws_s3_bucket_policy.logs]
}

output "log_bucket_policy" {
  description = "The policy of the bucket of access logs."
  value       = local.log_policy
}

output "queue_arn" {
  description = "The queue of notifications."
  value       = aws_sqs_queue.notifications.arn
}

output "queue_name" {
  description = "The queue's name."
  value       = aws_sqs_queue.notifications.name
}

output "queue_url" {
  description = "The queue's address."
  value       = aws_sqs_queue.notifications.url
}

output "queue_policy" {
  description = "Who may send to the queue."
  value       = local.queue_policy
}

output "dlq_arn" {
  description = "The dead letters' queue."
  value       = aws_sqs_queue.dead_letters.arn
}

output "dlq_name" {
  description = "The dead letters' queue's name."
  value       = aws_sqs_queue.dead_letters.name
}

output "dlq_url" {
  description = "The dead letters' queue's address."
  value       = aws_sqs_queue.dead_letters.url
}

output "dlq_policy" {
  description = "Who may do what with dead letters."
  value       = local.dlq_policy
}

output "visibility_timeout_seconds" {
  description = "How long a message is hidden from others once it is taken."
  value       = aws_sqs_queue.notifications.visibility_timeout_seconds
}
