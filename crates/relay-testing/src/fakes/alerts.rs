//! Notices, the book and people, in memory.

use std::sync::Mutex;

use async_trait::async_trait;
use relay_alerts::{Alert, AlertState, Received};
use relay_model::Notice;
use relay_pipeline::ports::{
    AlertSink, AlertStateStore, Clock, NoticeQueue, Notifier, PortError, PortErrorClass, QueuedNotice, StoredAlertState,
};

use super::ManualClock;

/// A queue of notices: what is received stays until it is deleted, and comes again.
#[derive(Default)]
pub struct MemoryNotices {
    clock: ManualClock,
    state: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    sent: u64,
    notices: Vec<QueuedNotice>,
}

impl MemoryNotices {
    /// Puts something in, readable or not.
    pub fn put(&self, received: Received) {
        let mut state = self.state.lock().unwrap();
        state.sent += 1;
        let id = format!("notice {}", state.sent);
        let receipt = format!("receipt {}", state.sent);
        state.notices.push(QueuedNotice { id, receipt, received });
    }

    /// How many are there.
    pub fn len(&self) -> usize {
        self.state.lock().unwrap().notices.len()
    }

    /// Whether none is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[async_trait]
impl Notifier for MemoryNotices {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        self.put(Received {
            at: self.clock.now(),
            sender: None,
            notice: Some(notice.clone()),
        });
        Ok(())
    }
}

#[async_trait]
impl NoticeQueue for MemoryNotices {
    async fn receive(&self, limit: usize) -> Result<Vec<QueuedNotice>, PortError> {
        Ok(self.state.lock().unwrap().notices.iter().take(limit).cloned().collect())
    }

    async fn delete(&self, receipts: &[String]) -> Result<(), PortError> {
        let mut state = self.state.lock().unwrap();
        state.notices.retain(|notice| !receipts.contains(&notice.receipt));
        Ok(())
    }
}

/// A place for one book.
#[derive(Default)]
pub struct MemoryAlertState {
    kept: Mutex<StoredAlertState>,
}

#[async_trait]
impl AlertStateStore for MemoryAlertState {
    async fn load(&self) -> Result<StoredAlertState, PortError> {
        Ok(self.kept.lock().unwrap().clone())
    }

    async fn save(&self, book: &AlertState, revision: u64) -> Result<(), PortError> {
        let mut kept = self.kept.lock().unwrap();
        if kept.revision != revision {
            return Err(PortError::new(
                PortErrorClass::PreconditionFailed,
                "another book is kept",
            ));
        }
        *kept = StoredAlertState {
            book: book.clone(),
            revision: revision + 1,
        };
        Ok(())
    }
}

/// Remembers alerts.
#[derive(Default)]
pub struct MemorySink {
    alerts: Mutex<Vec<Alert>>,
}

impl MemorySink {
    /// Every alert, in order.
    pub fn alerts(&self) -> Vec<Alert> {
        self.alerts.lock().unwrap().clone()
    }
}

#[async_trait]
impl AlertSink for MemorySink {
    async fn send(&self, alert: &Alert) -> Result<(), PortError> {
        self.alerts.lock().unwrap().push(alert.clone());
        Ok(())
    }
}
