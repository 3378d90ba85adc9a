# Four keys, one for each kind of thing that is at rest, so that a grant on one says nothing about the others. A key is used
# through its services only (kms:ViaService): who may read an object may not decrypt anything by hand. The one exception are
# organizations' token keys: a program unwraps them itself, in the name of its organization.

locals {
  account = { AWS = "arn:aws:iam::${var.account_id}:root" }

  # Whoever IAM lets administer keys; using one is not administering it.
  administration = {
    Sid       = "AdministerKey"
    Effect    = "Allow"
    Principal = local.account
    Action = [
      "kms:CancelKeyDeletion",
      "kms:CreateAlias",
      "kms:DeleteAlias",
      "kms:DescribeKey",
      "kms:DisableKey",
      "kms:EnableKey",
      "kms:EnableKeyRotation",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListGrants",
      "kms:ListKeyPolicies",
      "kms:ListResourceTags",
      "kms:ListRetirableGrants",
      "kms:PutKeyPolicy",
      "kms:RetireGrant",
      "kms:RevokeGrant",
      "kms:RotateKeyOnDemand",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateAlias",
      "kms:UpdateKeyDescription",
    ]
    Resource = "*"
  }

  keys = {
    objects    = { description = "Packages and results", services = ["s3"] }
    records    = { description = "Audit trail and organizations", services = ["dynamodb"] }
    alerts     = { description = "Notices of failures, alerts and alarms", services = ["sns", "sqs"] }
    operations = { description = "Notifications, logs, images and the environment of functions", services = ["ecr", "lambda", "sqs"] }
  }

  use = {
    for name, key in local.keys : name => [
      {
        # Identity policies must allow it as well: the account's root stands for "whom IAM allows".
        Sid       = "UseKeyThroughServices"
        Effect    = "Allow"
        Principal = local.account
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = {
          StringEquals = {
            "kms:CallerAccount" = var.account_id
            "kms:ViaService"    = [for service in key.services : "${service}.${var.region}.amazonaws.com"]
          }
        }
      },
      {
        # Services that keep a grant for as long as the table, repository or function exists.
        Sid       = "CreateGrantsForServices"
        Effect    = "Allow"
        Principal = local.account
        Action    = "kms:CreateGrant"
        Resource  = "*"
        Condition = {
          Bool = { "kms:GrantIsForAWSResource" = "true" }
          StringEquals = {
            "kms:CallerAccount" = var.account_id
            "kms:ViaService"    = [for service in key.services : "${service}.${var.region}.amazonaws.com"]
          }
        }
      },
    ]
  }

  services = {
    objects = [
      {
        # Whoever asks has the tag of an organization, and names that organization and this purpose; a variable without a value
        # matches nothing. "Decrypt" and "GenerateDataKeyWithoutPlaintext", AWS KMS Developer Guide, "Condition keys for AWS KMS".
        Sid       = "CreateAndUnwrapTokenKeys"
        Effect    = "Allow"
        Principal = local.account
        Action    = ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"]
        Resource  = "*"
        Condition = {
          StringEquals = {
            "kms:CallerAccount"                  = var.account_id
            "kms:EncryptionContext:organization" = "$${aws:PrincipalTag/organization}"
            "kms:EncryptionContext:purpose"      = "token-key"
          }
        }
      },
    ]
    records = []
    alerts = [
      {
        Sid       = "EncryptAlarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = {
          ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:${var.region}:${var.account_id}:alarm:${var.prefix}-*" }
          StringEquals = { "aws:SourceAccount" = var.account_id }
        }
      },
    ]
    operations = [
      {
        Sid       = "EncryptLogGroups"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.region}.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = [
              for group in ["/aws/lambda/${var.prefix}-*", "/aws/events/${var.prefix}-*", "/aws/vendedlogs/states/${var.prefix}-*", "/ecs/${var.prefix}-*", "/vpc/${var.prefix}"] :
              "arn:aws:logs:${var.region}:${var.account_id}:log-group:${group}"
            ]
          }
        }
      },
      {
        # "Data at rest encryption in Step Functions", Developer Guide. What is encrypted and decrypted is bound to the machine.
        Sid       = "EncryptExecutionHistories"
        Effect    = "Allow"
        Principal = local.account
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = {
          StringEquals = { "kms:CallerAccount" = var.account_id }
          ArnLike = {
            "kms:EncryptionContext:aws:states:stateMachineArn" = "arn:aws:states:${var.region}:${var.account_id}:stateMachine:${var.prefix}-*"
          }
        }
      },
      {
        # The same page: the log of a machine that is encrypted. The context names the account; another condition, which the page
        # does not have, may hold for no request, and then the log stops without a word.
        Sid       = "DecryptLogsForDelivery"
        Effect    = "Allow"
        Principal = { Service = "delivery.logs.amazonaws.com" }
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = { StringEquals = { "kms:EncryptionContext:SourceArn" = "arn:aws:logs:${var.region}:${var.account_id}:*" } }
      },
      {
        Sid       = "EncryptStateMachineLogs"
        Effect    = "Allow"
        Principal = local.account
        Action    = "kms:GenerateDataKey"
        Resource  = "*"
        Condition = { StringEquals = { "kms:EncryptionContext:SourceArn" = "arn:aws:logs:${var.region}:${var.account_id}:*" } }
      },
      {
        Sid       = "EncryptBucketNotifications"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Condition = {
          ArnEquals    = { "aws:SourceArn" = var.ingress_bucket_arn }
          StringEquals = { "aws:SourceAccount" = var.account_id }
        }
      },
    ]
  }

  policies = {
    for name in keys(local.keys) : name => {
      Version   = "2012-10-17"
      Statement = concat([local.administration], local.use[name], local.services[name])
    }
  }
}

resource "aws_kms_key" "this" {
  for_each = local.keys

  description             = "${var.prefix}: ${each.value.description}"
  enable_key_rotation     = true
  rotation_period_in_days = 365
  deletion_window_in_days = var.deletion_window_days
  policy                  = jsonencode(local.policies[each.key])

  tags = { Name = "${var.prefix}-${each.key}" }
}

resource "aws_kms_alias" "this" {
  for_each = local.keys

  name          = "alias/${var.prefix}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
