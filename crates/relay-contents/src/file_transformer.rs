//! One stream through its transform, whether it is a whole package or a file of an archive.

use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use relay_model::{Reason, ReasonCode, TableSummary};
use relay_privacy::TextRole;
use relay_rules::table_rule_position;
use relay_transform::{
    ColumnPlan, Kept, LazyWriter, OpaquePlan, Packing, ParquetSink, RegisteredTable, RowSink, TableOutcome,
    TableOutputs, TablePlan, TransformError, Watch, keep_opaque, transform_described_table, transform_table,
};

use crate::data_package::TableOf;
use crate::outcome::{NextPass, Outcome, Pass, Summary};
use crate::request::{Request, Results};

/// Tables of at most so many packed bytes are read and encoded by one thread: starting others takes longer than they would help.
const ONE_THREAD_BYTES_MAX: u64 = 256 * 1024;

/// What everything that is read has in common.
pub(crate) struct FileTransformer<'a, R> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) results: &'a R,
    /// The tables that the organization has registered, each compiled when it is first met, in the order of the settings.
    registered: Vec<OnceLock<Arc<RegisteredTable>>>,
}

/// What the results of one stream are called.
pub(crate) struct ResultNames {
    pub(crate) table: String,
    pub(crate) bad_rows: String,
    pub(crate) opaque: String,
}

impl ResultNames {
    /// Those of a package that is one stream.
    pub(crate) fn of_package() -> Self {
        Self {
            table: "data.parquet".to_owned(),
            bad_rows: "bad-rows.jsonl".to_owned(),
            opaque: "data.bin".to_owned(),
        }
    }

    /// Those of a file in an archive. Each kind has a folder of its own, so that no two files can give one name.
    pub(crate) fn of_file(path: &str) -> Self {
        Self {
            table: format!("tables/{path}.parquet"),
            bad_rows: format!("bad-rows/{path}.jsonl"),
            opaque: format!("files/{path}"),
        }
    }
}

