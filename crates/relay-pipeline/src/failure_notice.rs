//! Telling people that a package failed, once its event is durable.

use relay_model::{Notice, OrganizationId, Reason, error_chain};

use crate::ports::Notifier;

/// Sends a notice. One that cannot be sent is logged, as all are: the event is already durable, and the package must not
/// fail for it.
pub(crate) async fn send_failure_notice(notifier: &dyn Notifier, reason: &Reason, notice: Notice) {
    tracing::error!(
        package.id = %notice.package_id,
        organization.id = notice.organization.as_ref().map(OrganizationId::as_str),
        reason.code = reason.code.name(),
        reason.text = %reason.text.escape_debug(),
        "a package failed; replay it once the cause is removed"
    );
    if let Err(error) = notifier.notify(&notice).await {
        tracing::error!(package.id = %notice.package_id, error = %error_chain(&error), "a failure could not be announced");
    }
}
