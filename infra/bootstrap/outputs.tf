output "bucket" {
  description = "Name of the state bucket, for terraform init -backend-config."
  value       = aws_s3_bucket.state.bucket
}
