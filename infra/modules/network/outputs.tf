output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "subnet_ids" {
  description = "The private subnets, in order."
  value       = sort([for subnet in aws_subnet.private : subnet.id])
}

output "task_security_group_id" {
  description = "The security group of processor tasks."
  value       = aws_security_group.workload["tasks"].id
}

output "validator_security_group_id" {
  description = "The security group of the validator."
  value       = aws_security_group.workload["validator"].id
}

output "flow_log_group_name" {
  description = "The log group of the flow log."
  value       = aws_cloudwatch_log_group.flow.name
}

output "endpoint_policies" {
  description = "The policy of each endpoint, by service."
  value = merge(
    { s3 = local.s3_policy, dynamodb = local.dynamodb_policy },
    { for name, statements in local.interfaces : name => { Version = "2012-10-17", Statement = statements } },
  )
}
