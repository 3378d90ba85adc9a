output "function_name" {
  description = "Name of the alerter function."
  value       = module.alerter.name
}

output "role_name" {
  description = "Name of the alerter's role."
  value       = module.alerter.role_name
}

output "log_group_name" {
  description = "Name of the alerter's log group."
  value       = module.alerter.log_group_name
}

output "environment" {
  description = "Environment variables of the alerter."
  value       = var.environment
}

output "role_policy" {
  description = "Policy of the alerter's role."
  value       = module.alerter.role_policy
}

output "concurrency_max" {
  description = "Reserved concurrency of the alerter; -1 means none."
  value       = module.alerter.concurrency_max
}
