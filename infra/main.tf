# The modules, in the order in which a package meets them. Names are made here, so that a policy can name what is made later.

data "aws_caller_identity" "current" {}

locals {
  prefix     = "hybrid-relay-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id

  tags = {
    project     = "hybrid-relay"
    environment = var.environment
    owner       = var.owner
    repository  = "hybrid-relay"
    stack       = local.prefix
  }

  names = {
    ingress_bucket      = "${local.prefix}-ingress-${local.account_id}"
    results_bucket      = "${local.prefix}-results-${local.account_id}"
    log_bucket          = "${local.prefix}-logs-${local.account_id}"
    queue               = "${local.prefix}-notifications"
    trail_table         = "${local.prefix}-trail"
    organizations_table = "${local.prefix}-organizations"
    topic               = "${local.prefix}-alerts"
    notices             = "${local.prefix}-notices"
    alerts_table        = "${local.prefix}-alerts"
    alerter             = "${local.prefix}-alerter"
    monitor             = "${local.prefix}-monitor"
    validator           = "${local.prefix}-validator"
    state_machine       = "${local.prefix}-packages"
    recorder            = "${local.prefix}-recorder"
    repository          = "${local.prefix}-processor"
    task_family         = "${local.prefix}-processor"
    container           = "processor"
    validator_log_group = "/aws/lambda/${local.prefix}-validator"
    task_log_group      = "/ecs/${local.prefix}-processor"
  }

  bucket_arns = [for name in [local.names.ingress_bucket, local.names.results_bucket] : "arn:aws:s3:::${name}"]
  table_arns = [
    for name in [local.names.trail_table, local.names.organizations_table, local.names.alerts_table] :
    "arn:aws:dynamodb:${var.aws_region}:${local.account_id}:table/${name}"
  ]

  is_watched = var.orchestration == "step_functions"
  # By name, because tasks may answer it and it names their definition.
  state_machine_arn = "arn:aws:states:${var.aws_region}:${local.account_id}:stateMachine:${local.names.state_machine}"

  tenant_role_path        = "/hybrid-relay/${var.environment}/tenant/"
  tenant_role_name_prefix = "relay-${var.environment}-"
  tenant_role_arn_prefix  = "arn:aws:iam::${local.account_id}:role${local.tenant_role_path}${local.tenant_role_name_prefix}"

  # The least that a year's audit can be done with.
  log_retention_days = 365
  # Packages, newest and older versions alike.
  package_expiry_days = 90
  # Each batch has up to ten packages; S3, DynamoDB and ECS take some hundred runs in a second.
  validator_concurrency_max = 10

  # A round receives for 20 seconds at most, then publishes some 20 alerts and deletes what it received.
  round_timeout_seconds = 60

  # Production is never emptied by a program, whatever the variable says.
  force_destroy = !var.deletion_protection && var.environment != "prod"

  # What both programs are told. Nothing else may start with RELAY_: they refuse a variable that they do not know.
  common_environment = {
    RELAY_INGRESS_BUCKET      = module.ingress.bucket_name
    RELAY_RESULTS_BUCKET      = module.results.bucket_name
    RELAY_INGRESS_KEY_ARN     = module.encryption.objects_key_arn
    RELAY_RESULTS_KEY_ARN     = module.encryption.objects_key_arn
    RELAY_TRAIL_TABLE         = module.audit.trail_table_name
    RELAY_ORGANIZATIONS_TABLE = module.audit.organizations_table_name
    RELAY_NOTICES_QUEUE_URL   = module.alert_channels.notices_queue_url
    RELAY_LOG                 = "info"
  }
}

module "encryption" {
  source = "./modules/encryption"

  prefix               = local.prefix
  region               = var.aws_region
  account_id           = local.account_id
  ingress_bucket_arn   = local.bucket_arns[0]
  deletion_window_days = var.environment == "prod" ? 30 : 7
}

module "network" {
  source = "./modules/network"