impl<'a, R: Results> FileTransformer<'a, R> {
    pub(crate) fn new(request: &'a Request<'a>, results: &'a R) -> Self {
        Self {
            request,
            results,
            registered: request.settings.tables.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// The table that is registered for a path, if one is. Settings that cannot be used are refused before they are stored, so
    /// that an error here is nothing that a package deserves.
    pub(crate) fn registered(&self, path: &str) -> Result<Option<Arc<RegisteredTable>>, TransformError> {
        let Some(position) = table_rule_position(self.request.settings, path) else {
            return Ok(None);
        };
        let (rule, compiled) = (&self.request.settings.tables[position], &self.registered[position]);
        if let Some(table) = compiled.get() {
            return Ok(Some(Arc::clone(table)));
        }
        let table = RegisteredTable::new(rule.clone()).map_err(|error| TransformError::Internal(error.to_string()))?;
        Ok(Some(Arc::clone(compiled.get_or_init(|| Arc::new(table)))))
    }

    /// How many threads are worth starting for a stream of this length.
    pub(crate) fn threads_for(&self, size_bytes: Option<u64>) -> NonZeroUsize {
        match size_bytes {
            Some(bytes) if bytes <= ONE_THREAD_BYTES_MAX => NonZeroUsize::MIN,
            _ => self.request.threads,
        }
    }

    /// How a table is read for the first time; a rule of the organization may declare its columns.
    pub(crate) fn plan(&self, registered: Option<Arc<RegisteredTable>>) -> TablePlan {
        let columns = registered.map_or(ColumnPlan::Inferred, ColumnPlan::Declared);
        TablePlan {
            redactor: self.request.redactor.cloned(),
            threads: self.request.threads,
            ..TablePlan::new(columns)
        }
    }

    /// How a table is read for the first time that a Data Package describes.
    pub(crate) fn plan_of(&self, table: &TableOf) -> TablePlan {
        TablePlan {
            format: Some(table.format),
            dialect: table.dialect.clone(),
            redactor: self.request.redactor.cloned(),
            threads: self.request.threads,
            ..TablePlan::new(table.columns())
        }
    }

    /// Keeps a file as it is, unless personal data in its text, or what it is packed in, sets it aside.
    pub(crate) fn opaque(
        &self,
        input: &mut dyn Read,
        names: &ResultNames,
        role: TextRole,
        packing: Packing,
        watch: &Watch<'_>,
    ) -> Result<Outcome<R::Sink>, TransformError> {
        let plan = OpaquePlan {
            policy: self.request.redactor.map(|redactor| redactor.policy()),
            role,
            packing,
        };
        let mut sink = self.results.open(&names.opaque).map_err(TransformError::Output)?;
        let kept = keep_opaque(input, &mut sink, &plan, &self.request.limits.table, watch);
        let sealed = kept.and_then(|kept| {
            if kept.quarantine.is_none() {
                self.results.seal(&mut sink).map_err(TransformError::Output)?;
            }
            Ok(kept)
        });
        let (kept, results) = match sealed {
            Ok(kept) if kept.quarantine.is_none() => (kept, vec![sink]),
            Ok(kept) => {
                self.results.abort(sink);
                (kept, Vec::new())
            }
            Err(error) => {
                self.results.abort(sink);
                return Err(error);
            }
        };
        let Kept {
            digested,
            summary,
            quarantine,
        } = kept;
        Ok(Outcome {
            digested,
            summary: Summary::Opaque(Some(Box::new(summary))),
            results,
            explanations: Vec::new(),
            quarantine,
        })
    }

    /// Reads a table. Where its columns are declared, nothing else will do.
    pub(crate) fn table(
        &self,
        input: impl Read + Send,
        plan: &TablePlan,
        names: &ResultNames,
        rows: Option<&mut dyn RowSink>,
        watch: &Watch<'_>,
    ) -> Result<Pass<R::Sink>, TransformError> {
        let is_declared = !matches!(plan.columns, ColumnPlan::Inferred);
        let mut table = LazyWriter::new(|| self.results.open(&names.table));
        let mut bad_rows = LazyWriter::new(|| self.results.open(&names.bad_rows));
        let mut sink = ParquetSink::new(&mut table);
        let outputs = TableOutputs {
            rows: &mut sink,
            bad_rows: &mut bad_rows,
        };
        let limits = &self.request.limits.table;
        let outcome = match rows {
            Some(rows) => transform_described_table(input, plan, limits, outputs, rows, watch),
            None => transform_table(input, plan, limits, outputs, watch),
        };
        drop(sink);
        let mut sinks = [table.into_inner(), bad_rows.into_inner()];
        let sealed = outcome.and_then(|outcome| {
            for sink in sinks.iter_mut().flatten() {
                self.results.seal(sink).map_err(TransformError::Output)?;
            }
            Ok(outcome)
        });
        let [table, bad_rows] = sinks;
        let done = |digested,
                    results: Option<R::Sink>,
                    explanations: Option<R::Sink>,
                    table: Option<TableSummary>,
                    quarantine| {
            Pass::Finished(Box::new(Outcome {
                digested,
                summary: Summary::Table(table.map(Box::new)),
                results: results.into_iter().collect(),
                explanations: explanations.into_iter().collect(),
                quarantine,
            }))
        };
        Ok(match sealed {
            Ok(TableOutcome::Complete(report)) => done(report.digested, table, bad_rows, Some(report.summary), None),
            Ok(TableOutcome::Quarantine {
                reason,
                digested,
                summary,
            }) => {
                self.abort([table]);
                done(digested, None, bad_rows, summary, Some(reason))
            }
            Ok(TableOutcome::NotATable { text, digested }) if is_declared => {
                self.abort([table]);
                let reason = Reason::new(ReasonCode::TableExpected, text);
                done(digested, None, bad_rows, None, Some(reason))
            }
            Ok(TableOutcome::NotATable { digested, .. }) => {
                self.abort([table, bad_rows]);
                Pass::Again(NextPass::Opaque, digested)
            }
            Ok(TableOutcome::NeedsAnotherPass { learnt, digested }) => {
                self.abort([table, bad_rows]);
                Pass::Again(NextPass::Table(Box::new(learnt)), digested)
            }
            Err(error) => {
                self.abort([table, bad_rows]);
                return Err(error);
            }
        })
    }

    pub(crate) fn abort(&self, sinks: impl IntoIterator<Item = Option<R::Sink>>) {
        for sink in sinks.into_iter().flatten() {
            self.results.abort(sink);
        }
    }
}
