output "repository_url" {
  description = "URL of the ECR repository that the processor's image is pushed to."
  value       = aws_ecr_repository.processor.repository_url
}

output "cluster_arn" {
  description = "ARN of the ECS cluster."
  value       = aws_ecs_cluster.this.arn
}

output "task_definition_arn" {
  description = "ARN of the task definition, with its revision."
  value       = aws_ecs_task_definition.processor.arn
}

output "container" {
  description = "Definition of the processor's container."
  value       = local.container
}

output "log_group_name" {
  description = "Name of the log group of tasks."
  value       = aws_cloudwatch_log_group.tasks.name
}

output "execution_role_arn" {
  description = "ARN of the role with which ECS starts tasks."
  value       = aws_iam_role.execution.arn
}

output "default_task_role_arn" {
  description = "ARN of the role of a task that was started without its organization's role."
  value       = aws_iam_role.none.arn
}

output "tenant_policy_arn" {
  description = "ARN of the policy of task roles, which is also their permissions boundary."
  value       = aws_iam_policy.tenant.arn
}

output "tenant_policy" {
  description = "Policy of task roles."
  value       = local.tenant_policy
}

output "trust_policy" {
  description = "Trust policy of task roles."
  value       = local.trust_policy
}

output "execution_policy" {
  description = "Policy of the execution role."
  value       = local.execution_policy
}

output "default_task_policy" {
  description = "Policy of a task that was started without its organization's role."
  value       = local.none_policy
}

output "denials" {
  description = "Policy statements with what every runtime role is denied."
  value       = [local.never_change_the_trail, local.never_become_another]
}
