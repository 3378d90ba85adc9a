locals {
  queue_arn = "arn:aws:sqs:${var.region}:${var.account_id}:${var.queue_name}"
  dlq_arn   = "arn:aws:sqs:${var.region}:${var.account_id}:${var.queue_name}-dlq"

  # A message that failed five times goes to the dead letters, where an alarm sees it.
  receives_max      = 5
  retention_seconds = 14 * 24 * 60 * 60

  encrypted_on_the_way = {
    for name, arn in { queue = local.queue_arn, dlq = local.dlq_arn } : name => {
      Sid                    = "DenyInsecureTransport"
      Effect                 = "Deny"
      Principal              = "*"
      Action                 = "sqs:*"
      Resource               = arn
      Condition              = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }

  queue_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "SendBucketNotifications"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.queue_arn
        Condition = {
          ArnEquals    = { "aws:SourceArn" = "arn:aws:s3:::${var.bucket_name}" }
          StringEquals = { "aws:SourceAccount" = var.account_id }
        }
      },
      local.encrypted_on_the_way.queue,
    ]
  }

  dlq_policy = { Version = "2012-10-17", Statement = [local.encrypted_on_the_way.dlq] }
}

resource "aws_sqs_queue" "notifications" {
  name                       = var.queue_name
  kms_master_key_id          = var.queue_key_arn
  message_retention_seconds  = local.retention_seconds
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = var.visibility_timeout_seconds

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = local.receives_max
  })
}

resource "aws_sqs_queue_policy" "notifications" {
  queue_url = aws_sqs_queue.notifications.url
  policy    = jsonencode(local.queue_policy)
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.queue_name}-dlq"
  kms_master_key_id         = var.queue_key_arn
  message_retention_seconds = local.retention_seconds
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url
  policy    = jsonencode(local.dlq_policy)
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.notifications.arn]
  })
}
