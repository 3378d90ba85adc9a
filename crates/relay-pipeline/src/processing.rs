//! Steps 4 and 5: a run order enters; the object version is read once, hashed and transformed, results are written,
//! and the outcome is recorded: a conclusion, or a failed attempt and when to try again.

use relay_model::{
    Attempt, EventBody, OrganizationSettings, PackageState, Reason, ReasonCode, SettingsVersion, TrailHead,
};
use tokio_util::sync::CancellationToken;

use std::sync::Arc;

use crate::backbone::{Backbone, StepError};
use crate::duplicates::find_duplicates;
use crate::ports::{Notice, RunOrder};
use crate::transforming::{Attempted, Transforming, attempt_transform};
use crate::validation::announce;
use crate::worker::{RunObserver, backoff_ms};
use crate::{Recorded, TrailWriter, TrailWriterError};

const STEP: &str = "processing";

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunOutcome {
    /// The package has its conclusion, by this run.
    Concluded {
        /// Which.
        state: PackageState,
        /// Why, for every state but processed.
        reason: Option<ReasonCode>,
    },
    /// The package had its conclusion; nothing was done.
    AlreadyConcluded,
    /// The attempt failed on our side; another is due.
    Retry {
        /// The order for it.
        order: Box<RunOrder>,
        /// When, in milliseconds from now.
        after_ms: u64,
    },
    /// The attempt was given up because the relay is shutting down.
    Released {
        /// The order to take up again.
        order: Box<RunOrder>,
    },
}

/// Makes one attempt at a package.
#[expect(
    clippy::too_many_lines,
    reason = "one outcome after the other becomes its event, field by field"
)]
pub async fn process(
    backbone: &Backbone,
    order: &RunOrder,
    stop: &CancellationToken,
    observer: &Arc<dyn RunObserver>,
) -> Result<RunOutcome, StepError> {
    let mut run = Run {
        backbone,
        order,
        trail_writer: trail_writer_for(backbone, order),
    };
    let limits = &backbone.settings.limits;
    if order.trail_state.starts_this_cycle >= limits.starts_max {
        return run.give_up(None, exhausted(limits.starts_max)).await;
    }
    let attempt = run
        .trail_writer
        .start_attempt()
        .await
        .map_err(StepError::record(STEP))?;
    let Some(attempt) = attempt else {
        return Ok(RunOutcome::AlreadyConcluded);
    };
    observer.started(order);
    let (settings, settings_version) = settings_of(backbone, order).await?;
    let transforming = Transforming {
        backbone,
        order,
        attempt,
        settings: &settings,
        stop,
        observer,
    };
    match attempt_transform(transforming).await {
        Attempted::Processed {
            size_bytes,
            sha256,
            transform,
            results,
            table,
            archive,
            opaque,
            contents,
        } => {
            let duplicates = find_duplicates(backbone, order, Some(sha256)).await;
            let body = EventBody::Processed {
                attempt,
                size_bytes,
                sha256,
                transform: transform.to_owned(),
                results,
                table,
                archive,
                settings_version,
                opaque,
                contents: Some(contents),
                duplicates,
            };
            run.conclude(body, PackageState::Processed, None).await
        }
        Attempted::Quarantined {
            reason,
            sha256,
            results,
            table,
            archive,
            opaque,
            contents,
        } => {
            let code = reason.code;
            let duplicates = find_duplicates(backbone, order, sha256).await;
            let body = EventBody::Quarantined {
                attempt,
                reason,
                sha256,
                results,
                table,
                archive,
                settings_version,
                opaque,
                contents: Some(contents),
                duplicates,
            };
            run.conclude(body, PackageState::Quarantined, Some(code)).await
        }
        Attempted::Stopped => run.release(attempt).await,
        Attempted::Failed { reason, may_pass: true } => run.retry(attempt, reason).await,
        Attempted::Failed {
            reason,
            may_pass: false,
        } => run.give_up(Some(attempt), reason).await,
    }
}

