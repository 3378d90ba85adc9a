//! One attempt's work on the bytes: read once, hash, transform, write results. Nothing is recorded here.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use relay_contents::{Outcome, Package, Request, Results, transform_package};
use relay_model::{
    Attempt as AttemptNumber, BucketName, Limits, OrganizationSettings, Reason, ReasonCode, ResultObject, error_chain,
};
use relay_privacy::Redactor;
use relay_transform::{Digested, TransformError, Watch};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::observer::RunObserver;
use crate::ports::{PackageStore, PortError, PortErrorClass, Ports, RunOrder, TokenKeys};
use crate::step::{Settings, failure_reason};
use crate::streams::{BlockingIo, CutShort, ResultSink, VersionReader, result_of, result_request, unwrap_port_error};

/// What every attempt needs.
#[derive(Clone)]
pub(crate) struct Attempts {
    store: Arc<dyn PackageStore>,
    token_keys: Arc<dyn TokenKeys>,
    results_bucket: BucketName,
    threads: NonZeroUsize,
    limits: Limits,
}

/// One attempt at a package.
pub(crate) struct Attempt<'a> {
    pub(crate) order: &'a RunOrder,
    pub(crate) number: AttemptNumber,
    pub(crate) settings: &'a OrganizationSettings,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) observer: &'a Arc<dyn RunObserver>,
}

/// Why an attempt has no outcome.
pub(crate) enum Interruption {
    /// The relay is stopping.
    Stopped,
    /// Something on our side failed.
    Failed {
        reason: Reason,
        /// Whether another attempt may come to an end.
        may_pass: bool,
    },
}

impl Attempts {
    pub(crate) fn new(ports: &Ports, token_keys: Arc<dyn TokenKeys>, settings: &Settings) -> Self {
        Self {
            store: Arc::clone(&ports.store),
            token_keys,
            results_bucket: settings.results_bucket.clone(),
            threads: settings.transform_threads,
            limits: settings.limits.clone(),
        }
    }

    /// Reads, hashes and transforms the object version of an order, and makes its results visible.
    pub(crate) async fn make(&self, attempt: Attempt<'_>) -> Result<Outcome<ResultObject>, Interruption> {
        let redactor = self.redactor(&attempt).await.map_err(|error| failed(&error))?;
        let work = Work::new(self, &attempt, redactor, Handle::current());
        let job = tokio::task::spawn_blocking(move || {
            let outcome = work.transform();
            (work, outcome)
        });
        let Ok((work, outcome)) = job.await else {
            return Err(Interruption::Failed {
                reason: Reason::new(ReasonCode::InternalError, "the transform panicked"),
                may_pass: false,
            });
        };
        match outcome {
            Ok(outcome) => work.finish(outcome).await,
            Err(error) => Err(work.interruption(error)),
        }
    }

    // What carries out the organization's policy for personal data. Only a policy that tokenizes needs the key.
    async fn redactor(&self, attempt: &Attempt<'_>) -> Result<Arc<Redactor>, PortError> {
        let policy = attempt.settings.privacy.clone();
        let key = if policy.needs_key() {
            Some(self.token_keys.token_key(&attempt.order.organization).await?)
        } else {
            None
        };
        let redactor = Redactor::new(policy, key).map_err(|error| {
            let text = "the policy for personal data cannot be carried out";
            PortError::new(PortErrorClass::Permanent, text).caused_by(error)
        })?;
        Ok(Arc::new(redactor))
    }
}

// Everything the blocking thread needs, owned.
struct Work {
    blocking_io: BlockingIo,
    attempts: Attempts,
    order: RunOrder,
    number: AttemptNumber,
    // The key below the organization.
    path: String,
    settings: OrganizationSettings,
    redactor: Arc<Redactor>,
    stop: CancellationToken,
    observer: Arc<dyn RunObserver>,
    ends_at: Option<Instant>,
}

impl Work {
    fn new(attempts: &Attempts, attempt: &Attempt<'_>, redactor: Arc<Redactor>, handle: Handle) -> Self {
        let key = attempt.order.custody.object.key.as_str();
        let path = key.split_once('/').map_or(key, |(_, path)| path);
        let limit = Duration::from_millis(attempts.limits.attempt_ms_max);
        Self {
            blocking_io: BlockingIo::new(handle, attempt.stop.clone()),
            attempts: attempts.clone(),
            order: attempt.order.clone(),
            number: attempt.number,
            path: path.to_owned(),
            settings: attempt.settings.clone(),
            redactor,
            stop: attempt.stop.clone(),
            observer: Arc::clone(attempt.observer),
            ends_at: Instant::now().checked_add(limit),
        }
    }

    fn transform(&self) -> Result<Outcome<ResultSink>, TransformError> {
        let request = Request {
            path: &self.path,
            settings: &self.settings,
            redactor: Some(&self.redactor),
            limits: &self.attempts.limits,
            threads: self.attempts.threads,
        };
        self.watched(|watch| transform_package(self, self, &request, watch))
    }

