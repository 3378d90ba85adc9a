//! The S3 store keeps what its port promises, at an emulator.

use crate::support;

use std::collections::HashMap;
use std::sync::Arc;

use relay_aws_client::Connection;
use relay_pipeline::ports::{PackageStore, WriteMode, WriteOutcome};
use relay_s3::{S3Store, S3StoreOptions};
use relay_testing::conformance::{self, StoreUnderTest, put, read_all};
use relay_testing::emulator::Emulator;

const SMALLEST_PART_BYTES: usize = 5 * 1024 * 1024;

// S3 has no empty key and none above 1,024 bytes, and its SDK takes a key of blanks for none.
fn can_hold(key: &str) -> bool {
    !key.trim().is_empty() && key.len() <= 1_024
}

#[tokio::test(flavor = "multi_thread")]
async fn the_s3_store_keeps_what_the_port_promises() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    conformance::store(async || StoreUnderTest {
        store: Arc::new(S3Store::new(
            &Connection::from_config(config.clone()),
            S3StoreOptions::with_keys(HashMap::new()),
        )),
        bucket: support::versioned_bucket(&config).await,
        other_bucket: support::versioned_bucket(&config).await,
        can_hold,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_in_parts_are_encrypted_with_the_named_key_and_compared_by_their_bytes() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let bucket = support::versioned_bucket(&config).await;
    let kms = aws_sdk_kms::Client::new(&config);
    let created = kms.create_key().send().await.unwrap();
    let key = created.key_metadata().unwrap().arn().unwrap().to_owned();
    let store = S3Store::new(
        &Connection::from_config(config.clone()),
        S3StoreOptions {
            part_bytes: SMALLEST_PART_BYTES,
            ..S3StoreOptions::with_keys(HashMap::from([(bucket.clone(), key)]))
        },
    );
    let bytes: Vec<u8> = (0..3 * SMALLEST_PART_BYTES + 17).map(|n| (n % 251) as u8).collect();
    for (mode, is_new) in [
        (WriteMode::IfAbsent, true),
        (WriteMode::IfAbsent, false),
        (WriteMode::IfChanged, false),
    ] {
        let outcome = put(&store, &bucket, "org-001/parts", mode, &bytes).await.unwrap();
        assert_eq!(matches!(outcome, WriteOutcome::Stored(_)), is_new, "{mode:?}");
        let stored = outcome.stored();
        assert_eq!(stored.sha256, relay_model::Sha256Digest::of(&bytes));
        let head = store.head(&stored.object).await.unwrap();
        assert_eq!(head.encrypted_as_expected, Some(true));
        assert_eq!(head.size_bytes, bytes.len() as u64);
        assert!(read_all(&store, &stored.object, 0).await == bytes);
    }
    assert_eq!(support::unfinished_uploads(&config, &bucket).await, 0);
    let short = put(&store, &bucket, "org-001/short", WriteMode::NewVersion, b"ab")
        .await
        .unwrap();
    assert_eq!(store.read_prefix(&short.stored().object, 4096).await.unwrap(), b"ab");
    let empty = put(&store, &bucket, "org-001/empty", WriteMode::NewVersion, b"")
        .await
        .unwrap();
    assert_eq!(store.read_prefix(&empty.stored().object, 4096).await.unwrap(), b"");
}
