//! The ports of a round of alerting, unreliable.

use std::sync::Arc;

use async_trait::async_trait;
use relay_alerts::{Alert, AlertState};
use relay_pipeline::ports::{AlertSink, AlertStateStore, NoticeQueue, PortError, QueuedNotice, StoredAlertState};

use super::FaultPlan;

/// Notices with faults: `notices.receive`, `notices.delete`.
pub struct FaultyNotices {
    inner: Arc<dyn NoticeQueue>,
    plan: Arc<FaultPlan>,
}

impl FaultyNotices {
    /// `inner` with the faults of `plan`.
    pub fn new(inner: Arc<dyn NoticeQueue>, plan: Arc<FaultPlan>) -> Self {
        Self { inner, plan }
    }
}

#[async_trait]
impl NoticeQueue for FaultyNotices {
    async fn receive(&self, limit: usize) -> Result<Vec<QueuedNotice>, PortError> {
        self.plan.call("notices.receive", || self.inner.receive(limit)).await
    }

    async fn delete(&self, receipts: &[String]) -> Result<(), PortError> {
        self.plan.call("notices.delete", || self.inner.delete(receipts)).await
    }
}

/// A book with faults: `books.load`, `books.save`.
pub struct FaultyAlertState {
    inner: Arc<dyn AlertStateStore>,
    plan: Arc<FaultPlan>,
}

impl FaultyAlertState {
    /// `inner` with the faults of `plan`.
    pub fn new(inner: Arc<dyn AlertStateStore>, plan: Arc<FaultPlan>) -> Self {
        Self { inner, plan }
    }
}

#[async_trait]
impl AlertStateStore for FaultyAlertState {
    async fn load(&self) -> Result<StoredAlertState, PortError> {
        self.plan.call("books.load", || self.inner.load()).await
    }

    async fn save(&self, book: &AlertState, revision: u64) -> Result<(), PortError> {
        self.plan.call("books.save", || self.inner.save(book, revision)).await
    }
}

/// People with faults: `sink.send`.
pub struct FaultySink {
    inner: Arc<dyn AlertSink>,
    plan: Arc<FaultPlan>,
}

impl FaultySink {
    /// `inner` with the faults of `plan`.
    pub fn new(inner: Arc<dyn AlertSink>, plan: Arc<FaultPlan>) -> Self {
        Self { inner, plan }
    }
}

#[async_trait]
impl AlertSink for FaultySink {
    async fn send(&self, alert: &Alert) -> Result<(), PortError> {
        self.plan.call("sink.send", || self.inner.send(alert)).await
    }
}
