//! Steps 4 and 5: a run order enters; the object version is read once, hashed and transformed, results are written,
//! and the outcome is recorded: a conclusion, or a failed attempt and when to try again.

use std::sync::Arc;
use std::time::Duration;

use relay_contents::Outcome;
use relay_model::{
    Attempt, Duplicates, EventBody, Limits, OrganizationSettings, PackageState, Reason, ReasonCode, ResultObject,
    SettingsVersion, TrailHead,
};
use relay_transform::Digested;
use tokio_util::sync::CancellationToken;

use crate::attempt::{self, Attempts, Interruption};
use crate::duplicates::find_duplicates;
use crate::failure_notice::send_failure_notice;
use crate::observer::RunObserver;
use crate::ports::{
    Clock, DuplicateIndex, Notice, Notifier, OrganizationLookup, Ports, RetryPolicy, RunOrder, TokenKeys, milliseconds,
};
use crate::step::{Settings, StepError};
use crate::{Recorded, Recorder, TrailWriter, TrailWriterError};

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

/// The step, with the ports that it uses.
#[derive(Clone)]
pub struct Processing {
    attempts: Attempts,
    limits: Limits,
    registry: Arc<dyn OrganizationLookup>,
    duplicate_index: Arc<dyn DuplicateIndex>,
    recorder: Recorder,
    notifier: Arc<dyn Notifier>,
}

impl Processing {
    /// The step on these ports; `token_keys` has the keys that personal data is tokenized with.
    pub fn new(ports: &Ports, token_keys: Arc<dyn TokenKeys>, settings: &Settings) -> Self {
        Self {
            attempts: Attempts::new(ports, token_keys, settings),
            limits: settings.limits.clone(),
            registry: Arc::clone(&ports.registry) as Arc<dyn OrganizationLookup>,
            duplicate_index: Arc::clone(&ports.duplicate_index),
            recorder: Recorder::new(ports, &settings.actor),
            notifier: Arc::clone(&ports.notifier),
        }
    }

    /// Makes one attempt at a package.
    pub async fn process(
        &self,
        order: &RunOrder,
        stop: &CancellationToken,
        observer: &Arc<dyn RunObserver>,
    ) -> Result<RunOutcome, StepError> {
        let mut run = Run::new(self, order);
        let starts_max = self.limits.starts_max;
        if order.trail_state.starts_this_cycle >= starts_max {
            return run.give_up(None, exhausted(starts_max)).await;
        }
        let started = run.trail_writer.start_attempt().await;
        let Some(number) = started.map_err(StepError::record(STEP))? else {
            return Ok(RunOutcome::AlreadyConcluded);
        };
        observer.started(order);
        let (settings, settings_version) = self.settings_of(order).await?;
        let attempt = self.attempts.make(attempt::Attempt {
            order,
            number,
            settings: &settings,
            stop,
            observer,
        });
        match attempt.await {
            Ok(outcome) => {
                let duplicates = find_duplicates(self.duplicate_index.as_ref(), order, outcome.digested.sha256).await;
                let reason = outcome.quarantine.as_ref().map(|reason| reason.code);
                let state = if reason.is_none() {
                    PackageState::Processed
                } else {
                    PackageState::Quarantined
                };
                let body = conclusion(outcome, number, settings_version, duplicates);
                run.conclude(body, state, reason).await
            }
            Err(Interruption::Stopped) => run.release(number).await,
            Err(Interruption::Failed { reason, may_pass: true }) => run.retry(number, reason).await,
            Err(Interruption::Failed {
                reason,
                may_pass: false,
            }) => run.give_up(Some(number), reason).await,
        }
    }

    /// Makes attempts, with the pauses that the limits name between them, until the package has its conclusion or `stop` is
    /// cancelled: for run services that start a process for each package. The outcome is never `Retry`, unless the pause was
    /// cut short by `stop`.
    pub async fn process_to_the_end(
        &self,
        order: &RunOrder,
        stop: &CancellationToken,
        observer: &Arc<dyn RunObserver>,
    ) -> Result<RunOutcome, StepError> {
        let mut order = order.clone();
        // `process` gives up after attempts_max failures, so this ends.
        loop {
            match self.process(&order, stop, observer).await? {
                RunOutcome::Retry { order: next, after_ms } => {
                    tokio::select! {
                        () = stop.cancelled() => return Ok(RunOutcome::Retry { order: next, after_ms }),
                        () = tokio::time::sleep(Duration::from_millis(after_ms)) => order = *next,
                    }
                }
                outcome => return Ok(outcome),
            }
        }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.recorder.clock.as_ref()
    }

    /// How often a package is attempted, and the pauses between.
    pub(crate) const fn retry_policy(&self) -> RetryPolicy {
        RetryPolicy {
            tries_max: self.limits.attempts_max,
            first_pause: Duration::from_millis(self.limits.retry_backoff_ms),
            pause_max: Duration::MAX,
        }
    }

    // The settings, and the event that made them what they are: both of one moment.
    async fn settings_of(&self, order: &RunOrder) -> Result<(OrganizationSettings, Option<TrailHead>), StepError> {
        let organization = self.registry.get(&order.organization).await;
        let organization = organization.map_err(StepError::port(STEP))?;
        Ok(organization.map_or_else(Default::default, |organization| {
            let version = organization.version.as_ref().map(SettingsVersion::head);
            (organization.settings, version)
        }))
    }
}

// The outcome as the event has it.
fn conclusion(
    outcome: Outcome<ResultObject>,
    attempt: Attempt,
    settings_version: Option<TrailHead>,
    duplicates: Duplicates,
) -> EventBody {
    let Digested { size_bytes, sha256 } = outcome.digested;
    let transform = outcome.summary.transform();
    let contents = Some(outcome.summary.counts());
    let (table, opaque, archive) = outcome.summary.into_parts();
    match outcome.quarantine {
        None => EventBody::Processed {
            attempt,
            size_bytes,
            sha256,
            transform: transform.to_owned(),
            results: outcome.results,
            table,
            archive,
            settings_version,
            opaque,
            contents,
            duplicates,
        },
        Some(reason) => EventBody::Quarantined {
            attempt,
            reason,
            sha256: Some(sha256),
            results: outcome.results,
            table,
            archive,
            settings_version,
            opaque,
            contents,
            duplicates,
        },
    }
}

fn exhausted(starts_max: u32) -> Reason {
    Reason::new(
        ReasonCode::AttemptsExhausted,
        format!("{starts_max} attempts were started, and none came to an end (starts_max = {starts_max})"),
    )
}

// One attempt's place in the trail.
struct Run<'a> {
    processing: &'a Processing,
    order: &'a RunOrder,
    trail_writer: TrailWriter,
}

impl<'a> Run<'a> {
    fn new(processing: &'a Processing, order: &'a RunOrder) -> Self {
        let (object, state) = (order.custody.object.clone(), order.trail_state.clone());
        let mut trail_writer = processing.recorder.writer(object, Some(state));
        trail_writer.set_organization(Some(order.organization.clone()));
        Self {
            processing,
            order,
            trail_writer,
        }
    }

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
        let failures = self
            .trail_writer
            .trail_state()
            .map_or(0, |trail_state| trail_state.failures_this_cycle);
        if failures >= self.processing.limits.attempts_max {
            return self.give_up(Some(attempt), reason).await;
        }
        let after_ms = milliseconds(self.processing.retry_policy().pause_after(failures));
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
            send_failure_notice(self.processing.notifier.as_ref(), &reason, notice).await;
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
