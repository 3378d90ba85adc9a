//! Columns from batch to batch: filled, redacted and handed to a sink, or, after a contradiction, only watched for their types.

use arrow_schema::SchemaRef;
use relay_model::{ColumnSummary, FieldType, TableRule};

use crate::bad_rows::BadRow;
use crate::batches::{BatchSink, ColumnValues, make_batch, schema_of};
use crate::cells::{MissingValues, Syntax};
use crate::columns::{CellError, Column, Offsets, bad_rows_of};
use crate::evidence::{Evidence, Inference};
use crate::outcome::TransformError;
use crate::parquet_sink::OPEN_COLUMNS_MAX;
use crate::personal::Personal;
use crate::plan::{Learnt, LearntColumn, TableFormat};
use crate::redaction::Treated;
use crate::registered;
use crate::row_sink::Told;
use crate::rows::RowBatch;
use crate::typing::{column_of, observe_all};
use crate::workers::Workers;

/// The most rows that are handed to the sink at a time. Vectors of this length are reused by the allocator instead of
/// being mapped anew.
const BATCH_ROWS_MAX: usize = 8 * 1024;
/// The most cells that are handed to the sink at a time.
const BATCH_CELLS_MAX: usize = 256 * 1024;
/// The same for a table of so many columns that a batch is a row group.
const WIDE_BATCH_CELLS_MAX: usize = 1280 * 1024;
/// About the most bytes of values that are handed to the sink at a time.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The same for a table of so many columns that a batch is a row group.
const WIDE_BATCH_BYTES_MAX: usize = 12 * 1024 * 1024;

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// It is in the columns; under a declared schema cell errors went to the bad rows.
    Taken,
    /// A value does not fit the type that was assumed of its column.
    Contradiction,
}

enum Mode<'a> {
    /// Rows are gathered; nothing is written yet.
    Ready(&'a mut dyn BatchSink),
    Writing(&'a mut dyn BatchSink, SchemaRef),
    /// Types are learnt; nothing is written any more.
    Learning,
}

/// The columns of a table and where they go.
pub(crate) struct ColumnBuilders<'a> {
    pub(crate) names: Vec<String>,
    columns: Vec<Column>,
    is_declared: bool,
    /// Their personal data, if it is looked for.
    pub(crate) personal: Option<Personal>,
    /// The offsets that the Parquet schema was written with.
    written_offsets: Vec<Offsets>,
    mode: Mode<'a>,
    workers: Workers,
    cell_errors: Vec<CellError>,
    /// For each column, as far as it is written.
    treated: Vec<Treated>,
    /// Rows that are in the columns or were.
    pub(crate) rows: u64,
    /// Who is told of rows.
    pub(crate) told: Option<Told<'a>>,
}

impl<'a> ColumnBuilders<'a> {
    pub(crate) fn new(
        is_declared: bool,
        personal: Option<Personal>,
        sink: &'a mut dyn BatchSink,
        workers: Workers,
    ) -> Self {
        Self {
            names: Vec::new(),
            columns: Vec::new(),
            is_declared,
            personal,
            written_offsets: Vec::new(),
            mode: Mode::Ready(sink),
            workers,
            cell_errors: Vec::new(),
            treated: Vec::new(),
            rows: 0,
            told: None,
        }
    }

    /// Settles the columns. Of what they hold of personal data is assumed what has been seen of it so far.
    pub(crate) fn set_columns(&mut self, names: Vec<String>, mut columns: Vec<Column>) {
        if let Some(personal) = &mut self.personal {
            personal.assume(&names);
            let treated = |(index, column): (usize, Column)| column.treated(personal.treating(index));
            columns = columns.into_iter().enumerate().map(treated).collect();
        }
        if let Some(told) = &mut self.told {
            told.set_columns(&names);
        }
        self.names = names;
        self.columns = columns;
    }

    pub(crate) fn add_columns(&mut self, names: &[String]) {
        self.names.extend_from_slice(names);
        if let Some(personal) = &mut self.personal {
            personal.add_columns(&self.names);
        }
        let column = || {
            if self.is_declared {
                registered::further()
            } else {
                column_of(Evidence::NONE)
            }
        };
        self.columns.resize_with(self.names.len(), column);
    }

