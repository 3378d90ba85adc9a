output "vpc_id" {
  description = "ID of the VPC."
  value       = aws_vpc.this.id
}

output "subnet_ids" {
  description = "IDs of the private subnets, sorted."
  value       = sort([for subnet in aws_subnet.private : subnet.id])
}

output "task_security_group_id" {
  description = "ID of the security group of processor tasks."
  value       = aws_security_group.workload["tasks"].id
}

output "validator_security_group_id" {
  description = "ID of the security group of the functions in the VPC: validator, recorder and alerter."
  value       = aws_security_group.workload["validator"].id
}

output "flow_log_group_name" {
  description = "Name of the log group of the flow log."
  value       = aws_cloudwatch_log_group.flow.name
}

output "endpoint_policies" {
  description = "Policies of the VPC endpoints, by service."
  value = merge(
    { s3 = local.s3_policy, dynamodb = local.dynamodb_policy },
    { for name, statements in local.interfaces : name => { Version = "2012-10-17", Statement = statements } },
  )
}
