//! How a run ended, for whoever waits: the state machine, if one does, and the exit status in any case.

use std::process::ExitCode;
use std::sync::Arc;

use relay_aws::{Audience, RunFailure, RunReport};
use relay_model::error_chain;
use relay_pipeline::StepError;
use relay_pipeline::ports::RunOrder;
use relay_pipeline::processing::RunOutcome;
use serde_json::json;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

const EXIT_TRY_AGAIN: u8 = 75;
const EXIT_MEND_FIRST: u8 = 70;

/// Sends a sign of life at each interval. When nobody waits any more, the run is told to stop: another may be at work.
pub async fn keep_alive(report: Arc<RunReport>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(report.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match report.heartbeat().await {
            Ok(Audience::Waits) => {}
            Ok(Audience::Gone) => {
                tracing::warn!("nobody waits for this run any more; it stops");
                return stop.cancel();
            }
            // The next one may get through; if none does, the state machine gives the run up.
            Err(error) => tracing::warn!(error = %error_chain(&error), "a sign of life could not be sent"),
        }
    }
}

/// Says how the run ended, in the log and to `report`, and with which status the process ends.
pub async fn conclude(order: &RunOrder, ended: Result<RunOutcome, StepError>, report: Option<&RunReport>) -> ExitCode {
    let package_id = &order.package_id;
    let (status, word) = match ended {
        Ok(RunOutcome::Concluded { state, reason }) => {
            let code = reason.map_or_else(String::new, |reason| reason.to_string());
            tracing::info!(package.id = %package_id, package.state = %state, package.reason = code, "concluded");
            (ExitCode::SUCCESS, Ok(json!({"state": state, "reason": reason})))
        }
        Ok(RunOutcome::AlreadyConcluded) => {
            tracing::info!(package.id = %package_id, "was concluded before; nothing was done");
            (ExitCode::SUCCESS, Ok(json!({"state": "concluded_before"})))
        }
        Ok(RunOutcome::Released { .. } | RunOutcome::Retry { .. }) => {
            tracing::warn!(package.id = %package_id, "told to stop before the package had its verdict");
            let word = (
                RunFailure::Interrupted,
                "told to stop before the package had its verdict".to_owned(),
            );
            (ExitCode::from(EXIT_TRY_AGAIN), Err(word))
        }
        Err(error) => {
            let text = error_chain(&error);
            tracing::error!(package.id = %package_id, error = %text, "the run could not be carried out");
            if error.is_retryable() {
                (ExitCode::from(EXIT_TRY_AGAIN), Err((RunFailure::Interrupted, text)))
            } else {
                (ExitCode::from(EXIT_MEND_FIRST), Err((RunFailure::MendFirst, text)))
            }
        }
    };
    if let Some(report) = report {
        let sent = match &word {
            Ok(output) => report.concluded(output).await,
            Err((failure, cause)) => report.failed(*failure, cause).await,
        };
        // The trail has the conclusion: who waits finds it there.
        match sent {
            Ok(Audience::Waits) => {}
            Ok(Audience::Gone) => tracing::warn!(package.id = %package_id, "nobody waited for the end of this run"),
            Err(error) => {
                tracing::warn!(package.id = %package_id, error = %error_chain(&error), "the end of the run could not be reported");
            }
        }
    }
    status
}
