# The state machine: runs the task of one package, tries again what infrastructure broke, and has the recorder conclude what
# ended without a word. docs/ORCHESTRATION.md says why each error is where it is.

locals {
  # What would fail again at once. The first rule that names an error decides, so these stand before the general one.
  hopeless = [
    "Relay.MendFirst",
    "ECS.AccessDeniedException",
    "ECS.ClientException",
    "ECS.ClusterNotFoundException",
    "ECS.InvalidParameterException",
    "States.ParameterPathFailure",
    "States.Permissions",
  ]
  transient = ["Relay.Interrupted", "States.HeartbeatTimeout", "States.TaskFailed"]

  retries = {
    IntervalSeconds = 2
    MaxAttempts     = 3
    BackoffRate     = 2
    MaxDelaySeconds = 60
    JitterStrategy  = "FULL"
  }

  # A task may take the whole six hours four times, and the recorder has its own.
  attempt_timeout_seconds   = 6 * 3600
  execution_timeout_seconds = 26 * 3600

  definition = {
    Comment        = "One package: its run, and its conclusion if the run has none"
    QueryLanguage  = "JSONPath"
    StartAt        = "Process"
    TimeoutSeconds = local.execution_timeout_seconds
    States = {
      Process = {
        Type             = "Task"
        Resource         = "arn:aws:states:::ecs:runTask.waitForTaskToken"
        TimeoutSeconds   = local.attempt_timeout_seconds
        HeartbeatSeconds = var.heartbeat_timeout_seconds
        Parameters = {
          Cluster        = var.cluster_arn
          TaskDefinition = var.task_definition_arn
          LaunchType     = "FARGATE"
          PropagateTags  = "TASK_DEFINITION"
          NetworkConfiguration = {
            AwsvpcConfiguration = {
              AssignPublicIp = "DISABLED"
              SecurityGroups = [var.task_security_group_id]
              Subnets        = var.subnet_ids
            }
          }
          Overrides = {
            "TaskRoleArn.$" = "$.task_role_arn"
            ContainerOverrides = [{
              Name = var.container_name
              Environment = [
                { Name = "RELAY_RUN_ORDER", "Value.$" = "$.order" },
                { Name = "RELAY_TASK_TOKEN", "Value.$" = "$$.Task.Token" },
                { Name = "RELAY_RUN_HEARTBEAT_SECONDS", Value = tostring(floor(var.heartbeat_timeout_seconds / 3)) },
              ]
            }]
          }
        }
        ResultPath = "$.verdict"
        Retry = [
          { ErrorEquals = local.hopeless, MaxAttempts = 0 },
          merge({ ErrorEquals = local.transient }, local.retries),
        ]
        Catch = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.failure", Next = "RecordFailure" }]
        Next  = "Concluded"
      }
      RecordFailure = {
        Type           = "Task"
        Resource       = "arn:aws:states:::lambda:invoke"
        TimeoutSeconds = 2 * var.timeout_seconds
        Parameters = {
          FunctionName = module.recorder.arn
          Payload      = { "order.$" = "$.order", "failure.$" = "$.failure" }
        }
        ResultSelector = { "state.$" = "$.Payload.state" }
        ResultPath     = "$.verdict"
        Retry = [
          { ErrorEquals = ["Relay.MendFirst"], MaxAttempts = 0 },
          # "Transient errors of Lambda", Step Functions Developer Guide, and whatever else may pass.
          merge({ ErrorEquals = ["Relay.Interrupted", "States.TaskFailed", "States.Timeout"] }, local.retries),
        ]
        Catch = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.failure", Next = "NotRecorded" }]
        Next  = "HowItEnded"
      }
      HowItEnded = {
        Type    = "Choice"
        Choices = [{ Variable = "$.verdict.state", StringEquals = "failed", Next = "Failed" }]
        Default = "Concluded"
      }
      Concluded = { Type = "Succeed" }
      Failed = {
        Type  = "Fail"
        Error = "Relay.Failed"
        Cause = "The run was given up. The reason is in the package's trail: relay packages show"
      }
      NotRecorded = {
        Type  = "Fail"
        Error = "Relay.NotRecorded"
        Cause = "The trail could not be written: the package is in flight. Mend what the recorder's log names, then run relay reconcile"
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "machine" {
  name              = "/aws/vendedlogs/states/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.operations_key_arn
}

resource "aws_sfn_state_machine" "packages" {
  name       = var.name
  role_arn   = aws_iam_role.machine.arn
  type       = "STANDARD"
  definition = jsonencode(local.definition)

  logging_configuration {
    level = "ALL"
    # The order holds the key of the object, which may hold a person's name.
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.machine.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = var.operations_key_arn
    kms_data_key_reuse_period_seconds = 300
  }

  # Without these it could not start its first task.
  depends_on = [aws_iam_role_policy.machine]
}
