# What runs a package, and what it may do.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "processing" {
  command = plan

  module {
    source = "./modules/processing"
  }

  variables {
    prefix                  = "hybrid-relay-dev"
    region                  = "eu-north-1"
    account_id              = "111122223333"
    repository_name         = "hybrid-relay-dev-processor"
    image_tag               = "1.2.3"
    task_family             = "hybrid-relay-dev-processor"
    container_name          = "processor"
    cpu                     = 256
    memory                  = 512
    environment             = { RELAY_LOG = "info" }
    log_group_name          = "/ecs/hybrid-relay-dev-processor"
    log_retention_days      = 365
    deletion_protection     = true
    ingress_bucket_arn      = "arn:aws:s3:::hybrid-relay-staging-ingress-111122223333"
    results_bucket_arn      = "arn:aws:s3:::hybrid-relay-staging-results-111122223333"
    trail_table_arn         = "arn:aws:dynamodb:eu-north-1:111122223333:table/hybrid-relay-staging-trail"
    organizations_table_arn = "arn:aws:dynamodb:eu-north-1:111122223333:table/hybrid-relay-staging-organizations"
    notices_queue_arn       = "arn:aws:sqs:eu-north-1:111122223333:hybrid-relay-staging-notices"
    state_machine_arn       = "arn:aws:states:eu-north-1:111122223333:stateMachine:hybrid-relay-dev-packages"
    objects_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/12345678-1234-1234-1234-123456789012"
    records_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/22345678-1234-1234-1234-123456789012"
    operations_key_arn      = "arn:aws:kms:eu-north-1:111122223333:key/32345678-1234-1234-1234-123456789012"
    alerts_key_arn          = "arn:aws:kms:eu-north-1:111122223333:key/alerts"
  }

  # The image.

  assert {
    condition     = aws_ecr_repository.processor.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.processor.image_scanning_configuration[0].scan_on_push
    error_message = "An image cannot be replaced under its tag, and is scanned."
  }

  assert {
    condition     = !aws_ecr_repository.processor.force_delete
    error_message = "Under protection, a repository with images stays."
  }

  assert {
    condition     = aws_ecs_task_definition.processor.skip_destroy
    error_message = "An update leaves the former task definition to the executions that began with it."
  }

  assert {
    condition     = aws_ecr_repository.processor.encryption_configuration[0].encryption_type == "KMS" && aws_ecr_repository.processor.encryption_configuration[0].kms_key == var.operations_key_arn
    error_message = "Images are encrypted with our key."
  }

  assert {
    condition     = one([for setting in aws_ecs_cluster.this.setting : setting.value if setting.name == "containerInsights"]) == "enabled"
    error_message = "The cluster is observed."
  }

  # The container.

  assert {
    condition     = jsondecode(aws_ecs_task_definition.processor.container_definitions)[0].readonlyRootFilesystem
    error_message = "The file system cannot be written to."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.processor.container_definitions)[0].user == "65532:65532" && !jsondecode(aws_ecs_task_definition.processor.container_definitions)[0].privileged
    error_message = "The program is not root."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.processor.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"] && length(jsondecode(aws_ecs_task_definition.processor.container_definitions)[0].linuxParameters.capabilities.add) == 0
    error_message = "The program has no capabilities."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.processor.container_definitions)[0].stopTimeout == 120
    error_message = "A task that is told to stop has time to say so."
  }

  assert {
    condition     = endswith(jsondecode(aws_ecs_task_definition.processor.container_definitions)[0].image, ":1.2.3")
    error_message = "The image is the one that was asked for."
  }

  assert {
    condition     = aws_ecs_task_definition.processor.network_mode == "awsvpc" && contains(aws_ecs_task_definition.processor.requires_compatibilities, "FARGATE")
    error_message = "Tasks are Fargate tasks, each with an address of its own."
  }

  assert {
    condition     = aws_cloudwatch_log_group.tasks.kms_key_id == var.operations_key_arn && aws_cloudwatch_log_group.tasks.retention_in_days >= 365
    error_message = "Logs are encrypted with our key and kept for a year."
  }

  # The roles.

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role.none.assume_role_policy).Statement : (
        statement.Principal.Service == "ecs-tasks.amazonaws.com"
        && statement.Action == "sts:AssumeRole"
        && try(statement.Condition.StringEquals["aws:SourceAccount"], "") == "111122223333"
        && try(statement.Condition.ArnLike["aws:SourceArn"], "") == "arn:aws:ecs:eu-north-1:111122223333:*"
      )
    ])
    error_message = "Only tasks of this account have a task role, and nobody may add tags to a session."
  }

  assert {
    condition     = aws_iam_role.execution.assume_role_policy == aws_iam_role.none.assume_role_policy && aws_iam_role.execution.name != aws_iam_role.none.name
    error_message = "Task role and execution role are two roles."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.none.policy).Statement == [{ Sid = "DenyAllActions", Effect = "Deny", Action = "*", Resource = "*" }]
    error_message = "A task without its organization's role may do nothing."
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement.Action])) == toset([
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer",
      "logs:CreateLogStream", "logs:PutLogEvents",
    ])
    error_message = "The execution role pulls and logs."
  }

  # The tenants' policy.

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_policy.tenant.policy).Statement : statement.Action if statement.Effect == "Allow"])) == toset([
      "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem",
      "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo",
      "s3:AbortMultipartUpload", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject",
      "sqs:SendMessage",
      "states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess",
    ])
    error_message = "A task has the actions of docs/AWS.md and no others."
  }

  assert {
    condition = alltrue(flatten([
      for statement in jsondecode(aws_iam_policy.tenant.policy).Statement : [
        for resource in flatten([statement.Resource]) : endswith(resource, "/$${aws:PrincipalTag/organization}/*")
        if startswith(resource, "arn:aws:s3:::")
      ] if statement.Effect == "Allow"
    ]))
    error_message = "A task reads and writes objects of its organization only."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.tenant.policy).Statement : (
        try(statement.Condition.Null["dynamodb:LeadingKeys"], "") == "false"
        && (
          try(statement.Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"], []) == ["$${aws:PrincipalTag/organization}/*"]
          || try(statement.Condition["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"], []) == ["$${aws:PrincipalTag/organization}"]
        )
      ) if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : startswith(action, "dynamodb:")])
    ])
    error_message = "A task reaches items of its organization only, and only where it names them."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.tenant.policy).Statement : can(statement.Condition.StringEquals["kms:ViaService"])
      if statement.Effect == "Allow" && statement.Sid != "CreateAndUnwrapTokenKey" && anytrue([for action in flatten([statement.Action]) : startswith(action, "kms:")])
    ])
    error_message = "A task uses keys through the services only."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.tenant.policy).Statement : (
        statement.Condition.StringEquals["kms:EncryptionContext:organization"] == "$${aws:PrincipalTag/organization}"
        && statement.Condition.StringEquals["kms:EncryptionContext:purpose"] == "token-key"
        && toset(statement.Action) == toset(["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"])
        && statement.Resource == var.objects_key_arn
      ) if statement.Sid == "CreateAndUnwrapTokenKey"
    ])
    error_message = "A task unwraps the token key of its organization by itself, and nothing else."
  }

  assert {
    condition = alltrue([
      for action in ["BatchWriteItem", "DeleteItem", "PartiQL*", "Scan", "UpdateItem"] : anytrue([
        for statement in jsondecode(aws_iam_policy.tenant.policy).Statement : (
          statement.Effect == "Deny" && contains(flatten([statement.Action]), "dynamodb:${action}") && !can(statement.Condition)
        )
      ])
    ])
    error_message = "A task is denied any change of the trail."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_policy.tenant.policy).Statement : statement.Effect == "Deny" && contains(flatten([statement.Action]), "sts:AssumeRole*") && statement.Resource == "*"
    ])
    error_message = "A task cannot become another."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_policy.tenant.policy).Statement : (
        statement.Effect == "Deny" && statement.Action == "dynamodb:PutItem" && statement.Resource == var.trail_table_arn
        && toset(statement.Condition["ForAnyValue:StringEquals"]["dynamodb:Attributes"]) == toset(["Arrival", "ArrivalShard", "Filename", "Organization", "UploadTimestamp"])
      ) if can(statement.Condition["ForAnyValue:StringEquals"])
    ])
    error_message = "A task writes nothing that packages are listed by."
  }

  assert {
    # "IAM and AWS STS quotas": a managed policy has at most 6,144 characters.
    condition     = length(aws_iam_policy.tenant.policy) <= 6144
    error_message = "The tenants' policy is larger than IAM takes."
  }
}

run "an_image_by_digest" {
  command = plan

  module {
    source = "./modules/processing"
  }

  variables {
    prefix                  = "hybrid-relay-dev"
    region                  = "eu-north-1"
    account_id              = "111122223333"
    repository_name         = "hybrid-relay-dev-processor"
    image_tag               = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    task_family             = "hybrid-relay-dev-processor"
    container_name          = "processor"
    cpu                     = 256
    memory                  = 512
    environment             = {}
    log_group_name          = "/ecs/hybrid-relay-dev-processor"
    log_retention_days      = 365
    deletion_protection     = false
    ingress_bucket_arn      = "arn:aws:s3:::hybrid-relay-staging-ingress-111122223333"
    results_bucket_arn      = "arn:aws:s3:::hybrid-relay-staging-results-111122223333"
    trail_table_arn         = "arn:aws:dynamodb:eu-north-1:111122223333:table/hybrid-relay-staging-trail"
    organizations_table_arn = "arn:aws:dynamodb:eu-north-1:111122223333:table/hybrid-relay-staging-organizations"
    notices_queue_arn       = "arn:aws:sqs:eu-north-1:111122223333:hybrid-relay-staging-notices"
    state_machine_arn       = "arn:aws:states:eu-north-1:111122223333:stateMachine:hybrid-relay-dev-packages"
    objects_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/12345678-1234-1234-1234-123456789012"
    records_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/22345678-1234-1234-1234-123456789012"
    operations_key_arn      = "arn:aws:kms:eu-north-1:111122223333:key/32345678-1234-1234-1234-123456789012"
    alerts_key_arn          = "arn:aws:kms:eu-north-1:111122223333:key/alerts"
  }

  assert {
    condition     = aws_ecr_repository.processor.force_delete
    error_message = "Without protection, the repository goes with its images."
  }

  assert {
    condition     = endswith(jsondecode(aws_ecs_task_definition.processor.container_definitions)[0].image, "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
    error_message = "A digest is appended with an at sign."
  }
}
