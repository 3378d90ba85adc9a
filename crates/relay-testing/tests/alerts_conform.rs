//! The fakes of alerting keep the promises of their ports.

use relay_testing::conformance;
use relay_testing::fakes::{MemoryAlertState, MemoryNotices};

#[tokio::test]
async fn memory_notices() {
    conformance::notices(async || MemoryNotices::default()).await;
}

#[tokio::test]
async fn memory_books() {
    conformance::books(async || MemoryAlertState::default()).await;
}
