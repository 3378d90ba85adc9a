# The state machine: what it starts, what it tries again, where each error leads, and what it may do.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name                       = "hybrid-relay-dev-packages"
  recorder_name              = "hybrid-relay-dev-recorder"
  region                     = "eu-north-1"
  account_id                 = "111122223333"
  zip_path                   = "versions.tf"
  memory_size                = 256
  timeout_seconds            = 60
  heartbeat_timeout_seconds  = 100
  environment                = { RELAY_LOG = "info" }
  subnet_ids                 = ["subnet-1", "subnet-2"]
  function_security_group_id = "sg-1"
  task_security_group_id     = "sg-2"
  cluster_arn                = "arn:aws:ecs:eu-north-1:111122223333:cluster/hybrid-relay-dev"
  task_definition_arn        = "arn:aws:ecs:eu-north-1:111122223333:task-definition/hybrid-relay-dev-processor:7"
  task_family                = "hybrid-relay-dev-processor"
  container_name             = "processor"
  execution_role_arn         = "arn:aws:iam::111122223333:role/hybrid-relay-dev-execution"
  tenant_role_pattern        = "arn:aws:iam::111122223333:role/hybrid-relay/dev/tenant/relay-dev-*"
  trail_table_arn            = "arn:aws:dynamodb:eu-north-1:111122223333:table/trail"
  notices_queue_arn          = "arn:aws:sqs:eu-north-1:111122223333:notices"
  records_key_arn            = "arn:aws:kms:eu-north-1:111122223333:key/records"
  operations_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/operations"
  alerts_key_arn             = "arn:aws:kms:eu-north-1:111122223333:key/alerts"
  log_retention_days         = 365
  denials                    = [{ Sid = "ADenial", Effect = "Deny", Action = "sts:AssumeRole*", Resource = "*" }]
}

