# The queue of notifications and its dead letters.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "queue" {
  command = plan

  module {
    source = "./modules/ingress"
  }

  variables {
    bucket_name                = "hybrid-relay-dev-ingress-111122223333"
    log_bucket_name            = "hybrid-relay-dev-logs-111122223333"
    queue_name                 = "hybrid-relay-dev-notifications"
    region                     = "eu-north-1"
    account_id                 = "111122223333"
    bucket_key_arn             = "arn:aws:kms:eu-north-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    queue_key_arn              = "arn:aws:kms:eu-north-1:111122223333:key/11111111-1111-1111-1111-111111111111"
    visibility_timeout_seconds = 360
    expiry_days                = 90
    log_expiry_days            = 365
    deletion_protection        = true
    force_destroy              = false
  }

  assert {
    condition     = aws_sqs_queue.notifications.kms_master_key_id == var.queue_key_arn && aws_sqs_queue.dead_letters.kms_master_key_id == var.queue_key_arn
    error_message = "Notifications and dead letters are encrypted with our key."
  }

  assert {
    condition = (
      jsondecode(aws_sqs_queue.notifications.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letters.arn
      && jsondecode(aws_sqs_queue.notifications.redrive_policy).maxReceiveCount == 5
    )
    error_message = "After five failures a notification is a dead letter."
  }

  assert {
    condition     = aws_sqs_queue.notifications.message_retention_seconds == 1209600 && aws_sqs_queue.dead_letters.message_retention_seconds == 1209600
    error_message = "Messages are kept for 14 days, which is the most."
  }

  assert {
    condition = (
      jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letters.redrive_allow_policy).redrivePermission == "byQueue"
      && jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letters.redrive_allow_policy).sourceQueueArns == [aws_sqs_queue.notifications.arn]
    )
    error_message = "No other queue leaves its dead letters here."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_sqs_queue_policy.notifications.policy).Statement : (
        statement.Principal.Service == "s3.amazonaws.com"
        && statement.Action == "sqs:SendMessage"
        && try(statement.Condition.ArnEquals["aws:SourceArn"], "") == "arn:aws:s3:::hybrid-relay-dev-ingress-111122223333"
        && try(statement.Condition.StringEquals["aws:SourceAccount"], "") == "111122223333"
      ) if statement.Effect == "Allow"
    ]) && length([for statement in jsondecode(aws_sqs_queue_policy.notifications.policy).Statement : statement if statement.Effect == "Allow"]) == 1
    error_message = "Only the ingress bucket of this account sends notifications."
  }

  assert {
    condition = alltrue([
      for policy in [aws_sqs_queue_policy.notifications.policy, aws_sqs_queue_policy.dead_letters.policy] : anytrue([
        for statement in jsondecode(policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
      ])
    ])
    error_message = "Plain HTTP is refused."
  }

  assert {
    condition = (
      one(aws_s3_bucket_notification.uploads.queue).queue_arn == aws_sqs_queue.notifications.arn
      && toset(one(aws_s3_bucket_notification.uploads.queue).events) == toset(["s3:ObjectCreated:*"])
    )
    error_message = "Every upload, whatever its kind, is told of."
  }
}
