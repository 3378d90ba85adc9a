output "dashboard_name" {
  description = "The dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "alarm_names" {
  description = "The alarms."
  value       = sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name])
}

output "task_failure_log_group_name" {
  description = "The log group of failed tasks."
  value       = aws_cloudwatch_log_group.task_failures.name
}

output "task_failure_pattern" {
  description = "Which events count as a failed task."
  value       = local.pattern
}

output "log_policy" {
  description = "Who may write to the log group of failed tasks."
  value       = local.log_policy
}
