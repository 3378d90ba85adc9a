output "function_name" {
  description = "The monitor."
  value       = module.monitor.name
}

output "function_arn" {
  description = "The same, by its ARN."
  value       = module.monitor.arn
}

output "log_group_name" {
  description = "Its log group."
  value       = module.monitor.log_group_name
}

output "role_policy" {
  description = "What its role may do."
  value       = module.monitor.role_policy
}
