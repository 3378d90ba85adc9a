output "repository_url" {
  description = "Where the processor's image is pushed."
  value       = aws_ecr_repository.processor.repository_url
}

output "cluster_arn" {
  description = "The cluster."
  value       = aws_ecs_cluster.this.arn
}

output "task_definition_arn" {
  description = "The task definition with its revision."
  value       = aws_ecs_task_definition.processor.arn
}

output "container" {
  description = "The container's definition."
  value       = local.container
}

output "log_group_name" {
  description = "The log group of tasks."
  value       = aws_cloudwatch_log_group.tasks.name
}

output "execution_role_arn" {
  description = "The role with which ECS starts a task."
  value       = aws_iam_role.execution.arn
}

output "default_task_role_arn" {
  description = "The role of a task that was started without its organization's."
  value       = aws_iam_role.none.arn
}

output "tenant_policy_arn" {
  description = "The policy and boundary of task roles."
  value       = aws_iam_policy.tenant.arn
}

output "tenant_policy" {
  description = "What it says."
  value       = local.tenant_policy
}

output "trust_policy" {
  description = "Who may have a task role."
  value       = local.trust_policy
}

output "execution_policy" {
  description = "What the execution role may do."
  value       = local.execution_policy
}

output "default_task_policy" {
  description = "What a task without an organization may do."
  value       = local.none_policy
}

output "denials" {
  description = "What every runtime role is denied, whatever else it is allowed."
  value       = [local.never_change_the_trail, local.never_become_another]
}
