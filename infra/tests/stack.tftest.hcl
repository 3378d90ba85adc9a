# The modules together: what one says must be what the other is told.

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

run "names" {
  command = plan

  assert {
    condition = toset(keys(output.relay)) == toset([
      "alerts_topic_arn", "cluster_arn", "container_name", "environment", "ingress_bucket", "ingress_key_arn", "monitor_function_name", "notification_dlq_url",
      "notices_dlq_url", "notices_queue_url", "notification_queue_url", "organizations_table", "region", "results_bucket", "results_key_arn", "security_group_ids", "state_machine_arn", "subnet_ids",
      "task_definition_arn", "tenant_policy_arn", "tenant_role_arn_prefix", "tenant_role_name_prefix", "tenant_role_path",
      "tenant_trust_policy", "trail_table",
    ])
    error_message = "relay --stack is told what docs/AWS.md says."
  }

  assert {
    condition = (
      output.relay.trail_table == "hybrid-relay-dev-trail"
      && output.relay.organizations_table == "hybrid-relay-dev-organizations"
      && output.relay.container_name == "processor"
      && output.relay.tenant_role_arn_prefix == "arn:aws:iam::111122223333:role/hybrid-relay/dev/tenant/relay-dev-"
    )
    error_message = "Names are those of docs/AWS.md."
  }

  assert {
    condition = toset(keys(module.validation.environment)) == toset([
      "RELAY_INGRESS_BUCKET", "RELAY_INGRESS_KEY_ARN", "RELAY_LOG", "RELAY_NOTICES_QUEUE_URL", "RELAY_ORGANIZATIONS_TABLE",
      "RELAY_RESULTS_BUCKET", "RELAY_RESULTS_KEY_ARN", "RELAY_STATE_MACHINE_ARN", "RELAY_TENANT_ROLE_ARN_PREFIX", "RELAY_TRAIL_TABLE",
    ])
    error_message = "The validator is told what docs/AWS.md says, and no more: it refuses a variable that it does not know."
  }

  assert {
    condition = toset([for variable in module.processing.container.environment : variable.name]) == toset([
      "RELAY_INGRESS_BUCKET", "RELAY_INGRESS_KEY_ARN", "RELAY_LOG", "RELAY_NOTICES_QUEUE_URL", "RELAY_ORGANIZATIONS_TABLE",
      "RELAY_RESULTS_BUCKET", "RELAY_RESULTS_KEY_ARN", "RELAY_TRAIL_TABLE",
    ])
    error_message = "The processor is told what docs/AWS.md says; its order comes with the run."
  }

  assert {
    condition = alltrue([
      for denial in module.processing.denials : contains([for statement in module.validation.role_policy.Statement : statement.Sid], denial.Sid)
    ]) && length(module.processing.denials) == 2
    error_message = "The validator has every denial that tasks have."
  }

  assert {
    condition     = jsondecode(output.relay.tenant_trust_policy) == module.processing.trust_policy
    error_message = "Organizations that are added later trust what the first ones trust."
  }
}

run "direct" {
  command = plan

  variables {
    orchestration = "direct"
  }

  assert {
    condition     = length(module.orchestration) == 0 && output.relay.state_machine_arn == null
    error_message = "Tasks that are started directly need no state machine."
  }

  assert {
    condition = toset(keys(module.validation.environment)) == toset([
      "RELAY_CLUSTER_ARN", "RELAY_CONTAINER_NAME", "RELAY_INGRESS_BUCKET", "RELAY_INGRESS_KEY_ARN", "RELAY_LOG", "RELAY_NOTICES_QUEUE_URL",
      "RELAY_ORGANIZATIONS_TABLE", "RELAY_RESULTS_BUCKET", "RELAY_RESULTS_KEY_ARN", "RELAY_SECURITY_GROUP_IDS", "RELAY_SUBNET_IDS",
      "RELAY_TASK_DEFINITION_ARN", "RELAY_TENANT_ROLE_ARN_PREFIX", "RELAY_TRAIL_TABLE",
    ])
    error_message = "The validator is told what it starts."
  }
}

run "visibility" {
  command = plan

  variables {
    lambda_timeout = 100
  }

  assert {
    # "Using Lambda with Amazon SQS": six times the function's timeout.
    condition     = module.ingress.visibility_timeout_seconds >= 600
    error_message = "A message stays hidden while the validator works on it and on its repetitions."
  }
}

run "production_is_protected" {
  command = plan

  variables {
    environment         = "prod"
    deletion_protection = false
  }

  assert {
    condition     = !local.force_destroy
    error_message = "Production's buckets are never emptied by Terraform."
  }
}

run "protected_by_default" {
  command = plan

  assert {
    condition     = var.deletion_protection && !local.force_destroy
    error_message = "What holds data is protected unless somebody says otherwise."
  }
}

run "dev_can_be_destroyed" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = local.force_destroy
    error_message = "A development environment can be cleared away."
  }
}
