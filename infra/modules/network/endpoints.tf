# The ways out. Each leads to one service, and its policy to our own resources there, for principals of this account:
# stolen credentials of another account are of no use inside, and ours reach no bucket of somebody else.

locals {
  ours = {
    StringEquals = {
      "aws:PrincipalAccount" = var.account_id
      "aws:ResourceAccount"  = var.account_id
    }
  }

  s3_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccessRelayBuckets"
        Effect    = "Allow"
        Principal = "*"
        Action = [
          "s3:AbortMultipartUpload",
          "s3:GetObject",
          "s3:GetObjectVersion",
          "s3:PutObject",
        ]
        Resource  = [for arn in var.bucket_arns : "${arn}/*"]
        Condition = local.ours
      },
      {
        Sid       = "ListRelayBuckets"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:ListBucket"
        Resource  = var.bucket_arns
        Condition = local.ours
      },
      {
        # ECR hands out signed addresses in a bucket of its own (Amazon ECR User Guide, "Amazon ECR interface VPC endpoints").
        Sid       = "PullImageLayers"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::prod-${var.region}-starport-layer-bucket/*"
      },
    ]
  }

  dynamodb_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccessRelayTables"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem"]
      Resource  = var.table_arns
      Condition = local.ours
    }]
  }

  # What is started, and by whom: the state machine starts tasks from outside, and tasks answer it.
  run_interfaces = {
    watched = {
      "states" = [
        {
          Sid       = "StartRuns"
          Effect    = "Allow"
          Principal = "*"
          Action    = "states:StartExecution"
          Resource  = var.state_machine_arn
          Condition = local.ours
        },
        {
          # These have no resources; the token says which wait is answered.
          Sid       = "SendTaskResults"
          Effect    = "Allow"
          Principal = "*"
          Action    = ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"]
          Resource  = "*"
          Condition = { StringEquals = { "aws:PrincipalAccount" = var.account_id } }
        },
      ]
    }
    direct = {
      "ecs" = [{
        Sid       = "StartTasks"
        Effect    = "Allow"
        Principal = "*"
        Action    = ["ecs:RunTask", "ecs:TagResource"]
        Resource = [
          "arn:aws:ecs:${var.region}:${var.account_id}:task-definition/${var.task_family}:*",
          "arn:aws:ecs:${var.region}:${var.account_id}:task/${var.cluster_name}/*",
        ]
        Condition = local.ours
      }]
    }
  }

  interfaces = merge(local.run_interfaces[var.state_machine_arn == null ? "direct" : "watched"], {
    "ecr.api" = [
      {
        # It gives a token for the caller's own permissions and has no resource.
        Sid       = "GetRegistryToken"
        Effect    = "Allow"
        Principal = "*"
        Action    = "ecr:GetAuthorizationToken"
        Resource  = "*"
        Condition = { StringEquals = { "aws:PrincipalAccount" = var.account_id } }
      },
      local.pull,
    ]
    "ecr.dkr" = [local.pull]
    "logs" = [{
      Sid       = "WriteLogs"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource  = "arn:aws:logs:${var.region}:${var.account_id}:log-group:${var.task_log_group_name}:*"
      Condition = local.ours
    }]
    "sqs" = [{
      Sid       = "SendAndReceiveNotices"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"]
      Resource  = var.notices_queue_arn
      Condition = local.ours
    }]
    # For token keys only: what is encrypted through a service is the service's own request. The key's policy says whose token key.
    "kms" = [{
      Sid       = "CreateAndUnwrapTokenKeys"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"]
      Resource  = var.objects_key_arn
      Condition = { StringEquals = merge(local.ours.StringEquals, { "kms:EncryptionContext:purpose" = "token-key" }) }
    }]
    "sns" = [{
      Sid       = "PublishAlerts"
      Effect    = "Allow"
      Principal = "*"
      Action    = "sns:Publish"
      Resource  = var.topic_arn
      Condition = local.ours
    }]
  })

  pull = {
    Sid       = "PullImages"
    Effect    = "Allow"
    Principal = "*"
    Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    Resource  = "arn:aws:ecr:${var.region}:${var.account_id}:repository/${var.repository_name}"
    Condition = local.ours
  }
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  policy            = jsonencode(local.s3_policy)

  tags = { Name = "${var.prefix}-s3" }
}

resource "aws_vpc_endpoint" "dynamodb" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.dynamodb"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  policy            = jsonencode(local.dynamodb_policy)

  tags = { Name = "${var.prefix}-dynamodb" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interfaces

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  policy              = jsonencode({ Version = "2012-10-17", Statement = each.value })

  tags = { Name = "${var.prefix}-${each.key}" }
}
