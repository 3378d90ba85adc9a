# A network that nothing outside can reach, and from which nothing outside can be reached: no internet gateway, no NAT,
# private subnets, and endpoints that lead to our own resources only.

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  # Two zones are enough to outlive the loss of one; each further one costs five endpoint addresses.
  subnets = { first = 0, second = 1 }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.prefix }
}

# Nothing uses it; without rules it cannot be used by mistake either.
resource "aws_default_security_group" "unused" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.prefix}-unused" }
}

resource "aws_subnet" "private" {
  for_each = local.subnets

  vpc_id                  = aws_vpc.this.id
  availability_zone       = data.aws_availability_zones.available.names[each.value]
  cidr_block              = cidrsubnet(var.cidr_block, 3, each.value)
  map_public_ip_on_launch = false

  tags = { Name = "${var.prefix}-private-${each.key}" }

  # When AWS opens a zone, the list may begin with it; what is there stays where it is.
  lifecycle {
    ignore_changes = [availability_zone]
  }
}

# Only the local route, and those that the gateway endpoints add.
resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.prefix}-private" }
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private.id
}
