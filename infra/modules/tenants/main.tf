# The first organizations. relay org add makes the same for each further one, without Terraform.

resource "aws_iam_role" "task" {
  for_each = var.organization_ids

  name                 = "${var.role_name_prefix}${each.value}"
  path                 = var.role_path
  description          = "Tasks of ${each.value}"
  assume_role_policy   = var.trust_policy
  permissions_boundary = var.policy_arn

  tags = { organization = each.value }
}

resource "aws_iam_role_policy_attachment" "task" {
  for_each = aws_iam_role.task

  role       = each.value.name
  policy_arn = var.policy_arn
}

resource "aws_dynamodb_table_item" "organization" {
  for_each = var.organization_ids

  table_name = var.table_name
  hash_key   = "OrganizationId"

  item = jsonencode({
    OrganizationId = { S = each.value }
    Enabled        = { BOOL = true }
    Settings       = { S = "{}" }
    AddedAt        = { S = formatdate("YYYY-MM-DD'T'hh:mm:ss'.000Z'", timestamp()) }
  })

  # Once it is there it belongs to those who run the relay: they disable it, or give it settings.
  lifecycle {
    ignore_changes = [item]
  }

  # A package must not be accepted whose run cannot be started.
  depends_on = [aws_iam_role_policy_attachment.task]
}