  prefix              = local.prefix
  region              = var.aws_region
  account_id          = local.account_id
  bucket_arns         = local.bucket_arns
  table_arns          = local.table_arns
  topic_arn           = module.alert_channels.topic_arn
  notices_queue_arn   = module.alert_channels.notices_queue_arn
  cluster_name        = local.prefix
  task_family         = local.names.task_family
  repository_name     = local.names.repository
  task_log_group_name = local.names.task_log_group
  state_machine_arn   = local.is_watched ? local.state_machine_arn : null
  objects_key_arn     = module.encryption.objects_key_arn
  log_key_arn         = module.encryption.operations_key_arn
  log_retention_days  = local.log_retention_days
}

module "alert_channels" {
  source = "./modules/alert_channels"

  name       = local.names.topic
  prefix     = local.prefix
  region     = var.aws_region
  account_id = local.account_id
  key_arn    = module.encryption.alerts_key_arn
  emails     = var.alert_emails
  webhooks   = var.alert_webhooks

  notices_name                       = local.names.notices
  notices_visibility_timeout_seconds = 3 * local.round_timeout_seconds
}

module "ingress" {
  source = "./modules/ingress"

  bucket_name                = local.names.ingress_bucket
  log_bucket_name            = local.names.log_bucket
  queue_name                 = local.names.queue
  region                     = var.aws_region
  account_id                 = local.account_id
  bucket_key_arn             = module.encryption.objects_key_arn
  queue_key_arn              = module.encryption.operations_key_arn
  visibility_timeout_seconds = 6 * var.lambda_timeout
  expiry_days                = local.package_expiry_days
  log_expiry_days            = local.log_retention_days
  deletion_protection        = var.deletion_protection
  force_destroy              = local.force_destroy
}

module "results" {
  source = "./modules/results"

  bucket_name         = local.names.results_bucket
  key_arn             = module.encryption.objects_key_arn
  log_bucket_name     = module.ingress.log_bucket_name
  deletion_protection = var.deletion_protection
  force_destroy       = local.force_destroy
}

module "audit" {
  source = "./modules/audit"

  trail_table_name         = local.names.trail_table
  organizations_table_name = local.names.organizations_table
  region                   = var.aws_region
  account_id               = local.account_id
  key_arn                  = module.encryption.records_key_arn
  deletion_protection      = var.deletion_protection
}

module "processing" {
  source = "./modules/processing"

  prefix                  = local.prefix
  region                  = var.aws_region
  account_id              = local.account_id
  repository_name         = local.names.repository
  image_tag               = var.image_tag
  task_family             = local.names.task_family
  container_name          = local.names.container
  cpu                     = var.container_cpu
  memory                  = var.container_memory
  environment             = local.common_environment
  log_group_name          = local.names.task_log_group
  log_retention_days      = local.log_retention_days
  deletion_protection     = var.deletion_protection
  ingress_bucket_arn      = module.ingress.bucket_arn
  results_bucket_arn      = module.results.bucket_arn
  trail_table_arn         = module.audit.trail_table_arn
  organizations_table_arn = module.audit.organizations_table_arn
  notices_queue_arn       = module.alert_channels.notices_queue_arn
  state_machine_arn       = local.is_watched ? local.state_machine_arn : null
  objects_key_arn         = module.encryption.objects_key_arn
  records_key_arn         = module.encryption.records_key_arn
  alerts_key_arn          = module.encryption.alerts_key_arn
  operations_key_arn      = module.encryption.operations_key_arn
}

module "orchestration" {
  source = "./modules/orchestration"
  count  = local.is_watched ? 1 : 0

  name                       = local.names.state_machine
  recorder_name              = local.names.recorder
  region                     = var.aws_region
  account_id                 = local.account_id
  zip_path                   = var.recorder_zip_path
  memory_size                = var.lambda_memory_size
  timeout_seconds            = var.lambda_timeout
  heartbeat_timeout_seconds  = var.run_heartbeat_timeout_seconds
  environment                = local.common_environment
  subnet_ids                 = module.network.subnet_ids
  function_security_group_id = module.network.validator_security_group_id
  task_security_group_id     = module.network.task_security_group_id
  cluster_arn                = module.processing.cluster_arn
  task_definition_arn        = module.processing.task_definition_arn
  task_family                = local.names.task_family
  container_name             = local.names.container
  execution_role_arn         = module.processing.execution_role_arn
  tenant_role_pattern        = "${local.tenant_role_arn_prefix}*"
  trail_table_arn            = module.audit.trail_table_arn
  notices_queue_arn          = module.alert_channels.notices_queue_arn
  records_key_arn            = module.encryption.records_key_arn
  alerts_key_arn             = module.encryption.alerts_key_arn
  operations_key_arn         = module.encryption.operations_key_arn
  log_retention_days         = local.log_retention_days
  denials                    = module.processing.denials

