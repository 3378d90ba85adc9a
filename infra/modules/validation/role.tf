# What the validator may do: take from its queue, look at a version, add events, start its task with an organization's role.

locals {
  trust_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AssumeRoleByLambda"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  }

  cluster_name = element(split("/", var.cluster_arn), 1)

  start_runs = {
    watched = [{
      Sid      = "StartRuns"
      Effect   = "Allow"
      Action   = "states:StartExecution"
      Resource = var.state_machine_arn
    }]
    direct = [
      {
        Sid      = "StartRuns"
        Effect   = "Allow"
        Action   = "ecs:RunTask"
        Resource = "arn:aws:ecs:${var.region}:${var.account_id}:task-definition/${var.task_family}:*"
        Condition = {
          ArnEquals = { "ecs:cluster" = var.cluster_arn }
        }
      },
      {
        # The task definition's tags are given to the task as it starts, and at no other time.
        Sid      = "TagRuns"
        Effect   = "Allow"
        Action   = "ecs:TagResource"
        Resource = "arn:aws:ecs:${var.region}:${var.account_id}:task/${local.cluster_name}/*"
        Condition = {
          StringEquals = { "ecs:CreateAction" = "RunTask" }
        }
      },
      {
        Sid      = "PassTaskRoles"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = [var.execution_role_arn, var.tenant_role_pattern]
        Condition = {
          StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" }
        }
      },
    ]
  }

  policy = {
    Version = "2012-10-17"
    Statement = concat(local.start_runs[var.state_machine_arn == null ? "direct" : "watched"], [
      {
        Sid      = "ReceiveNotifications"
        Effect   = "Allow"
        Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        Resource = var.queue_arn
      },
      {
        Sid      = "ReadPackages"
        Effect   = "Allow"
        Action   = "s3:GetObjectVersion"
        Resource = "${var.ingress_bucket_arn}/*"
      },
      {
        # To who may not list, S3 says of a version that is gone only that it is forbidden ("GetObject", Amazon S3 API Reference).
        Sid      = "ListIngressBucket"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = var.ingress_bucket_arn
      },
      {
        Sid      = "ReadOrganizations"
        Effect   = "Allow"
        Action   = "dynamodb:GetItem"
        Resource = var.organizations_table_arn
      },
      {
        Sid      = "AddEvents"
        Effect   = "Allow"
        Action   = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem"]
        Resource = var.trail_table_arn
      },
      {
        # What is registered of organizations is for operators to change, and to record.
        Sid       = "DenyOrganizationEvents"
        Effect    = "Deny"
        Action    = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem"]
        Resource  = var.trail_table_arn
        Condition = { "ForAnyValue:StringLike" = { "dynamodb:LeadingKeys" = ["/organization/*"] } }
      },
      {
        Sid      = "SendNotices"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.notices_queue_arn
      },
      {
        Sid      = "UseObjectsKey"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.objects_key_arn
        Condition = {
          StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" }
          StringLike   = { "kms:EncryptionContext:aws:s3:arn" = [var.ingress_bucket_arn, "${var.ingress_bucket_arn}/*"] }
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
        # Its messages, its notices, its environment.
        Sid      = "UseAlertsAndOperationsKeys"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [var.alerts_key_arn, var.operations_key_arn]
        Condition = {
          StringEquals = {
            "kms:ViaService" = [for service in ["lambda", "sqs"] : "${service}.${var.region}.amazonaws.com"]
          }
        }
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.validator.arn}:*"
      },
      {
        # Neither service has resources for these (Service Authorization Reference).
        Sid      = "WriteTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = "*"
        Condition = {
          StringEquals = { "aws:RequestedRegion" = var.region }
        }
      },
      {
        # Lambda places the function in its subnets with the function's role ("Giving Lambda functions access to resources
        # in an Amazon VPC") ...
        Sid    = "ManageNetworkInterfaces"
        Effect = "Allow"
        Action = [
          "ec2:AssignPrivateIpAddresses",
          "ec2:CreateNetworkInterface",
          "ec2:DeleteNetworkInterface",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSubnets",
          "ec2:UnassignPrivateIpAddresses",
        ]
        Resource = "*"
        Condition = {
          StringEquals = { "aws:RequestedRegion" = var.region }
        }
      },
      {
        # ... but the function's own code has no use for them.
        Sid    = "DenyNetworkInterfacesFromCode"
        Effect = "Deny"
        Action = [
          "ec2:AssignPrivateIpAddresses",
          "ec2:CreateNetworkInterface",
          "ec2:DeleteNetworkInterface",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSubnets",
          "ec2:DetachNetworkInterface",
          "ec2:UnassignPrivateIpAddresses",
        ]
        Resource = "*"
        Condition = {
          ArnEquals = { "lambda:SourceFunctionArn" = "arn:aws:lambda:${var.region}:${var.account_id}:function:${var.name}" }
        }
      },
    ], var.denials)
  }
}

resource "aws_iam_role" "validator" {
  name               = var.name
  description        = "The validator: records verdicts and starts runs"
  assume_role_policy = jsonencode(local.trust_policy)
}

resource "aws_iam_role_policy" "validator" {
  name   = "validate"
  role   = aws_iam_role.validator.id
  policy = jsonencode(local.policy)
}