// The settings, and the event that made them what they are: both of one moment.
async fn settings_of(
    backbone: &Backbone,
    order: &RunOrder,
) -> Result<(OrganizationSettings, Option<TrailHead>), StepError> {
    let organization = backbone.registry.get(&order.organization).await;
    let organization = organization.map_err(StepError::port(STEP))?;
    Ok(organization.map_or_else(Default::default, |organization| {
        let version = organization.version.as_ref().map(SettingsVersion::head);
        (organization.settings, version)
    }))
}

fn trail_writer_for(backbone: &Backbone, order: &RunOrder) -> TrailWriter {
    let mut trail_writer = TrailWriter::new(backbone, order.custody.object.clone(), Some(order.trail_state.clone()));
    trail_writer.set_organization(Some(order.organization.clone()));
    trail_writer
}

fn exhausted(starts_max: u32) -> Reason {
    Reason::new(
        ReasonCode::AttemptsExhausted,
        format!("{starts_max} attempts were started, and none came to an end (starts_max = {starts_max})"),
    )
}

struct Run<'a> {
    backbone: &'a Backbone,
    order: &'a RunOrder,
    trail_writer: TrailWriter,
}

impl Run<'_> {
    async fn conclude(
        &mut self,
        body: EventBody,
        state: PackageState,
        reason: Option<ReasonCode>,
    ) -> Result<RunOutcome, StepError> {
        match self.trail_writer.record(&body).await {
            Ok(Recorded::Fresh | Recorded::Found(_)) => Ok(RunOutcome::Concluded { state, reason }),
            Err(TrailWriterError::OtherOutcome { seq, found }) => {
                tracing::error!(package.id = %self.order.package_id, event.seq = seq, event.found = %found.kind(), event.wanted = %body.kind(), "another run recorded another outcome; it stands");
                Ok(RunOutcome::AlreadyConcluded)
            }
            Err(error) => Err(StepError::record(STEP)(error)),
        }
    }

    async fn release(&mut self, attempt: Attempt) -> Result<RunOutcome, StepError> {
        self.trail_writer
            .record(&EventBody::Released { attempt })
            .await
            .map_err(StepError::record(STEP))?;
        Ok(RunOutcome::Released {
            order: Box::new(self.order_from_here()),
        })
    }

    async fn retry(&mut self, attempt: Attempt, reason: Reason) -> Result<RunOutcome, StepError> {
        let body = EventBody::AttemptFailed {
            attempt,
            reason: reason.clone(),
        };
        match self.trail_writer.record(&body).await {
            Ok(_) => {}
            Err(TrailWriterError::OtherOutcome { .. }) => return Ok(RunOutcome::AlreadyConcluded),
            Err(error) => return Err(StepError::record(STEP)(error)),
        }
        let limits = &self.backbone.settings.limits;
        let failures = self
            .trail_writer
            .trail_state()
            .map_or(0, |trail_state| trail_state.failures_this_cycle);
        if failures >= limits.attempts_max {
            return self.give_up(Some(attempt), reason).await;
        }
        let after_ms = backoff_ms(limits.retry_backoff_ms, failures);
        Ok(RunOutcome::Retry {
            order: Box::new(self.order_from_here()),
            after_ms,
        })
    }

    async fn give_up(&mut self, attempt: Option<Attempt>, reason: Reason) -> Result<RunOutcome, StepError> {
        let code = reason.code;
        let body = EventBody::Failed {
            attempt,
            reason: reason.clone(),
        };
        let outcome = self.conclude(body, PackageState::Failed, Some(code)).await?;
        if matches!(outcome, RunOutcome::Concluded { .. }) {
            let notice = Notice::package_failed(
                self.order.package_id.clone(),
                Some(self.order.organization.clone()),
                self.order.custody.object.key.clone(),
                code,
            );
            announce(self.backbone, &reason, notice).await;
        }
        Ok(outcome)
    }

    fn order_from_here(&self) -> RunOrder {
        let trail_state = self
            .trail_writer
            .trail_state()
            .unwrap_or(&self.order.trail_state)
            .clone();
        RunOrder {
            trail_state,
            ..self.order.clone()
        }
    }
}
