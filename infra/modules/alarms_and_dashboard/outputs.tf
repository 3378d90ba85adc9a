output "dashboard_name" {
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "alarm_names" {
  description = "Names of the alarms."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name])
}

output "task_failure_log_group_name" {
  description = "Name of the log group of failed tasks."
  value       = aws_cloudwatch_log_group.task_failures.name
}

output "task_failure_pattern" {
  description = "Event pattern that matches failed tasks."
  value       = local.pattern
}

output "log_policy" {
  description = "Resource policy of the log group of failed tasks."
  value       = local.log_policy
}
