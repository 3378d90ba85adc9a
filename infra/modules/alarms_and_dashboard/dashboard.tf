# One page: is anything waiting, is anything failing, what does it take.

locals {
  widgets = [
    {
      title = "Notifications: waiting, dead"
      stat  = "Maximum"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.queue_name],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.dlq_name],
      ]
    },
    {
      title   = "Oldest notification, seconds"
      stat    = "Maximum"
      metrics = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.queue_name]]
    },
    {
      title = "Validator: batches, errors, throttles"
      stat  = "Sum"
      metrics = [
        for metric in ["Invocations", "Errors", "Throttles"] : ["AWS/Lambda", metric, "FunctionName", var.function_name]
      ]
    },
    {
      title   = "Validator: milliseconds for a batch"
      stat    = "p99"
      metrics = [["AWS/Lambda", "Duration", "FunctionName", var.function_name]]
    },
    {
      title = "Tasks running"
      stat  = "Maximum"
      metrics = [
        ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.cluster_name],
      ]
    },
    {
      title   = "Tasks that failed"
      stat    = "Sum"
      metrics = [["AWS/Events", "MatchedEvents", "RuleName", local.rule_name]]
    },
    {
      title = "Tasks: CPU units and MiB in use"
      stat  = "Average"
      metrics = [
        for metric in ["CpuUtilized", "MemoryUtilized"] :
        ["ECS/ContainerInsights", metric, "TaskDefinitionFamily", var.task_family, "ClusterName", var.cluster_name]
      ]
    },
    {
      title = "Trail: units written, throttled"
      stat  = "Sum"
      metrics = [
        for metric in ["ConsumedWriteCapacityUnits", "WriteThrottleEvents"] : ["AWS/DynamoDB", metric, "TableName", var.trail_table_name]
      ]
    },
  ]

  dashboard = {
    widgets = [
      for index, widget in local.widgets : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          region  = var.region
          view    = "timeSeries"
          period  = 300
          stat    = widget.stat
          metrics = widget.metrics
        }
      }
    ]
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.prefix
  dashboard_body = jsonencode(local.dashboard)
}
