output "topic_arn" {
  description = "The topic."
  value       = aws_sns_topic.this.arn
}

output "topic_policy" {
  description = "Who may publish to it."
  value       = local.policy
}

output "notices_queue_arn" {
  description = "The queue of notices."
  value       = aws_sqs_queue.notices.arn
}

output "notices_queue_url" {
  description = "Its address."
  value       = aws_sqs_queue.notices.url
}

output "notices_queue_name" {
  description = "Its name."
  value       = aws_sqs_queue.notices.name
}

output "notices_dlq_arn" {
  description = "The queue of notices that could not be handled."
  value       = aws_sqs_queue.notices_dead_letters.arn
}

output "notices_dlq_url" {
  description = "That queue's address."
  value       = aws_sqs_queue.notices_dead_letters.url
}

output "notices_dlq_name" {
  description = "The name of the queue where notices end that no round could tell of."
  value       = aws_sqs_queue.notices_dead_letters.name
}
