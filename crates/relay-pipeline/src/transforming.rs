//! One attempt's work on the bytes: read once, hash, transform, write results. Nothing is recorded here.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use relay_model::{
    Attempt, OrganizationSettings, Reason, ReasonCode, ResultObject, Sha256Digest, TableRule, TableSummary,
};
use relay_transform::{
    ColumnPlan, Digested, LazyWriter, TableOutcome, TableOutputs, TablePlan, TransformError, Watch, copy_opaque,
    transform_table,
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::backbone::{Backbone, failure_reason, in_full};
use crate::ports::{PortError, PortErrorClass, RunOrder};
use crate::streams::{Bridge, CutShort, ResultSink, VersionReader, result_request, unwrap_port_error};
use crate::worker::RunObserver;

/// The name of a table's result.
const TABLE_RESULT: &str = "data.parquet";
/// The name of the side file with the rows that break the schema.
const BAD_ROWS_RESULT: &str = "bad-rows.jsonl";
/// The name of an opaque package's result.
const OPAQUE_RESULT: &str = "data.bin";

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
    },
    Quarantined {
        reason: Reason,
        sha256: Option<Sha256Digest>,
        results: Vec<ResultObject>,
        table: Option<TableSummary>,
    },
    Stopped,
    Failed {
        reason: Reason,
        may_pass: bool,
    },
}

/// Reads, hashes and transforms the object version of an order, and makes its results visible.
pub(crate) async fn attempt_transform(transforming: Transforming<'_>) -> Attempted {
    let work = Work::new(&transforming, Handle::current());
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
        Ok(transformed) => work.settle(transformed).await,
        Err(error) => work.judge(error),
    }
}

// Everything the blocking thread needs, owned.
struct Work {
    bridge: Bridge,
    backbone: Backbone,
    order: RunOrder,
    attempt: Attempt,
    rule: Option<TableRule>,
    stop: CancellationToken,
    observer: Arc<dyn RunObserver>,
    ends_at: Option<Instant>,
}

struct Transformed {
    digested: Digested,
    transform: &'static str,
    // Complete results, not yet visible.
    sinks: Vec<ResultSink>,
    // Results that the outcome does not want.
    discarded: Vec<ResultSink>,
    table: Option<TableSummary>,
    quarantine: Option<Reason>,
}

impl Work {
    fn new(transforming: &Transforming<'_>, handle: Handle) -> Self {
        let key = transforming.order.custody.object.key.as_str();
        let path = key.split_once('/').map_or(key, |(_, path)| path);
        let limit = Duration::from_millis(transforming.backbone.settings.limits.attempt_ms_max);
        Self {
            bridge: Bridge::new(handle, transforming.stop.clone()),
            backbone: transforming.backbone.clone(),
            order: transforming.order.clone(),
            attempt: transforming.attempt,
            rule: relay_rules::table_rule(transforming.settings, path).cloned(),
            stop: transforming.stop.clone(),
            observer: Arc::clone(transforming.observer),
            ends_at: Instant::now().checked_add(limit),
        }
    }

    fn transform(&self) -> Result<Transformed, TransformError> {
        let mut reader = self.open();
        let mut prefix = Vec::with_capacity(relay_rules::CONTENT_PREFIX_BYTES);
        let limit = relay_rules::CONTENT_PREFIX_BYTES as u64;
        reader
            .by_ref()
            .take(limit)
            .read_to_end(&mut prefix)
            .map_err(TransformError::Input)?;
        let is_whole = prefix.len() < relay_rules::CONTENT_PREFIX_BYTES;
        let may_be_table = relay_rules::sniff(&prefix, is_whole).may_be_table();
        let input = Cursor::new(prefix).chain(reader);
        if self.rule.is_none() && !may_be_table {
            return self.opaque(input);
        }
        let mut plan = TablePlan::new(match &self.rule {
            Some(rule) => ColumnPlan::Declared(rule.schema.clone()),
            None => ColumnPlan::Inferred,
        });
        plan.threads = self.backbone.settings.transform_threads;
        match self.table(input, &plan)? {
            Step::Done(transformed) => Ok(*transformed),
            Step::Opaque => self.opaque(self.open()),
            Step::Again(learnt) => {
                plan.learnt = Some(*learnt);
                match self.table(self.open(), &plan)? {
                    Step::Done(transformed) => Ok(*transformed),
                    Step::Opaque | Step::Again(_) => Err(TransformError::Internal(
                        "two passes over the same bytes disagreed".to_owned(),
                    )),
                }
            }
        }
    }

