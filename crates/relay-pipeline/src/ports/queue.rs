//! A durable queue of run orders, for backbones without a run service of their own.

use async_trait::async_trait;
use relay_model::Timestamp;

use super::{Launched, PortError, RunOrder};

/// An order that one worker holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What to do.
    pub order: RunOrder,
    /// Who holds it.
    pub owner: String,
}

/// How much work there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Orders that can be claimed now.
    pub ready: u64,
    /// Orders that wait for their time.
    pub waiting: u64,
    /// Orders that a worker holds.
    pub claimed: u64,
}

impl QueueDepth {
    /// All of them.
    pub const fn total(self) -> u64 {
        self.ready + self.waiting + self.claimed
    }
}

/// Holds at most one order for each package, until it is completed.
#[async_trait]
pub trait WorkQueue: Send + Sync {
    /// Adds an order, to be claimed from `not_before` on. A package that is queued or claimed already keeps its order.
    async fn enqueue(&self, order: &RunOrder, not_before: Timestamp) -> Result<Launched, PortError>;

    /// Hands the order that has been due longest to `owner`, and to nobody else until `now + lease_ms`.
    async fn claim(&self, owner: &str, now: Timestamp, lease_ms: u64) -> Result<Option<Lease>, PortError>;

    /// Removes a claimed order. `PreconditionFailed` when the lease was lost.
    async fn complete(&self, lease: &Lease) -> Result<(), PortError>;

    /// Puts `order` back in place of a claimed one, to be claimed from `not_before` on. `PreconditionFailed` when the lease was lost.
    async fn release(&self, lease: &Lease, order: &RunOrder, not_before: Timestamp) -> Result<(), PortError>;

    /// Frees every lease of other owners: for the start of a process that knows it is alone. Returns how many.
    async fn release_abandoned(&self, owner: &str) -> Result<u64, PortError>;

    /// Counts.
    async fn depth(&self, now: Timestamp) -> Result<QueueDepth, PortError>;

    /// When the next unclaimed order is due, if there is one.
    async fn next_due(&self) -> Result<Option<Timestamp>, PortError>;
}
