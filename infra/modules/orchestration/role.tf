# What the state machine may do: start this one task with a task role of an organization, call the recorder, write its log.

locals {
  cluster_name = element(split("/", var.cluster_arn), 1)
  machine_arn  = "arn:aws:states:${var.region}:${var.account_id}:stateMachine:${var.name}"

  trust_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AssumeRoleByStateMachine"
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = local.machine_arn }
        StringEquals = { "aws:SourceAccount" = var.account_id }
      }
    }]
  }

  machine_policy = {
    Version = "2012-10-17"
    Statement = [
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
        Sid       = "PassTaskRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [var.execution_role_arn, var.tenant_role_pattern]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        Sid      = "InvokeRecorder"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = [module.recorder.arn, "${module.recorder.arn}:*"]
      },
      {
        # The delivery of logs has no resources ("Logging using CloudWatch Logs", Step Functions Developer Guide).
        Sid    = "ManageLogDelivery"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery",
          "logs:DeleteLogDelivery",
          "logs:DescribeLogGroups",
          "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery",
          "logs:ListLogDeliveries",
          "logs:PutResourcePolicy",
          "logs:UpdateLogDelivery",
        ]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
      },
      {
        Sid       = "WriteTraces"
        Effect    = "Allow"
        Action    = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
      },
      {
        # "Data at rest encryption in Step Functions", Developer Guide: inputs and histories.
        Sid       = "UseKeyForHistories"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = var.operations_key_arn
        Condition = { StringEquals = { "kms:EncryptionContext:aws:states:stateMachineArn" = local.machine_arn } }
      },
      {
        # The same page: an encrypted state machine that logs.
        Sid       = "UseKeyForLogDelivery"
        Effect    = "Allow"
        Action    = "kms:GenerateDataKey"
        Resource  = var.operations_key_arn
        Condition = { StringEquals = { "kms:EncryptionContext:SourceArn" = "arn:aws:logs:${var.region}:${var.account_id}:*" } }
      },
    ]
  }
}

resource "aws_iam_role" "machine" {
  name               = var.name
  description        = "The state machine: starts and watches runs"
  assume_role_policy = jsonencode(local.trust_policy)
}

resource "aws_iam_role_policy" "machine" {
  name   = "orchestrate"
  role   = aws_iam_role.machine.id
  policy = jsonencode(local.machine_policy)
}
