//! The fakes keep the promises of their ports.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use async_trait::async_trait;
use relay_model::{Organization, OrganizationId};
use relay_pipeline::ports::{OrganizationRegistry, SystemClock, TokenKeys};
use relay_testing::conformance::{self, RegistryUnderTest, StoreUnderTest, TokenKeysUnderTest};
use relay_testing::fakes::{
    ManualClock, MemoryDuplicateIndex, MemoryLauncher, MemoryQueue, MemoryRegistry, MemorySigner, MemoryStore,
    MemoryTokenKeys, MemoryTrail,
};
use relay_testing::faults::WholeTrail;

#[tokio::test(flavor = "multi_thread")]
async fn memory_store() {
    conformance::store(async || StoreUnderTest {
        store: Arc::new(MemoryStore::default()),
        bucket: "ingress".parse().unwrap(),
        other_bucket: "results".parse().unwrap(),
        can_hold: |_| true,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_trail() {
    conformance::trail(async || MemoryTrail::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_claims() {
    conformance::duplicate_index(async || MemoryDuplicateIndex::default()).await;
}

struct Registry {
    registry: Arc<MemoryRegistry>,
    trail: Arc<MemoryTrail>,
}

#[async_trait]
impl RegistryUnderTest for Registry {
    fn registry(&self) -> Arc<dyn OrganizationRegistry> {
        self.registry.clone()
    }

    fn trail(&self) -> Arc<dyn WholeTrail> {
        self.trail.clone()
    }

    async fn put_without_trail(&self, organization: &Organization) {
        self.registry.put_without_trail(organization);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_registry() {
    conformance::registry(async || {
        let trail = Arc::new(MemoryTrail::default());
        Registry {
            registry: Arc::new(MemoryRegistry::on(trail.clone())),
            trail,
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_queue() {
    conformance::queue(async || MemoryQueue::default()).await;
}

#[tokio::test]
async fn memory_launcher() {
    conformance::launcher(async || MemoryLauncher::default()).await;
    conformance::launcher_that_drives_on(async || MemoryLauncher::default()).await;
}

#[tokio::test]
async fn memory_signer() {
    let seed = AtomicU8::new(0);
    conformance::signer(async || MemorySigner::seeded(&[seed.fetch_add(1, Ordering::Relaxed)])).await;
}

#[test]
fn clocks() {
    conformance::clock(&ManualClock::default());
    conformance::clock(&SystemClock);
}

struct Keys(MemoryTokenKeys);

impl TokenKeysUnderTest for Keys {
    async fn open(&self) -> Arc<dyn TokenKeys> {
        Arc::new(self.0.clone())
    }

    async fn damage(&self, organization: &OrganizationId) {
        self.0.damage(organization);
    }

    async fn swap(&self, from: &OrganizationId, to: &OrganizationId) {
        self.0.swap(from, to);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_token_keys() {
    let seed = AtomicU64::new(0);
    conformance::token_keys(async || Keys(MemoryTokenKeys::seeded(seed.fetch_add(1, Ordering::Relaxed)))).await;
}