run "machine" {
  command = plan

  module {
    source = "./modules/orchestration"
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Resource == "arn:aws:states:::ecs:runTask.waitForTaskToken"
      && jsondecode(aws_sfn_state_machine.packages.definition).States.Process.HeartbeatSeconds == 100
      && jsondecode(aws_sfn_state_machine.packages.definition).States.Process.TimeoutSeconds == 21600
    )
    error_message = "It waits for the word of the task, and not for ever."
  }

  assert {
    condition = alltrue([
      for name, state in jsondecode(aws_sfn_state_machine.packages.definition).States : (
        length(state.Retry[0].ErrorEquals) > 0 && state.Retry[0].MaxAttempts == 0
        && state.Retry[1].IntervalSeconds == 2 && state.Retry[1].MaxAttempts == { Process = 3, RecordFailure = 12 }[name] && state.Retry[1].BackoffRate == 2 && state.Retry[1].JitterStrategy == "FULL"
        && state.Catch[length(state.Catch) - 1].ErrorEquals == ["States.ALL"]
      ) if state.Type == "Task"
    ])
    error_message = "Repetitions end, from two seconds on, with jitter; what is hopeless first; everything else is caught."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Retry[0].ErrorEquals == ["Relay.MendFirst"]
      && jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Retry[1].ErrorEquals == ["Relay.Interrupted", "States.HeartbeatTimeout"]
      && length(jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Retry) == 2
    )
    error_message = "Silence is tried again; what must be mended, and an attempt that took hours, are not."
  }

  assert {
    condition = [
      for choice in jsondecode(aws_sfn_state_machine.packages.definition).States.WhyNotStarted.Choices : choice.Next
      ] == ["IsThereStillTime", "MayItStillPass", "RecordFailure", "IsThereStillTime"] && jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Catch == [
      { ErrorEquals = ["Relay.MendFirst", "Relay.Interrupted", "States.HeartbeatTimeout", "States.Timeout"], ResultPath = "$.failure", Next = "RecordFailure" },
      { ErrorEquals = ["States.ALL"], ResultPath = "$.failure", Next = "HasItWaited" },
    ]
    error_message = "Throttling and want of capacity are waited for, whatever they are called; what is hopeless is recorded."
  }

  assert {
    condition = alltrue([
      for text in ["ECS.ThrottlingException", "*ate exceeded*", "*apacity is unavailable*", "*reached the limit*", "*RESOURCE:*"] :
      strcontains(jsonencode(jsondecode(aws_sfn_state_machine.packages.definition).States.WhyNotStarted.Choices[0]), text)
    ])
    error_message = "What Amazon ECS is known to answer where there is no room is in the machine."
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.waiting.pattern == "{ $.type = \"WaitStateEntered\" }" && aws_cloudwatch_log_metric_filter.waiting.log_group_name == aws_cloudwatch_log_group.machine.name
    error_message = "Pauses are counted."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Parameters.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp == "DISABLED"
      && jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Parameters.Overrides["TaskRoleArn.$"] == "$.task_role_arn"
      && [for variable in jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Parameters.Overrides.ContainerOverrides[0].Environment : variable.Name] == ["RELAY_RUN_ORDER", "RELAY_TASK_TOKEN", "RELAY_RUN_HEARTBEAT_SECONDS"]
      && jsondecode(aws_sfn_state_machine.packages.definition).States.Process.Parameters.Overrides.ContainerOverrides[0].Environment[2].Value == "33"
    )
    error_message = "The task runs with its organization's role, without a public address, and knows whom to answer, three times as often as it must."
  }

  assert {
    condition = length(setsubtract(
      compact(flatten([
        for state in values(jsondecode(aws_sfn_state_machine.packages.definition).States) :
        [try(state.Next, ""), try(state.Default, ""), [for way in concat(try(state.Catch, []), try(state.Choices, [])) : way.Next]]
      ])),
      keys(jsondecode(aws_sfn_state_machine.packages.definition).States),
    )) == 0
    error_message = "Each way leads to a state."
  }

  assert {
    condition = (
      one(aws_sfn_state_machine.packages.logging_configuration).level == "ALL"
      && one(aws_sfn_state_machine.packages.logging_configuration).include_execution_data == false
      && one(aws_sfn_state_machine.packages.tracing_configuration).enabled
    )
    error_message = "Everything is logged but what was handed over, and traced."
  }

  assert {
    condition     = one(aws_sfn_state_machine.packages.encryption_configuration).type == "CUSTOMER_MANAGED_KMS_KEY" && one(aws_sfn_state_machine.packages.encryption_configuration).kms_key_id == var.operations_key_arn
    error_message = "Histories are encrypted with our key."
  }

  assert {
    condition     = aws_cloudwatch_log_group.machine.kms_key_id == var.operations_key_arn && aws_cloudwatch_log_group.machine.retention_in_days >= 365 && startswith(aws_cloudwatch_log_group.machine.name, "/aws/vendedlogs/states/")
    error_message = "Its log is encrypted with our key and kept for a year; the name keeps CloudWatch's resource policy short."
  }

  # The role.

  assert {
    condition = (
      jsondecode(aws_iam_role.machine.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:states:eu-north-1:111122223333:stateMachine:hybrid-relay-dev-packages"
      && jsondecode(aws_iam_role.machine.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"
    )
    error_message = "Step Functions takes the role for this machine of this account only."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.machine.policy).Statement : [toset(statement.Resource), statement.Condition.StringEquals["iam:PassedToService"]]
      if contains(flatten([statement.Action]), "iam:PassRole")
    ] == [[toset([var.execution_role_arn, var.tenant_role_pattern]), "ecs-tasks.amazonaws.com"]]
    error_message = "It passes task roles and the execution role to tasks, and nothing else to nobody else."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.machine.policy).Statement : [statement.Resource, statement.Condition.ArnEquals["ecs:cluster"]]
      if contains(flatten([statement.Action]), "ecs:RunTask")
    ] == [["arn:aws:ecs:eu-north-1:111122223333:task-definition/hybrid-relay-dev-processor:*", var.cluster_arn]]
    error_message = "It starts its task definition in its cluster."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.machine.policy).Statement : statement.Sid
      if contains(flatten([statement.Resource]), "*")
    ])) == toset(["ManageLogDelivery", "WriteTraces"])
    error_message = "Only what has no resources is allowed on every resource."
  }
}

run "recorder" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    description       = "A function"
    security_group_id = "sg-1"
    key_arn           = "arn:aws:kms:eu-north-1:111122223333:key/operations"
    statements        = [{ Sid = "AddEvents", Effect = "Allow", Action = "dynamodb:PutItem", Resource = "arn:aws:dynamodb:eu-north-1:111122223333:table/trail" }]
  }

  assert {
    condition     = aws_lambda_function.this.runtime == "provided.al2023" && aws_lambda_function.this.kms_key_arn == var.key_arn && aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "A native program, whose environment is encrypted with our key, traced."
  }

  assert {
    condition     = length(aws_lambda_function.this.vpc_config[0].subnet_ids) == 2 && toset(aws_lambda_function.this.vpc_config[0].security_group_ids) == toset(["sg-1"])
    error_message = "It runs in the private subnets."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.kms_key_id == var.key_arn && aws_cloudwatch_log_group.this.retention_in_days >= 365
    error_message = "Its log is encrypted with our key and kept for a year."
  }

  assert {
    condition = toset([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid]) == toset([
      "ADenial", "AddEvents", "ManageNetworkInterfaces", "DenyNetworkInterfacesFromCode", "WriteTraces", "WriteLogs",
    ])
    error_message = "It may do what it was given, what every function needs, and none of what is denied."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("versions.tf")
    error_message = "A new zip is a new plan, and the same zip is none."
  }
}

run "without_a_zip" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    zip_path          = "there-is-no-such.zip"
    description       = "A function"
    security_group_id = "sg-1"
    key_arn           = "arn:aws:kms:eu-north-1:111122223333:key/operations"
    statements        = []
  }

  expect_failures = [aws_lambda_function.this]
}
