# The network: nothing in, nothing out but to our own resources.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "network" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    prefix              = "hybrid-relay-dev"
    region              = "eu-north-1"
    account_id          = "111122223333"
    bucket_arns         = ["arn:aws:s3:::ours"]
    table_arns          = ["arn:aws:dynamodb:eu-north-1:111122223333:table/ours"]
    topic_arn           = "arn:aws:sns:eu-north-1:111122223333:ours"
    notices_queue_arn   = "arn:aws:sqs:eu-north-1:111122223333:ours"
    cluster_name        = "hybrid-relay-dev"
    task_family         = "hybrid-relay-dev-processor"
    repository_name     = "hybrid-relay-dev-processor"
    task_log_group_name = "/ecs/hybrid-relay-dev-processor"
    state_machine_arn   = "arn:aws:states:eu-north-1:111122223333:stateMachine:hybrid-relay-dev-packages"
    objects_key_arn     = "arn:aws:kms:eu-north-1:111122223333:key/22222222-2222-2222-2222-222222222222"
    log_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/11111111-1111-1111-1111-111111111111"
    log_retention_days  = 365
  }

  assert {
    condition     = length(aws_subnet.private) == 2 && length(toset([for subnet in aws_subnet.private : subnet.availability_zone])) == 2
    error_message = "Two subnets in two zones."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.private : !subnet.map_public_ip_on_launch])
    error_message = "No public addresses."
  }

  assert {
    condition = alltrue(flatten([
      for group in aws_security_group.workload : [
        length(group.ingress) == 0,
        length(group.egress) == 2,
        [for rule in group.egress : rule.from_port == 443 && rule.to_port == 443 && rule.protocol == "tcp"],
        [for rule in group.egress : length(coalesce(rule.cidr_blocks, [])) == 0 && length(coalesce(rule.ipv6_cidr_blocks, [])) == 0],
      ]
    ]))
    error_message = "What runs may speak HTTPS to the endpoints, and to no address besides."
  }

  assert {
    condition = (
      length(aws_security_group.endpoints.egress) == 0
      && one(aws_security_group.endpoints.ingress).from_port == 443
      && one(aws_security_group.endpoints.ingress).cidr_blocks == tolist([aws_vpc.this.cidr_block])
    )
    error_message = "Endpoints are reached from inside only."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["ecr.api", "ecr.dkr", "kms", "logs", "sns", "sqs", "states"])
    error_message = "There is a way to each service that is needed, and no other."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled])
    error_message = "Programs reach the endpoints by the services' own names."
  }

  assert {
    condition = alltrue(flatten([
      for policy in concat(
        [aws_vpc_endpoint.s3.policy, aws_vpc_endpoint.dynamodb.policy],
        [for endpoint in aws_vpc_endpoint.interface : endpoint.policy],
        ) : [
        for statement in jsondecode(policy).Statement : (
          statement.Sid == "PullImageLayers" || try(statement.Condition.StringEquals["aws:PrincipalAccount"], "") == "111122223333"
        )
      ]
    ]))
    error_message = "An endpoint lets this account's principals through, and nobody else's."
  }

  assert {
    condition = alltrue(flatten([
      for policy in concat(
        [aws_vpc_endpoint.s3.policy, aws_vpc_endpoint.dynamodb.policy],
        [for endpoint in aws_vpc_endpoint.interface : endpoint.policy],
        ) : [
        for statement in jsondecode(policy).Statement : (
          contains(["PullImageLayers", "SendTaskResults", "GetRegistryToken"], statement.Sid)
          || (!contains(flatten([statement.Resource]), "*") && try(statement.Condition.StringEquals["aws:ResourceAccount"], "") == "111122223333")
        )
      ]
    ]))
    error_message = "An endpoint leads to our own resources only."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_vpc_endpoint.interface["kms"].policy).Statement : (
        statement.Resource == var.objects_key_arn
        && toset(statement.Action) == toset(["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"])
        && statement.Condition.StringEquals["kms:EncryptionContext:purpose"] == "token-key"
      )
    ])
    error_message = "From inside, KMS makes and unwraps token keys and nothing else."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_vpc_endpoint.s3.policy).Statement : (
        statement.Action == "s3:GetObject" && statement.Resource == "arn:aws:s3:::prod-eu-north-1-starport-layer-bucket/*"
      ) if statement.Sid == "PullImageLayers"
    ])
    error_message = "Of other buckets, only image layers can be read."
  }

  assert {
    # "Amazon VPC quotas": 20,480 characters; the longest names are far from doubling it.
    condition     = alltrue([for endpoint in concat([aws_vpc_endpoint.s3, aws_vpc_endpoint.dynamodb], values(aws_vpc_endpoint.interface)) : length(endpoint.policy) < 10240])
    error_message = "An endpoint's policy is larger than half of what Amazon VPC takes."
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.kms_key_id == var.log_key_arn && aws_cloudwatch_log_group.flow.retention_in_days >= 365
    error_message = "All traffic is logged, encrypted, for a year."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role.flow_log.assume_role_policy).Statement : (
        try(statement.Condition.StringEquals["aws:SourceAccount"], "") == "111122223333" && can(statement.Condition.ArnLike["aws:SourceArn"])
      )
    ])
    error_message = "Only this account's flow logs have the flow log's role."
  }
}
