# A task that did not end well says so once, in an event. The rule's own metric feeds the alarm; the events are kept in a log group,
# since ECS forgets a stopped task after an hour. (Not straight to the alerts topic: EventBridge cannot publish to
# an encrypted topic whose key asks for the source's account.)

locals {
  log_group_name = "/aws/events/${var.prefix}-task-failures"
  rule_name      = "${var.prefix}-task-failures"

  # A container that never started has no exit code, and its task a stop code that says why.
  pattern = {
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.cluster_arn]
      lastStatus = ["STOPPED"]
      "$or" = [
        { containers = { exitCode = [{ "anything-but" = 0 }] } },
        { stopCode = ["TaskFailedToStart", "SpotInterruption", "TerminationNotice", "UserInitiated"] },
      ]
    }
  }

  log_writers = { Service = ["delivery.logs.amazonaws.com", "events.amazonaws.com"] }
  log_streams = "arn:aws:logs:${var.region}:${var.account_id}:log-group:${local.log_group_name}:*"

  # "CloudWatch Logs permissions", Amazon EventBridge User Guide: the request that makes a stream names no rule as its source, so a
  # condition on it would refuse every stream and, without one, every event.
  log_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "CreateTaskFailureStreams"
        Effect    = "Allow"
        Principal = local.log_writers
        Action    = "logs:CreateLogStream"
        Resource  = local.log_streams
      },
      {
        Sid       = "WriteTaskFailures"
        Effect    = "Allow"
        Principal = local.log_writers
        Action    = "logs:PutLogEvents"
        Resource  = local.log_streams
        Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws:events:${var.region}:${var.account_id}:rule/${local.rule_name}" } }
      },
    ]
  }
}

resource "aws_cloudwatch_log_group" "task_failures" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_cloudwatch_log_resource_policy" "task_failures" {
  policy_name     = local.rule_name
  policy_document = jsonencode(local.log_policy)
}

resource "aws_cloudwatch_event_rule" "task_failures" {
  name          = local.rule_name
  description   = "Processor tasks that did not end by themselves with exit code 0"
  event_pattern = jsonencode(local.pattern)
}

resource "aws_cloudwatch_event_target" "task_failures" {
  rule      = aws_cloudwatch_event_rule.task_failures.name
  target_id = "log"
  arn       = aws_cloudwatch_log_group.task_failures.arn

  depends_on = [aws_cloudwatch_log_resource_policy.task_failures]
}
