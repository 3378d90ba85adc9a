//! Alerts on premises (docs/ALERTS.md): notices and the book in the database, alerts in the log and in an outbox, from which
//! they go to each channel.

mod channel;
mod email;
mod notices;
mod outbox;
mod state;
mod webhook;

use std::sync::Arc;

use relay_alerts::AlertSettings;
use relay_pipeline::alerting::{Alerting, Round, RoundError};
use relay_pipeline::ports::{Clock, PortError};

use crate::sqlite::SqliteDatabase;

pub use channel::{Channel, ChannelError};
pub use email::Email;
pub use notices::SqliteNotices;
pub use outbox::{Delivered, Outbox};
pub use state::SqliteAlertState;
pub use webhook::Webhook;

/// Everything that alerts need on one data folder. Only the process that holds the folder's lock may use it.
pub struct AlertDesk {
    alerting: Alerting,
    outbox: Outbox,
}

impl AlertDesk {
    /// A desk that tells through `channels`.
    pub fn new(
        database: &SqliteDatabase,
        clock: &Arc<dyn Clock>,
        settings: AlertSettings,
        channels: Vec<Arc<dyn Channel>>,
    ) -> Self {
        let outbox = Outbox::new(database.clone(), Arc::clone(clock), channels);
        let alerting = Alerting {
            notices: Arc::new(SqliteNotices::new(database.clone(), Arc::clone(clock))),
            books: Arc::new(SqliteAlertState::new(database.clone())),
            sink: Arc::new(outbox.clone()),
            clock: Arc::clone(clock),
            settings,
        };
        Self { alerting, outbox }
    }

    /// Makes alerts of the notices that wait.
    pub async fn round(&self) -> Result<Round, RoundError> {
        self.alerting.round().await
    }

    /// Hands over what is due in the outbox.
    pub async fn deliver(&self) -> Result<Delivered, PortError> {
        self.outbox.deliver().await
    }
}
