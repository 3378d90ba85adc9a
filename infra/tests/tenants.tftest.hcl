# The first organizations, and who may add others.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "tenants" {
  command = plan

  module {
    source = "./modules/tenants"
  }

  variables {
    organization_ids = ["org-001", "org-002"]
    role_path        = "/hybrid-relay/dev/tenant/"
    role_name_prefix = "relay-dev-"
    policy_arn       = "arn:aws:iam::111122223333:policy/hybrid-relay-dev-tenant"
    trust_policy     = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    table_name       = "organizations"
  }

  assert {
    condition     = alltrue([for id, role in aws_iam_role.task : role.tags.organization == id && role.name == "relay-dev-${id}" && role.path == "/hybrid-relay/dev/tenant/"])
    error_message = "A task role has its organization's tag, name and path."
  }

  assert {
    condition     = alltrue([for role in aws_iam_role.task : role.permissions_boundary == var.policy_arn])
    error_message = "The tenants' policy bounds every task role."
  }

  assert {
    condition     = alltrue([for id, attachment in aws_iam_role_policy_attachment.task : attachment.policy_arn == var.policy_arn && attachment.role == "relay-dev-${id}"])
    error_message = "The tenants' policy is every task role's policy."
  }

  assert {
    condition     = toset(keys(aws_dynamodb_table_item.organization)) == toset(["org-001", "org-002"])
    error_message = "Every organization has its line in the registry."
  }
}

run "operators" {
  command = plan

  module {
    source = "./modules/operators"
  }

  variables {
    name                    = "hybrid-relay-dev-operator"
    region                  = "eu-north-1"
    account_id              = "111122223333"
    ingress_bucket_arn      = "arn:aws:s3:::hybrid-relay-staging-ingress-111122223333"
    results_bucket_arn      = "arn:aws:s3:::hybrid-relay-staging-results-111122223333"
    trail_table_arn         = "arn:aws:dynamodb:eu-north-1:111122223333:table/hybrid-relay-staging-trail"
    organizations_table_arn = "arn:aws:dynamodb:eu-north-1:111122223333:table/hybrid-relay-staging-organizations"
    queue_arn               = "arn:aws:sqs:eu-north-1:111122223333:hybrid-relay-staging-notifications"
    dlq_arn                 = "arn:aws:sqs:eu-north-1:111122223333:hybrid-relay-staging-notifications-dlq"
    state_machine_arn       = "arn:aws:states:eu-north-1:111122223333:stateMachine:hybrid-relay-dev-packages"
    log_group_names         = ["/aws/lambda/hybrid-relay-staging-validator", "/ecs/hybrid-relay-staging-processor", "/aws/events/hybrid-relay-staging-task-failures", "/vpc/hybrid-relay-staging"]
    notices_queue_arn       = "arn:aws:sqs:eu-north-1:111122223333:hybrid-relay-staging-notices"
    notices_dlq_arn         = "arn:aws:sqs:eu-north-1:111122223333:hybrid-relay-dev-notices-dlq"
    monitor_arn             = "arn:aws:lambda:eu-north-1:111122223333:function:hybrid-relay-dev-monitor"
    cluster_arn             = "arn:aws:ecs:eu-north-1:111122223333:cluster/hybrid-relay-dev"
    task_family             = "hybrid-relay-dev-processor"
    execution_role_arn      = "arn:aws:iam::111122223333:role/hybrid-relay-dev-execution"
    tenant_role_pattern     = "arn:aws:iam::111122223333:role/hybrid-relay/dev/tenant/relay-dev-*"
    tenant_policy_arn       = "arn:aws:iam::111122223333:policy/hybrid-relay-dev-tenant"
    objects_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/12345678-1234-1234-1234-123456789012"
    records_key_arn         = "arn:aws:kms:eu-north-1:111122223333:key/22345678-1234-1234-1234-123456789012"
    operations_key_arn      = "arn:aws:kms:eu-north-1:111122223333:key/32345678-1234-1234-1234-123456789012"
    alerts_key_arn          = "arn:aws:kms:eu-north-1:111122223333:key/alerts"
  }

  assert {
    condition = alltrue([
      for statement in flatten([for policy in aws_iam_policy.operator : jsondecode(policy.policy).Statement]) :
      statement.Resource == var.tenant_role_pattern && try(statement.Condition.StringEquals["iam:PermissionsBoundary"], "") == var.tenant_policy_arn
      if contains(["iam:CreateRole", "iam:AttachRolePolicy"], flatten([statement.Action])[0])
    ])
    error_message = "An operator makes task roles within the tenants' boundary, and no other role."
  }

  assert {
    condition = alltrue([
      for statement in flatten([for policy in aws_iam_policy.operator : jsondecode(policy.policy).Statement]) : try(statement.Condition.ArnEquals["iam:PolicyARN"], "") == var.tenant_policy_arn
      if contains(flatten([statement.Action]), "iam:AttachRolePolicy")
    ])
    error_message = "An operator attaches the tenants' policy and no other."
  }

  assert {
    condition = length(setintersection(
      toset(flatten([for statement in flatten([for policy in aws_iam_policy.operator : jsondecode(policy.policy).Statement]) : statement.Action if statement.Effect == "Allow"])),
      toset([
        "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy",
        "s3:DeleteObject", "s3:DeleteObjectVersion", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem",
      ])
    )) == 0
    error_message = "An operator lifts no boundary and deletes nothing."
  }

  assert {
    condition = anytrue([
      for statement in flatten([for policy in aws_iam_policy.operator : jsondecode(policy.policy).Statement]) : (
        statement.Effect == "Deny" && contains(flatten([statement.Action]), "dynamodb:UpdateItem") && contains(flatten([statement.Resource]), var.trail_table_arn)
      )
    ])
    error_message = "An operator does not change the trail."
  }

  assert {
    condition = anytrue([
      for statement in flatten([for policy in aws_iam_policy.operator : jsondecode(policy.policy).Statement]) : (
        statement.Effect == "Deny"
        && toset(flatten([statement.Action])) == toset(["s3:GetObject", "s3:GetObjectVersion"])
        && flatten([statement.Resource]) == ["${var.results_bucket_arn}/_keys/*"]
        && !can(statement.Condition)
      )
    ])
    error_message = "An operator does not read token keys."
  }

  assert {
    condition = alltrue([
      for statement in flatten([for policy in aws_iam_policy.operator : jsondecode(policy.policy).Statement]) : can(statement.Condition.StringEquals["kms:ViaService"])
      if statement.Effect == "Allow" && anytrue([for action in flatten([statement.Action]) : startswith(action, "kms:")])
    ])
    error_message = "An operator uses keys through the services only."
  }

  assert {
    # "IAM and AWS STS quotas". Every policy at its longest: tests/policies/sizes.test.mjs.
    condition     = alltrue([for policy in aws_iam_policy.operator : length(policy.policy) <= 6144])
    error_message = "An operators' policy is larger than IAM takes."
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_policy.operator["packages"].policy).Statement : statement.Sid if statement.Effect == "Deny"])) == toset([
      "DenyChangesToTrail", "DenyReadTokenKeys",
    ])
    error_message = "What an operator never does is said where packages and trails are allowed."
  }
}
