output "function_name" {
  description = "Name of the monitor function."
  value       = module.monitor.name
}

output "function_arn" {
  description = "ARN of the monitor function."
  value       = module.monitor.arn
}

output "log_group_name" {
  description = "Name of the monitor's log group."
  value       = module.monitor.log_group_name
}

output "role_policy" {
  description = "Policy of the monitor's role."
  value       = module.monitor.role_policy
}
