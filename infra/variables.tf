variable "aws_region" {
  description = "AWS Region to deploy to."
  type        = string
  default     = "eu-north-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[1-9]$", var.aws_region))
    error_message = "aws_region is the code of a region, for example eu-north-1."
  }
}

variable "environment" {
  description = "Name of the environment: dev, staging or prod. It is part of every resource name, and each environment has its own state."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment is dev, staging or prod."
  }
}

variable "allowed_organization_ids" {
  description = "IDs of the first organizations. Terraform creates a task role and a registry entry for each. Add further organizations with relay org add, without Terraform."
  type        = set(string)
  default     = ["org-001", "org-002", "org-003"]
  nullable    = false

  validation {
    condition = alltrue([
      for id in var.allowed_organization_ids : can(regex("^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$", id))
    ])
    error_message = "An organization id has 2 to 63 lower-case letters, digits and hyphens, and starts and ends with a letter or digit."
  }

  validation {
    # A role's name has at most 64 characters (IAM User Guide, "IAM and AWS STS quotas").
    condition     = alltrue([for id in var.allowed_organization_ids : length("relay-${var.environment}-${id}") <= 64])
    error_message = "An organization's task role, relay-{environment}-{organization}, would have a name of more than 64 characters: choose a shorter id."
  }
}

variable "lambda_memory_size" {
  description = "Memory of each Lambda function, in MB."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.lambda_memory_size >= 128 && var.lambda_memory_size <= 10240 && floor(var.lambda_memory_size) == var.lambda_memory_size
    error_message = "lambda_memory_size is a whole number of MB from 128 to 10240."
  }
}

variable "lambda_timeout" {
  description = "Timeout of the validator for one batch and of the recorder for one call, in seconds. The visibility timeout of the notification queue is six times as long."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.lambda_timeout >= 5 && var.lambda_timeout <= 900 && floor(var.lambda_timeout) == var.lambda_timeout
    error_message = "lambda_timeout is a whole number of seconds from 5 to 900."
  }
}

variable "container_cpu" {
  description = "CPU units of a processor task; 1024 units are one vCPU."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.container_cpu)
    error_message = "container_cpu is what Fargate offers: 256, 512, 1024, 2048, 4096, 8192 or 16384 units."
  }
}

variable "container_memory" {
  description = "Memory of a processor task, in MiB."
  type        = number
  default     = 512
  nullable    = false

  validation {
    # Amazon ECS Developer Guide, "Task CPU and memory" for Fargate.
    condition = contains(lookup({
      "256"   = [512, 1024, 2048]
      "512"   = range(1024, 4096 + 1, 1024)
      "1024"  = range(2048, 8192 + 1, 1024)
      "2048"  = range(4096, 16384 + 1, 1024)
      "4096"  = range(8192, 30720 + 1, 1024)
      "8192"  = range(16384, 61440 + 1, 4096)
      "16384" = range(32768, 122880 + 1, 8192)
    }, tostring(var.container_cpu), []), var.container_memory)
    error_message = "container_memory does not go with container_cpu: Fargate takes 512, 1024 or 2048 MiB with 256 units, 1024 to 4096 with 512, 2048 to 8192 with 1024, and so on."
  }
}

# Beyond these, only what a deployment cannot do without.

variable "validator_zip_path" {
  description = "Path of the validator's zip, as cargo xtask package makes it, relative to infra/."
  type        = string
  default     = "../target/lambda/validator-lambda.zip"
  nullable    = false
}

variable "recorder_zip_path" {
  description = "Path of the recorder's zip, as cargo xtask package makes it, relative to infra/."
  type        = string
  default     = "../target/lambda/recorder-lambda.zip"
  nullable    = false
}

variable "alerter_zip_path" {
  description = "Path of the alerter's zip, as cargo xtask package makes it, relative to infra/."
  type        = string
  default     = "../target/lambda/alerter-lambda.zip"
  nullable    = false
}

