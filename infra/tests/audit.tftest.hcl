# The tables: encrypted, recoverable, protected; the trail is added to and never changed.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  trail_table_name         = "hybrid-relay-dev-trail"
  organizations_table_name = "hybrid-relay-dev-organizations"
  region                   = "eu-north-1"
  account_id               = "111122223333"
  key_arn                  = "arn:aws:kms:eu-north-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "tables" {
  command = plan

  module {
    source = "./modules/audit"
  }

  variables {
    deletion_protection = true
  }

  assert {
    condition = alltrue([
      for table in [aws_dynamodb_table.trail, aws_dynamodb_table.organizations] : (
        table.server_side_encryption[0].enabled && table.server_side_encryption[0].kms_key_arn == var.key_arn
      )
    ])
    error_message = "Both tables are encrypted with our key."
  }

  assert {
    condition     = alltrue([for table in [aws_dynamodb_table.trail, aws_dynamodb_table.organizations] : table.point_in_time_recovery[0].enabled])
    error_message = "Both tables can be brought back to any second of the last 35 days."
  }

  assert {
    condition     = aws_dynamodb_table.trail.deletion_protection_enabled && aws_dynamodb_table.organizations.deletion_protection_enabled
    error_message = "Neither table can be deleted."
  }

  assert {
    condition     = aws_dynamodb_table.trail.billing_mode == "PAY_PER_REQUEST" && aws_dynamodb_table.organizations.billing_mode == "PAY_PER_REQUEST"
    error_message = "Capacity is not provisioned."
  }

  assert {
    condition     = aws_dynamodb_table.trail.hash_key == "Partition" && aws_dynamodb_table.trail.range_key == "Seq" && aws_dynamodb_table.organizations.hash_key == "OrganizationId"
    error_message = "The keys are those of docs/AWS.md."
  }

  assert {
    condition = { for index in aws_dynamodb_table.trail.global_secondary_index : index.name => [index.hash_key, index.range_key] } == {
      by_package      = ["PackageId", "Seq"]
      by_log          = ["LogShard", "LogOrder"]
      by_arrival      = ["ArrivalShard", "Arrival"]
      by_organization = ["Organization", "Arrival"]
      by_file_name    = ["Filename", "Arrival"]
      by_state        = ["State", "Concluded"]
      by_duplicate    = ["DuplicateShard", "Duplicate"]
    }
    error_message = "The indexes are those of docs/AWS.md."
  }

  assert {
    condition = alltrue([
      for index in aws_dynamodb_table.trail.global_secondary_index : index.projection_type == "KEYS_ONLY" if index.name != "by_log"
    ])
    error_message = "An index copies keys and nothing else; only by_log is read for more."
  }

  assert {
    condition = alltrue([
      for action in ["UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert"] : anytrue([
        for statement in jsondecode(aws_dynamodb_resource_policy.trail.policy).Statement : (
          statement.Effect == "Deny" && statement.Principal == "*" && !can(statement.Condition)
          && contains(statement.Action, "dynamodb:${action}")
        )
      ])
    ])
    error_message = "Nobody changes or removes an event, whatever their own policies say."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_dynamodb_resource_policy.trail.policy).Statement : statement.Effect == "Deny"])
    error_message = "The table's policy grants nothing."
  }
}

run "unprotected" {
  command = plan

  module {
    source = "./modules/audit"
  }

  variables {
    deletion_protection = false
  }

  assert {
    condition     = !aws_dynamodb_table.trail.deletion_protection_enabled
    error_message = "The switch before a destroy works."
  }
}
