# The monitor: each day it reads how the account is set (docs/MONITOR.md), keeps findings beside the results, and announces what
# changed. It reads the interfaces of more services than the closed network leads to, so it is not in it; it sees no package.

locals {
  # What the account's services are asked; made from the table of checks, and compared by a test with what is really called.
  account = jsondecode(file("${path.module}/policy.json"))

  findings_arn = "arn:aws:s3:::${var.bucket_name}/_monitor"
}

module "monitor" {
  source = "../function"

  name               = var.name
  description        = "Compares the account with what it must be like"
  region             = var.region
  account_id         = var.account_id
  zip_path           = var.zip_path
  memory_size        = var.memory_size
  timeout_seconds    = 900
  environment        = var.environment
  key_arn            = var.operations_key_arn
  log_retention_days = var.log_retention_days
  denials            = var.denials

  statements = concat(local.account.Statement, [
    {
      Sid      = "ReadFindings"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = ["${local.findings_arn}/findings.json", "${local.findings_arn}/accepted.json"]
    },
    {
      Sid      = "WriteFindings"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = ["${local.findings_arn}/findings.json", "${local.findings_arn}/reports/*"]
    },
    {
      # Without it S3 calls findings that are not there yet forbidden ("GetObject", Amazon S3 API Reference).
      Sid      = "ListResultsBucket"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = "arn:aws:s3:::${var.bucket_name}"
    },
    {
      Sid       = "UseObjectsKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = var.objects_key_arn
      Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
    },
    {
      Sid      = "PublishFindings"
      Effect   = "Allow"
      Action   = "sns:Publish"
      Resource = var.topic_arn
    },
    {
      # Its announcements, its dead letters, its environment.
      Sid       = "UseAlertsAndOperationsKeys"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.alerts_key_arn, var.operations_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["lambda", "sns", "sqs"] : "${service}.${var.region}.amazonaws.com"] } }
    },
    {
      Sid      = "SendDeadLetters"
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = local.dead_letters_arn
    },
  ])
}

# A run that fails is tried twice more, and then stands among the dead letters, where an alarm sees it. Findings are kept at the
# end of a run, so that the next run tells what this one could not.
resource "aws_lambda_function_event_invoke_config" "monitor" {
  function_name                = module.monitor.name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters.arn
    }
  }
}

resource "aws_cloudwatch_event_rule" "schedule" {
  name                = "${var.name}-schedule"
  description         = "A run of the monitor"
  schedule_expression = var.schedule_hours == 1 ? "rate(1 hour)" : "rate(${var.schedule_hours} hours)"
}

resource "aws_cloudwatch_event_target" "monitor" {
  rule = aws_cloudwatch_event_rule.schedule.name
  arn  = module.monitor.arn
}

resource "aws_lambda_permission" "schedule" {
  statement_id   = "Schedule"
  action         = "lambda:InvokeFunction"
  function_name  = module.monitor.name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.schedule.arn
  source_account = var.account_id
}
