//! The file store keeps the promises of its port, from one process and from several.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use relay_onprem::FileStore;
use relay_testing::conformance::{self, StoreUnderTest};

#[tokio::test(flavor = "multi_thread")]
async fn file_store() {
    let folder = tempfile::tempdir().unwrap();
    let made = AtomicU32::new(0);
    conformance::store(async || {
        let root = folder.path().join(made.fetch_add(1, Ordering::Relaxed).to_string());
        StoreUnderTest {
            store: Arc::new(FileStore::open(&root).unwrap()),
            bucket: "ingress".parse().unwrap(),
            other_bucket: "results".parse().unwrap(),
            can_hold: |_| true,
        }
    })
    .await;
}
