# The buckets: versioned, encrypted with our key, private, TLS only, wrong keys refused, expiring where they should.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "bucket" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    name                = "packages"
    key_arn             = "arn:aws:kms:eu-north-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    log_bucket_id       = "logs"
    expiry_days         = 90
    written_once        = ["_keys/*"]
    deletion_protection = true
    force_destroy       = false
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Every version is kept."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.this.rule : (
        rule.bucket_key_enabled
        && rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
        && rule.apply_server_side_encryption_by_default[0].kms_master_key_id == var.key_arn
      )
    ]) && length(aws_s3_bucket_server_side_encryption_configuration.this.rule) == 1
    error_message = "Objects are encrypted with our key, and a bucket key."
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.this.block_public_acls
      && aws_s3_bucket_public_access_block.this.block_public_policy
      && aws_s3_bucket_public_access_block.this.ignore_public_acls
      && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "Nothing is public."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "The bucket's owner owns the objects; access lists are off."
  }

  assert {
    condition     = aws_s3_bucket_logging.this.target_bucket == "logs" && aws_s3_bucket_logging.this.target_prefix == "packages/"
    error_message = "Access is logged."
  }

  assert {
    condition = (
      one(aws_s3_bucket_lifecycle_configuration.this.rule).status == "Enabled"
      && one(one(aws_s3_bucket_lifecycle_configuration.this.rule).expiration).days == 90
      && one(one(aws_s3_bucket_lifecycle_configuration.this.rule).noncurrent_version_expiration).noncurrent_days == 90
    )
    error_message = "Newest and older versions expire."
  }

  assert {
    condition     = one(one(aws_s3_bucket_lifecycle_configuration.this.rule).abort_incomplete_multipart_upload).days_after_initiation == 7
    error_message = "Unfinished uploads are cleared away."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*"
        && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
        && toset(flatten([statement.Resource])) == toset(["arn:aws:s3:::packages", "arn:aws:s3:::packages/*"])
      )
    ])
    error_message = "Plain HTTP is refused."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*"
        && try(statement.Condition.NumericLessThan["s3:TlsVersion"], "") == "1.2"
      )
    ])
    error_message = "TLS below 1.2 is refused."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Action == "s3:PutObject"
        && try(statement.Condition.StringNotEquals["s3:x-amz-server-side-encryption"], "") == "aws:kms"
        && try(statement.Condition.Null["s3:x-amz-server-side-encryption"], "") == "false"
      )
    ])
    error_message = "Another algorithm is refused; an upload that leaves encryption to the bucket is not."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Action == "s3:PutObject"
        && try(statement.Condition.StringNotEquals["s3:x-amz-server-side-encryption-aws-kms-key-id"], "") == var.key_arn
        && try(statement.Condition.Null["s3:x-amz-server-side-encryption-aws-kms-key-id"], "") == "false"
      )
    ])
    error_message = "Another key is refused."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Action == "s3:PutObject"
        && try(statement.Condition.StringEquals["s3:x-amz-server-side-encryption"], "") == "aws:kms"
        && try(statement.Condition.Null["s3:x-amz-server-side-encryption-aws-kms-key-id"], "") == "true"
      )
    ])
    error_message = "KMS without a key's name would be the account's own key: it is refused."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Action == "s3:PutObject"
        && try(statement.Condition.Null["s3:x-amz-server-side-encryption-customer-algorithm"], "") == "false"
      )
    ])
    error_message = "A key that the uploader brings along is refused."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Principal == "*" && contains(flatten([statement.Action]), "s3:DeleteObjectVersion")
        && !can(statement.Condition)
      )
    ])
    error_message = "Nobody removes a version."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:PutObject"
        && flatten([statement.Resource]) == ["arn:aws:s3:::packages/_keys/*"]
        && try(jsonencode(statement.Condition), "") == jsonencode({ Null = { "s3:if-none-match" = "true" } })
      )
    ])
    error_message = "What is written once is put on the condition that nothing is there."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : (
        statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:DeleteObject"
        && flatten([statement.Resource]) == ["arn:aws:s3:::packages/_keys/*"] && !can(statement.Condition)
      )
    ])
    error_message = "What is written once is not hidden by a delete marker."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement.Effect == "Deny"])
    error_message = "The bucket's policy grants nothing: identities' policies do."
  }
}

run "bucket_that_keeps" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    name                = "results"
    key_arn             = "arn:aws:kms:eu-north-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    log_bucket_id       = "logs"
    deletion_protection = false
    force_destroy       = true
  }

  assert {
    condition     = length(one(aws_s3_bucket_lifecycle_configuration.this.rule).expiration) == 0
    error_message = "Without a number of days nothing expires."
  }

  assert {
    condition     = !strcontains(aws_s3_bucket_policy.this.policy, "DeleteObjectVersion")
    error_message = "Without protection the bucket can be emptied."
  }

  assert {
    condition     = !strcontains(aws_s3_bucket_policy.this.policy, "if-none-match")
    error_message = "Where nothing is written once, every write is allowed that was."
  }
}

run "access_logs" {
  command = plan

  module {
    source = "./modules/ingress"
  }

  variables {
    bucket_name                = "hybrid-relay-dev-ingress-111122223333"
    log_bucket_name            = "hybrid-relay-dev-logs-111122223333"
    queue_name                 = "hybrid-relay-dev-notifications"
    region                     = "eu-north-1"
    account_id                 = "111122223333"
    bucket_key_arn             = "arn:aws:kms:eu-north-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    queue_key_arn              = "arn:aws:kms:eu-north-1:111122223333:key/11111111-1111-1111-1111-111111111111"
    visibility_timeout_seconds = 360
    expiry_days                = 90
    log_expiry_days            = 365
    deletion_protection        = true
    force_destroy              = false
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.logs.block_public_acls
      && aws_s3_bucket_public_access_block.logs.block_public_policy
      && aws_s3_bucket_public_access_block.logs.ignore_public_acls
      && aws_s3_bucket_public_access_block.logs.restrict_public_buckets
    )
    error_message = "Access logs are not public."
  }

  assert {
    condition     = one(one(aws_s3_bucket_lifecycle_configuration.logs.rule).expiration).days == 365
    error_message = "Access logs are kept for a year."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_s3_bucket_policy.logs.policy).Statement : (
        statement.Principal.Service == "logging.s3.amazonaws.com" && try(statement.Condition.StringEquals["aws:SourceAccount"], "") == "111122223333"
      ) if statement.Effect == "Allow"
    ])
    error_message = "Only the log delivery of this account writes access logs."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.logs.policy).Statement : (
        statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
      )
    ])
    error_message = "Plain HTTP is refused for access logs too."
  }

  # The queue is asserted in queue.tftest.hcl, with the same variables.
}

run "results" {
  command = plan

  module {
    source = "./modules/results"
  }

  variables {
    bucket_name         = "hybrid-relay-dev-results-111122223333"
    key_arn             = "arn:aws:kms:eu-north-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    log_bucket_name     = "hybrid-relay-dev-logs-111122223333"
    deletion_protection = true
    force_destroy       = false
  }

  assert {
    condition = anytrue([
      for statement in output.bucket_policy.Statement : (
        statement.Sid == "DenyPutWithoutIfNoneMatch" && flatten([statement.Resource]) == ["arn:aws:s3:::hybrid-relay-dev-results-111122223333/_keys/*"]
      )
    ])
    error_message = "Token keys are written once."
  }
}
