output "state_machine_arn" {
  description = "The state machine that runs packages."
  value       = aws_sfn_state_machine.packages.arn
}

output "waiting_metric" {
  description = "The metric that counts pauses of runs for which there was no room: its namespace and its name."
  value       = { namespace = local.waiting_namespace, name = local.waiting_metric }
}

output "recorder_name" {
  description = "The recorder's name."
  value       = module.recorder.name
}

output "log_group_names" {
  description = "The log groups of both."
  value       = [aws_cloudwatch_log_group.machine.name, module.recorder.log_group_name]
}
