output "topic_arn" {
  description = "The topic."
  value       = aws_sns_topic.this.arn
}

output "topic_policy" {
  description = "Who may publish to it."
  value       = local.policy
}
