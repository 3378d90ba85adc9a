output "state_machine_arn" {
  description = "ARN of the state machine that runs packages."
  value       = aws_sfn_state_machine.packages.arn
}

output "waiting_metric" {
  description = "Namespace and name of the metric that counts how often runs waited for capacity."
  value       = { namespace = local.waiting_namespace, name = local.waiting_metric }
}

output "recorder_name" {
  description = "Name of the recorder function."
  value       = module.recorder.name
}

output "log_group_names" {
  description = "Names of the log groups of the state machine and the recorder."
  value       = [aws_cloudwatch_log_group.machine.name, module.recorder.log_group_name]
}
