//! The bytes that are processed are the bytes that were received, or nothing is processed.

use std::sync::Arc;

use async_trait::async_trait;
use relay_model::{BucketName, ObjectVersion, PackageState, ReasonCode};
use relay_pipeline::ports::{
    ObjectHead, ObjectReader, ObjectWriter, PackageStore, PortError, VersionPage, WriteRequest,
};
use relay_pipeline::processing::RunOutcome;
use relay_testing::faults::{Fault, FaultPlan};

use crate::world::World;

/// Gives other bytes than were stored, of the same length.
struct Rotten(Arc<dyn PackageStore>);

#[async_trait]
impl PackageStore for Rotten {
    async fn head(&self, object: &ObjectVersion) -> Result<ObjectHead, PortError> {
        self.0.head(object).await
    }

    async fn read(&self, object: &ObjectVersion, offset_bytes: u64) -> Result<ObjectReader, PortError> {
        let size = usize::try_from(self.0.head(object).await?.size_bytes - offset_bytes).unwrap();
        Ok(Box::new(std::io::Cursor::new(vec![b'7'; size])))
    }

    async fn write(&self, request: &WriteRequest) -> Result<Box<dyn ObjectWriter>, PortError> {
        self.0.write(request).await
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<VersionPage, PortError> {
        self.0.list_versions(bucket, after, limit).await
    }
}

#[tokio::test]
async fn bytes_that_changed_in_the_store_are_not_processed() {
    for (key, bytes) in [
        ("org-001/a.csv", b"x,y\n1,2\n".as_slice()),
        ("org-001/a.bin", b"\x00\x01\x02"),
    ] {
        let world = World::calm().await;
        let order = world.accept(key, bytes).await;
        let store = world.store.clone();
        let before = store.len();
        let world = world.on_store(Arc::new(Rotten(store)));
        let outcome = world.attempt(&order).await.unwrap();
        let reason = Some(ReasonCode::CustodyMismatch);
        assert_eq!(
            outcome,
            RunOutcome::Concluded {
                state: PackageState::Failed,
                reason
            }
        );
        assert_eq!(world.store.len(), before, "no result of such bytes is visible");
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn a_body_that_is_cut_is_taken_up_where_it_was_cut() {
    let bytes: Vec<u8> = (0..900_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 9) as u8)
        .collect();
    for fault in [Fault::CutRead(100_000), Fault::EndReadEarly(100_000), Fault::CutRead(0)] {
        let world = World::with(FaultPlan::calm(), |_| {}).await;
        let order = world.accept("org-001/a.bin", &bytes).await;
        for _ in 0..4 {
            world.plan.script("store.read", fault);
        }
        let outcome = world.attempt(&order).await.unwrap();
        assert_eq!(
            outcome,
            RunOutcome::Concluded {
                state: PackageState::Processed,
                reason: None
            },
            "{fault:?}"
        );
        let record = world.only_record().await;
        assert_eq!(Some(record.results[0].sha256), record.sha256);
        assert_eq!(record.trail_state.attempts, 1);
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn a_body_that_always_ends_early_is_never_taken_for_the_whole() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.bin", &[0; 10_000]).await;
    for _ in 0..100 {
        world.plan.script("store.read", Fault::EndReadEarly(10));
    }
    world.run_to_the_end(&order).await;
    let record = world.only_record().await;
    assert_eq!(
        (record.state, record.reason),
        (PackageState::Failed, Some(ReasonCode::CustodyMismatch))
    );
    world.assert_sound().await;
}
