# What somebody must be told of. Each alarm says in its description what to do first. No data is good news for all of them:
# these metrics exist only while something happens.

locals {
  message_age_seconds_max = 900

  # How many of the periods must be bad, where that is not all of them.
  datapoints = { runs-waiting = 3 }

  # Of runs that are watched; of others, the alarm on tasks is all there is.
  run_alarms = var.state_machine_arn == null ? {} : {
    runs-failed = {
      description = "A run was given up. The execution says why, and the package's trail: relay packages show."
      namespace   = "AWS/States"
      metric      = "ExecutionsFailed"
      dimensions  = { StateMachineArn = var.state_machine_arn }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    runs-timed-out = {
      description = "An execution took more than 30 days. Its package is in flight: run relay reconcile."
      namespace   = "AWS/States"
      metric      = "ExecutionsTimedOut"
      dimensions  = { StateMachineArn = var.state_machine_arn }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    runs-aborted = {
      description = "Somebody stopped an execution. Its package is in flight: run relay reconcile."
      namespace   = "AWS/States"
      metric      = "ExecutionsAborted"
      dimensions  = { StateMachineArn = var.state_machine_arn }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    # Three of the periods of an hour: a busy moment is none, and who has waited for long asks rarely.
    runs-waiting = {
      description = "Runs find no room: nothing fails, and packages wait. See the Fargate quota of the account, the image, and why an execution's state Process failed."
      namespace   = var.waiting_metric.namespace
      metric      = var.waiting_metric.name
      dimensions  = {}
      statistic   = "Sum"
      threshold   = 0
      periods     = 12
    }
    recorder-errors = {
      description = "The recorder could not conclude what a run left. See its log group; then run relay reconcile."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = var.recorder_name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
  }

  alarms = merge(local.run_alarms, {
    dead-letters = {
      description = "A notification failed five times. See the dead letters: relay knows the package, and replays it."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = var.dlq_name }
      statistic   = "Maximum"
      threshold   = 0
      periods     = 1
    }
    oldest-message = {
      description = "A package has waited for its verdict for 15 minutes: the validator is behind, throttled or failing."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = var.queue_name }
      statistic   = "Maximum"
      threshold   = local.message_age_seconds_max
      periods     = 1
    }
    validator-errors = {
      description = "The validator ended with an error. See its log group."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = var.function_name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    validator-throttles = {
      description = "Lambda refused to run the validator: see the account's concurrency quota."
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = { FunctionName = var.function_name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 3
    }
    validator-duration = {
      description = "A batch took more than 80% of the validator's time limit. Raise lambda_timeout or lambda_memory_size."
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = { FunctionName = var.function_name }
      statistic   = "Maximum"
      threshold   = var.function_timeout_seconds * 1000 * 0.8
      periods     = 1
    }
    task-failures = {
      description = "A processor task did not end by itself with exit code 0. Its last state is in the task failures' log group."
      namespace   = "AWS/Events"
      metric      = "MatchedEvents"
      dimensions  = { RuleName = aws_cloudwatch_event_rule.task_failures.name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    task-failures-unrecorded = {
      description = "The last state of a failed task could not be written to its log group."
      namespace   = "AWS/Events"
      metric      = "FailedInvocations"
      dimensions  = { RuleName = aws_cloudwatch_event_rule.task_failures.name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 1
    }
    trail-throttles = {
      description = "DynamoDB refuses events of the trail: one package or one month takes more than a partition can."
      namespace   = "AWS/DynamoDB"
      metric      = "WriteThrottleEvents"
      dimensions  = { TableName = var.trail_table_name }
      statistic   = "Sum"
      threshold   = 0
      periods     = 3
    }
  })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = lookup(local.datapoints, each.key, each.value.periods)
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}