  depends_on = [module.network]
}

module "validation" {
  source = "./modules/validation"

  name               = local.names.validator
  region             = var.aws_region
  account_id         = local.account_id
  zip_path           = var.validator_zip_path
  memory_size        = var.lambda_memory_size
  timeout_seconds    = var.lambda_timeout
  concurrency_max    = local.validator_concurrency_max
  subnet_ids         = module.network.subnet_ids
  security_group_id  = module.network.validator_security_group_id
  log_group_name     = local.names.validator_log_group
  log_retention_days = local.log_retention_days

  environment = merge(
    local.common_environment,
    { RELAY_TENANT_ROLE_ARN_PREFIX = local.tenant_role_arn_prefix },
    local.is_watched ? { RELAY_STATE_MACHINE_ARN = module.orchestration[0].state_machine_arn } : {
      RELAY_CLUSTER_ARN                          = module.processing.cluster_arn
      RELAY_TASK_DEFINITION_ARN                  = module.processing.task_definition_arn
      RELAY_CONTAINER_NAME                       = local.names.container
      RELAY_SUBNET_IDS                           = join(",", module.network.subnet_ids)
      RELAY_SECURITY_GROUP_IDS                   = module.network.task_security_group_id
    },
  )
  state_machine_arn = local.is_watched ? local.state_machine_arn : null

  queue_arn               = module.ingress.queue_arn
  ingress_bucket_arn      = module.ingress.bucket_arn
  trail_table_arn         = module.audit.trail_table_arn
  organizations_table_arn = module.audit.organizations_table_arn
  notices_queue_arn       = module.alert_channels.notices_queue_arn
  cluster_arn             = module.processing.cluster_arn
  task_family             = local.names.task_family
  execution_role_arn      = module.processing.execution_role_arn
  tenant_role_pattern     = "${local.tenant_role_arn_prefix}*"
  denials                 = module.processing.denials
  objects_key_arn         = module.encryption.objects_key_arn
  records_key_arn         = module.encryption.records_key_arn
  alerts_key_arn          = module.encryption.alerts_key_arn
  operations_key_arn      = module.encryption.operations_key_arn

  # The endpoints must be there before the first batch.
  depends_on = [module.network]
}

module "alerter" {
  source = "./modules/alerter"

  name                = local.names.alerter
  prefix              = local.prefix
  region              = var.aws_region
  account_id          = local.account_id
  table_name          = local.names.alerts_table
  zip_path            = var.alerter_zip_path
  memory_size         = var.lambda_memory_size
  timeout_seconds     = local.round_timeout_seconds
  concurrency_max     = var.alerter_reserved_concurrency
  subnet_ids          = module.network.subnet_ids
  security_group_id   = module.network.validator_security_group_id
  log_retention_days  = local.log_retention_days
  notices_queue_arn   = module.alert_channels.notices_queue_arn
  notices_queue_name  = module.alert_channels.notices_queue_name
  notices_dlq_name    = module.alert_channels.notices_dlq_name
  topic_arn           = module.alert_channels.topic_arn
  deletion_protection = var.deletion_protection
  denials             = module.processing.denials
  records_key_arn     = module.encryption.records_key_arn
  alerts_key_arn      = module.encryption.alerts_key_arn
  operations_key_arn  = module.encryption.operations_key_arn

