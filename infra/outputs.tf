locals {
  log_group_names = concat([
    module.validation.log_group_name,
    module.processing.log_group_name,
    module.alarms_and_dashboard.task_failure_log_group_name,
    module.network.flow_log_group_name,
    module.alerter.log_group_name,
    module.security_monitor.log_group_name,
  ], flatten(module.orchestration[*].log_group_names))
}

output "aws_region" {
  description = "AWS Region of the deployment."
  value       = var.aws_region
}

output "ecr_repository_url" {
  description = "URL of the ECR repository that the processor's image is pushed to."
  value       = module.processing.repository_url
}

output "ingress_bucket_name" {
  description = "Name of the bucket that packages are uploaded to, as {organization}/{path}."
  value       = module.ingress.bucket_name
}

output "log_group_names" {
  description = "Names of the log groups of the validator, the processor, failed tasks, the network, the alerter, the monitor, the state machine and the recorder."
  value       = local.log_group_names
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard."
  value       = module.alarms_and_dashboard.dashboard_name
}

output "operator_policy_arns" {
  description = "ARNs of the policies for people who run relay --stack. They need all of them."
  value       = module.operators.policy_arns
}

output "relay" {
  description = "Names and ARNs that relay --stack reads."
  value = {
    environment             = var.environment
    region                  = var.aws_region
    ingress_bucket          = module.ingress.bucket_name
    results_bucket          = module.results.bucket_name
    ingress_key_arn         = module.encryption.objects_key_arn
    results_key_arn         = module.encryption.objects_key_arn
    trail_table             = module.audit.trail_table_name
    organizations_table     = module.audit.organizations_table_name
    monitor_function_name   = module.security_monitor.function_name
    notices_queue_url       = module.alert_channels.notices_queue_url
    alerts_topic_arn        = module.alert_channels.topic_arn
    cluster_arn             = module.processing.cluster_arn
    task_definition_arn     = module.processing.task_definition_arn
    container_name          = local.names.container
    subnet_ids              = module.network.subnet_ids
    security_group_ids      = [module.network.task_security_group_id]
    state_machine_arn       = local.is_watched ? module.orchestration[0].state_machine_arn : null
    tenant_role_arn_prefix  = local.tenant_role_arn_prefix
    tenant_role_path        = local.tenant_role_path
    tenant_role_name_prefix = local.tenant_role_name_prefix
    tenant_policy_arn       = module.processing.tenant_policy_arn
    tenant_trust_policy     = jsonencode(module.processing.trust_policy)
    notification_queue_url  = module.ingress.queue_url
    notification_dlq_url    = module.ingress.dlq_url
    notices_dlq_url         = module.alert_channels.notices_dlq_url
  }
}
