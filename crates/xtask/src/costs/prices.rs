//! The list prices that the tables of docs/COSTS.md begin with.

/// A list price of us-east-1, in US dollars.
pub struct Price {
    pub what: &'static str,
    pub dollars: f64,
    pub unit: &'static str,
    /// The page that states it; docs/COSTS.md says how it was seen, and when.
    pub source: &'static str,
}

const fn price(what: &'static str, dollars: f64, unit: &'static str, source: &'static str) -> Price {
    Price {
        what,
        dollars,
        unit,
        source,
    }
}

pub const FARGATE_VCPU_HOUR: Price = price(
    "Fargate, Linux x86, vCPU",
    0.04048,
    "hour",
    "aws.amazon.com/fargate/pricing",
);
pub const FARGATE_GB_HOUR: Price = price(
    "Fargate, Linux x86, memory",
    0.004_445,
    "GB-hour",
    FARGATE_VCPU_HOUR.source,
);
pub const FARGATE_ARM_VCPU_HOUR: Price = price("Fargate, Linux ARM, vCPU", 0.03238, "hour", FARGATE_VCPU_HOUR.source);
pub const FARGATE_ARM_GB_HOUR: Price = price(
    "Fargate, Linux ARM, memory",
    0.00356,
    "GB-hour",
    FARGATE_VCPU_HOUR.source,
);
pub const FARGATE_SPOT_VCPU_HOUR: Price = price(
    "Fargate Spot, Linux x86, vCPU (moves with demand)",
    0.012_144,
    "hour",
    FARGATE_VCPU_HOUR.source,
);
pub const FARGATE_SPOT_GB_HOUR: Price = price(
    "Fargate Spot, Linux x86, memory (moves with demand)",
    0.001_333_5,
    "GB-hour",
    FARGATE_VCPU_HOUR.source,
);
pub const LAMBDA_MILLION_REQUESTS: Price = price("Lambda, requests", 0.20, "million", "aws.amazon.com/lambda/pricing");
pub const LAMBDA_GB_SECOND: Price = price(
    "Lambda, x86, duration",
    0.000_016_666_7,
    "GB-second",
    LAMBDA_MILLION_REQUESTS.source,
);
pub const S3_THOUSAND_PUTS: Price = price(
    "S3 Standard, PUT, POST, LIST",
    0.005,
    "1,000",
    "aws.amazon.com/s3/pricing",
);
pub const S3_THOUSAND_GETS: Price = price("S3 Standard, GET and others", 0.0004, "1,000", S3_THOUSAND_PUTS.source);
pub const S3_GB_MONTH_TO_50_TB: Price = price(
    "S3 Standard, storage, first 50 TB",
    0.023,
    "GB-month",
    S3_THOUSAND_PUTS.source,
);
pub const S3_GB_MONTH_TO_500_TB: Price = price(
    "S3 Standard, storage, next 450 TB",
    0.022,
    "GB-month",
    S3_THOUSAND_PUTS.source,
);
pub const S3_GB_MONTH_BEYOND: Price = price(
    "S3 Standard, storage, over 500 TB",
    0.021,
    "GB-month",
    S3_THOUSAND_PUTS.source,
);
pub const DYNAMODB_MILLION_WRITES: Price = price(
    "DynamoDB on demand, write request units",
    0.625,
    "million",
    "aws.amazon.com/dynamodb/pricing/on-demand",
);
pub const DYNAMODB_MILLION_READS: Price = price(
    "DynamoDB on demand, read request units",
    0.125,
    "million",
    DYNAMODB_MILLION_WRITES.source,
);
pub const DYNAMODB_GB_MONTH: Price = price("DynamoDB, storage", 0.25, "GB-month", DYNAMODB_MILLION_WRITES.source);
pub const DYNAMODB_PITR_GB_MONTH: Price = price(
    "DynamoDB, point-in-time recovery",
    0.20,
    "GB-month",
    DYNAMODB_MILLION_WRITES.source,
);
pub const STEP_FUNCTIONS_THOUSAND: Price = price(
    "Step Functions, standard workflow, state transitions",
    0.025,
    "1,000",
    "aws.amazon.com/step-functions/pricing",
);
pub const SQS_MILLION_REQUESTS: Price = price("SQS, standard queue", 0.40, "million", "aws.amazon.com/sqs/pricing");
pub const KMS_TEN_THOUSAND: Price = price("KMS, requests", 0.03, "10,000", "aws.amazon.com/kms/pricing");
pub const KMS_KEY_MONTH: Price = price("KMS, key", 1.0, "month", KMS_TEN_THOUSAND.source);
pub const LOGS_GB: Price = price(
    "CloudWatch Logs, ingestion",
    0.50,
    "GB",
    "aws.amazon.com/cloudwatch/pricing",
);
pub const ALARM_MONTH: Price = price("CloudWatch, alarm", 0.10, "month", LOGS_GB.source);
pub const DASHBOARD_MONTH: Price = price("CloudWatch, dashboard", 3.0, "month", LOGS_GB.source);
pub const ENDPOINT_HOUR: Price = price(
    "PrivateLink, interface endpoint, in one zone",
    0.01,
    "hour",
    "aws.amazon.com/privatelink/pricing",
);

/// All of them, in the order of the table.
pub const PRICES: [&Price; 25] = [
    &FARGATE_VCPU_HOUR,
    &FARGATE_GB_HOUR,
    &FARGATE_ARM_VCPU_HOUR,
    &FARGATE_ARM_GB_HOUR,
    &FARGATE_SPOT_VCPU_HOUR,
    &FARGATE_SPOT_GB_HOUR,
    &LAMBDA_MILLION_REQUESTS,
    &LAMBDA_GB_SECOND,
    &S3_THOUSAND_PUTS,
    &S3_THOUSAND_GETS,
    &S3_GB_MONTH_TO_50_TB,
    &S3_GB_MONTH_TO_500_TB,
    &S3_GB_MONTH_BEYOND,
    &DYNAMODB_MILLION_WRITES,
    &DYNAMODB_MILLION_READS,
    &DYNAMODB_GB_MONTH,
    &DYNAMODB_PITR_GB_MONTH,
    &STEP_FUNCTIONS_THOUSAND,
    &SQS_MILLION_REQUESTS,
    &KMS_TEN_THOUSAND,
    &KMS_KEY_MONTH,
    &LOGS_GB,
    &ALARM_MONTH,
    &DASHBOARD_MONTH,
    &ENDPOINT_HOUR,
];