    fn is_timed_out(&self) -> bool {
        self.ends_at.is_some_and(|ends_at| Instant::now() >= ends_at)
    }

    // Runs `transform` under the eyes of the shutdown, the time limit and the progress bar.
    fn watched<T>(&self, transform: impl FnOnce(&Watch<'_>) -> T) -> T {
        let is_cancelled = || self.stop.is_cancelled() || self.is_timed_out();
        let on_progress = |read_bytes| self.observer.progressed(&self.order.package_id, read_bytes);
        transform(&Watch {
            is_cancelled: &is_cancelled,
            on_progress: &on_progress,
        })
    }

    // Compares what was read with what was received, then makes the results visible.
    async fn finish(self, mut outcome: Outcome<ResultSink>) -> Result<Outcome<ResultObject>, Interruption> {
        let results = outcome.take_results();
        if let Some(reason) = self.custody_broken(&outcome.digested) {
            for sink in results {
                sink.abort().await;
            }
            return Err(Interruption::Failed {
                reason,
                may_pass: false,
            });
        }
        let finished = finish_all(self.attempts.store.as_ref(), results).await;
        let results = finished.map_err(|error| failed(&error))?;
        Ok(outcome.with_results(results))
    }

    fn custody_broken(&self, digested: &Digested) -> Option<Reason> {
        let custody = &self.order.custody;
        let text = if custody.sha256.is_some_and(|received| received != digested.sha256) {
            "the bytes that were read do not have the hash of the bytes that were received".to_owned()
        } else if custody
            .size_bytes
            .is_some_and(|received| received != digested.size_bytes)
        {
            format!(
                "{} bytes were read, {:?} were received",
                digested.size_bytes, custody.size_bytes
            )
        } else {
            return None;
        };
        Some(Reason::new(ReasonCode::CustodyMismatch, text))
    }

    fn interruption(&self, error: TransformError) -> Interruption {
        // Whatever broke off while the relay was stopping is no failure of the attempt.
        if self.stop.is_cancelled() {
            return Interruption::Stopped;
        }
        match error {
            TransformError::Cancelled => {
                let limit_ms = self.attempts.limits.attempt_ms_max;
                let text = format!("the attempt took longer than {limit_ms} ms (attempt_ms_max)");
                Interruption::Failed {
                    reason: Reason::new(ReasonCode::AttemptTimedOut, text),
                    may_pass: true,
                }
            }
            TransformError::Input(source) if is_cut_short(&source) => {
                let reason = Reason::new(ReasonCode::CustodyMismatch, source.to_string());
                Interruption::Failed { reason, may_pass: true }
            }
            TransformError::Input(source) | TransformError::Output(source) => failed(&unwrap_port_error(source)),
            TransformError::Internal(_) => {
                let reason = Reason::new(ReasonCode::InternalError, error_chain(&error));
                Interruption::Failed {
                    reason,
                    may_pass: false,
                }
            }
        }
    }
}

impl Package for Work {
    fn open(&self) -> Box<dyn Read + Send + '_> {
        let custody = &self.order.custody;
        let store = Arc::clone(&self.attempts.store);
        let reader = VersionReader::new(
            self.blocking_io.clone(),
            store,
            custody.object.clone(),
            custody.size_bytes,
        );
        Box::new(reader)
    }
}

impl Results for Work {
    type Sink = ResultSink;

    fn open(&self, name: &str) -> io::Result<ResultSink> {
        let RunOrder {
            organization,
            package_id,
            ..
        } = &self.order;
        let key = format!("{organization}/{package_id}/{}/{name}", self.number);
        let request = result_request(&self.attempts.results_bucket, key);
        ResultSink::open(self.blocking_io.clone(), self.attempts.store.as_ref(), &request, name)
    }

    fn seal(&self, sink: &mut ResultSink) -> io::Result<()> {
        sink.seal()
    }

    fn abort(&self, sink: ResultSink) {
        self.blocking_io.abort(sink);
    }
}

// An archive may have thousands of results: the store is given all of them, and tells them in their order.
async fn finish_all(store: &dyn PackageStore, sinks: Vec<ResultSink>) -> Result<Vec<ResultObject>, PortError> {
    let (mut names, mut writers) = (Vec::with_capacity(sinks.len()), Vec::with_capacity(sinks.len()));
    for sink in sinks {
        let (name, writer) = sink.written().await?;
        names.push(name);
        writers.push(writer);
    }
    let outcomes = store.finish_all(writers).await?;
    Ok(names
        .into_iter()
        .zip(outcomes)
        .map(|(name, outcome)| result_of(name, &outcome))
        .collect())
}

fn is_cut_short(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<CutShort>)
}

// Whether the same attempt may pass the next time depends on the class of the error alone.
fn failed(error: &PortError) -> Interruption {
    let may_pass = match error.class() {
        PortErrorClass::Retryable | PortErrorClass::StorageFull | PortErrorClass::PreconditionFailed => true,
        PortErrorClass::Permanent | PortErrorClass::NotFound => false,
    };
    Interruption::Failed {
        reason: failure_reason(error),
        may_pass,
    }
}
