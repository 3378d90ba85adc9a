# What somebody is told of.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "alarms" {
  command = plan

  module {
    source = "./modules/alarms_and_dashboard"
  }

  variables {
    prefix                   = "hybrid-relay-dev"
    region                   = "eu-north-1"
    account_id               = "111122223333"
    topic_arn                = "arn:aws:sns:eu-north-1:111122223333:alerts"
    key_arn                  = "arn:aws:kms:eu-north-1:111122223333:key/operations"
    log_retention_days       = 365
    queue_name               = "notifications"
    dlq_name                 = "notifications-dlq"
    function_name            = "validator"
    function_timeout_seconds = 60
    cluster_arn              = "arn:aws:ecs:eu-north-1:111122223333:cluster/hybrid-relay-dev"
    cluster_name             = "hybrid-relay-dev"
    task_family              = "hybrid-relay-dev-processor"
    state_machine_arn        = "arn:aws:states:eu-north-1:111122223333:stateMachine:hybrid-relay-dev-packages"
    recorder_name            = "hybrid-relay-dev-recorder"
    waiting_metric           = { namespace = "HybridRelay/hybrid-relay-dev-packages", name = "RunsWaiting" }
    trail_table_name         = "trail"
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : contains(alarm.alarm_actions, var.topic_arn) && contains(alarm.ok_actions, var.topic_arn)])
    error_message = "Every alarm is announced, and its end too."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.treat_missing_data == "notBreaching"])
    error_message = "No data is no alarm: these metrics exist only while something happens."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_description) > 40])
    error_message = "Every alarm says what it means."
  }

  assert {
    condition = anytrue([
      for alarm in aws_cloudwatch_metric_alarm.this : (
        alarm.metric_name == "ApproximateNumberOfMessagesVisible" && alarm.dimensions.QueueName == "notifications-dlq" && alarm.threshold == 0 && alarm.comparison_operator == "GreaterThanThreshold"
      ) if alarm.namespace == "AWS/SQS"
    ])
    error_message = "One dead letter is an alarm."
  }

  assert {
    condition = anytrue([
      for alarm in aws_cloudwatch_metric_alarm.this : alarm.metric_name == "ApproximateAgeOfOldestMessage" && alarm.dimensions.QueueName == "notifications" && alarm.threshold <= 900
      if alarm.namespace == "AWS/SQS"
    ])
    error_message = "A package that waits is an alarm."
  }

  assert {
    condition = alltrue([
      for metric in ["Errors", "Throttles"] : anytrue([
        for alarm in aws_cloudwatch_metric_alarm.this : alarm.metric_name == metric && alarm.dimensions.FunctionName == "validator" && alarm.threshold == 0
        if alarm.namespace == "AWS/Lambda"
      ])
    ])
    error_message = "The validator's errors and throttles are alarms."
  }

  assert {
    condition = anytrue([
      for alarm in aws_cloudwatch_metric_alarm.this : alarm.metric_name == "Errors" && alarm.dimensions.FunctionName == var.recorder_name && alarm.threshold == 0
      if alarm.namespace == "AWS/Lambda"
    ])
    error_message = "A run that the recorder could not conclude is an alarm."
  }

  assert {
    condition = anytrue([
      for alarm in aws_cloudwatch_metric_alarm.this : alarm.metric_name == "Duration" && alarm.threshold == 48000
      if alarm.namespace == "AWS/Lambda"
    ])
    error_message = "A batch near its time limit is an alarm."
  }

  assert {
    condition = anytrue([
      for alarm in aws_cloudwatch_metric_alarm.this : alarm.metric_name == "MatchedEvents" && alarm.dimensions.RuleName == aws_cloudwatch_event_rule.task_failures.name && alarm.threshold == 0
      if alarm.namespace == "AWS/Events"
    ])
    error_message = "A failed task is an alarm."
  }

  assert {
    condition = (
      jsondecode(aws_cloudwatch_event_rule.task_failures.event_pattern).detail.lastStatus == ["STOPPED"]
      && jsondecode(aws_cloudwatch_event_rule.task_failures.event_pattern).detail.clusterArn == [var.cluster_arn]
      && jsondecode(aws_cloudwatch_event_rule.task_failures.event_pattern).detail["$or"][0].containers.exitCode == [{ "anything-but" = 0 }]
      && contains(jsondecode(aws_cloudwatch_event_rule.task_failures.event_pattern).detail["$or"][1].stopCode, "TaskFailedToStart")
    )
    error_message = "A task failed when its exit code is not 0, or when it never started."
  }

  assert {
    condition     = aws_cloudwatch_event_target.task_failures.arn == aws_cloudwatch_log_group.task_failures.arn && aws_cloudwatch_log_group.task_failures.kms_key_id == var.key_arn
    error_message = "What ECS knows of a failed task is kept, encrypted."
  }

  assert {
    condition = {
      for statement in jsondecode(aws_cloudwatch_log_resource_policy.task_failures.policy_document).Statement : statement.Action => [
        statement.Resource, try(statement.Condition, null)
      ]
      } == {
      "logs:CreateLogStream" = ["arn:aws:logs:eu-north-1:111122223333:log-group:/aws/events/hybrid-relay-dev-task-failures:*", null]
      "logs:PutLogEvents" = [
        "arn:aws:logs:eu-north-1:111122223333:log-group:/aws/events/hybrid-relay-dev-task-failures:*",
        { ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-north-1:111122223333:rule/hybrid-relay-dev-task-failures" } },
      ]
    }
    error_message = "Only this rule writes there; the request that makes a stream names no rule, so it is let make one."
  }

  assert {
    condition = anytrue([
      for alarm in aws_cloudwatch_metric_alarm.this : alarm.metric_name == "RunsWaiting" && alarm.namespace == var.waiting_metric.namespace && alarm.threshold == 0 && alarm.datapoints_to_alarm == 3 && alarm.evaluation_periods == 12
    ])
    error_message = "Packages that wait for room are an alarm."
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) >= 6
    error_message = "The dashboard shows queues, validator, tasks and trail."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.region == "eu-north-1" && length(widget.properties.metrics) > 0
    ])
    error_message = "Every picture on the dashboard has something to show."
  }
}
