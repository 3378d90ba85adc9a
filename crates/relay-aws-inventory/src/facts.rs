//! What is known of an account: its resources and how each is set. Nothing here judges.

use serde::{Deserialize, Serialize};

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// The IAM action that was asked for: `s3:GetEncryptionConfiguration`.
    pub action: String,
    /// What kind of failure it was.
    pub kind: WhyKind,
    /// What the service said, or what there was instead of an answer.
    pub message: String,
}

/// Kinds of failure to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyKind {
    /// The role may not.
    AccessDenied,
    /// The service was asked too often, and stayed so through all tries.
    Throttled,
    /// The time that was given had passed.
    Time,
    /// A list was longer than this program reads.
    Limit,
    /// Anything else.
    Other,
}

/// An attribute, or why it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading<T> {
    /// It is known.
    Read(T),
    /// It is not.
    Unreadable(Why),
}

/// A list that could not be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadList {
    /// As in the ARNs: `s3`.
    pub service: String,
    /// The action that lists: `s3:ListAllMyBuckets`.
    pub action: String,
    /// What was in the way.
    pub why: Why,
}

/// All that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Twelve digits.
    pub account_id: String,
    /// The region that was read: `eu-north-1`.
    pub region: String,
    /// What there is, by ARN.
    pub resources: Vec<Resource>,
    /// The lists that are not complete.
    pub unread: Vec<UnreadList>,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its Amazon Resource Name.
    pub arn: String,
    /// Its name, as people know it.
    pub name: String,
    /// What is known of it.
    pub facts: Facts,
}

/// What is known of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Facts {
    /// An S3 bucket.
    Bucket(BucketFacts),
    /// A DynamoDB table.
    Table(TableFacts),
    /// An SQS queue.
    Queue(QueueFacts),
    /// An SNS topic.
    Topic(TopicFacts),
    /// A Kinesis data stream.
    Stream(StreamFacts),
    /// An RDS instance.
    Database(DatabaseFacts),
    /// What holds for new EBS volumes of the region.
    VolumeDefaults(VolumeDefaultsFacts),
    /// A secret of Secrets Manager.
    Secret(SecretFacts),
    /// A log group of `CloudWatch` Logs.
    LogGroup(LogGroupFacts),
    /// An ECR repository.
    Repository(RepositoryFacts),
    /// A KMS key that a customer manages.
    Key(KeyFacts),
    /// A Lambda function.
    Function(FunctionFacts),
    /// A security group.
    SecurityGroup(SecurityGroupFacts),
    /// The account's root user.
    AccountRoot(AccountRootFacts),
    /// All trails of `CloudTrail` that this region sees.
    Trails(TrailsFacts),
}

/// Who manages a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyIdentity {
    /// AWS, for one service.
    AwsManaged,
    /// A customer; with its ARN.
    Customer(String),
}

/// Encryption at rest of a queue, topic, table, stream, database, log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// None.
    Off,
    /// With a key that the service owns and nobody else sees.
    ServiceOwned,
    /// With a key in KMS.
    Kms(KeyIdentity),
}

/// The default encryption of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketEncryption {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`; `None` where there is no rule.
    pub algorithm: Option<String>,
    /// The KMS key, for the algorithms that use one.
    pub key: Option<KeyIdentity>,
    /// Whether S3 derives keys for the bucket.
    pub bucket_key: bool,
}

/// The four switches that keep a bucket from the public.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "AWS has these four switches")]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`.
    pub block_public_acls: bool,
    /// `IgnorePublicAcls`.
    pub ignore_public_acls: bool,
    /// `BlockPublicPolicy`.
    pub block_public_policy: bool,
    /// `RestrictPublicBuckets`.
    pub restrict_public_buckets: bool,
}

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Versioning {
    /// It never has.
    Off,
    /// It does.
    Enabled,
    /// It did.
    Suspended,
}