  environment = merge({
    RELAY_ENVIRONMENT         = var.environment
    RELAY_NOTICES_QUEUE_URL   = module.alert_channels.notices_queue_url
    RELAY_ALERTS_TABLE        = local.names.alerts_table
    RELAY_ALERTS_TOPIC_ARN    = module.alert_channels.topic_arn
    RELAY_ALERT_QUIET_SECONDS = tostring(var.alert_quiet_seconds)
    RELAY_TRAIL_TABLE         = module.audit.trail_table_name
    RELAY_TASK_LOG_GROUP      = local.names.task_log_group
    RELAY_LOG                 = "info"
  }, local.is_watched ? { RELAY_STATE_MACHINE_ARN = local.state_machine_arn } : {})

  depends_on = [module.network]
}

module "security_monitor" {
  source = "./modules/security_monitor"

  name               = local.names.monitor
  prefix             = local.prefix
  region             = var.aws_region
  account_id         = local.account_id
  zip_path           = var.monitor_zip_path
  memory_size        = var.lambda_memory_size
  schedule_hours     = var.monitor_schedule_hours
  log_retention_days = local.log_retention_days
  bucket_name        = module.results.bucket_name
  topic_arn          = module.alert_channels.topic_arn
  denials            = module.processing.denials
  objects_key_arn    = module.encryption.objects_key_arn
  alerts_key_arn     = module.encryption.alerts_key_arn
  operations_key_arn = module.encryption.operations_key_arn

  environment = {
    RELAY_ENVIRONMENT      = var.environment
    RELAY_RESULTS_BUCKET   = module.results.bucket_name
    RELAY_RESULTS_KEY_ARN  = module.encryption.objects_key_arn
    RELAY_ALERTS_TOPIC_ARN = module.alert_channels.topic_arn
    RELAY_LOG              = "info"
  }
}

module "alarms_and_dashboard" {
  source = "./modules/alarms_and_dashboard"

  prefix                   = local.prefix
  region                   = var.aws_region
  account_id               = local.account_id
  topic_arn                = module.alert_channels.topic_arn
  key_arn                  = module.encryption.operations_key_arn
  log_retention_days       = local.log_retention_days
  queue_name               = module.ingress.queue_name
  dlq_name                 = module.ingress.dlq_name
  function_name            = module.validation.function_name
  function_timeout_seconds = var.lambda_timeout
  cluster_arn              = module.processing.cluster_arn
  cluster_name             = local.prefix
  task_family              = local.names.task_family
  trail_table_name         = module.audit.trail_table_name
  state_machine_arn        = local.is_watched ? local.state_machine_arn : null
  recorder_name            = local.names.recorder
  waiting_metric           = local.is_watched ? module.orchestration[0].waiting_metric : null
}

module "tenants" {
  source = "./modules/tenants"

  organization_ids = var.allowed_organization_ids
  role_path        = local.tenant_role_path
  role_name_prefix = local.tenant_role_name_prefix
  policy_arn       = module.processing.tenant_policy_arn
  trust_policy     = jsonencode(module.processing.trust_policy)
  table_name       = module.audit.organizations_table_name
}

module "operators" {
  source = "./modules/operators"

  name                    = "${local.prefix}-operator"
  region                  = var.aws_region
  account_id              = local.account_id
  ingress_bucket_arn      = module.ingress.bucket_arn
  results_bucket_arn      = module.results.bucket_arn
  trail_table_arn         = module.audit.trail_table_arn
  organizations_table_arn = module.audit.organizations_table_arn
  queue_arn               = module.ingress.queue_arn
  dlq_arn                 = module.ingress.dlq_arn
  state_machine_arn       = local.is_watched ? local.state_machine_arn : null
  log_group_names         = local.log_group_names
  notices_queue_arn       = module.alert_channels.notices_queue_arn
  notices_dlq_arn         = module.alert_channels.notices_dlq_arn
  monitor_arn             = module.security_monitor.function_arn
  cluster_arn             = module.processing.cluster_arn
  task_family             = local.names.task_family
  execution_role_arn      = module.processing.execution_role_arn
  tenant_role_pattern     = "${local.tenant_role_arn_prefix}*"
  tenant_policy_arn       = module.processing.tenant_policy_arn
  objects_key_arn         = module.encryption.objects_key_arn
  records_key_arn         = module.encryption.records_key_arn
  alerts_key_arn          = module.encryption.alerts_key_arn
  operations_key_arn      = module.encryption.operations_key_arn
}
