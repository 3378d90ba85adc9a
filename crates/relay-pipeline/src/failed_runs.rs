//! Step 5 for a run that ended without a word: the run order and what is known of its end enter; the conclusion leaves.
//!
//! Whoever watches runs calls this when it gives one up. The run may have come to its end all the same, with only its
//! report lost: then the conclusion in the trail stands.

use std::sync::Arc;

use relay_model::{EventBody, EventKind, PackageState, Reason, ReasonCode};

use crate::failure_notice::send_failure_notice;
use crate::ports::{Notice, Notifier, Ports, RunOrder};
use crate::step::StepError;
use crate::{Recorded, Recorder, TrailWriterError};

const STEP: &str = "failed_runs";
/// How much of what the watcher says of the end is kept: it is for people, and grows with every service that was asked.
const CAUSE_CHARACTERS_MAX: usize = 500;

/// How the watcher came to give the run up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was started as often as it may be, and died or fell silent each time.
    Died,
    /// It took longer than it may.
    TookTooLong,
    /// It could not be started, or something must be mended before another run makes sense.
    NotCarriedOut,
}

impl End {
    const fn code(self) -> ReasonCode {
        match self {
            Self::Died => ReasonCode::AttemptsExhausted,
            Self::TookTooLong => ReasonCode::AttemptTimedOut,
            Self::NotCarriedOut => ReasonCode::RunNotCarriedOut,
        }
    }
}

/// The step, with the ports that it uses.
#[derive(Clone)]
pub struct FailedRuns {
    recorder: Recorder,
    notifier: Arc<dyn Notifier>,
}

impl FailedRuns {
    /// The step on these ports; events name `actor`.
    pub fn new(ports: &Ports, actor: &str) -> Self {
        Self {
            recorder: Recorder::new(ports, actor),
            notifier: Arc::clone(&ports.notifier),
        }
    }

    /// Records that the package of `order` failed because its run was given up, and tells people; or finds the conclusion
    /// that is there. Returns the package's state. Doing it again is harmless.
    ///
    /// It is in flight, and nothing is recorded, where the tasks of the run have died or fallen silent and none of them has
    /// recorded that it began: then there was no room for them, or no image. The package has no part in that, and can wait.
    pub async fn conclude(&self, order: &RunOrder, end: End, cause: &str) -> Result<PackageState, StepError> {
        let mut trail_writer = self
            .recorder
            .writer(order.custody.object.clone(), Some(order.trail_state.clone()));
        trail_writer.set_organization(Some(order.organization.clone()));
        if end == End::Died && !trail_writer.is_followed().await.map_err(StepError::record(STEP))? {
            return Ok(PackageState::InFlight);
        }
        let reason = Reason::new(end.code(), cause.chars().take(CAUSE_CHARACTERS_MAX).collect::<String>());
        let body = EventBody::Failed {
            attempt: None,
            reason: reason.clone(),
        };
        match trail_writer.record(&body).await {
            Ok(Recorded::Fresh | Recorded::Found(_)) => {
                self.notify(order, &reason).await;
                Ok(PackageState::Failed)
            }
            Err(TrailWriterError::OtherOutcome { found, .. }) => {
                // The run may have died between recording its failure and telling of it.
                if let EventBody::Failed { reason, .. } = &*found {
                    self.notify(order, reason).await;
                }
                Ok(state_after(found.kind()))
            }
            Err(error) => Err(StepError::record(STEP)(error)),
        }
    }

    async fn notify(&self, order: &RunOrder, reason: &Reason) {
        let notice = Notice::package_failed(
            order.package_id.clone(),
            Some(order.organization.clone()),
            order.custody.object.key.clone(),
            reason.code,
        );
        send_failure_notice(self.notifier.as_ref(), reason, notice).await;
    }
}

// Only a conclusion ends the trail writer's walk along the trail; what it is says the package's state.
const fn state_after(conclusion: EventKind) -> PackageState {
    match conclusion {
        EventKind::Processed => PackageState::Processed,
        EventKind::Quarantined => PackageState::Quarantined,
        EventKind::Rejected => PackageState::Rejected,
        _ => PackageState::Failed,
    }
}
