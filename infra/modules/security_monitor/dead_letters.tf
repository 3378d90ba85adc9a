# Runs that failed three times.

locals {
  dead_letters_arn  = "arn:aws:sqs:${var.region}:${var.account_id}:${var.name}-dlq"
  retention_seconds = 14 * 24 * 60 * 60

  dead_letters_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyInsecureTransport"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.dead_letters_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  }
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dlq"
  kms_master_key_id         = var.operations_key_arn
  message_retention_seconds = local.retention_seconds
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url
  policy    = jsonencode(local.dead_letters_policy)
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${var.prefix}-monitor-dead-letters"
  alarm_description   = "The monitor has failed three times in a row: nobody looks at the account. See its log; then relay monitor run."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}