    fn open(&self) -> VersionReader {
        let custody = &self.order.custody;
        let store = Arc::clone(&self.backbone.store);
        VersionReader::new(self.bridge.clone(), store, custody.object.clone(), custody.size_bytes)
    }

    fn sink(&self, name: &'static str) -> std::io::Result<ResultSink> {
        let RunOrder {
            organization,
            package_id,
            ..
        } = &self.order;
        let key = format!("{organization}/{package_id}/{}/{name}", self.attempt);
        let request = result_request(&self.backbone.settings.results_bucket, key);
        ResultSink::open(self.bridge.clone(), self.backbone.store.as_ref(), &request, name)
    }

    fn opaque(&self, mut input: impl Read) -> Result<Transformed, TransformError> {
        let mut sink = self.sink(OPAQUE_RESULT).map_err(TransformError::Output)?;
        let digested = self.watched(|watch| copy_opaque(&mut input, &mut sink, watch));
        let digested = match digested {
            Ok(digested) => digested,
            Err(error) => {
                self.bridge.abort([sink]);
                return Err(error);
            }
        };
        Ok(Transformed {
            digested,
            transform: "opaque",
            sinks: vec![sink],
            discarded: Vec::new(),
            table: None,
            quarantine: None,
        })
    }

    fn table(&self, input: impl Read + Send, plan: &TablePlan) -> Result<Step, TransformError> {
        let mut table = LazyWriter::new(|| self.sink(TABLE_RESULT));
        let mut bad_rows = LazyWriter::new(|| self.sink(BAD_ROWS_RESULT));
        let outputs = TableOutputs {
            table: &mut table,
            bad_rows: &mut bad_rows,
        };
        let limits = &self.backbone.settings.limits.table;
        let outcome = self.watched(|watch| transform_table(input, plan, limits, outputs, watch));
        let (table, bad_rows) = (table.into_inner(), bad_rows.into_inner());
        let done = |digested, sinks: [Option<ResultSink>; 2], discarded: Option<ResultSink>, summary, quarantine| {
            Step::Done(Box::new(Transformed {
                digested,
                transform: "table",
                sinks: sinks.into_iter().flatten().collect(),
                discarded: discarded.into_iter().collect(),
                table: summary,
                quarantine,
            }))
        };
        Ok(match outcome {
            Ok(TableOutcome::Complete(report)) => {
                done(report.digested, [table, bad_rows], None, Some(report.summary), None)
            }
            Ok(TableOutcome::Quarantine {
                reason,
                digested,
                summary,
            }) => done(digested, [bad_rows, None], table, summary, Some(reason)),
            Ok(TableOutcome::NotATable { text, digested }) if self.rule.is_some() => {
                let reason = Reason::new(ReasonCode::TableExpected, text);
                done(digested, [bad_rows, None], table, None, Some(reason))
            }
            Ok(TableOutcome::NotATable { .. }) => {
                self.bridge.abort([table, bad_rows].into_iter().flatten());
                Step::Opaque
            }
            Ok(TableOutcome::NeedsAnotherPass { learnt, .. }) => {
                self.bridge.abort([table, bad_rows].into_iter().flatten());
                Step::Again(Box::new(learnt))
            }
            Err(error) => {
                self.bridge.abort([table, bad_rows].into_iter().flatten());
                return Err(error);
            }
        })
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
    async fn settle(self, transformed: Transformed) -> Attempted {
        let Transformed {
            digested,
            transform,
            sinks,
            discarded,
            table,
            quarantine,
        } = transformed;
        for sink in discarded {
            sink.abort().await;
        }
        if let Some(reason) = self.custody_broken(&digested) {
            for sink in sinks {
                sink.abort().await;
            }
            return Attempted::Failed {
                reason,
                may_pass: false,
            };
        }
        let mut results = Vec::with_capacity(sinks.len());
        for sink in sinks {
            match sink.finish().await {
                Ok(result) => results.push(result),
                Err(error) => return failed(&error),
            }
        }
        let Digested { size_bytes, sha256 } = digested;
        match quarantine {
            None => Attempted::Processed {
                size_bytes,
                sha256,
                transform,
                results,
                table,
            },
            Some(reason) => Attempted::Quarantined {
                reason,
                sha256: Some(sha256),
                results,
                table,
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
                let reason = Reason::new(ReasonCode::InternalError, in_full(&error));
                Attempted::Failed {
                    reason,
                    may_pass: false,
                }
            }
        }
    }
}

enum Step {
    Done(Box<Transformed>),
    // Not a table, and none was declared: it is kept as it is.
    Opaque,
    // A second pass is needed, with these columns.
    Again(Box<relay_transform::Learnt>),
}

fn is_cut_short(error: &std::io::Error) -> bool {
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
