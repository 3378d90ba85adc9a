//! Telling people.

use async_trait::async_trait;
use relay_model::{OrganizationId, PackageId, Reason};
use serde::Serialize;

use super::PortError;

/// A package failed, and somebody should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The package.
    pub package_id: PackageId,
    /// Its owner.
    pub organization: Option<OrganizationId>,
    /// Why.
    pub reason: Reason,
}

/// Announces failures. Notices are sent after the event is durable, and may be sent twice.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends one notice.
    async fn notify(&self, notice: &Notice) -> Result<(), PortError>;
}
