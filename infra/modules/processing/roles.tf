# Two roles, as for any task: one with which ECS starts it, one that it has itself. The latter is the organization's, given
# when the task is started (module tenants); the default may do nothing.

locals {
  # "Confused deputy prevention", Amazon ECS Developer Guide: only tasks of this account.
  trust_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AssumeRoleByEcsTasks"
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnLike      = { "aws:SourceArn" = "arn:aws:ecs:${var.region}:${var.account_id}:*" }
        StringEquals = { "aws:SourceAccount" = var.account_id }
      }
    }]
  }

  execution_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        # It gives a token for the caller's own permissions and has no resource.
        Sid      = "GetRegistryToken"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = aws_ecr_repository.processor.arn
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.tasks.arn}:*"
      },
    ]
  }

  none_policy = {
    Version   = "2012-10-17"
    Statement = [{ Sid = "DenyAllActions", Effect = "Deny", Action = "*", Resource = "*" }]
  }
}

resource "aws_iam_role" "execution" {
  name               = "${var.prefix}-execution"
  description        = "ECS: pulls the processor's image and writes its logs"
  assume_role_policy = jsonencode(local.trust_policy)
}

resource "aws_iam_role_policy" "execution" {
  name   = "pull-and-log"
  role   = aws_iam_role.execution.id
  policy = jsonencode(local.execution_policy)
}

resource "aws_iam_role" "none" {
  name               = "${var.prefix}-task-none"
  description        = "A task that was started without its organization's role: it may do nothing"
  assume_role_policy = jsonencode(local.trust_policy)
}

resource "aws_iam_role_policy" "none" {
  name   = "nothing"
  role   = aws_iam_role.none.id
  policy = jsonencode(local.none_policy)
}
