//! What the tests share: one emulator for each test program, and fresh things on it.

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

/// How many uploads in parts a bucket has that were neither completed nor given up.
pub async fn unfinished_uploads(config: &SdkConfig, bucket: &relay_model::BucketName) -> usize {
    let listed = s3(config)
        .list_multipart_uploads()
        .bucket(bucket.as_str())
        .send()
        .await
        .unwrap();
    listed.uploads().len()
}
