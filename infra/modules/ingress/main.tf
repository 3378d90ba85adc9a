# Where packages arrive, and the queue that tells of them.

module "bucket" {
  source = "../bucket"

  name                = var.bucket_name
  key_arn             = var.bucket_key_arn
  log_bucket_id       = aws_s3_bucket.logs.bucket
  expiry_days         = var.expiry_days
  deletion_protection = var.deletion_protection
  force_destroy       = var.force_destroy
}

# A bucket has one notification configuration: this one.
resource "aws_s3_bucket_notification" "uploads" {
  bucket = module.bucket.name

  queue {
    id        = "uploads"
    queue_arn = aws_sqs_queue.notifications.arn
    events    = ["s3:ObjectCreated:*"]
  }

  # S3 sends a test message before it accepts the configuration.
  depends_on = [aws_sqs_queue_policy.notifications]
}
