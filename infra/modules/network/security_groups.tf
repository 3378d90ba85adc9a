# What runs may speak HTTPS to the endpoints, and nothing else. The rules stand in their groups, so that one that was added by
# hand shows in the next plan.

data "aws_prefix_list" "gateway" {
  for_each = toset(["s3", "dynamodb"])

  name = "com.amazonaws.${var.region}.${each.key}"
}

resource "aws_security_group" "endpoints" {
  name                   = "${var.prefix}-endpoints"
  description            = "Interface endpoints: HTTPS from inside, nothing out"
  vpc_id                 = aws_vpc.this.id
  revoke_rules_on_delete = true
  egress                 = []

  ingress {
    description = "HTTPS from inside"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [var.cidr_block]
  }

  tags = { Name = "${var.prefix}-endpoints" }
}

resource "aws_security_group" "workload" {
  for_each = {
    tasks     = "Processor tasks: HTTPS to the endpoints, nothing in"
    validator = "Validator: HTTPS to the endpoints, nothing in"
  }

  name                   = "${var.prefix}-${each.key}"
  description            = each.value
  vpc_id                 = aws_vpc.this.id
  revoke_rules_on_delete = true
  ingress                = []

  egress {
    description     = "HTTPS to the interface endpoints"
    protocol        = "tcp"
    from_port       = 443
    to_port         = 443
    security_groups = [aws_security_group.endpoints.id]
  }

  egress {
    description     = "HTTPS to S3 and DynamoDB"
    protocol        = "tcp"
    from_port       = 443
    to_port         = 443
    prefix_list_ids = sort([for list in data.aws_prefix_list.gateway : list.id])
  }

  tags = { Name = "${var.prefix}-${each.key}" }
}
