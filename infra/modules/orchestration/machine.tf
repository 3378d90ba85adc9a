# The state machine: runs the task of one package, waits where there is no room for it, tries again what infrastructure broke, and
# has the recorder conclude what ended without a word. docs/ORCHESTRATION.md says why each error is where it is.

locals {
  # What ECS answers, by what it means.
  answers = jsondecode(file("${path.module}/answers.json"))

  # What a task said of itself, or what it did not say: judged by the name alone. Whatever else comes is ECS's, about the start.
  said_by_tasks = ["Relay.MendFirst", "Relay.Interrupted", "States.HeartbeatTimeout", "States.Timeout"]

  waiting_namespace = "HybridRelay/${var.name}"
  waiting_metric    = "RunsWaiting"

  retries = {
    IntervalSeconds = 2
    MaxAttempts     = 3
    BackoffRate     = 2
    MaxDelaySeconds = 60
    JitterStrategy  = "FULL"
  }

  # A new account may run ten functions at the same time: the recorder waits for its turn for an hour.
  recorder_retries = merge(local.retries, { MaxAttempts = 12, MaxDelaySeconds = 900 })

  # Where there is no room for a task, each further pause is twice as long: by chance between the number and three times as much.
  # From the last on it stays: 20 to 60 minutes. So ten thousand packages that wait ask 4 times a second.
  capacity_pause_seconds = [10, 20, 40, 80, 160, 320, 640, 1200]
  pause_spread           = 3
  # Some ten days. An execution has room for 25,000 events (Step Functions, "Service quotas"), and a pause takes some 15.
  capacity_pauses_max = 360
  # What may pass within minutes, as a role that was made a moment ago: some eight of them.
  passing_pauses_max           = 10
  passing_pause_seconds        = 20
  passing_pause_seconds_spread = 80

  # A task may take the whole six hours four times, and the recorder has its own; before that it may have waited for ten days.
  attempt_timeout_seconds   = 6 * 3600
  execution_timeout_seconds = 30 * 24 * 3600

  pauses       = "States.Array(${join(", ", local.capacity_pause_seconds)})"
  pauses_end   = "States.Array(${join(", ", [for seconds in local.capacity_pause_seconds : seconds * local.pause_spread])})"
  longest      = local.capacity_pause_seconds[length(local.capacity_pause_seconds) - 1]
  cause        = "$.failure.Cause"
  has_a_cause  = { Variable = local.cause, IsPresent = true }
  is_placement = { Variable = "$.failure.Error", StringEquals = "AmazonECS.Unknown" }

  is_error = {
    for class in ["capacity", "passing", "hopeless"] :
    class => [for error in local.answers[class].errors : { Variable = "$.failure.Error", StringEquals = error }]
  }
  # Of these the recorder is asked first: they come here where it has found that no task began.
  has_never_begun = [for error in ["Relay.Interrupted", "States.HeartbeatTimeout"] : { Variable = "$.failure.Error", StringEquals = error }]

  # A choice that looks at what is not there fails the execution: so first whether it is.
  has_cause = {
    for class in ["capacity", "passing"] :
    class => { And = [local.has_a_cause, { Or = [for pattern in local.answers[class].causes : { Variable = local.cause, StringMatches = pattern }] }] }
  }
  is_missing = {
    And = [local.is_placement, local.has_a_cause, { Or = [for pattern in local.answers.hopeless.failures : { Variable = local.cause, StringMatches = pattern }] }]
  }

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
          { ErrorEquals = ["Relay.MendFirst"], MaxAttempts = 0 },
          merge({ ErrorEquals = ["Relay.Interrupted", "States.HeartbeatTimeout"] }, local.retries),
        ]
        Catch = [
          { ErrorEquals = local.said_by_tasks, ResultPath = "$.failure", Next = "RecordFailure" },
          { ErrorEquals = ["States.ALL"], ResultPath = "$.failure", Next = "HasItWaited" },
        ]
        Next = "Concluded"
      }
      # A run that goes well pays for no state of all this.
      HasItWaited = {
        Type    = "Choice"
        Choices = [{ Variable = "$.waited", IsPresent = true, Next = "WhyNotStarted" }]
        Default = "NotYet"
      }
      NotYet = {
        Type       = "Pass"
        Result     = { capacity_pauses = 0, passing_pauses = 0, seconds = 0 }
        ResultPath = "$.waited"
        Next       = "WhyNotStarted"
      }
      # One name stands for many things: only the text tells throttling from a subnet that is not there.
      WhyNotStarted = {
        Type = "Choice"
        Choices = [
          { Or = concat(local.is_error.capacity, [local.has_cause.capacity], local.has_never_begun), Next = "IsThereStillTime" },
          { Or = concat(local.is_error.passing, [local.has_cause.passing]), Next = "MayItStillPass" },
          { Or = concat(local.is_error.hopeless, [local.is_missing]), Next = "RecordFailure" },
          merge(local.is_placement, { Next = "IsThereStillTime" }),
        ]
        # What nobody has met yet.
        Default = "MayItStillPass"
      }
      IsThereStillTime = {
        Type = "Choice"
        Choices = [
          { Variable = "$.waited.capacity_pauses", NumericLessThan = length(local.capacity_pause_seconds), Next = "LongerEachTime" },
          { Variable = "$.waited.capacity_pauses", NumericLessThan = local.capacity_pauses_max, Next = "AsLongAsBefore" },
        ]
        Default = "NotStarted"
      }
      LongerEachTime = {
        Type = "Pass"
        Parameters = {
          "capacity_pauses.$" = "States.MathAdd($.waited.capacity_pauses, 1)"
          "passing_pauses.$"  = "$.waited.passing_pauses"
          "seconds.$"         = "States.MathRandom(States.ArrayGetItem(${local.pauses}, $.waited.capacity_pauses), States.ArrayGetItem(${local.pauses_end}, $.waited.capacity_pauses))"
        }
        ResultPath = "$.waited"
        Next       = "WaitForCapacity"
      }
      AsLongAsBefore = {
        Type = "Pass"
        Parameters = {
          "capacity_pauses.$" = "States.MathAdd($.waited.capacity_pauses, 1)"
          "passing_pauses.$"  = "$.waited.passing_pauses"
          "seconds.$"         = "States.MathRandom(${local.longest}, ${local.longest * local.pause_spread})"
        }
        ResultPath = "$.waited"
        Next       = "WaitForCapacity"
      }
      WaitForCapacity = { Type = "Wait", SecondsPath = "$.waited.seconds", Next = "Process" }
      MayItStillPass = {
        Type    = "Choice"
        Choices = [{ Variable = "$.waited.passing_pauses", NumericLessThan = local.passing_pauses_max, Next = "AMoment" }]
        Default = "RecordFailure"
      }
      AMoment = {
        Type = "Pass"
        Parameters = {
          "capacity_pauses.$" = "$.waited.capacity_pauses"
          "passing_pauses.$"  = "States.MathAdd($.waited.passing_pauses, 1)"
          "seconds.$"         = "States.MathRandom(${local.passing_pause_seconds}, ${local.passing_pause_seconds_spread})"
        }
        ResultPath = "$.waited"
        Next       = "WaitAMoment"
      }
      WaitAMoment = { Type = "Wait", SecondsPath = "$.waited.seconds", Next = "Process" }
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
          merge({ ErrorEquals = ["Relay.Interrupted", "States.TaskFailed", "States.Timeout"] }, local.recorder_retries),
        ]
        Catch = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.failure", Next = "NotRecorded" }]
        Next  = "HowItEnded"
      }
      HowItEnded = {
        Type = "Choice"
        Choices = [
          { Variable = "$.verdict.state", StringEquals = "failed", Next = "Failed" },
          # No task of this run has ever begun: there was no room for one, or no image. That is no fault of the package.
          { Variable = "$.verdict.state", StringEquals = "in_flight", Next = "HasItWaited" },
        ]
        Default = "Concluded"
      }
      Concluded = { Type = "Succeed" }
      Failed = {
        Type  = "Fail"
        Error = "Relay.Failed"
        Cause = "The run was given up. The reason is in the package's trail: relay packages show"
      }
      NotStarted = {
        Type  = "Fail"
        Error = "Relay.NotStarted"
        Cause = "For ten days there was no room for a task. Nothing was recorded: the package is in flight. Raise the quota or mend what the state WhyNotStarted tells of, then run relay reconcile"
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

# Each pause of a run that found no room. States and their names are in the log, what they were handed is not.
resource "aws_cloudwatch_log_metric_filter" "waiting" {
  name           = "${var.name}-waiting"
  log_group_name = aws_cloudwatch_log_group.machine.name
  pattern        = "{ $.type = \"WaitStateEntered\" }"

  metric_transformation {
    namespace = local.waiting_namespace
    name      = local.waiting_metric
    value     = "1"
    unit      = "Count"
  }
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
