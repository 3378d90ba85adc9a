//! The IAM actions that reading an account needs, each once. What is called and what is declared here is the same: a test
//! compares this list with the requests that were really made.
//!
//! `sts:GetCallerIdentity`, which is called too, needs no permission (`GetCallerIdentity`, AWS STS API Reference).

macro_rules! actions {
    ($($name:ident = $action:literal;)*) => {
        $(pub(crate) const $name: &str = $action;)*
        /// All of them, in the order of the services.
        pub const ACTIONS: &[&str] = &[$($action),*];
    };
}

actions! {
    S3_LIST = "s3:ListAllMyBuckets";
    S3_LOCATION = "s3:GetBucketLocation";
    S3_ENCRYPTION = "s3:GetEncryptionConfiguration";
    S3_PUBLIC_ACCESS = "s3:GetBucketPublicAccessBlock";
    S3_VERSIONING = "s3:GetBucketVersioning";
    S3_POLICY = "s3:GetBucketPolicy";
    S3_LOGGING = "s3:GetBucketLogging";
    DYNAMODB_LIST = "dynamodb:ListTables";
    DYNAMODB_TABLE = "dynamodb:DescribeTable";
    DYNAMODB_BACKUPS = "dynamodb:DescribeContinuousBackups";
    SQS_LIST = "sqs:ListQueues";
    SQS_QUEUE = "sqs:GetQueueAttributes";
    SNS_LIST = "sns:ListTopics";
    SNS_TOPIC = "sns:GetTopicAttributes";
    KINESIS_LIST = "kinesis:ListStreams";
    KINESIS_STREAM = "kinesis:DescribeStreamSummary";
    RDS_LIST = "rds:DescribeDBInstances";
    EC2_GROUPS = "ec2:DescribeSecurityGroups";
    EC2_VOLUMES = "ec2:GetEbsEncryptionByDefault";
    SECRETS_LIST = "secretsmanager:ListSecrets";
    LOGS_LIST = "logs:DescribeLogGroups";
    ECR_LIST = "ecr:DescribeRepositories";
    KMS_LIST = "kms:ListKeys";
    KMS_ALIASES = "kms:ListAliases";
    KMS_KEY = "kms:DescribeKey";
    KMS_ROTATION = "kms:GetKeyRotationStatus";
    LAMBDA_LIST = "lambda:ListFunctions";
    IAM_SUMMARY = "iam:GetAccountSummary";
    CLOUDTRAIL_LIST = "cloudtrail:DescribeTrails";
    CLOUDTRAIL_STATUS = "cloudtrail:GetTrailStatus";
}
