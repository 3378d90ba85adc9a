# The validator, its queue mapping, and what it may do.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                    = "hybrid-relay-dev-validator"
  region                  = "eu-north-1"
  account_id              = "111122223333"
  zip_path                = "versions.tf"
  memory_size             = 256
  timeout_seconds         = 60
  concurrency_max         = 10
  environment             = { RELAY_LOG = "info" }
  subnet_ids              = ["subnet-1", "subnet-2"]
  security_group_id       = "sg-1"
  log_group_name          = "/aws/lambda/hybrid-relay-dev-validator"
  log_retention_days      = 365
  queue_arn               = "arn:aws:sqs:eu-north-1:111122223333:notifications"
  ingress_bucket_arn      = "arn:aws:s3:::ingress"
  trail_table_arn         = "arn:aws:dynamodb:eu-north-1:111122223333:table/trail"
  organizations_table_arn = "arn:aws:dynamodb:eu-north-1:111122223333:table/organizations"
  notices_queue_arn       = "arn:aws:sqs:eu-north-1:111122223333:notices"
  cluster_arn             = "arn:aws:ecs:eu-north-1:111122223333:cluster/hybrid-relay-dev"
  task_family             = "hybrid-relay-dev-processor"
  execution_role_arn      = "arn:aws:iam::111122223333:role/hybrid-relay-dev-execution"
  tenant_role_pattern     = "arn:aws:iam::111122223333:role/hybrid-relay/dev/tenant/relay-dev-*"
  objects_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/objects"
  records_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/records"
  operations_key_arn      = "arn:aws:kms:eu-north-1:111122223333:key/operations"
  alerts_key_arn          = "arn:aws:kms:eu-north-1:111122223333:key/alerts"
  state_machine_arn       = "arn:aws:states:eu-north-1:111122223333:stateMachine:hybrid-relay-dev-packages"
  denials                 = [{ Sid = "ADenial", Effect = "Deny", Action = "sts:AssumeRole*", Resource = "*" }]
}

run "validator" {
  command = plan

  module {
    source = "./modules/validation"
  }

  assert {
    condition     = aws_lambda_function.validator.runtime == "provided.al2023" && aws_lambda_function.validator.architectures == tolist(["x86_64"])
    error_message = "The validator is a native program."
  }

  assert {
    condition     = aws_lambda_function.validator.source_code_hash == filebase64sha256("versions.tf")
    error_message = "A new zip is a new plan, and the same zip is none."
  }

  assert {
    condition     = length(aws_lambda_function.validator.vpc_config[0].subnet_ids) == 2 && toset(aws_lambda_function.validator.vpc_config[0].security_group_ids) == toset(["sg-1"])
    error_message = "The validator runs in the private subnets."
  }

  assert {
    condition     = aws_lambda_function.validator.kms_key_arn == var.operations_key_arn
    error_message = "Its environment is encrypted with our key."
  }

  assert {
    condition     = aws_lambda_function.validator.tracing_config[0].mode == "Active"
    error_message = "It is traced."
  }

  assert {
    condition     = aws_cloudwatch_log_group.validator.kms_key_id == var.operations_key_arn && aws_cloudwatch_log_group.validator.retention_in_days >= 365
    error_message = "Its log is encrypted with our key and kept for a year."
  }

  assert {
    condition     = contains(aws_lambda_event_source_mapping.notifications.function_response_types, "ReportBatchItemFailures")
    error_message = "One bad notification does not repeat its batch."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.notifications.scaling_config[0].maximum_concurrency == 10
    error_message = "Concurrency is limited."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.notifications.batch_size == 10 && aws_lambda_event_source_mapping.notifications.maximum_batching_window_in_seconds == 1
    error_message = "A batch has up to ten notifications and waits at most a second."
  }

  # The role.

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement : statement.Resource
      if contains(flatten([statement.Action]), "states:StartExecution")
    ] == [var.state_machine_arn]
    error_message = "It starts executions of its state machine."
  }

  assert {
    condition = toset([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement : statement.Action if statement.Effect == "Allow"]) : action
      if anytrue([for service in ["s3:", "dynamodb:", "sqs:", "sns:", "iam:", "ecs:", "states:"] : startswith(action, service)])
      ]) == toset([
      "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem",
      "s3:GetObjectVersion", "s3:ListBucket", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage",
      "states:StartExecution",
    ])
    error_message = "It has the actions of docs/AWS.md and no others."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement : statement.Sid
      if statement.Effect == "Allow" && contains(flatten([statement.Resource]), "*")
    ])) == toset(["ManageNetworkInterfaces", "WriteTraces"])
    error_message = "Only what has no resources is allowed on every resource."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement : (
        statement.Effect == "Deny" && contains(flatten([statement.Action]), "ec2:CreateNetworkInterface") && can(statement.Condition.ArnEquals["lambda:SourceFunctionArn"])
      )
    ])
    error_message = "Its code makes no network interfaces; Lambda does."
  }

  assert {
    condition     = contains([for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement : statement.Sid], "ADenial")
    error_message = "It has the denials of every runtime role."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement : can(statement.Condition.StringEquals["kms:ViaService"])
      if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : startswith(action, "kms:")])
    ])
    error_message = "It uses keys through the services only."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement : (
        statement.Effect == "Deny" && contains(flatten([statement.Action]), "dynamodb:PutItem") && statement.Resource == var.trail_table_arn
        && try(statement.Condition["ForAnyValue:StringLike"]["dynamodb:LeadingKeys"], []) == ["/organization/*"]
      )
    ])
    error_message = "It puts no events of organizations."
  }

  assert {
    # "IAM and AWS STS quotas": the inline policies of a role have at most 10,240 characters.
    condition     = length(aws_iam_role_policy.validator.policy) <= 10240
    error_message = "The validator's policy is larger than IAM takes."
  }
}

run "direct" {
  command = plan

  module {
    source = "./modules/validation"
  }

  variables {
    state_machine_arn = null
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement :
      toset(flatten([statement.Resource])) == toset([var.execution_role_arn, var.tenant_role_pattern])
      && try(statement.Condition.StringEquals["iam:PassedToService"], "") == "ecs-tasks.amazonaws.com"
      if contains(flatten([statement.Action]), "iam:PassRole")
    ])
    error_message = "It passes task roles and the execution role to tasks, and nothing else to nobody else."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement :
      endswith(statement.Resource, ":task-definition/hybrid-relay-dev-processor:*") && try(statement.Condition.ArnEquals["ecs:cluster"], "") == var.cluster_arn
      if contains(flatten([statement.Action]), "ecs:RunTask")
    ])
    error_message = "It starts its task definition in its cluster."
  }

  assert {
    condition = toset([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.validator.policy).Statement : statement.Action if statement.Effect == "Allow"]) : action
      if anytrue([for service in ["iam:", "ecs:", "states:"] : startswith(action, service)])
    ]) == toset(["ecs:RunTask", "ecs:TagResource", "iam:PassRole"])
    error_message = "It starts tasks itself, and no executions."
  }
}

run "without_a_zip" {
  command = plan

  module {
    source = "./modules/validation"
  }

  variables {
    zip_path = "there-is-no-such.zip"
  }

  expect_failures = [aws_lambda_function.validator]
}
