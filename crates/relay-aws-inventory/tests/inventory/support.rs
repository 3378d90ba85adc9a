//! What the tests share: configurations, readers, and a look into what was read.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use relay_aws_client::Connection;
use relay_aws_inventory::{AwsInventory, Limits};
use relay_monitor::{Facts, Inventory, Reading, WhyKind};
use relay_testing::emulator::{Emulator, ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

pub const REGION: &str = "eu-north-1";
/// Time enough for whatever is not about time.
pub const PLENTY: Duration = Duration::from_mins(5);

/// The account's root.
pub async fn root_at(endpoint_url: &str) -> SdkConfig {
    config(endpoint_url, ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY).await
}

/// Somebody by an access key.
pub async fn config(endpoint_url: &str, id: &str, secret: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .endpoint_url(endpoint_url)
        .credentials_provider(Credentials::new(id, secret, None, None, "test"))
        .load()
        .await
}

/// Short pauses: what is tried again in a test is refused by a program.
pub fn limits() -> Limits {
    Limits {
        backoff_max: Duration::from_millis(20),
        ..Limits::default()
    }
}

pub fn inventory_of(config: &SdkConfig, limits: Limits) -> AwsInventory {
    AwsInventory::new(&Connection::from_config(config.clone()), limits)
}

pub async fn take(config: &SdkConfig) -> Inventory {
    take_with(config, limits(), PLENTY).await
}

pub async fn take_with(config: &SdkConfig, limits: Limits, time: Duration) -> Inventory {
    inventory_of(config, limits).take(Instant::now() + time).await.unwrap()
}

/// The facts of the resource with this name, or with this name before a blank.
pub fn facts<'inventory>(inventory: &'inventory Inventory, name: &str) -> &'inventory Facts {
    let with_id = format!("{name} (");
    let found = inventory
        .resources
        .iter()
        .find(|resource| resource.name == name || resource.name.starts_with(&with_id));
    let names = || {
        inventory
            .resources
            .iter()
            .map(|resource| resource.name.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    };
    &found
        .unwrap_or_else(|| panic!("no {name} among:\n{}\nunread: {:?}", names(), inventory.unread))
        .facts
}

/// The kind of failure and the action.
pub fn failure<T: std::fmt::Debug>(reading: &Reading<T>) -> (WhyKind, &str) {
    match reading {
        Reading::Unreadable(why) => (why.kind, why.action.as_str()),
        Reading::Read(value) => panic!("read: {value:?}"),
    }
}

pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(true).build())
}

/// A bucket with this name in this region.
pub async fn create_bucket(config: &SdkConfig, name: &str, region: &str) {
    use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
    let there = config.to_builder().region(Region::new(region.to_owned())).build();
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(region))
        .build();
    let request = s3(&there).create_bucket().bucket(name);
    request.create_bucket_configuration(place).send().await.unwrap();
}

/// Asks the emulator's EC2 as the account's root, without the SDK of EC2, which takes minutes to compile. The emulator looks
/// at whose signature it is, and not at whether it is right.
pub async fn ec2(config: &SdkConfig, form: &str) -> String {
    let host = config.endpoint_url().unwrap().trim_start_matches("http://");
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\nauthorization: AWS4-HMAC-SHA256 Credential={ROOT_ACCESS_KEY_ID}/20260101/{REGION}/ec2/\
         aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{form}: {answer}");
    answer
}

/// What stands between the first of these and the next of those.
pub fn between<'text>(text: &'text str, start: &str, end: &str) -> &'text str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

pub async fn emulator() -> (Emulator, SdkConfig) {
    let emulator = Emulator::start().await;
    let config = root_at(emulator.endpoint_url()).await;
    (emulator, config)
}
