//! Runs orders from a work queue, several at a time, for backbones that have no run service of their own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relay_model::{Phase, error_chain};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::observer::RunObserver;
use crate::ports::{Clock, Lease, PortErrorClass, RetryPolicy, RunOrder, TrailReader, WorkQueue, milliseconds};
use crate::processing::{Processing, RunOutcome};
use crate::step::StepError;

const STEP: &str = "work";
/// How long a worker waits before it looks whether another process has queued something.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How much longer than one attempt may take a lease is held, in milliseconds.
const LEASE_MARGIN_MS: u64 = 60_000;
/// The longest pause after a step that failed.
const STEP_PAUSE_MAX: Duration = Duration::from_mins(1);
/// How many steps in a row may fail before a worker that is to come to an end gives up.
const STEP_ERRORS_MAX: u32 = 5;

/// When the workers end.
#[derive(Clone, Debug)]
pub enum Until {
    /// When the queue is empty, once this token says that nothing more is coming.
    Drained(CancellationToken),
    /// When they are told to stop.
    Stopped,
}

impl Until {
    fn nothing_more_is_coming(&self) -> bool {
        matches!(self, Self::Drained(fed) if fed.is_cancelled())
    }
}

/// Workers on one queue.
#[derive(Clone)]
pub struct Workers {
    /// What runs an order.
    pub processing: Processing,
    /// Reads where the trail of an order stands.
    pub trail_reader: Arc<dyn TrailReader>,
    /// The queue.
    pub queue: Arc<dyn WorkQueue>,
    /// The name under which orders are claimed; unique among processes on the same queue.
    pub owner: String,
    /// How many orders are run at the same time.
    pub jobs: usize,
    /// Who is told.
    pub observer: Arc<dyn RunObserver>,
    /// Rung when this process has queued something, so that it need not be polled for.
    pub wake: Arc<Notify>,
}

