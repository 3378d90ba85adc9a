output "bucket" {
  description = "The bucket to give to terraform init with -backend-config."
  value       = aws_s3_bucket.state.bucket
}
