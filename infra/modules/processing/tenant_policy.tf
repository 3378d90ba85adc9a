# What a task may do, for every organization at once: the role's tag says which it is. It is each task role's only policy and its
# boundary as well, so that attaching another gains nothing. A role without the tag matches nothing, since a policy
# variable without a value does not match (IAM User Guide, "IAM policy elements: Variables and tags").

locals {
  organization = "$${aws:PrincipalTag/organization}"

  tenant_policy = {
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid      = "ReadPackages"
        Effect   = "Allow"
        Action   = "s3:GetObjectVersion"
        Resource = "${var.ingress_bucket_arn}/${local.organization}/*"
      },
      {
        # GetObject: who lost a conditional write looks at what is there.
        Sid      = "WriteResults"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
        Resource = "${var.results_bucket_arn}/${local.organization}/*"
      },
      {
        # ForAllValues holds for a request that has no such key: Null asks that there is one.
        Sid      = "AddEvents"
        Effect   = "Allow"
        Action   = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem"]
        Resource = var.trail_table_arn
        Condition = {
          "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["${local.organization}/*"] }
          Null                      = { "dynamodb:LeadingKeys" = "false" }
        }
      },
      {
        Sid      = "ReadOwnOrganization"
        Effect   = "Allow"
        Action   = "dynamodb:GetItem"
        Resource = var.organizations_table_arn
        Condition = {
          "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = [local.organization] }
          Null                        = { "dynamodb:LeadingKeys" = "false" }
        }
      },
      {
        Sid      = "SendNotices"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.notices_queue_arn
      },
      {
        # With a bucket key the context is the bucket; an uploader may have turned that off, and then it is the object.
        Sid      = "UseObjectsKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.objects_key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" }
          StringLike = {
            "kms:EncryptionContext:aws:s3:arn" = [
              var.ingress_bucket_arn,
              "${var.ingress_bucket_arn}/${local.organization}/*",
              var.results_bucket_arn,
              "${var.results_bucket_arn}/${local.organization}/*",
            ]
          }
        }
      },
      {
        Sid      = "ReadAndWriteTokenKey"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "${var.results_bucket_arn}/_keys/${local.organization}/*"
      },
      {
        # Not through a service: the task unwraps its organization's token key itself. Whose key it is stands in the context, which
        # is part of what KMS decrypts.
        Sid      = "CreateAndUnwrapTokenKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"]
        Resource = var.objects_key_arn
        Condition = {
          StringEquals = {
            "kms:EncryptionContext:organization" = local.organization
            "kms:EncryptionContext:purpose"      = "token-key"
          }
        }
      },
      {
        # "Authorizing use of your customer managed key", Amazon DynamoDB Developer Guide, without CreateGrant.
        Sid      = "UseRecordsKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
        Resource = var.records_key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "dynamodb.${var.region}.amazonaws.com" }
        }
      },
      {
        Sid      = "UseAlertsKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.alerts_key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "sqs.${var.region}.amazonaws.com" }
        }
      },
      ], var.state_machine_arn == null ? [] : [
      {
        # To whoever waits for this task. These have no resources (Service Authorization Reference, AWS Step Functions): which wait
        # is answered, the token says, and a task knows only its own.
        Sid       = "SendTaskResults"
        Effect    = "Allow"
        Action    = ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
      },
      ], [
      local.never_an_arrival,
      local.never_change_the_trail,
      local.never_become_another,
    ])
  }

  # What stands on event 0 only, which the validator writes: the indexes that packages are listed by have no place for what a task
  # makes up ("IAM policy conditions for fine-grained access control", Amazon DynamoDB Developer Guide).
  never_an_arrival = {
    Sid      = "DenyWriteArrivals"
    Effect   = "Deny"
    Action   = "dynamodb:PutItem"
    Resource = var.trail_table_arn
    Condition = {
      "ForAnyValue:StringEquals" = { "dynamodb:Attributes" = ["Arrival", "ArrivalShard", "Filename", "Organization", "UploadTimestamp"] }
    }
  }

  never_change_the_trail = {
    Sid    = "DenyChangesToTrail"
    Effect = "Deny"
    Action = [
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:PartiQL*",
      "dynamodb:Scan",
      "dynamodb:UpdateItem",
    ]
    Resource = [var.trail_table_arn, "${var.trail_table_arn}/*"]
  }

  never_become_another = {
    Sid      = "DenyAssumeOtherRoles"
    Effect   = "Deny"
    Action   = ["sts:AssumeRole*", "sts:TagSession"]
    Resource = "*"
  }
}

resource "aws_iam_policy" "tenant" {
  name        = "${var.prefix}-tenant"
  description = "What the tasks of one organization may do; the organization is the role's tag"
  policy      = jsonencode(local.tenant_policy)
}
