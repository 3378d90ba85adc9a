# The alerter: each minute it takes notices, makes alerts of them (docs/ALERTS.md), and publishes them. Its book is one item of a
# table of its own.

resource "aws_dynamodb_table" "book" {
  name                        = var.table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "Book"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "Book"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.records_key_arn
  }
}

module "alerter" {
  source = "../function"

  name               = var.name
  description        = "Makes alerts of notices"
  region             = var.region
  account_id         = var.account_id
  zip_path           = var.zip_path
  memory_size        = var.memory_size
  timeout_seconds    = var.timeout_seconds
  concurrency_max    = var.concurrency_max
  environment        = var.environment
  subnet_ids         = var.subnet_ids
  security_group_id  = var.security_group_id
  key_arn            = var.operations_key_arn
  log_retention_days = var.log_retention_days
  denials            = var.denials

  statements = [
    {
      Sid      = "ReceiveNotices"
      Effect   = "Allow"
      Action   = ["sqs:DeleteMessage", "sqs:ReceiveMessage"]
      Resource = var.notices_queue_arn
    },
    {
      Sid      = "ReadAndWriteAlertState"
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:PutItem"]
      Resource = aws_dynamodb_table.book.arn
    },
    {
      Sid      = "PublishAlerts"
      Effect   = "Allow"
      Action   = "sns:Publish"
      Resource = var.topic_arn
    },
    {
      # "Authorizing use of your customer managed key", Amazon DynamoDB Developer Guide, without CreateGrant.
      Sid       = "UseRecordsKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
      Resource  = var.records_key_arn
      Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${var.region}.amazonaws.com" } }
    },
    {
      # Its messages, its alerts, its environment.
      Sid       = "UseAlertsAndOperationsKeys"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.alerts_key_arn, var.operations_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["lambda", "sns", "sqs"] : "${service}.${var.region}.amazonaws.com"] } }
    },
  ]
}

# A round that fails is not retried by Lambda, and one that could not start is not made up for: the next minute takes everything.
resource "aws_lambda_function_event_invoke_config" "alerter" {
  function_name                = module.alerter.name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

resource "aws_cloudwatch_event_rule" "each_minute" {
  name                = "${var.name}-each-minute"
  description         = "A round of alerting"
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "alerter" {
  rule = aws_cloudwatch_event_rule.each_minute.name
  arn  = module.alerter.arn
}

resource "aws_lambda_permission" "each_minute" {
  statement_id   = "EachMinute"
  action         = "lambda:InvokeFunction"
  function_name  = module.alerter.name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.each_minute.arn
  source_account = var.account_id
}
