//! Runs one order to its end, for run services that start a process for each package.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use relay_model::{PackageState, ReasonCode};
use tokio_util::sync::CancellationToken;

use crate::backbone::{Backbone, StepError};
use crate::ports::{Launched, Launcher, PortError, PortErrorClass, RunOrder};
use crate::processing::{RunOutcome, process};
use crate::worker::RunObserver;

/// How the process for one package ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The package has its conclusion, by this run.
    Concluded {
        /// Which.
        state: PackageState,
        /// Why, for every state but processed.
        reason: Option<ReasonCode>,
    },
    /// The package had its conclusion; nothing was done.
    AlreadyConcluded,
    /// The run was told to stop before the package had a conclusion: another run is due.
    Released,
}

/// Makes attempts, with the pauses that the limits name between them, until the package has its conclusion or `stop` is
/// cancelled.
pub async fn run_order(
    backbone: &Backbone,
    order: &RunOrder,
    stop: &CancellationToken,
    observer: &Arc<dyn RunObserver>,
) -> Result<Ended, StepError> {
    let mut order = order.clone();
    // `process` gives up after attempts_max failures, so this ends.
    loop {
        match process(backbone, &order, stop, observer).await? {
            RunOutcome::Concluded { state, reason } => return Ok(Ended::Concluded { state, reason }),
            RunOutcome::AlreadyConcluded => return Ok(Ended::AlreadyConcluded),
            RunOutcome::Released { .. } => return Ok(Ended::Released),
            RunOutcome::Retry { order: next, after_ms } => {
                order = *next;
                tokio::select! {
                    () = stop.cancelled() => return Ok(Ended::Released),
                    () = tokio::time::sleep(Duration::from_millis(after_ms)) => {}
                }
            }
        }
    }
}

/// The launcher of a program that must not launch anything: it says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLauncher;

#[async_trait]
impl Launcher for NoLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError> {
        let text = format!("this program runs packages and launches none ({})", order.package_id);
        Err(PortError::new(PortErrorClass::Permanent, text))
    }
}
