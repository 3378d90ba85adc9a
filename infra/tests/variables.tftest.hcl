# Each variable refuses what could not work, before anything is made. A value at each edge passes.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  # Any file stands for the zips here.
  alerter_zip_path   = "versions.tf"
  monitor_zip_path   = "versions.tf"
  recorder_zip_path  = "versions.tf"
  validator_zip_path = "versions.tf"
}

run "defaults" {
  command = plan

  assert {
    condition     = output.aws_region == "eu-north-1"
    error_message = "The default region is eu-north-1."
  }

  assert {
    condition     = output.relay.environment == "dev"
    error_message = "The default environment is dev."
  }

  assert {
    condition     = toset(keys(module.tenants.role_arns)) == toset(["org-001", "org-002", "org-003"])
    error_message = "The default organizations are org-001, org-002, org-003."
  }
}

run "edges" {
  command = plan

  variables {
    environment                  = "staging"
    allowed_organization_ids     = ["a1", "0-0", "a23456789-123456789-123456789-123456789-123456789"]
    lambda_memory_size           = 10240
    lambda_timeout               = 900
    container_cpu                = 16384
    container_memory             = 122880
    image_tag                    = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    alert_emails                 = ["someone@example.org"]
    alerter_reserved_concurrency = 1
  }

  assert {
    condition     = module.alerter.concurrency_max == 1
    error_message = "Who has concurrency to spare may keep some for the alerter."
  }

  assert {
    condition     = length(keys(module.tenants.role_arns)) == 3
    error_message = "Ids of 2 characters, of digits, and of the longest role name are ids."
  }
}

run "no_concurrency_at_all" {
  command = plan
  variables { alerter_reserved_concurrency = 0 }
  expect_failures = [var.alerter_reserved_concurrency]
}

run "region" {
  command = plan
  variables { aws_region = "Stockholm" }
  expect_failures = [var.aws_region]
}

run "environment" {
  command = plan
  variables { environment = "production" }
  expect_failures = [var.environment]
}

run "organization_with_a_wildcard" {
  command = plan
  variables { allowed_organization_ids = ["org-*"] }
  expect_failures = [var.allowed_organization_ids]
}

run "organization_in_capitals" {
  command = plan
  variables { allowed_organization_ids = ["org-001", "ORG-001"] }
  expect_failures = [var.allowed_organization_ids]
}

run "organization_with_a_slash" {
  command = plan
  variables { allowed_organization_ids = ["org/001"] }
  expect_failures = [var.allowed_organization_ids]
}

run "organization_of_one_letter" {
  command = plan
  variables { allowed_organization_ids = ["o"] }
  expect_failures = [var.allowed_organization_ids]
}

run "organization_that_ends_with_a_hyphen" {
  command = plan
  variables { allowed_organization_ids = ["org-"] }
  expect_failures = [var.allowed_organization_ids]
}

run "organization_of_64_characters" {
  command = plan
  variables { allowed_organization_ids = ["a123456789-123456789-123456789-123456789-123456789-123456789-123"] }
  expect_failures = [var.allowed_organization_ids]
}

run "organization_too_long_for_a_role" {
  command = plan
  variables {
    environment              = "staging"
    allowed_organization_ids = ["a23456789-123456789-123456789-123456789-1234567890a"]
  }
  expect_failures = [var.allowed_organization_ids]
}

run "too_little_memory_for_a_function" {
  command = plan
  variables { lambda_memory_size = 127 }
  expect_failures = [var.lambda_memory_size]
}

run "too_much_memory_for_a_function" {
  command = plan
  variables { lambda_memory_size = 10241 }
  expect_failures = [var.lambda_memory_size]
}

run "too_long_for_a_function" {
  command = plan
  variables { lambda_timeout = 901 }
  expect_failures = [var.lambda_timeout]
}

run "too_short_for_a_batch" {
  command = plan
  variables { lambda_timeout = 4 }
  expect_failures = [var.lambda_timeout]
}

run "no_such_cpu" {
  command = plan
  variables { container_cpu = 300 }
  expect_failures = [var.container_cpu]
}

run "memory_beyond_the_cpu" {
  command = plan
  variables { container_memory = 4096 }
  expect_failures = [var.container_memory]
}

run "memory_below_the_cpu" {
  command = plan
  variables {
    container_cpu    = 1024
    container_memory = 1024
  }
  expect_failures = [var.container_memory]
}

run "a_moving_tag" {
  command = plan
  variables { image_tag = "latest" }
  expect_failures = [var.image_tag]
}

run "not_an_address" {
  command = plan
  variables { alert_emails = ["someone"] }
  expect_failures = [var.alert_emails]
}

run "not_an_owner" {
  command = plan
  variables { owner = "<nobody>" }
  expect_failures = [var.owner]
}
