# The validator: takes notifications from the queue, decides, records, and starts one task for each accepted package.

locals {
  batch_size             = 10
  batch_window_seconds   = 1
  reports_single_failure = "ReportBatchItemFailures"
}

resource "aws_cloudwatch_log_group" "validator" {
  name              = var.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.operations_key_arn
}

resource "aws_lambda_function" "validator" {
  function_name = var.name
  description   = "Decides whether a package may enter, and starts its run"
  role          = aws_iam_role.validator.arn
  runtime       = "provided.al2023"
  architectures = ["x86_64"]
  handler       = "bootstrap"
  memory_size   = var.memory_size
  timeout       = var.timeout_seconds
  kms_key_arn   = var.operations_key_arn

  filename         = var.zip_path
  source_code_hash = fileexists(var.zip_path) ? filebase64sha256(var.zip_path) : null

  environment {
    variables = var.environment
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [var.security_group_id]
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.validator.name
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.zip_path)
      error_message = "The validator is not packaged: there is no ${var.zip_path}. Run cargo xtask package, or set validator_zip_path."
    }
  }

  # Without these it could neither be placed in its subnets nor write its first line.
  depends_on = [aws_iam_role_policy.validator]
}

resource "aws_lambda_event_source_mapping" "notifications" {
  event_source_arn                   = var.queue_arn
  function_name                      = aws_lambda_function.validator.arn
  batch_size                         = local.batch_size
  maximum_batching_window_in_seconds = local.batch_window_seconds
  function_response_types            = [local.reports_single_failure]

  scaling_config {
    maximum_concurrency = var.concurrency_max
  }
}
