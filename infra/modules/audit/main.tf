# The trail: audit events and claims (docs/DUPLICATES.md), each written once; and the registry of organizations.

locals {
  trail_arn = "arn:aws:dynamodb:${var.region}:${var.account_id}:table/${var.trail_table_name}"

  # The second wall: whatever an identity's policies say, nobody changes or removes an event. (PartiQL is its own set of
  # actions; a transaction is judged by what it holds.)
  trail_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyChangesToTrail"
      Effect    = "Deny"
      Principal = "*"
      Action = [
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate",
        "dynamodb:UpdateItem",
      ]
      Resource = local.trail_arn
    }]
  }

  # Each answers one question; what it finds is then read from the trail itself. Only by_log is counted without that.
  indexes = {
    by_package      = { hash = "PackageId", range = "Seq", projection = "KEYS_ONLY", attributes = null }
    by_log          = { hash = "LogShard", range = "LogOrder", projection = "INCLUDE", attributes = ["Kind"] }
    by_arrival      = { hash = "ArrivalShard", range = "Arrival", projection = "KEYS_ONLY", attributes = null }
    by_organization = { hash = "Organization", range = "Arrival", projection = "KEYS_ONLY", attributes = null }
    by_file_name    = { hash = "Filename", range = "Arrival", projection = "KEYS_ONLY", attributes = null }
    by_state        = { hash = "State", range = "Concluded", projection = "KEYS_ONLY", attributes = null }
    by_duplicate    = { hash = "DuplicateShard", range = "Duplicate", projection = "KEYS_ONLY", attributes = null }
  }

  # Only attributes that some key uses are declared.
  attributes = merge(
    { for name in [
      "Arrival", "ArrivalShard", "Concluded", "Duplicate", "DuplicateShard", "Filename", "LogOrder", "LogShard", "Organization", "PackageId", "Partition", "State"
    ] : name => "S" },
    { Seq = "N" },
  )
}

resource "aws_dynamodb_table" "trail" {
  name                        = var.trail_table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "Partition"
  range_key                   = "Seq"
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = local.attributes

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.indexes

    content {
      name               = global_secondary_index.key
      hash_key           = global_secondary_index.value.hash
      range_key          = global_secondary_index.value.range
      projection_type    = global_secondary_index.value.projection
      non_key_attributes = global_secondary_index.value.attributes
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }
}

resource "aws_dynamodb_resource_policy" "trail" {
  resource_arn = aws_dynamodb_table.trail.arn
  policy       = jsonencode(local.trail_policy)
}

resource "aws_dynamodb_table" "organizations" {
  name                        = var.organizations_table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "OrganizationId"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "OrganizationId"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }
}
