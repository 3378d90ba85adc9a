//! One attempt's work on the bytes: read once, hash, transform, write results. Nothing is recorded here.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use relay_contents::{Contents, Package, Request, Results, transform_package};
use relay_model::{
    ArchiveSummary, Attempt, ContentsSummary, OpaqueSummary, OrganizationSettings, Reason, ReasonCode, ResultObject,
    Sha256Digest, TableSummary, error_chain,
};
use relay_privacy::Redactor;
use relay_transform::{Digested, TransformError, Watch};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::backbone::{Backbone, failure_reason};
use crate::ports::{PackageStore, PortError, PortErrorClass, RunOrder};
use crate::streams::{BlockingIo, CutShort, ResultSink, VersionReader, result_of, result_request, unwrap_port_error};
use crate::worker::RunObserver;

/// What an attempt works on.
pub(crate) struct Transforming<'a> {
    pub(crate) backbone: &'a Backbone,
    pub(crate) order: &'a RunOrder,
    pub(crate) attempt: Attempt,
    pub(crate) settings: &'a OrganizationSettings,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) observer: &'a Arc<dyn RunObserver>,
}

/// What came of it.
pub(crate) enum Attempted {
    Processed {
        size_bytes: u64,
        sha256: Sha256Digest,
        transform: &'static str,
        results: Vec<ResultObject>,
        table: Option<TableSummary>,
        archive: Option<Box<ArchiveSummary>>,
        opaque: Option<Box<OpaqueSummary>>,
        contents: ContentsSummary,
    },
    Quarantined {
        reason: Reason,
        sha256: Option<Sha256Digest>,
        results: Vec<ResultObject>,
        table: Option<TableSummary>,
        archive: Option<Box<ArchiveSummary>>,
        opaque: Option<Box<OpaqueSummary>>,
        contents: ContentsSummary,
    },
    Stopped,
    Failed {
        reason: Reason,
        may_pass: bool,
    },
}

/// Reads, hashes and transforms the object version of an order, and makes its results visible.
pub(crate) async fn attempt_transform(transforming: Transforming<'_>) -> Attempted {
    let redactor = match redactor_of(&transforming).await {
        Ok(redactor) => redactor,
        Err(error) => return failed(&error),
    };
    let work = Work::new(&transforming, redactor, Handle::current());
    let job = tokio::task::spawn_blocking(move || {
        let outcome = work.transform();
        (work, outcome)
    });
    let Ok((work, outcome)) = job.await else {
        let reason = Reason::new(ReasonCode::InternalError, "the transform ended by a defect of its own");
        return Attempted::Failed {
            reason,
            may_pass: false,
        };
    };
    match outcome {
        Ok(contents) => work.settle(contents).await,
        Err(error) => work.judge(error),
    }
}

// What carries out the organization's policy for personal data. Only a policy that tokenizes needs the key.
async fn redactor_of(transforming: &Transforming<'_>) -> Result<Arc<Redactor>, PortError> {
    let policy = transforming.settings.privacy.clone();
    let key = if policy.needs_key() {
        let keys = &transforming.backbone.token_keys;
        Some(keys.token_key(&transforming.order.organization).await?)
    } else {
        None
    };
    let redactor = Redactor::new(policy, key).map_err(|error| {
        let text = "the policy for personal data cannot be carried out";
        PortError::new(PortErrorClass::Permanent, text).caused_by(error)
    })?;
    Ok(Arc::new(redactor))
}

// Everything the blocking thread needs, owned.
struct Work {
    blocking_io: BlockingIo,
    backbone: Backbone,
    order: RunOrder,
    attempt: Attempt,
    // The key below the organization.
    path: String,
    settings: OrganizationSettings,
    redactor: Arc<Redactor>,
    stop: CancellationToken,
    observer: Arc<dyn RunObserver>,
    ends_at: Option<Instant>,
}

impl Work {
    fn new(transforming: &Transforming<'_>, redactor: Arc<Redactor>, handle: Handle) -> Self {
        let key = transforming.order.custody.object.key.as_str();
        let path = key.split_once('/').map_or(key, |(_, path)| path);
        let limit = Duration::from_millis(transforming.backbone.settings.limits.attempt_ms_max);
        Self {
            blocking_io: BlockingIo::new(handle, transforming.stop.clone()),
            backbone: transforming.backbone.clone(),
            order: transforming.order.clone(),
            attempt: transforming.attempt,
            path: path.to_owned(),
            settings: transforming.settings.clone(),
            redactor,
            stop: transforming.stop.clone(),
            observer: Arc::clone(transforming.observer),
            ends_at: Instant::now().checked_add(limit),
        }
    }

    fn transform(&self) -> Result<Contents<ResultSink>, TransformError> {
        let limits = &self.backbone.settings.limits;
        let request = Request {
            path: &self.path,
            settings: &self.settings,
            redactor: Some(&self.redactor),
            limits,
            threads: self.backbone.settings.transform_threads,
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
    async fn settle(self, contents: Contents<ResultSink>) -> Attempted {
        let summary = contents.summary();
        let Contents {
            digested,
            transform,
            results,
            table,
            opaque,
            archive,
            quarantine,
        } = contents;
        if let Some(reason) = self.custody_broken(&digested) {
            for sink in results {
                sink.abort().await;
            }
            return Attempted::Failed {
                reason,
                may_pass: false,
            };
        }
        let results = match finish_all(self.backbone.store.as_ref(), results).await {
            Ok(results) => results,
            Err(error) => return failed(&error),
        };
        let Digested { size_bytes, sha256 } = digested;
        match quarantine {
            None => Attempted::Processed {
                size_bytes,
                sha256,
                transform,
                results,
                table,
                archive,
                opaque,
                contents: summary,
            },
            Some(reason) => Attempted::Quarantined {
                reason,
                sha256: Some(sha256),
                results,
                table,
                archive,
                opaque,
                contents: summary,
            },
        }
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

    fn judge(&self, error: TransformError) -> Attempted {
        // Whatever broke off while the relay was stopping is no failure of the attempt.
        if self.stop.is_cancelled() {
            return Attempted::Stopped;
        }
        match error {
            TransformError::Cancelled => {
                let limit_ms = self.backbone.settings.limits.attempt_ms_max;
                let text = format!("the attempt took longer than {limit_ms} ms (attempt_ms_max)");
                Attempted::Failed {
                    reason: Reason::new(ReasonCode::AttemptTimedOut, text),
                    may_pass: true,
                }
            }
            TransformError::Input(source) if is_cut_short(&source) => {
                let reason = Reason::new(ReasonCode::CustodyMismatch, source.to_string());
                Attempted::Failed { reason, may_pass: true }
            }
            TransformError::Input(source) | TransformError::Output(source) => failed(&unwrap_port_error(source)),
            TransformError::Internal(_) => {
                let reason = Reason::new(ReasonCode::InternalError, error_chain(&error));
                Attempted::Failed {
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
        let store = Arc::clone(&self.backbone.store);
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
        let key = format!("{organization}/{package_id}/{}/{name}", self.attempt);
        let request = result_request(&self.backbone.settings.results_bucket, key);
        ResultSink::open(self.blocking_io.clone(), self.backbone.store.as_ref(), &request, name)
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
fn failed(error: &PortError) -> Attempted {
    let may_pass = match error.class() {
        PortErrorClass::Retryable | PortErrorClass::StorageFull | PortErrorClass::PreconditionFailed => true,
        PortErrorClass::Permanent | PortErrorClass::NotFound => false,
    };
    Attempted::Failed {
        reason: failure_reason(error),
        may_pass,
    }
}
