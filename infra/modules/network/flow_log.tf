# Who talked to whom. With the endpoints' policies it shows an attempt to carry something out.

locals {
  flow_log_group_name = "/vpc/${var.prefix}"

  flow_log_trust = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AssumeRoleByFlowLogs"
      Effect    = "Allow"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:aws:ec2:${var.region}:${var.account_id}:vpc-flow-log/*" }
      }
    }]
  }

  flow_log_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid    = "WriteFlowLog"
      Effect = "Allow"
      Action = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = [
        aws_cloudwatch_log_group.flow.arn,
        "${aws_cloudwatch_log_group.flow.arn}:log-stream:*",
      ]
    }]
  }
}

resource "aws_cloudwatch_log_group" "flow" {
  name              = local.flow_log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
}

resource "aws_iam_role" "flow_log" {
  name               = "${var.prefix}-flow-log"
  description        = "Writes the flow log of the network"
  assume_role_policy = jsonencode(local.flow_log_trust)
}

resource "aws_iam_role_policy" "flow_log" {
  name   = "write-flow-log"
  role   = aws_iam_role.flow_log.id
  policy = jsonencode(local.flow_log_policy)
}

resource "aws_flow_log" "this" {
  vpc_id                   = aws_vpc.this.id
  traffic_type             = "ALL"
  log_destination_type     = "cloud-watch-logs"
  log_destination          = aws_cloudwatch_log_group.flow.arn
  iam_role_arn             = aws_iam_role.flow_log.arn
  max_aggregation_interval = 60

  tags = { Name = var.prefix }
}
