//! The table transform: the bytes of a table enter, record batches and the bad rows leave.

use std::io::Read;
use std::thread;

use relay_model::{TableLimits, TableSummary};

use crate::blocks::Blocks;
use crate::ending::{Ending, Stop};
use crate::outcome::{TableOutcome, TableOutputs, TableReport, TransformError, Watch};
use crate::plan::TablePlan;
use crate::redaction::TREATED_ROW_BYTES_CEILING;
use crate::row_sink::{RowSink, Told};
use crate::rows::ROW_BYTES_CEILING;
use crate::run::Run;
use crate::text_source::TextSource;
use crate::unpack::Unpacker;
use crate::workers::WorkerThreads;

/// Reads a table, and gives its rows to the sink among the outputs. Reads `input` to its end whatever the outcome, so that the outcome can give its hash; only
/// after an error it does not.
pub fn transform_table<R: Read + Send>(
    input: R,
    plan: &TablePlan,
    limits: &TableLimits,
    outputs: TableOutputs<'_>,
    watch: &Watch<'_>,
) -> Result<TableOutcome, TransformError> {
    transform(input, plan, limits, outputs, None, watch)
}

/// The same for a table whose columns are [`crate::ColumnPlan::Described`]; `sink` is told its rows, those left out that are set
/// aside. A second pass over the same bytes is to tell nobody again.
pub fn transform_described_table<R: Read + Send>(
    input: R,
    plan: &TablePlan,
    limits: &TableLimits,
    outputs: TableOutputs<'_>,
    sink: &mut dyn RowSink,
    watch: &Watch<'_>,
) -> Result<TableOutcome, TransformError> {
    transform(input, plan, limits, outputs, Some(sink), watch)
}

fn transform<R: Read + Send>(
    input: R,
    plan: &TablePlan,
    limits: &TableLimits,
    outputs: TableOutputs<'_>,
    sink: Option<&mut dyn RowSink>,
    watch: &Watch<'_>,
) -> Result<TableOutcome, TransformError> {
    let limits = TableLimits {
        row_bytes_max: limits.row_bytes_max.min(match plan.redactor {
            Some(_) => TREATED_ROW_BYTES_CEILING,
            None => ROW_BYTES_CEILING,
        }),
        ..limits.clone()
    };
    let unpacker = Unpacker::open(input, &limits).map_err(TransformError::Input)?;
    let (texts, recognition) = TextSource::open(unpacker, plan, &limits);
    let threads = plan.threads.get();
    thread::scope(|scope| {
        let threads_of_columns = WorkerThreads::start(threads - 1, scope);
        let mut blocks = if threads == 1 {
            Blocks::here(texts, watch)
        } else {
            Blocks::ahead(texts, watch, scope)
        };
        let TableOutputs { rows, bad_rows } = outputs;
        let outputs = TableOutputs {
            rows: &mut *rows,
            bad_rows: &mut *bad_rows,
        };
        let mut run = Run::new(plan, &limits, recognition, outputs, threads_of_columns.workers.clone());
        run.filling.told = sink.and_then(|sink| Told::new(plan, sink));
        match run.drive(&mut blocks) {
            Ok(()) => {
                let (ending, summary) = run.end(Ending::Complete, &blocks)?;
                conclude(ending, summary, blocks)
            }
            Err(Stop::Ending(ending)) => {
                let (ending, summary) = run.end(ending, &blocks)?;
                conclude(ending, summary, blocks)
            }
            Err(Stop::Error(error)) => {
                blocks.abandon();
                Err(error)
            }
        }
    })
}

fn conclude<R: Read + Send>(
    ending: Ending,
    summary: Option<TableSummary>,
    blocks: Blocks<'_, '_, R>,
) -> Result<TableOutcome, TransformError> {
    let digested = blocks.finish()?;
    Ok(match (ending, summary) {
        (Ending::Complete, Some(summary)) => TableOutcome::Complete(TableReport { digested, summary }),
        (Ending::Complete, None) => return Err(TransformError::Internal("a table without columns".to_owned())),
        (Ending::Quarantine(reason), summary) => TableOutcome::Quarantine {
            reason,
            digested,
            summary,
        },
        (Ending::NotATable(text), _) => TableOutcome::NotATable {
            text: text.into_owned(),
            digested,
        },
        (Ending::AnotherPass(learnt), _) => TableOutcome::NeedsAnotherPass { learnt, digested },
    })
}