    pub(crate) const fn is_learning(&self) -> bool {
        matches!(self.mode, Mode::Learning)
    }

    /// How many rows the current batch for the encoder can still take.
    pub(crate) fn rows_wanted(&self) -> usize {
        self.batch_rows_max() - self.gathered().min(self.batch_rows_max())
    }

    fn batch_rows_max(&self) -> usize {
        let cells_max = if self.is_wide() {
            WIDE_BATCH_CELLS_MAX
        } else {
            BATCH_CELLS_MAX
        };
        (cells_max / self.columns.len().max(1)).clamp(1, BATCH_ROWS_MAX)
    }

    fn is_wide(&self) -> bool {
        self.columns.len() > OPEN_COLUMNS_MAX
    }

    fn gathered(&self) -> usize {
        self.columns.first().map_or(0, Column::rows)
    }

    /// Puts rows into the columns.
    pub(crate) fn fill<S: Syntax>(&mut self, data: &[u8], batch: &mut RowBatch, missing: &MissingValues) -> Filled {
        let bad_before = batch.bad.len();
        if let Some(personal) = &mut self.personal {
            personal.observe::<S>(data, batch, self.is_declared.then_some(missing));
        }
        if self.is_declared || !self.is_learning() {
            for (index, column) in self.columns.iter_mut().enumerate() {
                column.append::<S>(data, batch, index, missing, &mut self.cell_errors);
                if self.cell_errors.is_empty() {
                    continue;
                }
                if !self.is_declared {
                    self.cell_errors.clear();
                    self.rows += batch.rows() as u64;
                    return Filled::Contradiction;
                }
                let mut bad = std::mem::take(&mut batch.bad);
                bad_rows_of(&mut self.cell_errors, batch, index, &mut bad);
                batch.bad = bad;
            }
        }
        let keep = (batch.bad.len() > bad_before && self.is_declared).then(|| self.take_out(batch, bad_before));
        if keep.is_none() {
            self.rows += batch.rows() as u64;
        }
        if let Some(told) = &mut self.told {
            told.tell::<S>(data, batch, keep.as_deref());
        }
        let offsets = self.columns.iter().map(|column| column.offsets);
        let is_contradicted = self
            .written_offsets
            .iter()
            .zip(offsets)
            .any(|(written, now)| *written == Offsets::Undecided && now == Offsets::Zoned);
        let is_wider = self.columns.iter().any(Column::is_wider);
        if (is_contradicted || is_wider) && !self.is_learning() {
            Filled::Contradiction
        } else {
            Filled::Taken
        }
    }

    // Rows with a cell_error leave every column. Says which stay.
    fn take_out(&mut self, batch: &RowBatch, bad_before: usize) -> Vec<bool> {
        let mut rows: Vec<u64> = batch.bad[bad_before..].iter().map(|bad: &BadRow| bad.row).collect();
        rows.sort_unstable();
        let keep: Vec<bool> = batch
            .places
            .iter()
            .map(|place| rows.binary_search(&place.row).is_err())
            .collect();
        self.rows += keep.iter().filter(|keep| **keep).count() as u64;
        for column in &mut self.columns {
            column.retain_last(&keep);
        }
        keep
    }

    /// From now on only types are learnt.
    pub(crate) fn start_learning(&mut self) {
        self.mode = Mode::Learning;
        self.columns.iter_mut().for_each(Column::clear);
    }

    /// Adds what a batch shows of the types.
    pub(crate) fn learn(&mut self, format: TableFormat, data: &[u8], batch: &RowBatch, missing: &MissingValues) {
        if !self.is_declared {
            let mut evidence: Vec<Evidence> = self.columns.iter().map(|column| column.evidence).collect();
            observe_all(&mut evidence, format, data, batch, missing);
            for (column, evidence) in self.columns.iter_mut().zip(evidence) {
                column.evidence = evidence;
            }
        }
        self.columns.iter_mut().for_each(Column::clear);
    }

