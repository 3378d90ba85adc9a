# Where results go, with organizations' wrapped token keys, the side files of bad rows and the audit events that are too big for a table's item. Nothing expires
# here: a result is what a producer sent a package for, and the trail names it.

module "bucket" {
  source = "../bucket"

  name                = var.bucket_name
  key_arn             = var.key_arn
  log_bucket_id       = var.log_bucket_name
  written_once        = ["_keys/*"]
  deletion_protection = var.deletion_protection
  force_destroy       = var.force_destroy
}
