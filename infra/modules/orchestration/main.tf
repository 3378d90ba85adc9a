# Two parts: the state machine that watches the run of each package (machine.tf, role.tf), and the recorder, which it calls for
# what a run left without a conclusion.

module "recorder" {
  source = "../function"

  name               = var.recorder_name
  description        = "Concludes in the trail what a run left without a conclusion"
  region             = var.region
  account_id         = var.account_id
  zip_path           = var.zip_path
  memory_size        = var.memory_size
  timeout_seconds    = var.timeout_seconds
  environment        = var.environment
  subnet_ids         = var.subnet_ids
  security_group_id  = var.function_security_group_id
  key_arn            = var.operations_key_arn
  log_retention_days = var.log_retention_days
  denials            = var.denials

  # It may add events and announce, and read nothing.
  statements = [
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
      # DynamoDB asks for these on the caller's behalf ("DynamoDB encryption at rest": usage notes).
      Sid       = "UseRecordsKey"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
      Resource  = var.records_key_arn
      Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${var.region}.amazonaws.com" } }
    },
    {
      Sid       = "UseAlertsAndOperationsKeys"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.alerts_key_arn, var.operations_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["lambda", "sqs"] : "${service}.${var.region}.amazonaws.com"] } }
    },
  ]
}
