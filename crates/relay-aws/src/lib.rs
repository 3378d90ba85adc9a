//! The ports on S3, DynamoDB, ECS, SNS and KMS. The only crate that names an AWS SDK.
