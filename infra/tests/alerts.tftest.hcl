# Alerts: the queue of notices, the topic, and the alerter between them.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "alerts" {
  command = plan

  module {
    source = "./modules/alert_channels"
  }

  variables {
    name       = "hybrid-relay-dev-alerts"
    prefix     = "hybrid-relay-dev"
    region     = "eu-north-1"
    account_id = "111122223333"
    key_arn    = "arn:aws:kms:eu-north-1:111122223333:key/11111111-1111-1111-1111-111111111111"
    emails     = ["someone@example.org"]
    webhooks   = ["https://hooks.example.org/relay"]

    notices_name                       = "hybrid-relay-dev-notices"
    notices_visibility_timeout_seconds = 180
  }

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == var.key_arn
    error_message = "Alerts are encrypted with our key."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement : (
        statement.Principal.Service == "cloudwatch.amazonaws.com"
        && try(statement.Condition.StringEquals["aws:SourceAccount"], "") == "111122223333"
        && try(statement.Condition.ArnLike["aws:SourceArn"], "") == "arn:aws:cloudwatch:eu-north-1:111122223333:alarm:hybrid-relay-dev-*"
      ) if statement.Effect == "Allow"
    ])
    error_message = "Only this stack's alarms publish, beside roles that may."
  }

  assert {
    condition     = toset(keys(aws_sns_topic_subscription.email)) == toset(["someone@example.org"])
    error_message = "Who is to be told is subscribed."
  }

  assert {
    condition = alltrue([
      for subscription in aws_sns_topic_subscription.webhook : subscription.protocol == "https" && subscription.endpoint == "https://hooks.example.org/relay"
    ]) && length(aws_sns_topic_subscription.webhook) == 1
    error_message = "Addresses that are to be told are subscribed."
  }

  assert {
    condition     = aws_sqs_queue.notices.kms_master_key_id == var.key_arn && aws_sqs_queue.notices_dead_letters.kms_master_key_id == var.key_arn
    error_message = "Notices are encrypted with our key."
  }

  assert {
    condition = (
      jsondecode(aws_sqs_queue.notices.redrive_policy).deadLetterTargetArn == aws_sqs_queue.notices_dead_letters.arn
      && jsondecode(aws_sqs_queue.notices.redrive_policy).maxReceiveCount == 10
      && jsondecode(aws_sqs_queue_redrive_allow_policy.notices_dead_letters.redrive_allow_policy).redrivePermission == "byQueue"
      && jsondecode(aws_sqs_queue_redrive_allow_policy.notices_dead_letters.redrive_allow_policy).sourceQueueArns == [aws_sqs_queue.notices.arn]
    )
    error_message = "A notice that no round could tell of is a dead letter, and no other queue leaves its own there."
  }

  assert {
    condition     = aws_sqs_queue.notices.message_retention_seconds == 1209600 && aws_sqs_queue.notices_dead_letters.message_retention_seconds == 1209600
    error_message = "Notices are kept for 14 days, which is the most."
  }

  assert {
    condition = alltrue([
      for policy in [aws_sqs_queue_policy.notices.policy, aws_sqs_queue_policy.notices_dead_letters.policy] : (
        [for statement in jsondecode(policy).Statement : statement.Effect] == ["Deny"]
        && jsondecode(policy).Statement[0].Action == "sqs:*"
        && jsondecode(policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
      )
    ])
    error_message = "Queues of notices let nobody in by themselves, and refuse plain HTTP."
  }
}

