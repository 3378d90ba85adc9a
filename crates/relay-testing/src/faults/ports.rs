//! All other ports, unreliable.

use std::sync::Arc;

use async_trait::async_trait;
use relay_audit::StoredEvent;
use relay_model::{
    Author, ObjectVersion, Organization, OrganizationId, OrganizationSettings, PackageId, PackageRecord, SealedEvent,
    Timestamp,
};
use relay_pipeline::ports::{
    Added, Appended, AuditTrail, DuplicateIndex, DuplicateKey, IndexedPackage, Launched, Launcher, Lease, Notice,
    Notifier, OrganizationLookup, OrganizationRegistry, PackagePage, PackageQuery, PortError, QueueDepth, RunOrder,
    StateCounts, TokenKeys, TrailReader, WorkQueue,
};
use relay_privacy::TokenKey;

use super::FaultPlan;

macro_rules! decorator {
    ($(#[$doc:meta])* $name:ident, $port:ident) => {
        $(#[$doc])*
        pub struct $name {
            inner: Arc<dyn $port>,
            plan: Arc<FaultPlan>,
        }

        impl $name {
            /// `inner` with the faults of `plan`.
            pub fn new(inner: Arc<dyn $port>, plan: Arc<FaultPlan>) -> Self {
                Self { inner, plan }
            }
        }
    };
}

/// A trail as adapters have it: written and read.
pub trait WholeTrail: AuditTrail + TrailReader {}

impl<T: AuditTrail + TrailReader> WholeTrail for T {}

decorator!(
    /// A trail with faults: `trail.append`, `trail.read`, `trail.read_log`, `trail.record`, `trail.list`, `trail.counts`.
    FaultyTrail,
    WholeTrail
);
decorator!(
    /// A duplicate index with faults: `claims.claim`.
    FaultyDuplicateIndex,
    DuplicateIndex
);
decorator!(
    /// A queue with faults: `queue.enqueue`, `queue.claim`, `queue.complete`, `queue.release`,
    /// `queue.release_abandoned`, `queue.depth`, `queue.next_due`.
    FaultyQueue,
    WorkQueue
);
decorator!(
    /// A registry with faults: `registry.get`, `registry.list`, `registry.add`, `registry.set_enabled`,
    /// `registry.set_settings`, `registry.history`.
    FaultyRegistry,
    OrganizationRegistry
);
decorator!(
    /// Token keys with faults: `keys.token_key`.
    FaultyTokenKeys,
    TokenKeys
);
decorator!(
    /// A launcher with faults: `launcher.launch`.
    FaultyLauncher,
    Launcher
);
decorator!(
    /// A notifier with faults: `notifier.notify`.
    FaultyNotifier,
    Notifier
);

#[async_trait]
impl AuditTrail for FaultyTrail {
    async fn append(&self, event: &SealedEvent) -> Result<Appended, PortError> {
        self.plan.call("trail.append", || self.inner.append(event)).await
    }

    async fn event_at(&self, object: &ObjectVersion, seq: u64) -> Result<Option<SealedEvent>, PortError> {
        self.plan.call("trail.read", || self.inner.event_at(object, seq)).await
    }
}

#[async_trait]
impl TrailReader for FaultyTrail {
    async fn read(&self, package_id: &PackageId) -> Result<Vec<StoredEvent>, PortError> {
        self.plan.call("trail.read", || self.inner.read(package_id)).await
    }

    async fn read_log(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, PortError> {
        self.plan
            .call("trail.read_log", || self.inner.read_log(after, limit))
            .await
    }

    async fn record(&self, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError> {
        self.plan.call("trail.record", || self.inner.record(package_id)).await
    }

    async fn list(&self, query: &PackageQuery) -> Result<PackagePage, PortError> {
        self.plan.call("trail.list", || self.inner.list(query)).await
    }

    async fn counts(&self) -> Result<StateCounts, PortError> {
        self.plan.call("trail.counts", || self.inner.counts()).await
    }
}

#[async_trait]
impl DuplicateIndex for FaultyDuplicateIndex {
    async fn claim(
        &self,
        organization: &OrganizationId,
        subject: DuplicateKey,
        claimant: &IndexedPackage,
    ) -> Result<IndexedPackage, PortError> {
        self.plan
            .call("claims.claim", || self.inner.claim(organization, subject, claimant))
            .await
    }
}

#[async_trait]
impl WorkQueue for FaultyQueue {
    async fn enqueue(&self, order: &RunOrder, not_before: Timestamp) -> Result<Launched, PortError> {
        self.plan
            .call("queue.enqueue", || self.inner.enqueue(order, not_before))
            .await
    }

    async fn claim(&self, owner: &str, now: Timestamp, lease_ms: u64) -> Result<Option<Lease>, PortError> {
        self.plan
            .call("queue.claim", || self.inner.claim(owner, now, lease_ms))
            .await
    }

    async fn complete(&self, claim: &Lease) -> Result<(), PortError> {
        self.plan.call("queue.complete", || self.inner.complete(claim)).await
    }

    async fn release(&self, claim: &Lease, order: &RunOrder, not_before: Timestamp) -> Result<(), PortError> {
        self.plan
            .call("queue.release", || self.inner.release(claim, order, not_before))
            .await
    }

    async fn release_abandoned(&self, owner: &str) -> Result<u64, PortError> {
        self.plan
            .call("queue.release_abandoned", || self.inner.release_abandoned(owner))
            .await
    }

    async fn depth(&self, now: Timestamp) -> Result<QueueDepth, PortError> {
        self.plan.call("queue.depth", || self.inner.depth(now)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, PortError> {
        self.plan.call("queue.next_due", || self.inner.next_due()).await
    }
}

#[async_trait]
impl OrganizationLookup for FaultyRegistry {
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError> {
        self.plan.call("registry.get", || self.inner.get(id)).await
    }
}

#[async_trait]
impl OrganizationRegistry for FaultyRegistry {
    async fn list(&self) -> Result<Vec<Organization>, PortError> {
        self.plan.call("registry.list", || self.inner.list()).await
    }

    async fn add(&self, organization: &Organization, author: &Author) -> Result<Added, PortError> {
        self.plan
            .call("registry.add", || self.inner.add(organization, author))
            .await
    }

    async fn set_enabled(&self, id: &OrganizationId, enabled: bool, author: &Author) -> Result<(), PortError> {
        self.plan
            .call("registry.set_enabled", || self.inner.set_enabled(id, enabled, author))
            .await
    }

    async fn set_settings(
        &self,
        before: &Organization,
        settings: &OrganizationSettings,
        author: &Author,
    ) -> Result<(), PortError> {
        self.plan
            .call("registry.set_settings", || {
                self.inner.set_settings(before, settings, author)
            })
            .await
    }

    async fn history(&self, id: &OrganizationId) -> Result<Vec<StoredEvent>, PortError> {
        self.plan.call("registry.history", || self.inner.history(id)).await
    }

    fn may_lack_trails(&self) -> bool {
        self.inner.may_lack_trails()
    }
}

#[async_trait]
impl TokenKeys for FaultyTokenKeys {
    async fn token_key(&self, organization: &OrganizationId) -> Result<TokenKey, PortError> {
        self.plan
            .call("keys.token_key", || self.inner.token_key(organization))
            .await
    }
}

#[async_trait]
impl Launcher for FaultyLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError> {
        self.plan.call("launcher.launch", || self.inner.launch(order)).await
    }
}

#[async_trait]
impl Notifier for FaultyNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        self.plan.call("notifier.notify", || self.inner.notify(notice)).await
    }
}
