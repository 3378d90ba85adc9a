//! Telling people through the log, which whoever operates the machine already watches.

use async_trait::async_trait;
use relay_pipeline::ports::{Notice, Notifier, PortError};

/// Writes each notice as a log line of level ERROR.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogNotifier;

#[async_trait]
impl Notifier for LogNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        tracing::error!(
            package.id = %notice.package_id,
            organization.id = notice.organization.as_ref().map(relay_model::OrganizationId::as_str),
            reason.code = notice.reason.code.entry().name,
            reason.text = %notice.reason.text.escape_debug(),
            "a package failed; replay it once the cause is removed"
        );
        Ok(())
    }
}