/// Of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketFacts {
    /// Default encryption.
    pub encryption: Reading<BucketEncryption>,
    /// The bucket's own public access block.
    pub public_access: Reading<PublicAccessBlock>,
    /// Versioning.
    pub versioning: Reading<Versioning>,
    /// Whether the bucket policy refuses whatever does not come by TLS.
    pub tls_only: Reading<bool>,
    /// The bucket that access logs go to.
    pub logging: Reading<Option<String>>,
}

/// Of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFacts {
    /// Encryption at rest.
    pub encryption: Reading<Encryption>,
    /// Point-in-time recovery.
    pub point_in_time_recovery: Reading<bool>,
    /// Deletion protection.
    pub deletion_protection: Reading<bool>,
}

/// Of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFacts {
    /// Encryption at rest.
    pub encryption: Reading<Encryption>,
}

/// Of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicFacts {
    /// Encryption at rest.
    pub encryption: Reading<Encryption>,
}

/// Of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamFacts {
    /// Encryption at rest.
    pub encryption: Reading<Encryption>,
}

/// Of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFacts {
    /// Encryption of the storage.
    pub encryption: Reading<Encryption>,
    /// Whether it has a public address.
    pub publicly_accessible: Reading<bool>,
    /// How long automatic backups are kept, in days; 0 is off.
    pub backup_retention_days: Reading<u32>,
    /// Deletion protection.
    pub deletion_protection: Reading<bool>,
}

/// Of new EBS volumes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeDefaultsFacts {
    /// Whether they are encrypted without being asked.
    pub encrypted_by_default: Reading<bool>,
}

/// Of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretFacts {
    /// Whether it is rotated by a schedule.
    pub rotation: Reading<bool>,
    /// The service that made and keeps it, where it is not the customer's own.
    pub owning_service: Option<String>,
}

/// Of a log group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGroupFacts {
    /// Encryption at rest.
    pub encryption: Reading<Encryption>,
    /// How long events are kept, in days; `None` is for ever.
    pub retention_days: Reading<Option<u32>>,
}

/// Of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFacts {
    /// Whether images are scanned when they are pushed.
    pub scan_on_push: Reading<bool>,
    /// Whether a tag stays with its image.
    pub immutable_tags: Reading<bool>,
}

/// Of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFacts {
    /// Whether KMS replaces its material every year; `None` where KMS cannot (asymmetric, imported).
    pub rotation: Reading<Option<bool>>,
}

/// Why the value of a variable looks like a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretSign {
    /// The name says so.
    Name,
    /// An access key of AWS.
    AccessKey,
    /// The beginning of a private key.
    PrivateKey,
    /// Long and without pattern.
    Entropy,
}

/// One environment variable; never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Why its value looks like a secret, if it does.
    pub looks_like_secret: Option<SecretSign>,
}

/// Of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionFacts {
    /// Its environment, by name.
    pub environment: Reading<Vec<Variable>>,
}

/// An ingress rule that lets everybody in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpenIngress {
    /// `tcp`, `udp`, `icmp`, a protocol's number, or `-1` for all.
    pub protocol: String,
    /// First and last port; `None` is all of them.
    pub ports: Option<(u16, u16)>,
    /// `0.0.0.0/0` or `::/0`.
    pub from: String,
}

/// Of a security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupFacts {
    /// Rules that are open to the world.
    pub open_ingress: Reading<Vec<OpenIngress>>,
}

/// Of the account's root user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRootFacts {
    /// Whether it has access keys.
    pub access_keys: Reading<bool>,
    /// Whether it has a second factor.
    pub mfa: Reading<bool>,
}

/// One trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailFacts {
    /// Its ARN.
    pub arn: String,
    /// Whether it records all regions.
    pub multi_region: bool,
    /// Whether log files are signed.
    pub log_file_validation: bool,
    /// Whether log files are encrypted with a KMS key.
    pub kms: bool,
    /// Whether it records now.
    pub logging: Reading<bool>,
}

/// All trails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailsFacts {
    /// Each of them.
    pub trails: Reading<Vec<TrailFacts>>,
}
