//! What the tests of the adapters share: one emulator for each test program, and fresh things on it.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use relay_testing::emulator::{Emulator, ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY};

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
