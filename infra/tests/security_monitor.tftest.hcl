# The monitor: what it may ask, what it may keep, when it runs, and who learns that it does not.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "monitor" {
  command = plan

  module {
    source = "./modules/security_monitor"
  }

  variables {
    name               = "hybrid-relay-dev-monitor"
    prefix             = "hybrid-relay-dev"
    region             = "eu-north-1"
    account_id         = "111122223333"
    zip_path           = "versions.tf"
    memory_size        = 256
    schedule_hours     = 24
    environment        = { RELAY_ENVIRONMENT = "dev" }
    log_retention_days = 365
    bucket_name        = "hybrid-relay-dev-results-111122223333"
    topic_arn          = "arn:aws:sns:eu-north-1:111122223333:hybrid-relay-dev-alerts"
    denials            = []
    objects_key_arn    = "arn:aws:kms:eu-north-1:111122223333:key/12345678-1234-1234-1234-123456789012"
    operations_key_arn = "arn:aws:kms:eu-north-1:111122223333:key/32345678-1234-1234-1234-123456789012"
    alerts_key_arn     = "arn:aws:kms:eu-north-1:111122223333:key/alerts"
  }

  assert {
    condition = alltrue([
      for statement in output.role_policy.Statement : statement.Sid == "ReadAccount" || statement.Sid == "WriteTraces" || !contains(flatten([statement.Resource]), "*")
    ])
    error_message = "Of all resources it may only ask what policy.json lists."
  }

  assert {
    condition = alltrue([
      for action in one([for statement in output.role_policy.Statement : statement.Action if statement.Sid == "ReadAccount"]) : can(regex(":(Get|List|Describe)", action))
    ])
    error_message = "What it may do to the account is reading."
  }

  assert {
    condition = length(setintersection(
      toset(one([for statement in output.role_policy.Statement : statement.Action if statement.Sid == "ReadAccount"])),
      toset([
        "s3:GetObject", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "secretsmanager:GetSecretValue", "sqs:ReceiveMessage",
        "kinesis:GetRecords", "logs:GetLogEvents", "kms:Decrypt", "lambda:GetFunction", "ecr:GetAuthorizationToken",
      ])
    )) == 0
    error_message = "It reads settings, and nothing that a setting protects."
  }

  assert {
    condition = toset(flatten([
      for statement in output.role_policy.Statement : statement.Resource if contains(flatten([statement.Action]), "s3:PutObject")
      ])) == toset([
      "arn:aws:s3:::hybrid-relay-dev-results-111122223333/_monitor/findings.json",
      "arn:aws:s3:::hybrid-relay-dev-results-111122223333/_monitor/reports/*",
    ])
    error_message = "It writes findings and reports, accepts no risk, and touches no organization's results."
  }

  assert {
    condition = aws_cloudwatch_event_rule.schedule.schedule_expression == "rate(24 hours)" && (
      aws_lambda_permission.schedule.source_account == "111122223333" && aws_lambda_permission.schedule.source_arn == aws_cloudwatch_event_rule.schedule.arn
    )
    error_message = "It runs each day, because of this rule and of nothing else."
  }

  assert {
    condition = (
      try(aws_lambda_function_event_invoke_config.monitor.destination_config[0].on_failure[0].destination, "") == aws_sqs_queue.dead_letters.arn
      && aws_sqs_queue.dead_letters.kms_master_key_id == var.operations_key_arn
      && aws_cloudwatch_metric_alarm.dead_letters.threshold == 0
      && aws_cloudwatch_metric_alarm.dead_letters.comparison_operator == "GreaterThanThreshold"
      && contains(aws_cloudwatch_metric_alarm.dead_letters.alarm_actions, var.topic_arn)
    )
    error_message = "A run that failed is a dead letter, encrypted, and an alarm."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "Plain HTTP is refused."
  }
}

run "each_hour" {
  command = plan

  module {
    source = "./modules/security_monitor"
  }

  variables {
    name               = "hybrid-relay-dev-monitor"
    prefix             = "hybrid-relay-dev"
    region             = "eu-north-1"
    account_id         = "111122223333"
    zip_path           = "versions.tf"
    memory_size        = 256
    schedule_hours     = 1
    environment        = { RELAY_ENVIRONMENT = "dev" }
    log_retention_days = 365
    bucket_name        = "hybrid-relay-dev-results-111122223333"
    topic_arn          = "arn:aws:sns:eu-north-1:111122223333:hybrid-relay-dev-alerts"
    denials            = []
    objects_key_arn    = "arn:aws:kms:eu-north-1:111122223333:key/12345678-1234-1234-1234-123456789012"
    operations_key_arn = "arn:aws:kms:eu-north-1:111122223333:key/32345678-1234-1234-1234-123456789012"
    alerts_key_arn     = "arn:aws:kms:eu-north-1:111122223333:key/alerts"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.schedule.schedule_expression == "rate(1 hour)"
    error_message = "EventBridge wants the singular for one hour."
  }
}

run "a_look_each_week_at_least" {
  command = plan

  variables {
    alerter_zip_path       = "versions.tf"
    monitor_zip_path       = "versions.tf"
    recorder_zip_path      = "versions.tf"
    validator_zip_path     = "versions.tf"
    monitor_schedule_hours = 169
  }

  expect_failures = [var.monitor_schedule_hours]
}