variable "orchestration" {
  description = "What starts runs: step_functions, where a state machine retries a run and records its failure, or direct, where the validator starts a task that nothing watches."
  type        = string
  default     = "step_functions"
  nullable    = false

  validation {
    condition     = contains(["step_functions", "direct"], var.orchestration)
    error_message = "orchestration is step_functions or direct."
  }
}

variable "run_heartbeat_timeout_seconds" {
  description = "How long a task may send no heartbeat before the state machine gives it up, in seconds. This includes the start of the task, which takes one to two minutes on Fargate."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.run_heartbeat_timeout_seconds >= 15 && var.run_heartbeat_timeout_seconds <= 3600 && floor(var.run_heartbeat_timeout_seconds) == var.run_heartbeat_timeout_seconds
    error_message = "run_heartbeat_timeout_seconds is a whole number of seconds from 15 to 3600."
  }
}

variable "image_tag" {
  description = "Image that tasks run: a tag, or a digest (sha256:...). Tags are immutable, so a new image needs a new tag."
  type        = string
  default     = "0.1.0"
  nullable    = false

  validation {
    condition     = can(regex("^(sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$", var.image_tag)) && var.image_tag != "latest"
    error_message = "image_tag is a tag that names one build (not latest), or a digest such as sha256:0123... with 64 hexadecimal digits."
  }
}

variable "alert_emails" {
  description = "Email addresses that receive alerts and alarms. Each recipient must confirm the subscription."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails are e-mail addresses."
  }
}

variable "monitor_zip_path" {
  description = "Path of the monitor's zip, as cargo xtask package makes it, relative to infra/."
  type        = string
  default     = "../target/lambda/monitor-lambda.zip"
  nullable    = false
}

variable "monitor_schedule_hours" {
  description = "Hours between two scheduled runs of the security monitor."
  type        = number
  default     = 24
  nullable    = false

  validation {
    condition     = var.monitor_schedule_hours >= 1 && var.monitor_schedule_hours <= 168 && floor(var.monitor_schedule_hours) == var.monitor_schedule_hours
    error_message = "monitor_schedule_hours is a whole number from 1 to 168: a week without a look is the most."
  }
}

variable "alert_webhooks" {
  description = "HTTPS endpoints that receive alerts and alarms by POST. Each endpoint must answer the request of SNS to confirm the subscription."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition = alltrue([
      for address in var.alert_webhooks : can(regex("^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[!-~]*)?$", address))
    ])
    error_message = "alert_webhooks are https addresses, without user or password in front of the host."
  }
}

variable "alert_quiet_seconds" {
  description = "How long repeated alerts are suppressed, in seconds. The next alert tells how many failures were suppressed."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.alert_quiet_seconds >= 60 && var.alert_quiet_seconds <= 86400 && floor(var.alert_quiet_seconds) == var.alert_quiet_seconds
    error_message = "alert_quiet_seconds is a whole number of seconds from 60 to 86400: a day of silence is the most."
  }
}

variable "alerter_reserved_concurrency" {
  description = "Reserved concurrency of the alerter, which is also its maximum; null reserves none. AWS keeps 100 executions of an account unreserved, and the quota of a new account may be 10."
  type        = number
  default     = null

  validation {
    condition     = var.alerter_reserved_concurrency == null ? true : var.alerter_reserved_concurrency >= 1 && var.alerter_reserved_concurrency <= 10 && floor(var.alerter_reserved_concurrency) == var.alerter_reserved_concurrency
    error_message = "alerter_reserved_concurrency is null or a whole number from 1 to 10."
  }
}

variable "deletion_protection" {
  description = "Whether tables, buckets and object versions are protected from deletion. To destroy a deployment, first set this to false and apply."
  type        = bool
  default     = true
  nullable    = false
}

variable "owner" {
  description = "Who is responsible for this deployment; the tag owner of every resource."
  type        = string
  default     = "hybrid-relay"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9 _.:/=+@-]{1,256}$", var.owner))
    error_message = "owner is the value of a tag: 1 to 256 letters, digits, spaces and _.:/=+@-."
  }
}
