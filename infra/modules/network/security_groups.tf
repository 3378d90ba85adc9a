# What runs may speak HTTPS to the endpoints, and nothing else. Rules are resources of their own, so that one that was
# added by hand shows in the next plan of its group.

resource "aws_security_group" "workload" {
  for_each = {
    tasks     = "Processor tasks: HTTPS to the endpoints, nothing in"
    validator = "Validator: HTTPS to the endpoints, nothing in"
  }

  name                   = "${var.prefix}-${each.key}"
  description            = each.value
  vpc_id                 = aws_vpc.this.id
  revoke_rules_on_delete = true

  tags = { Name = "${var.prefix}-${each.key}" }
}

resource "aws_security_group" "endpoints" {
  name                   = "${var.prefix}-endpoints"
  description            = "Interface endpoints: HTTPS from tasks and validator, nothing out"
  vpc_id                 = aws_vpc.this.id
  revoke_rules_on_delete = true

  tags = { Name = "${var.prefix}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = aws_security_group.workload

  security_group_id            = aws_security_group.endpoints.id
  description                  = "HTTPS from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = each.value.id
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  for_each = aws_security_group.workload

  security_group_id            = each.value.id
  description                  = "HTTPS to the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.endpoints.id
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  for_each = aws_security_group.workload

  security_group_id = each.value.id
  description       = "HTTPS to S3"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
}

resource "aws_vpc_security_group_egress_rule" "dynamodb" {
  for_each = aws_security_group.workload

  security_group_id = each.value.id
  description       = "HTTPS to DynamoDB"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = aws_vpc_endpoint.dynamodb.prefix_list_id
}
