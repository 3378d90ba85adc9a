//! Saying that something should be known.

use async_trait::async_trait;
use relay_model::Notice;

use super::PortError;

/// Hands notices over to whoever makes alerts of them. Notices are sent after the event is durable, and may be sent twice.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends one notice. When this returns, the notice is durable.
    async fn notify(&self, notice: &Notice) -> Result<(), PortError>;
}
