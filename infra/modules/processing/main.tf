# What runs a package: an image, a cluster, a task definition. Nothing runs until the validator starts a task.

locals {
  # A digest is as good a name as a tag, and cannot be moved.
  image = "${aws_ecr_repository.processor.repository_url}${startswith(var.image_tag, "sha256:") ? "@" : ":"}${var.image_tag}"

  container = {
    name                   = var.container_name
    image                  = local.image
    essential              = true
    user                   = "65532:65532"
    privileged             = false
    readonlyRootFilesystem = true
    # What Fargate allows at most: a task that is told to stop has two minutes to record where it is.
    stopTimeout     = 120
    linuxParameters = { capabilities = { add = [], drop = ["ALL"] }, initProcessEnabled = false }
    environment     = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]
    mountPoints     = []
    portMappings    = []
    systemControls  = []
    volumesFrom     = []
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.tasks.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "processor"
        # A log service that is slow must not stop a package.
        mode            = "non-blocking"
        max-buffer-size = "4m"
      }
    }
  }
}

resource "aws_ecr_repository" "processor" {
  name                 = var.repository_name
  image_tag_mutability = "IMMUTABLE"
  # An image is made from the sources again, so it goes where protection is off, in production too.
  force_delete = !var.deletion_protection

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.operations_key_arn
  }

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "processor" {
  repository = aws_ecr_repository.processor.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Images that no tag names, after two weeks"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_cloudwatch_log_group" "tasks" {
  name              = var.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.operations_key_arn
}

resource "aws_ecs_cluster" "this" {
  name = var.prefix

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "processor" {
  family = var.task_family
  # Executions that run or wait name the revision that they began with: an update must not deregister it under them.
  skip_destroy             = true
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = tostring(var.cpu)
  memory                   = tostring(var.memory)
  execution_role_arn       = aws_iam_role.execution.arn
  # Each run names its organization's role; one that forgets to can do nothing.
  task_role_arn         = aws_iam_role.none.arn
  container_definitions = jsonencode([local.container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
}
