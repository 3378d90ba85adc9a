output "topic_arn" {
  description = "ARN of the topic."
  value       = aws_sns_topic.this.arn
}

output "topic_policy" {
  description = "Resource policy of the topic."
  value       = local.policy
}

output "notices_queue_arn" {
  description = "ARN of the queue of notices."
  value       = aws_sqs_queue.notices.arn
}

output "notices_queue_url" {
  description = "URL of the queue of notices."
  value       = aws_sqs_queue.notices.url
}

output "notices_queue_name" {
  description = "Name of the queue of notices."
  value       = aws_sqs_queue.notices.name
}

output "notices_dlq_arn" {
  description = "ARN of the dead-letter queue of notices."
  value       = aws_sqs_queue.notices_dead_letters.arn
}

output "notices_dlq_url" {
  description = "URL of the dead-letter queue of notices."
  value       = aws_sqs_queue.notices_dead_letters.url
}

output "notices_dlq_name" {
  description = "Name of the dead-letter queue of notices."
  value       = aws_sqs_queue.notices_dead_letters.name
}
