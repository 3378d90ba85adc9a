//! A round of alerting: the notices that wait and the book enter; alerts leave, and the next book.
//!
//! The order is what makes it at least once: alerts are sent, then the book is kept, then the notices are deleted. Whatever
//! dies in between, the notices come again; at worst an alert is sent twice, or a notice counted twice.

use std::collections::HashSet;
use std::sync::Arc;

use relay_alerts::{AlertSettings, Received};

use crate::ports::{AlertSink, AlertStateStore, Clock, NoticeQueue, PortError};

/// How many notices one round takes. What is beyond waits for the next.
pub const NOTICES_PER_ROUND_MAX: usize = 10_000;

/// The ports of a round.
#[derive(Clone)]
pub struct Alerting {
    /// Notices.
    pub notices: Arc<dyn NoticeQueue>,
    /// The book.
    pub books: Arc<dyn AlertStateStore>,
    /// People.
    pub sink: Arc<dyn AlertSink>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What alerts are made by.
    pub settings: AlertSettings,
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// How many notices it took.
    pub notices: usize,
    /// How many of them could not be read.
    pub unreadable: usize,
    /// How many alerts it sent.
    pub alerts: usize,
}

/// Why a round came to no end. Nothing is lost: the next one takes the same notices.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// Notices could not be had.
    #[error("the notices could not be received")]
    Receive(#[source] PortError),
    /// The book could not be read.
    #[error("the book of alerts could not be read")]
    Load(#[source] PortError),
    /// An alert could not be sent.
    #[error("an alert could not be sent")]
    Send(#[source] PortError),
    /// The book could not be kept.
    #[error("the book of alerts could not be kept")]
    Save(#[source] PortError),
    /// Notices could not be deleted.
    #[error("notices that were told of could not be deleted")]
    Delete(#[source] PortError),
}

impl Alerting {
    /// One round. There must be only one at a time; of two, one loses when it keeps its book.
    pub async fn round(&self) -> Result<Round, RoundError> {
        let queued = self.notices.receive(NOTICES_PER_ROUND_MAX).await;
        let queued = queued.map_err(RoundError::Receive)?;
        let kept = self.books.load().await.map_err(RoundError::Load)?;
        let mut ids = HashSet::new();
        let notices: Vec<Received> = queued
            .iter()
            .filter(|notice| ids.insert(&notice.id))
            .map(|notice| notice.received.clone())
            .collect();
        let (alerts, next) = kept.book.clone().advance(self.clock.now(), &notices, &self.settings);
        for alert in &alerts {
            self.sink.send(alert).await.map_err(RoundError::Send)?;
        }
        if next != kept.book {
            self.books.save(&next, kept.revision).await.map_err(RoundError::Save)?;
        }
        if !queued.is_empty() {
            let receipts: Vec<String> = queued.into_iter().map(|notice| notice.receipt).collect();
            self.notices.delete(&receipts).await.map_err(RoundError::Delete)?;
        }
        Ok(Round {
            notices: notices.len(),
            unreadable: notices.iter().filter(|received| received.notice.is_none()).count(),
            alerts: alerts.len(),
        })
    }
}
