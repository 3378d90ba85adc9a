# A Lambda function, in the private subnets where it has some: its role with what every function needs and what this one may do, its log group.

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

  network_actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ]

  is_inside = length(var.subnet_ids) > 0

  network_statements = [
    {
      # Lambda places the function in its subnets with the function's role ("Giving Lambda functions access to resources
      # in an Amazon VPC") ...
      Sid       = "ManageNetworkInterfaces"
      Effect    = "Allow"
      Action    = local.network_actions
      Resource  = "*"
      Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
    },
    {
      # ... but the function's own code has no use for them.
      Sid       = "DenyNetworkInterfacesFromCode"
      Effect    = "Deny"
      Action    = concat(local.network_actions, ["ec2:DetachNetworkInterface"])
      Resource  = "*"
      Condition = { ArnEquals = { "lambda:SourceFunctionArn" = "arn:aws:lambda:${var.region}:${var.account_id}:function:${var.name}" } }
    },
  ]

  policy = {
    Version = "2012-10-17"
    Statement = concat(var.statements, [
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
      {
        # They have no resources (Service Authorization Reference).
        Sid       = "WriteTraces"
        Effect    = "Allow"
        Action    = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
      },
    ], [for statement in local.network_statements : statement if local.is_inside], var.denials)
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = var.description
  assume_role_policy = jsonencode(local.trust_policy)
}

resource "aws_iam_role_policy" "this" {
  name   = "function"
  role   = aws_iam_role.this.id
  policy = jsonencode(local.policy)
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn
  runtime       = "provided.al2023"
  architectures = ["x86_64"]
  handler       = "bootstrap"
  memory_size   = var.memory_size
  timeout       = var.timeout_seconds
  kms_key_arn   = var.key_arn

  reserved_concurrent_executions = var.concurrency_max == null ? -1 : var.concurrency_max

  filename         = var.zip_path
  source_code_hash = fileexists(var.zip_path) ? filebase64sha256(var.zip_path) : null

  environment {
    variables = var.environment
  }

  dynamic "vpc_config" {
    for_each = local.is_inside ? [1] : []

    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = [var.security_group_id]
    }
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.zip_path)
      error_message = "The function ${var.name} is not packaged: there is no ${var.zip_path}. Run cargo xtask package, or set the variable that names the zip."
    }
  }

  # Without these it could neither be placed in its subnets nor write its first line.
  depends_on = [aws_iam_role_policy.this]
}
