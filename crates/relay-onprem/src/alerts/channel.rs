//! A way to people.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use relay_alerts::Alert;

/// How long one delivery may take, connecting included.
pub(super) const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a channel cannot be set up, or an alert did not get through. It never names the address: that may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The address cannot be used.
    #[error("the address of the {0} cannot be used")]
    Address(&'static str),
    /// TLS cannot be used on this machine.
    #[error("TLS cannot be set up for the {0}")]
    Tls(&'static str, #[source] Box<dyn Error + Send + Sync>),
    /// The alert has no form for this channel.
    #[error("the alert could not be written down")]
    Content(#[source] Box<dyn Error + Send + Sync>),
    /// There was no answer in time.
    #[error("there was no answer within {} s", DELIVERY_TIMEOUT.as_secs())]
    Timeout,
    /// The other side could not be reached, or broke off.
    #[error("the {0} could not be reached")]
    Unreachable(&'static str, #[source] Box<dyn Error + Send + Sync>),
    /// The other side refused.
    #[error("the {0} refused the alert with status {1}")]
    Refused(&'static str, u16),
}

/// Delivers alerts to people. An alert may come twice; its id says so.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Its name in the outbox: it must stay the same from one start to the next.
    fn name(&self) -> &'static str;

    /// Delivers one alert. When this returns, the other side has it.
    async fn deliver(&self, alert: &Alert) -> Result<(), ChannelError>;
}
