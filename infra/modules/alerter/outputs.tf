output "function_name" {
  description = "The alerter."
  value       = module.alerter.name
}

output "role_name" {
  description = "Its role's name."
  value       = module.alerter.role_name
}

output "log_group_name" {
  description = "Its log group."
  value       = module.alerter.log_group_name
}

output "environment" {
  description = "What the alerter is told, by variable name."
  value       = var.environment
}

output "role_policy" {
  description = "What its role may do."
  value       = module.alerter.role_policy
}

output "concurrency_max" {
  description = "How many rounds may run at the same time."
  value       = module.alerter.concurrency_max
}
