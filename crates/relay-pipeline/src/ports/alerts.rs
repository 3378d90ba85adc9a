//! What a round of alerting asks of the world: notices, the book, and somebody to tell.

use async_trait::async_trait;
use relay_alerts::{Alert, AlertState, Received};

use super::PortError;

/// A notice as its queue holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedNotice {
    /// Which one; the same when it comes twice.
    pub id: String,
    /// With which it is deleted.
    pub receipt: String,
    /// What came.
    pub received: Received,
}

/// Notices that wait to be told. Each stays until it is deleted.
#[async_trait]
pub trait NoticeQueue: Send + Sync {
    /// As many as there are and can be had in reasonable time, up to `limit`. A notice may come twice.
    async fn receive(&self, limit: usize) -> Result<Vec<QueuedNotice>, PortError>;

    /// Deletes what was received. What is gone already is no error.
    async fn delete(&self, receipts: &[String]) -> Result<(), PortError>;
}

/// A book and the revision under which it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredAlertState {
    /// The book; an empty one where none is kept, or none that can be read.
    pub book: AlertState,
    /// Counts from 1; 0 where none is kept.
    pub revision: u64,
}

/// Where the one book is kept.
#[async_trait]
pub trait AlertStateStore: Send + Sync {
    /// The book of the last round. One that cannot be read is an empty one under its revision, and a log line: alerts are then
    /// repeated, where an error would silence them.
    async fn load(&self) -> Result<StoredAlertState, PortError>;

    /// Keeps `book` as the next revision; `PreconditionFailed` when `revision` is no longer the one that is kept.
    async fn save(&self, book: &AlertState, revision: u64) -> Result<(), PortError>;
}

/// Tells people.
#[async_trait]
pub trait AlertSink: Send + Sync {
    /// Hands one alert over. When this returns, it is durable there. The same alert may be sent twice.
    async fn send(&self, alert: &Alert) -> Result<(), PortError>;
}
