//! The fakes keep the promises of their ports.

use std::sync::Arc;

use relay_testing::conformance::{self, StoreUnderTest};
use relay_testing::fakes::{MemoryStore, MemoryTrail};

#[tokio::test(flavor = "multi_thread")]
async fn memory_store() {
    conformance::store(async || StoreUnderTest {
        store: Arc::new(MemoryStore::default()),
        bucket: "ingress".parse().unwrap(),
        other_bucket: "results".parse().unwrap(),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_trail() {
    conformance::trail(async || MemoryTrail::default()).await;
}
