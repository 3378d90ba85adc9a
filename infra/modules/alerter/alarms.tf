# Who watches the alerter: alarms that reach the topic without it.

locals {
  notice_age_seconds_max = 900

  alarms = {
    alerter-errors = {
      description = "A round of alerting came to no end: no alerts of failed packages. See the alerter's log. Nothing is lost; the next round that works tells all."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = module.alerter.name }
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      no_data     = "notBreaching"
    }
    alerter-silent = {
      description = "The alerter has not run for five minutes: no alerts of failed packages. See its schedule and the account's concurrency quota."
      namespace   = "AWS/Lambda"
      metric      = "Invocations"
      dimensions  = { FunctionName = module.alerter.name }
      statistic   = "Sum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      no_data     = "breaching"
    }
    oldest-notice = {
      description = "A failed package has not been told of for 15 minutes: the alerter is failing, or somebody floods it."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = var.notices_queue_name }
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = local.notice_age_seconds_max
      no_data     = "notBreaching"
    }
    notices-dead-letters = {
      description = "Notices of failed packages were never told of. List what failed: relay packages list --state failed."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = var.notices_dlq_name }
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      no_data     = "notBreaching"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  treat_missing_data  = each.value.no_data
  alarm_actions       = [var.topic_arn]
  ok_actions          = [var.topic_arn]
}
