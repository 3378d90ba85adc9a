//! What the tests of the adapters share: one emulator for each test program, and fresh things on it.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use relay_testing::emulator::{Emulator, ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY};
use relay_testing::scripted_server::ScriptedServer;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A name that no other test has.
pub fn fresh(what: &str) -> String {
    format!("{what}-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// The account's root at the emulator.
pub async fn root_of(emulator: &Emulator) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-north-1"))
        .endpoint_url(emulator.endpoint_url())
        .credentials_provider(Credentials::new(
            ROOT_ACCESS_KEY_ID,
            ROOT_SECRET_ACCESS_KEY,
            None,
            None,
            "test",
        ))
        .load()
        .await
}

/// A client's configuration for a server that answers as a test says. Each answer is the last: nothing is tried again.
pub fn config_of(server: &ScriptedServer) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-north-1"))
        .endpoint_url(server.endpoint_url())
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "id", "secret", None, None, "test",
        )))
        .retry_config(RetryConfig::disabled())
        .build()
}

/// A trail table as `docs/AWS.md` describes it.
pub async fn trail_table(config: &SdkConfig) -> String {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType,
    };
    let client = aws_sdk_dynamodb::Client::new(config);
    let name = fresh("trail");
    let element = |name: &str, kind: KeyType| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    let attribute = |name: &str, kind: ScalarAttributeType| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(kind)
            .build()
            .unwrap()
    };
    let mut table = client
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(element("Partition", KeyType::Hash))
        .key_schema(element("Seq", KeyType::Range))
        .attribute_definitions(attribute("Seq", ScalarAttributeType::N));
    for name in [
        "Partition",
        "PackageId",
        "LogShard",
        "LogOrder",
        "ArrivalShard",
        "Arrival",
        "Organization",
        "Filename",
        "State",
        "Concluded",
        "DuplicateShard",
        "Duplicate",
    ] {
        table = table.attribute_definitions(attribute(name, ScalarAttributeType::S));
    }
    for (index, hash, range) in [
        ("by_package", "PackageId", "Seq"),
        ("by_log", "LogShard", "LogOrder"),
        ("by_arrival", "ArrivalShard", "Arrival"),
        ("by_organization", "Organization", "Arrival"),
        ("by_file_name", "Filename", "Arrival"),
        ("by_state", "State", "Concluded"),
        ("by_duplicate", "DuplicateShard", "Duplicate"),
    ] {
        let projection = Projection::builder();
        let projection = if index == "by_log" {
            projection
                .projection_type(ProjectionType::Include)
                .non_key_attributes("Kind")
        } else {
            projection.projection_type(ProjectionType::KeysOnly)
        };
        table = table.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(index)
                .key_schema(element(hash, KeyType::Hash))
                .key_schema(element(range, KeyType::Range))
                .projection(projection.build())
                .build()
                .unwrap(),
        );
    }
    table.send().await.unwrap();
    name
}

/// A bucket with versioning.
pub async fn versioned_bucket(config: &SdkConfig) -> relay_model::BucketName {
    use aws_sdk_s3::types::{
        BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
    };
    let name = fresh("bucket");
    let client = s3(config);
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuNorth1)
        .build();
    client
        .create_bucket()
        .bucket(&name)
        .create_bucket_configuration(place)
        .send()
        .await
        .unwrap();
    let versioning = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .build();
    client
        .put_bucket_versioning()
        .bucket(&name)
        .versioning_configuration(versioning)
        .send()
        .await
        .unwrap();
    name.parse().unwrap()
}

/// A client that names buckets in the path.
pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}
