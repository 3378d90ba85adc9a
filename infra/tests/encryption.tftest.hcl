# The keys: rotated, administered by IAM, used through their services only.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "keys" {
  command = plan

  module {
    source = "./modules/encryption"
  }

  variables {
    prefix               = "hybrid-relay-dev"
    region               = "eu-north-1"
    account_id           = "111122223333"
    ingress_bucket_arn   = "arn:aws:s3:::hybrid-relay-dev-ingress-111122223333"
    deletion_window_days = 7
  }

  assert {
    condition     = toset(keys(aws_kms_key.this)) == toset(["alerts", "objects", "operations", "records"])
    error_message = "Objects, records, alerts and operations each have a key."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation && key.rotation_period_in_days <= 365])
    error_message = "Every key is rotated within a year."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.deletion_window_in_days >= 7])
    error_message = "A key can be brought back."
  }

  assert {
    condition = alltrue(flatten([
      for key in aws_kms_key.this : [
        for statement in jsondecode(key.policy).Statement : (
          statement.Sid != "AdministerKey"
          || !anytrue([for action in flatten([statement.Action]) : can(regex("\\*|Decrypt|Encrypt|Generate|CreateGrant|Sign", action))])
        )
      ]
    ]))
    error_message = "Administering a key is not using it."
  }

  assert {
    condition = alltrue(flatten([
      for name, services in { objects = ["s3"], records = ["dynamodb"], alerts = ["sns", "sqs"], operations = ["ecr", "lambda", "sqs"] } : [
        for statement in jsondecode(aws_kms_key.this[name].policy).Statement : (
          toset(try(statement.Condition.StringEquals["kms:ViaService"], [])) == toset([for service in services : "${service}.eu-north-1.amazonaws.com"])
          && try(statement.Condition.StringEquals["kms:CallerAccount"], "") == "111122223333"
        ) if contains(["UseKeyThroughServices", "CreateGrantsForServices"], statement.Sid)
      ]
    ]))
    error_message = "A key is used through its own services only, and by this account only."
  }

  assert {
    condition = alltrue(flatten([
      for name, key in aws_kms_key.this : [
        for statement in jsondecode(key.policy).Statement : (
          name == "objects"
          && toset(statement.Action) == toset(["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"])
          && try(statement.Condition.StringEquals["kms:CallerAccount"], "") == "111122223333"
          && try(statement.Condition.StringEquals["kms:EncryptionContext:organization"], "") == "$${aws:PrincipalTag/organization}"
          && try(statement.Condition.StringEquals["kms:EncryptionContext:purpose"], "") == "token-key"
        )
        if !can(statement.Principal.Service) && !contains(["AdministerKey", "UseKeyThroughServices", "CreateGrantsForServices"], statement.Sid)
      ] if name != "operations"
    ]))
    error_message = "Without a service between, a key unwraps token keys, each for its own organization, and nothing else."
  }

  assert {
    condition = length([
      for statement in jsondecode(aws_kms_key.this["objects"].policy).Statement : statement if statement.Sid == "CreateAndUnwrapTokenKeys"
    ]) == 1
    error_message = "The objects' key wraps token keys."
  }

  assert {
    condition = alltrue([
      for key in aws_kms_key.this : length([
        for statement in jsondecode(key.policy).Statement : statement if contains(["UseKeyThroughServices", "CreateGrantsForServices"], statement.Sid)
      ]) == 2
    ])
    error_message = "Every key has both statements about its services."
  }

  assert {
    condition = alltrue(flatten([
      for key in aws_kms_key.this : [
        for statement in jsondecode(key.policy).Statement : try(statement.Condition.Bool["kms:GrantIsForAWSResource"], "") == "true"
        if statement.Sid == "CreateGrantsForServices"
      ]
    ]))
    error_message = "Only AWS services are given grants."
  }

  assert {
    condition = alltrue(flatten([
      for key in aws_kms_key.this : [
        for statement in jsondecode(key.policy).Statement : (
          can(statement.Condition.StringEquals["aws:SourceAccount"])
          || try(statement.Condition.StringEquals["kms:EncryptionContext:SourceArn"], "") == "arn:aws:logs:eu-north-1:111122223333:*"
          || can(statement.Condition.ArnLike["kms:EncryptionContext:aws:logs:arn"])
        ) if can(statement.Principal.Service)
      ]
    ]))
    error_message = "A service's principal is tied to this account."
  }

  assert {
    # "Data at rest encryption in Step Functions": each further condition may hold for no request, and then the log stops.
    condition = [
      for statement in jsondecode(aws_kms_key.this["operations"].policy).Statement : statement.Condition
      if contains(["DecryptLogsForDelivery", "EncryptStateMachineLogs"], statement.Sid)
      ] == [
      for sid in ["DecryptLogsForDelivery", "EncryptStateMachineLogs"] : { StringEquals = { "kms:EncryptionContext:SourceArn" = "arn:aws:logs:eu-north-1:111122223333:*" } }
    ]
    error_message = "The delivery of logs has the condition that Step Functions documents, and no other."
  }

  assert {
    condition = one([
      for statement in jsondecode(aws_kms_key.this["operations"].policy).Statement : try(statement.Condition.ArnEquals["aws:SourceArn"], "")
      if try(statement.Principal.Service, "") == "s3.amazonaws.com"
    ]) == "arn:aws:s3:::hybrid-relay-dev-ingress-111122223333"
    error_message = "S3 may encrypt notifications of the ingress bucket, and nothing else."
  }

  assert {
    condition = [
      for name, key in aws_kms_key.this : name
      if anytrue([for statement in jsondecode(key.policy).Statement : try(statement.Principal.Service, "") == "cloudwatch.amazonaws.com"])
    ] == ["alerts"]
    error_message = "Alarms are encrypted with the key of alerts."
  }

  assert {
    condition = alltrue(flatten([
      for key in aws_kms_key.this : [
        for statement in jsondecode(key.policy).Statement : try(statement.Principal != "*" && statement.Principal.AWS != "*", true)
      ]
    ]))
    error_message = "No key is open to everybody."
  }
}
