//! Step 5 for a run that ended without a word: the run order and what is known of its end enter; the conclusion leaves.
//!
//! Whoever watches runs calls this when it gives one up. The run may have come to its end all the same, with only its
//! report lost: then the conclusion in the trail stands.

use relay_model::{EventBody, EventKind, PackageState, Reason, ReasonCode};

use crate::backbone::{Backbone, StepError};
use crate::ports::{Notice, RunOrder};
use crate::validation::announce;
use crate::{Recorded, TrailWriter, TrailWriterError};

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

/// Records that the package of `order` failed because its run was given up, and tells people; or finds the conclusion that
/// is there. Returns the package's state. Doing it again is harmless.
///
/// It is in flight, and nothing is recorded, where the tasks of the run have died or fallen silent and none of them has recorded
/// that it began: then there was no room for them, or no image. The package has no part in that, and can wait.
pub async fn conclude_failed_run(
    backbone: &Backbone,
    order: &RunOrder,
    end: End,
    cause: &str,
) -> Result<PackageState, StepError> {
    let mut trail_writer = TrailWriter::new(backbone, order.custody.object.clone(), Some(order.trail_state.clone()));
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
            tell(backbone, order, &reason).await;
            Ok(PackageState::Failed)
        }
        Err(TrailWriterError::OtherOutcome { found, .. }) => {
            // The run may have died between recording its failure and telling of it.
            if let EventBody::Failed { reason, .. } = &*found {
                tell(backbone, order, reason).await;
            }
            Ok(state_after(found.kind()))
        }
        Err(error) => Err(StepError::record(STEP)(error)),
    }
}

async fn tell(backbone: &Backbone, order: &RunOrder, reason: &Reason) {
    let notice = Notice::package_failed(
        order.package_id.clone(),
        Some(order.organization.clone()),
        order.custody.object.key.clone(),
        reason.code,
    );
    announce(backbone, reason, notice).await;
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