    /// Hands the columns to the encoder when they hold a batch.
    pub(crate) fn flush_if_full(&mut self) -> Result<(), TransformError> {
        let size_bytes: usize = self.columns.iter().map(Column::size_bytes).sum();
        let bytes_max = if self.is_wide() {
            WIDE_BATCH_BYTES_MAX
        } else {
            BATCH_BYTES_MAX
        };
        if self.is_learning() || (self.rows_wanted() > 0 && size_bytes < bytes_max) {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), TransformError> {
        self.start_writing()?;
        let rows = self.gathered();
        let Mode::Writing(sink, schema) = &mut self.mode else {
            return Ok(());
        };
        if rows == 0 {
            return Ok(());
        }
        let columns = self.columns.iter_mut().map(|column| {
            let (values, present) = column.take();
            ColumnValues {
                values,
                present,
                treating: column.treating.clone(),
            }
        });
        let (batch, treated) = make_batch(schema, columns, &self.workers)?;
        for (sum, of_batch) in self.treated.iter_mut().zip(treated) {
            sum.add(of_batch);
        }
        sink.write(batch)
    }

    fn start_writing(&mut self) -> Result<(), TransformError> {
        self.mode = match std::mem::replace(&mut self.mode, Mode::Learning) {
            Mode::Ready(sink) => {
                self.written_offsets = self.columns.iter().map(|column| column.offsets).collect();
                self.treated = vec![Treated::default(); self.columns.len()];
                let schema = schema_of(&self.names, &self.columns);
                sink.begin(&schema, &self.workers)?;
                Mode::Writing(sink, schema)
            }
            other => other,
        };
        Ok(())
    }

    /// Hands on the last rows, and says that there are no more.
    pub(crate) fn finish(&mut self) -> Result<(), TransformError> {
        self.flush()?;
        match std::mem::replace(&mut self.mode, Mode::Learning) {
            Mode::Writing(sink, _) => sink.finish(),
            Mode::Ready(_) | Mode::Learning => Ok(()),
        }
    }

    /// Whether rows were not written, or not as all rows together ask for.
    pub(crate) fn needs_another_pass(&self) -> bool {
        self.is_learning() || !self.personal.as_ref().is_none_or(Personal::is_borne_out)
    }

    /// The columns as all rows have shown them in this pass.
    pub(crate) fn learnt(&self, passes: u32, header_absent: bool) -> Result<Learnt, TransformError> {
        if self.columns.len() != self.names.len() {
            return Err(TransformError::Internal(
                "columns without a name were learnt".to_owned(),
            ));
        }
        let mut classes = self.personal.iter().flat_map(Personal::decided);
        let column = |(name, column): (&String, &Column)| {
            let inference = if self.is_declared {
                Inference::declared(column.widened_type(), column.is_zoned())
            } else {
                column.evidence.infer()
            };
            LearntColumn {
                name: name.clone(),
                inference,
                class: classes.next().flatten(),
            }
        };
        Ok(Learnt {
            columns: self.names.iter().zip(&self.columns).map(column).collect(),
            passes,
            header_absent,
            is_classified: self.personal.is_some(),
        })
    }

    /// How the columns differ from those of a registered schema, in words.
    pub(crate) fn changes_in_words(&self, rule: &TableRule) -> Vec<String> {
        let types = self.columns.iter().map(Column::widened_type);
        registered::changes_in_words(rule, &self.names, types)
    }

    /// What is said of each column. What was treated is known once all is written.
    pub(crate) fn summaries(&self) -> Vec<ColumnSummary> {
        let mut reports = self
            .personal
            .iter()
            .flat_map(|personal| personal.reports(&self.treated));
        let columns = self.names.iter().zip(&self.columns).enumerate();
        let summary = |(index, (name, column)): (usize, (&String, &Column))| {
            let emptied = self.treated.get(index).map_or(0, |treated| treated.emptied);
            ColumnSummary {
                name: name.clone(),
                field_type: column.field_type,
                zoned: column.field_type == FieldType::Datetime && column.offsets == Offsets::Zoned,
                missing: column.missing_so_far() + emptied,
                renamed_from: None,
                format: column.spelling.format(),
                kept_as_text: column.kept_as_text,
                na_seen: column.na_seen && !self.is_declared,
                personal: reports.next().flatten(),
            }
        };
        columns.map(summary).collect()
    }
}
