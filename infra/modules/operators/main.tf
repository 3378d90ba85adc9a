# What people need who run relay --stack: attach these policies to their role. They read everything, put packages, add organizations, and
# replay; like every program, they can add to the trail and never change it.

locals {
  execution_arn = var.state_machine_arn == null ? "" : replace(var.state_machine_arn, ":stateMachine:", ":execution:")
  cluster_name  = element(split("/", var.cluster_arn), 1)

  start_runs = {
    watched = [
      {
        Sid      = "StartRuns"
        Effect   = "Allow"
        Action   = "states:StartExecution"
        Resource = var.state_machine_arn
      },
      {
        Sid      = "DescribeRuns"
        Effect   = "Allow"
        Action   = "states:DescribeExecution"
        Resource = "${local.execution_arn}:*"
      },
    ]
    direct = [
      {
        Sid       = "StartRuns"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "arn:aws:ecs:${var.region}:${var.account_id}:task-definition/${var.task_family}:*"
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
      },
      {
        Sid       = "TagRuns"
        Effect    = "Allow"
        Action    = "ecs:TagResource"
        Resource  = "arn:aws:ecs:${var.region}:${var.account_id}:task/${local.cluster_name}/*"
        Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
      },
      {
        # ListTasks is judged by the cluster, not by a resource.
        Sid       = "DescribeRuns"
        Effect    = "Allow"
        Action    = ["ecs:DescribeTasks", "ecs:ListTasks"]
        Resource  = "*"
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
      },
      {
        Sid       = "PassTaskRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [var.execution_role_arn, var.tenant_role_pattern]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  }

  # Two, because a managed policy has at most 6,144 characters: who works with packages needs the first, who also keeps
  # organizations, queues and findings the second as well.
  policies = {
    packages = {
      Version = "2012-10-17"
      Statement = concat(local.start_runs[var.state_machine_arn == null ? "direct" : "watched"], [
        {
          Sid      = "ListPackagesAndResults"
          Effect   = "Allow"
          Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
          Resource = [var.ingress_bucket_arn, var.results_bucket_arn]
        },
        {
          Sid      = "ReadPackagesAndResults"
          Effect   = "Allow"
          Action   = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource = ["${var.ingress_bucket_arn}/*", "${var.results_bucket_arn}/*"]
        },
        {
          Sid      = "PutPackages"
          Effect   = "Allow"
          Action   = ["s3:AbortMultipartUpload", "s3:PutObject"]
          Resource = "${var.ingress_bucket_arn}/*"
        },
        {
          Sid      = "ReadTrail"
          Effect   = "Allow"
          Action   = ["dynamodb:BatchGetItem", "dynamodb:Query"]
          Resource = [var.trail_table_arn, "${var.trail_table_arn}/index/*"]
        },
        {
          Sid      = "AddEvents"
          Effect   = "Allow"
          Action   = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem"]
          Resource = var.trail_table_arn
        },
        {
          Sid      = "ManageOrganizations"
          Effect   = "Allow"
          Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:UpdateItem"]
          Resource = var.organizations_table_arn
        },
        {
          Sid      = "UseObjectsKey"
          Effect   = "Allow"
          Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource = var.objects_key_arn
          Condition = {
            StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" }
          }
        },
        {
          Sid      = "UseRecordsKey"
          Effect   = "Allow"
          Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
          Resource = var.records_key_arn
          Condition = {
            StringEquals = { "kms:ViaService" = "dynamodb.${var.region}.amazonaws.com" }
          }
        },
        {
          # What is there is wrapped, and only a task of the organization may unwrap it: nobody needs to read it.
          Sid      = "DenyReadTokenKeys"
          Effect   = "Deny"
          Action   = ["s3:GetObject", "s3:GetObjectVersion"]
          Resource = "${var.results_bucket_arn}/_keys/*"
        },
        {
          Sid      = "DenyChangesToTrail"
          Effect   = "Deny"
          Action   = ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PartiQL*", "dynamodb:UpdateItem"]
          Resource = [var.trail_table_arn, "${var.trail_table_arn}/*"]
        },
      ])
    }
    stack = {
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "AcceptRisks"
          Effect   = "Allow"
          Action   = "s3:PutObject"
          Resource = "${var.results_bucket_arn}/_monitor/accepted.json"
        },
        {
          Sid      = "InvokeMonitor"
          Effect   = "Allow"
          Action   = "lambda:InvokeFunction"
          Resource = var.monitor_arn
        },
        {
          # Only with the tenants' policy as its boundary: no role made here can do more than a task of its organization.
          Sid      = "CreateTaskRoles"
          Effect   = "Allow"
          Action   = "iam:CreateRole"
          Resource = var.tenant_role_pattern
          Condition = {
            StringEquals = { "iam:PermissionsBoundary" = var.tenant_policy_arn }
          }
        },
        {
          Sid      = "AttachTenantPolicy"
          Effect   = "Allow"
          Action   = "iam:AttachRolePolicy"
          Resource = var.tenant_role_pattern
          Condition = {
            ArnEquals    = { "iam:PolicyARN" = var.tenant_policy_arn }
            StringEquals = { "iam:PermissionsBoundary" = var.tenant_policy_arn }
          }
        },
        {
          Sid      = "ReadTaskRoles"
          Effect   = "Allow"
          Action   = "iam:GetRole"
          Resource = var.tenant_role_pattern
        },
        {
          # A role gets its organization once, when it is made: one that has an organization cannot be given another.
          Sid       = "TagNewTaskRoles"
          Effect    = "Allow"
          Action    = "iam:TagRole"
          Resource  = var.tenant_role_pattern
          Condition = { Null = { "aws:ResourceTag/organization" = "true" } }
        },
        {
          Sid      = "ReadQueueAttributes"
          Effect   = "Allow"
          Action   = "sqs:GetQueueAttributes"
          Resource = [var.queue_arn, var.dlq_arn, var.notices_queue_arn, var.notices_dlq_arn]
        },
        {
          Sid      = "ReceiveDeadLetters"
          Effect   = "Allow"
          Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
          Resource = [var.dlq_arn, var.notices_dlq_arn]
        },
        {
          # To the notices also what fails while somebody replays.
          Sid      = "RedriveDeadLettersAndSendNotices"
          Effect   = "Allow"
          Action   = "sqs:SendMessage"
          Resource = [var.queue_arn, var.notices_queue_arn]
        },
        {
          Sid      = "ReadLogs"
          Effect   = "Allow"
          Action   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
          Resource = [for name in var.log_group_names : "arn:aws:logs:${var.region}:${var.account_id}:log-group:${name}:*"]
        },
        {
          Sid      = "UseQueueKeys"
          Effect   = "Allow"
          Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource = [var.alerts_key_arn, var.operations_key_arn]
          Condition = {
            StringEquals = { "kms:ViaService" = "sqs.${var.region}.amazonaws.com" }
          }
        },
      ]
    }
  }

  descriptions = {
    packages = "For people who run relay --stack: packages, results, trails, runs"
    stack    = "For people who run relay --stack: organizations, queues, findings, logs; beside the policy for packages"
  }
}

resource "aws_iam_policy" "operator" {
  for_each = local.policies

  name        = "${var.name}-${each.key}"
  description = local.descriptions[each.key]
  policy      = jsonencode(each.value)
}
