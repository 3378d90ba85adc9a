//! The desk of alerts, beside the work of `relay serve` and `relay run`: notices of failures become alerts, and go out.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use relay_alerts::{AlertSettings, Place};
use relay_model::error_chain;
use relay_onprem::{AlertDesk, Channel, Email, Webhook};
use relay_pipeline::ports::{Clock, SystemClock};
use relay_runtime::AlertConfiguration;
use tokio_util::sync::CancellationToken;

use crate::context::Premises;

/// How often notices and the outbox are looked at.
const ROUND_INTERVAL: Duration = Duration::from_secs(10);
/// How long the process stays for its last alerts. What is not delivered then is in the outbox.
const LAST_ROUND_TIMEOUT: Duration = Duration::from_secs(15);
const MS_PER_SECOND: u64 = 1_000;

/// The desk of a data folder, with the channels that are set.
pub fn desk(premises: &Premises, configuration: &AlertConfiguration) -> anyhow::Result<AlertDesk> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let settings = AlertSettings {
        environment: configuration.environment.clone(),
        quiet_ms: configuration.quiet_seconds.saturating_mul(MS_PER_SECOND),
        place: Place::Premises,
    };
    Ok(AlertDesk::new(
        &premises.database,
        &clock,
        settings,
        channels(configuration)?,
    ))
}

fn channels(configuration: &AlertConfiguration) -> anyhow::Result<Vec<Arc<dyn Channel>>> {
    let mut channels: Vec<Arc<dyn Channel>> = Vec::new();
    if let Some(url) = &configuration.webhook_url {
        let webhook = Webhook::new(url.expose()).context("RELAY_ALERT_WEBHOOK_URL cannot be used")?;
        channels.push(Arc::new(webhook));
    }
    let first = configuration.email_to.first();
    match (&configuration.smtp_url, first) {
        (None, None) => {}
        (Some(url), Some(first)) => {
            let from = configuration.email_from.as_ref().unwrap_or(first).to_string();
            let to: Vec<String> = configuration.email_to.iter().map(ToString::to_string).collect();
            let email = Email::new(url.expose(), &from, &to).context("RELAY_ALERT_SMTP_URL cannot be used")?;
            channels.push(Arc::new(email));
        }
        (Some(_), None) => {
            anyhow::bail!("RELAY_ALERT_SMTP_URL is set, and RELAY_ALERT_EMAIL_TO is not: nobody would get a mail")
        }
        (None, Some(_)) => {
            anyhow::bail!("RELAY_ALERT_EMAIL_TO is set, and RELAY_ALERT_SMTP_URL is not: no mail could be sent")
        }
    }
    Ok(channels)
}

/// Attends to the desk until `done`, and once more then.
pub async fn attend(desk: &AlertDesk, done: &CancellationToken) {
    while !done.is_cancelled() {
        // Not given up midway: what was just delivered would be delivered again.
        look(desk).await;
        tokio::select! {
            () = tokio::time::sleep(ROUND_INTERVAL) => {}
            () = done.cancelled() => {}
        }
    }
    if tokio::time::timeout(LAST_ROUND_TIMEOUT, look(desk)).await.is_err() {
        tracing::warn!("some alerts are not delivered yet; the next start delivers them");
    }
}

// What fails is tried again at the next look: nothing is lost meanwhile.
async fn look(desk: &AlertDesk) {
    if let Err(error) = desk.round().await {
        tracing::error!(error = %error_chain(&error), "no alerts could be made now");
    }
    if let Err(error) = desk.deliver().await {
        tracing::error!(error = %error_chain(&error), "no alerts could be delivered now");
    }
}