run "alerter" {
  command = plan

  module {
    source = "./modules/alerter"
  }

  variables {
    name                = "alerter"
    prefix              = "hybrid-relay-dev"
    region              = "eu-north-1"
    account_id          = "111122223333"
    table_name          = "hybrid-relay-dev-alerts"
    zip_path            = "versions.tf"
    memory_size         = 256
    timeout_seconds     = 60
    environment         = { RELAY_LOG = "info" }
    subnet_ids          = ["subnet-1", "subnet-2"]
    security_group_id   = "sg-1"
    log_retention_days  = 365
    notices_queue_arn   = "arn:aws:sqs:eu-north-1:111122223333:notices"
    notices_queue_name  = "notices"
    notices_dlq_name    = "notices-dlq"
    topic_arn           = "arn:aws:sns:eu-north-1:111122223333:alerts"
    deletion_protection = true
    denials             = [{ Sid = "Never", Effect = "Deny", Action = "sts:TagSession", Resource = "*" }]
    records_key_arn     = "arn:aws:kms:eu-north-1:111122223333:key/records"
    operations_key_arn  = "arn:aws:kms:eu-north-1:111122223333:key/operations"
    alerts_key_arn      = "arn:aws:kms:eu-north-1:111122223333:key/alerts"
  }

  assert {
    condition = toset(flatten([
      for statement in output.role_policy.Statement : statement.Action
      if statement.Effect == "Allow" && contains(["ReceiveNotices", "ReadAndWriteAlertState", "PublishAlerts"], statement.Sid)
    ])) == toset(["dynamodb:GetItem", "dynamodb:PutItem", "sns:Publish", "sqs:DeleteMessage", "sqs:ReceiveMessage"])
    error_message = "It has the actions of docs/AWS.md and no others."
  }

  assert {
    condition = alltrue([
      for statement in output.role_policy.Statement : statement.Resource == {
        ReceiveNotices         = var.notices_queue_arn
        ReadAndWriteAlertState = aws_dynamodb_table.book.arn
        PublishAlerts          = var.topic_arn
      }[statement.Sid] if contains(["ReceiveNotices", "ReadAndWriteAlertState", "PublishAlerts"], statement.Sid)
    ])
    error_message = "It takes from its queue, keeps its book and publishes to its topic only."
  }

  assert {
    condition = alltrue([
      for statement in output.role_policy.Statement : can(statement.Condition.StringEquals["kms:ViaService"])
      if anytrue([for action in flatten([statement.Action]) : startswith(action, "kms:")])
    ])
    error_message = "Keys are used through their services."
  }

  assert {
    condition     = contains([for statement in output.role_policy.Statement : statement.Sid], "Never")
    error_message = "It has every denial that tasks have."
  }

  assert {
    condition = (
      aws_dynamodb_table.book.server_side_encryption[0].kms_key_arn == var.records_key_arn
      && aws_dynamodb_table.book.point_in_time_recovery[0].enabled
      && aws_dynamodb_table.book.deletion_protection_enabled
      && aws_dynamodb_table.book.hash_key == "Book"
    )
    error_message = "The book is encrypted, can be restored, and is protected."
  }

  assert {
    condition     = output.concurrency_max == -1
    error_message = "Nothing of the account's concurrency is kept for it: a new account has none to spare."
  }

  assert {
    condition = (
      aws_cloudwatch_event_rule.each_minute.schedule_expression == "rate(1 minute)"
      && aws_lambda_permission.each_minute.principal == "events.amazonaws.com"
      && aws_lambda_permission.each_minute.source_account == "111122223333"
      && aws_lambda_permission.each_minute.source_arn == aws_cloudwatch_event_rule.each_minute.arn
      && aws_lambda_function_event_invoke_config.alerter.maximum_retry_attempts == 0
    )
    error_message = "It runs each minute, because of this rule and of nothing else, and what failed waits for the next minute."
  }

  assert {
    condition = toset([for name, alarm in aws_cloudwatch_metric_alarm.this : "${name}: ${alarm.metric_name}"]) == toset([
      "alerter-errors: Errors", "alerter-silent: Invocations", "oldest-notice: ApproximateAgeOfOldestMessage",
      "notices-dead-letters: ApproximateNumberOfMessagesVisible",
      ]) && alltrue([
      for alarm in aws_cloudwatch_metric_alarm.this : toset(alarm.alarm_actions) == toset([var.topic_arn])
    ])
    error_message = "Its errors, its silence, notices that wait and notices that were never told are alarms."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["alerter-silent"].treat_missing_data == "breaching"
      && aws_cloudwatch_metric_alarm.this["alerter-silent"].comparison_operator == "LessThanThreshold"
      && aws_cloudwatch_metric_alarm.this["notices-dead-letters"].dimensions.QueueName == "notices-dlq"
      && aws_cloudwatch_metric_alarm.this["oldest-notice"].dimensions.QueueName == "notices"
    )
    error_message = "No word of the alerter is bad news."
  }
}

run "webhooks_are_https" {
  command = plan

  variables {
    alerter_zip_path   = "versions.tf"
    monitor_zip_path   = "versions.tf"
    recorder_zip_path  = "versions.tf"
    validator_zip_path = "versions.tf"
    alert_webhooks     = ["http://hooks.example.org/relay"]
  }

  expect_failures = [var.alert_webhooks]
}

run "webhooks_have_no_password" {
  command = plan

  variables {
    alerter_zip_path   = "versions.tf"
    monitor_zip_path   = "versions.tf"
    recorder_zip_path  = "versions.tf"
    validator_zip_path = "versions.tf"
    alert_webhooks     = ["https://user:password@hooks.example.org/relay"]
  }

  expect_failures = [var.alert_webhooks]
}

run "no_silence_for_days" {
  command = plan

  variables {
    alerter_zip_path    = "versions.tf"
    monitor_zip_path    = "versions.tf"
    recorder_zip_path   = "versions.tf"
    validator_zip_path  = "versions.tf"
    alert_quiet_seconds = 172800
  }

  expect_failures = [var.alert_quiet_seconds]
}

run "the_alerter_is_told_what_it_needs" {
  command = plan

  variables {
    alerter_zip_path   = "versions.tf"
    monitor_zip_path   = "versions.tf"
    recorder_zip_path  = "versions.tf"
    validator_zip_path = "versions.tf"
  }

  assert {
    condition = toset(keys(module.alerter.environment)) == toset([
      "RELAY_ALERTS_TABLE", "RELAY_ALERTS_TOPIC_ARN", "RELAY_ALERT_QUIET_SECONDS", "RELAY_ENVIRONMENT", "RELAY_LOG", "RELAY_NOTICES_QUEUE_URL",
      "RELAY_STATE_MACHINE_ARN", "RELAY_TASK_LOG_GROUP", "RELAY_TRAIL_TABLE",
    ])
    error_message = "The alerter is told what docs/AWS.md says, and no more: it refuses a variable that it does not know."
  }
}
