# Where programs say that a package failed. The alerter takes notices from here, and makes alerts of them.

locals {
  notices_arn     = "arn:aws:sqs:${var.region}:${var.account_id}:${var.notices_name}"
  notices_dlq_arn = "arn:aws:sqs:${var.region}:${var.account_id}:${var.notices_name}-dlq"

  # A notice that came ten times without being deleted goes to the dead letters, where an alarm sees it. Each time is a round
  # that came to no end, so it takes long.
  notice_receives_max       = 10
  notices_retention_seconds = 14 * 24 * 60 * 60

  notices_policies = {
    for name, arn in { notices = local.notices_arn, dlq = local.notices_dlq_arn } : name => {
      Version                  = "2012-10-17"
      Statement = [{
        Sid       = "DenyInsecureTransport"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }]
    }
  }
}

resource "aws_sqs_queue" "notices" {
  name                       = var.notices_name
  kms_master_key_id          = var.key_arn
  message_retention_seconds  = local.notices_retention_seconds
  visibility_timeout_seconds = var.notices_visibility_timeout_seconds

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.notices_dead_letters.arn
    maxReceiveCount     = local.notice_receives_max
  })
}

resource "aws_sqs_queue_policy" "notices" {
  queue_url = aws_sqs_queue.notices.url
  policy    = jsonencode(local.notices_policies.notices)
}

resource "aws_sqs_queue" "notices_dead_letters" {
  name                      = "${var.notices_name}-dlq"
  kms_master_key_id         = var.key_arn
  message_retention_seconds = local.notices_retention_seconds
}

resource "aws_sqs_queue_policy" "notices_dead_letters" {
  queue_url = aws_sqs_queue.notices_dead_letters.url
  policy    = jsonencode(local.notices_policies.dlq)
}

resource "aws_sqs_queue_redrive_allow_policy" "notices_dead_letters" {
  queue_url = aws_sqs_queue.notices_dead_letters.url

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.notices.arn]
  })
}