impl Workers {
    /// Runs orders until the queue is drained or `stop` is cancelled. Orders that run when `stop` is cancelled are
    /// given back. The error is the first that keeps the workers from going on.
    pub async fn run(&self, until: Until, stop: &CancellationToken) -> Result<(), StepError> {
        let first_error: Arc<Mutex<Option<StepError>>> = Arc::default();
        let halt = stop.child_token();
        let mut tasks = JoinSet::new();
        for job in 1..=self.jobs.max(1) {
            // Each job claims under its own name, so that a lease that ran out is not taken for another's.
            let workers = Self {
                owner: format!("{}, job {job}", self.owner),
                ..self.clone()
            };
            let (halt, first_error) = (halt.clone(), Arc::clone(&first_error));
            let until = until.clone();
            tasks.spawn(async move {
                if let Err(error) = workers.work(&until, &halt).await {
                    halt.cancel();
                    first_error
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .get_or_insert(error);
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(panic) = ended {
                tracing::error!(error = %panic, "a worker ended by a defect; its order is taken up at the next start");
                halt.cancel();
            }
        }
        let error = first_error.lock().unwrap_or_else(PoisonError::into_inner).take();
        error.map_or(Ok(()), Err)
    }

    async fn work(&self, until: &Until, stop: &CancellationToken) -> Result<(), StepError> {
        let mut errors_in_a_row = 0;
        while !stop.is_cancelled() {
            let worked = self.work_once(until, stop).await;
            match worked {
                Ok(true) => errors_in_a_row = 0,
                Ok(false) => return Ok(()),
                Err(error) => {
                    errors_in_a_row += 1;
                    let is_hopeless = !error.is_retryable() || errors_in_a_row >= STEP_ERRORS_MAX;
                    if matches!(until, Until::Drained(_)) && is_hopeless {
                        return Err(error);
                    }
                    tracing::error!(error = %error_chain(&error), "a step could not be carried out; it is tried again");
                    let retries = RetryPolicy {
                        pause_max: STEP_PAUSE_MAX,
                        ..self.processing.retry_policy()
                    };
                    self.pause(retries.pause_after(errors_in_a_row), stop).await;
                }
            }
        }
        Ok(())
    }

    // Whether there may be more to do.
    async fn work_once(&self, until: &Until, stop: &CancellationToken) -> Result<bool, StepError> {
        let clock = self.clock();
        let lease_ms = self.processing.limits().attempt_ms_max.saturating_add(LEASE_MARGIN_MS);
        // Armed before the queue is looked at, so that nothing queued in between is missed.
        let rung = self.wake.notified();
        let lease = self
            .queue
            .claim(&self.owner, clock.now(), lease_ms)
            .await
            .map_err(StepError::port(STEP))?;
        if let Some(lease) = lease {
            self.run_lease(lease, stop).await?;
            return Ok(true);
        }
        let depth = self.queue.depth(clock.now()).await.map_err(StepError::port(STEP))?;
        if until.nothing_more_is_coming() && depth.total() == 0 {
            self.wake.notify_waiters();
            return Ok(false);
        }
        let due = self.queue.next_due().await.map_err(StepError::port(STEP))?;
        let until_due = due.map(|due| Duration::from_millis(due.milliseconds_since(clock.now())));
        tokio::select! {
            () = rung => {}
            () = stop.cancelled() => {}
            () = tokio::time::sleep(until_due.unwrap_or(POLL_INTERVAL).min(POLL_INTERVAL)) => {}
        }
        Ok(true)
    }

    async fn run_lease(&self, lease: Lease, stop: &CancellationToken) -> Result<(), StepError> {
        let Some(order) = self.refresh(&lease.order).await? else {
            return self.settle(&lease, None).await;
        };
        match self.processing.process(&order, stop, &self.observer).await {
            Ok(outcome) => self.settle(&lease, Some(outcome)).await,
            Err(error) => {
                // Nothing was decided, so the order stays; later, so that other orders come first.
                let pause = self.processing.retry_policy().first_pause.min(STEP_PAUSE_MAX);
                let not_before = self.clock().now().plus_milliseconds(milliseconds(pause));
                if let Err(release) = self.queue.release(&lease, &order, not_before).await {
                    tracing::warn!(error = %error_chain(&release), "an order could not be given back; its lease runs out");
                }
                Err(error)
            }
        }
    }

    // The order as the trail stands now: an order may have waited behind a replay or another run. `None` when there is
    // nothing to run.
    async fn refresh(&self, order: &RunOrder) -> Result<Option<RunOrder>, StepError> {
        let record = self
            .trail_reader
            .record(&order.package_id)
            .await
            .map_err(StepError::port(STEP))?;
        Ok(match record {
            Some(record) if is_runnable(record.trail_state.phase) => Some(RunOrder {
                trail_state: record.trail_state,
                ..order.clone()
            }),
            Some(_) => None,
            None => Some(order.clone()),
        })
    }

    async fn settle(&self, lease: &Lease, outcome: Option<RunOutcome>) -> Result<(), StepError> {
        let now = self.clock().now();
        let settled = match outcome {
            Some(RunOutcome::Retry { order, after_ms }) => {
                self.queue.release(lease, &order, now.plus_milliseconds(after_ms)).await
            }
            Some(RunOutcome::Released { order }) => self.queue.release(lease, &order, now).await,
            Some(RunOutcome::Concluded { state, reason }) => {
                self.observer.concluded(&lease.order.package_id, state, reason);
                self.queue.complete(lease).await
            }
            Some(RunOutcome::AlreadyConcluded) | None => self.queue.complete(lease).await,
        };
        match settled {
            Ok(()) => self.look_again(&lease.order).await,
            // The lease ran out and somebody else holds the order: they will find the trail as we left it.
            Err(error) if error.class() == PortErrorClass::PreconditionFailed => {
                tracing::warn!(package.id = %lease.order.package_id, "the lease on an order was lost");
                Ok(())
            }
            Err(error) => Err(StepError::port(STEP)(error)),
        }
    }

    // A replay that came while its package's old order was still being settled found the queue taken, and added nothing.
    async fn look_again(&self, order: &RunOrder) -> Result<(), StepError> {
        let record = self
            .trail_reader
            .record(&order.package_id)
            .await
            .map_err(StepError::port(STEP))?;
        if let Some(record) = record.filter(|record| is_runnable(record.trail_state.phase)) {
            let order = RunOrder {
                trail_state: record.trail_state,
                ..order.clone()
            };
            self.queue
                .enqueue(&order, self.clock().now())
                .await
                .map_err(StepError::port(STEP))?;
        }
        Ok(())
    }

    fn clock(&self) -> &dyn Clock {
        self.processing.clock()
    }

    async fn pause(&self, duration: Duration, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(duration) => {}
        }
    }
}

const fn is_runnable(phase: Phase) -> bool {
    matches!(phase, Phase::Accepted | Phase::Running | Phase::Waiting)
}
