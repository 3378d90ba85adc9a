//! One pass over a table: the format is told, columns are settled, rows are read batch by batch.

use std::io::Read;

use relay_model::{ColumnNames, Reason, ReasonCode, SchemaChanges, TableLimits, TableReading, TableSummary};

use crate::bad_rows::{BadRow, BadRowLog, bad_row_limit};
use crate::blocks::Blocks;
use crate::cells::{CsvSyntax, JsonSyntax, MissingValues, TypedSyntax};
use crate::column_builders::{ColumnBuilders, Filled};
use crate::csv_rows::{CsvRows, Header, SkippedLines};
use crate::ending::{Ending, Stop};
use crate::evidence::Evidence;
use crate::heading::{HEADING_ROWS_MAX, Heading, HeadingCheck};
use crate::json_rows::JsonRows;
use crate::outcome::{TableOutputs, TransformError};
use crate::personal::Personal;
use crate::plan::{ColumnPlan, Compression, TableFormat, TablePlan};
use crate::rows::{Found, Malformed, RowBatch, RowLimits, Window};
use crate::sniff::SKIPPED_LINES_NAMED_MAX;
use crate::text_source::Recognition;
use crate::typing::{self, SAMPLE_BYTES_MAX};
use crate::unpack::BLOCK_BYTES;
use crate::workers::Workers;

/// The most rows that are parsed at a time: their cells should stay in the cache.
const PARSE_ROWS_MAX: usize = 2_048;
/// The most cells that are parsed at a time.
const PARSE_CELLS_MAX: usize = 64 * 1024;

/// Where a row starts: in the window, and on which line.
#[derive(Clone, Copy)]
struct RowStart {
    at: usize,
    line: u64,
}

/// The readers of rows.
enum Rows {
    Csv(CsvRows),
    Json(JsonRows),
}

/// A pass over the text of a table, from its beginning to an ending.
pub(crate) struct Run<'a> {
    plan: &'a TablePlan,
    limits: &'a TableLimits,
    window: Window,
    recognition: Recognition,
    format: Option<TableFormat>,
    /// Lines that were left out among the rows.
    skipped: SkippedLines,
    /// Whether the first row is one of values.
    header_absent: bool,
    /// What columns were called that have another name now.
    renamed: Vec<Option<String>>,
    missing: MissingValues,
    log: BadRowLog<'a>,
    pub(crate) filling: ColumnBuilders<'a>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        plan: &'a TablePlan,
        limits: &'a TableLimits,
        recognition: Recognition,
        outputs: TableOutputs<'a>,
        workers: Workers,
    ) -> Self {
        let TableOutputs { rows, bad_rows } = outputs;
        let is_declared = !matches!(plan.columns, ColumnPlan::Inferred);
        let redactor = plan.redactor.clone();
        let personal = redactor.map(|redactor| Personal::new(redactor, plan.learnt.as_ref()));
        Self {
            plan,
            limits,
            window: Window::default(),
            recognition,
            format: None,
            skipped: SkippedLines::default(),
            header_absent: false,
            renamed: Vec::new(),
            missing: typing::missing_values(&plan.columns),
            log: BadRowLog::new(bad_rows),
            filling: ColumnBuilders::new(is_declared, personal, rows, workers),
        }
    }

    pub(crate) fn drive<R: Read + Send>(&mut self, blocks: &mut Blocks<'_, '_, R>) -> Result<(), Stop> {
        let format = self.find_format(blocks)?;
        self.format = Some(format);
        let mut rows = match format {
            TableFormat::Csv { .. } | TableFormat::Workbook | TableFormat::Parquet => {
                let mut rows = CsvRows::new(format, self.comment());
                let names = match self.names_without_header() {
                    Some(names) => names,
                    None => self.read_names(&mut rows, format, blocks)?,
                };
                typing::check_names(&names, self.plan, self.limits)?;
                self.settle_columns(format, names, blocks)?;
                Rows::Csv(rows)
            }
            TableFormat::JsonLines | TableFormat::JsonArray => {
                self.settle_columns(format, Vec::new(), blocks)?;
                let is_open = match &self.plan.columns {
                    ColumnPlan::Inferred => true,
                    ColumnPlan::Declared(table) => table.rule().changes == SchemaChanges::Compatible,
                    ColumnPlan::Described(_) => false,
                };
                let is_array = format == TableFormat::JsonArray;
                Rows::Json(JsonRows::new(&self.filling.names, is_open, is_array))
            }
        };
        let read = self.read_rows(&mut rows, format, blocks);
        if let Rows::Csv(rows) = &mut rows {
            self.skipped = std::mem::take(&mut rows.skipped);
        }
        read?;
        if self.filling.names.is_empty() {
            return Err(Stop::Ending(Ending::NotATable("no JSON object has a key".into())));
        }
        if let Some(reason) = self.log.share_exceeded(self.filling.rows, self.limits) {
            return Err(reason.into());
        }
        if self.filling.needs_another_pass() {
            return Err(Stop::Ending(Ending::AnotherPass(
                self.filling.learnt(self.pass(), self.header_absent)?,
            )));
        }
        Ok(())
    }

    fn find_format<R: Read + Send>(&mut self, blocks: &mut Blocks<'_, '_, R>) -> Result<TableFormat, Stop> {
        self.window.load_to(BLOCK_BYTES, blocks)?;
        self.window.skip_byte_order_mark();
        match &self.recognition {
            Recognition::Table(text) => Ok(text.format),
            Recognition::NotATable => Err(Stop::Ending(Ending::NotATable(
                "neither a workbook, Parquet nor rows of JSON, nor text in columns".into(),
            ))),
            Recognition::Unknown => loop {
                self.window.load(blocks)?;
                if self.window.is_last {
                    let text = "what could not be unpacked was unpacked";
                    return Err(TransformError::Internal(text.to_owned()).into());
                }
            },
        }
    }

    const fn comment(&self) -> Option<u8> {
        match &self.recognition {
            Recognition::Table(text) => text.comment,
            Recognition::NotATable | Recognition::Unknown => None,
        }
    }

    // What stands between fields, in the text as it was sent.
    fn delimiter(&self, format: TableFormat) -> Option<String> {
        let told = match &self.recognition {
            Recognition::Table(text) => text.reading.as_ref().and_then(|reading| reading.delimiter.clone()),
            Recognition::NotATable | Recognition::Unknown => None,
        };
        let of_dialect = self.plan.dialect.as_ref().map(|dialect| dialect.syntax.delimiter);
        let delimiter = match format {
            TableFormat::Csv { delimiter } => Some(of_dialect.unwrap_or(delimiter)),
            _ => None,
        };
        told.or_else(|| delimiter.map(|delimiter| char::from(delimiter).to_string()))
    }

    // What the content told of how it is to be read, and what was left out among its rows.
    fn reading(&self) -> Option<TableReading> {
        let Recognition::Table(text) = &self.recognition else {
            return None;
        };
        let mut reading = text.reading.clone()?;
        reading.skipped_lines += self.skipped.count;
        reading.first_skipped_lines.extend(&self.skipped.first);
        reading.first_skipped_lines.truncate(SKIPPED_LINES_NAMED_MAX);
        reading.header_line = reading.header_line.filter(|_| !self.header_absent);
        Some(reading)
    }

    // Where the text has none, the schema names the columns.
    fn names_without_header(&self) -> Option<Vec<String>> {
        if self
            .plan
            .dialect
            .as_ref()
            .is_none_or(|dialect| dialect.syntax.has_header)
        {
            return None;
        }
        match &self.plan.columns {
            ColumnPlan::Declared(table) => {
                let fields = table.rule().schema.fields.iter();
                Some(fields.map(|field| field.name.clone()).collect())
            }
            ColumnPlan::Described(schema) => Some(typing::field_names(schema)),
            ColumnPlan::Inferred => None,
        }
    }

    // The names of the columns, and the rows behind them; where the first row turns out to be one of values, all rows.
    fn read_names<R: Read + Send>(
        &mut self,
        rows: &mut CsvRows,
        format: TableFormat,
        blocks: &mut Blocks<'_, '_, R>,
    ) -> Result<Vec<String>, Stop> {
        let (names, start) = self.read_header(rows, blocks)?;
        // A schema names its columns, and the dialect of a Data Package says whether there is a header.
        if !matches!(self.plan.columns, ColumnPlan::Inferred) || self.plan.dialect.is_some() {
            return Ok(names);
        }
        let heading = match &self.plan.learnt {
            // The names stand in the file's metadata.
            _ if format == TableFormat::Parquet => Heading::Names,
            Some(learnt) if learnt.header_absent => Heading::Row,
            Some(_) => Heading::Names,
            None => {
                self.begin_again(rows, format, start);
                self.window.load_to(SAMPLE_BYTES_MAX, blocks)?;
                let start = RowStart {
                    at: self.window.start,
                    ..start
                };
                let (mut names, _) = self.read_header(rows, blocks)?;
                let first = names.clone();
                let mut check = HeadingCheck::new(&first);
                let text = (format, self.comment());
                let missing = &self.missing;
                let look = |_: &[String], data: &[u8], batch: &RowBatch| check.observe(data, batch, missing);
                typing::sample(
                    &mut self.window,
                    text,
                    &mut names,
                    false,
                    HEADING_ROWS_MAX,
                    self.limits,
                    look,
                );
                let heading = check.judge();
                if heading == Heading::Row {
                    self.begin_again(rows, format, start);
                }
                heading
            }
        };
        match heading {
            Heading::Names if self.limits.column_names == ColumnNames::Rename => {
                let (names, renamed) = typing::named(names);
                self.renamed = renamed;
                Ok(names)
            }
            Heading::Names => Ok(names),
            Heading::Row => {
                if self.plan.learnt.is_some() {
                    self.begin_again(rows, format, start);
                }
                self.header_absent = true;
                if let Some(personal) = &mut self.filling.personal {
                    personal.is_nameless = true;
                }
                Ok((1..=names.len()).map(|number| format!("column_{number}")).collect())
            }
            Heading::Unknown(text) => Err(Reason::new(ReasonCode::TableHeaderUnknown, text).into()),
        }
    }

    fn begin_again(&mut self, rows: &mut CsvRows, format: TableFormat, start: RowStart) {
        self.window.rewind(start.at);
        *rows = CsvRows::new(format, self.comment()).beginning_on(start.line);
    }

    // The first row, and where it starts in the window.
    fn read_header<R: Read + Send>(
        &mut self,
        rows: &mut CsvRows,
        blocks: &mut Blocks<'_, '_, R>,
    ) -> Result<(Vec<String>, RowStart), Stop> {
        loop {
            let start = RowStart {
                at: self.window.start,
                line: rows.line(),
            };
            match rows.read_header(&mut self.window, self.limits.row_bytes_max) {
                Header::Names(names) => return Ok((names, start)),
                Header::Unfinished => self.window.load_more(blocks)?,
                Header::Absent => return Err(Stop::Ending(Ending::NotATable("there is no header line".into()))),
                Header::EndUnknown { line } => return Err(end_unknown(line).into()),
                Header::Broken { line } => {
                    let text = format!("the header, on line {line}, has broken quotes or is not UTF-8");
                    return Err(Stop::Ending(Ending::NotATable(text.into())));
                }
                Header::TooLong { line } => {
                    let text = format!(
                        "the header, on line {line}, is longer than {} bytes (row_bytes_max)",
                        self.limits.row_bytes_max
                    );
                    return Err(Reason::new(ReasonCode::TableHeaderTooLong, text).into());
                }
            }
        }
    }

    // Names and types: declared, learnt by an earlier pass, or as the first rows suggest.
    fn settle_columns<R: Read + Send>(
        &mut self,
        format: TableFormat,
        mut names: Vec<String>,
        blocks: &mut Blocks<'_, '_, R>,
    ) -> Result<(), Stop> {
        if let Some(learnt) = &self.plan.learnt
            && learnt.is_classified != self.plan.redactor.is_some()
        {
            let text = "two passes are to treat personal data differently".to_owned();
            return Err(TransformError::Internal(text).into());
        }
        let known = typing::known_columns(self.plan, &names);
        if let Some((known, _)) = &known {
            if format.delimiter().is_some() && *known != names {
                return Err(changed().into());
            }
            names.clone_from(known);
        }
        let mut evidence = Vec::new();
        let is_open = known.is_none();
        if self.plan.learnt.is_none() && (is_open || self.filling.personal.is_some()) {
            self.window.load_to(SAMPLE_BYTES_MAX, blocks)?;
            let comment = self.comment();
            let nothing_seen = Evidence::between(self.delimiter(format).as_deref());
            let (missing, personal) = (&self.missing, &mut self.filling.personal);
            let look = |names: &[String], data: &[u8], batch: &RowBatch| {
                if is_open {
                    evidence.resize(names.len(), nothing_seen);
                    typing::observe_all(&mut evidence, format, data, batch, missing);
                }
                if let Some(personal) = personal {
                    personal.add_columns(names);
                    personal.observe_all(format, data, batch, (!is_open).then_some(missing));
                }
            };
            let text = (format, comment);
            let rows_max = typing::SAMPLE_ROWS_MAX;
            typing::sample(&mut self.window, text, &mut names, is_open, rows_max, self.limits, look);
            typing::check_names(&names, self.plan, self.limits)?;
        }
        let columns = match known {
            Some((_, columns)) => columns,
            None => evidence.into_iter().map(typing::column_of).collect(),
        };
        self.filling.set_columns(names, columns);
        Ok(())
    }

    fn read_rows<R: Read + Send>(
        &mut self,
        rows: &mut Rows,
        format: TableFormat,
        blocks: &mut Blocks<'_, '_, R>,
    ) -> Result<(), Stop> {
        let mut batch = RowBatch::default();
        loop {
            let columns = self.filling.names.len();
            let cells_max = PARSE_CELLS_MAX / columns.max(1);
            let rows_max = cells_max.min(self.filling.rows_wanted()).clamp(1, PARSE_ROWS_MAX);
            let row_limits = RowLimits {
                rows_max,
                row_bytes_max: self.limits.row_bytes_max,
            };
            batch.reset(columns);
            let found = match rows {
                Rows::Csv(rows) => rows.read_batch(&mut self.window, row_limits, &mut batch),
                Rows::Json(rows) => rows.read_batch(&mut self.window, row_limits, &mut batch),
            };
            if !batch.is_empty() {
                self.take_batch(format, &mut batch)?;
            }
            match found {
                Found::Rows => {}
                Found::NewKeys(keys) => {
                    self.add_keys(&keys)?;
                    if let Rows::Json(rows) = rows {
                        rows.add_keys(&keys);
                    }
                }
                Found::NeedsMore => self.window.load_more(blocks)?,
                Found::End => return Ok(()),
                Found::EndUnknown { line } => return Err(end_unknown(line).into()),
                Found::Malformed(malformed) => return Err(not_rows(malformed).into()),
                Found::NoTable => {
                    return Err(Stop::Ending(Ending::NotATable(
                        "the JSON document holds more than one array of objects".into(),
                    )));
                }
            }
        }
    }

    fn take_batch(&mut self, format: TableFormat, batch: &mut RowBatch) -> Result<(), Stop> {
        let data = &self.window.data;
        let filled = match format {
            TableFormat::JsonLines | TableFormat::JsonArray => {
                self.filling.fill::<JsonSyntax>(data, batch, &self.missing)
            }
            TableFormat::Csv { .. } if batch.has_quotes => {
                self.filling.fill::<CsvSyntax<true>>(data, batch, &self.missing)
            }
            TableFormat::Csv { .. } => self.filling.fill::<CsvSyntax<false>>(data, batch, &self.missing),
            TableFormat::Workbook | TableFormat::Parquet => {
                self.filling.fill::<TypedSyntax>(data, batch, &self.missing)
            }
        };
        if filled == Filled::Contradiction {
            self.start_learning()?;
        }
        if self.filling.is_learning() {
            self.filling.learn(format, &self.window.data, batch, &self.missing);
        }
        if let Some(BadRow { row, .. }) = self.log.record(&mut batch.bad, &self.filling.names, self.limits)? {
            self.filling.rows = row - self.log.count;
            return Err(bad_row_limit(self.limits).into());
        }
        Ok(self.filling.flush_if_full()?)
    }

    fn start_learning(&mut self) -> Result<(), TransformError> {
        if self.plan.learnt.is_some() {
            return Err(changed());
        }
        self.filling.start_learning();
        Ok(())
    }

    fn add_keys(&mut self, keys: &[String]) -> Result<(), Stop> {
        if !self.filling.is_learning() {
            self.start_learning()?;
        }
        // Before they are columns: what a table is set aside for is not told by its summary.
        let names = [self.filling.names.as_slice(), keys].concat();
        typing::check_names(&names, self.plan, self.limits)?;
        self.filling.add_columns(keys);
        Ok(())
    }

    // From 1.
    fn pass(&self) -> u32 {
        self.plan.learnt.as_ref().map_or(1, |learnt| learnt.passes + 1)
    }

    // Finishes the outputs, and sums up.
    pub(crate) fn end<R: Read + Send>(
        mut self,
        ending: Ending,
        blocks: &Blocks<'_, '_, R>,
    ) -> Result<(Ending, Option<TableSummary>), TransformError> {
        self.log.flush()?;
        if matches!(ending, Ending::Complete) {
            self.filling.finish()?;
        }
        let summary = self.format.filter(|_| !self.filling.names.is_empty());
        let summary = summary.map(|format| self.summary(format, blocks.compression(), blocks.unpacked_bytes));
        Ok((ending, summary))
    }

    fn summary(&self, format: TableFormat, compression: Compression, unpacked_bytes: u64) -> TableSummary {
        let rule = match &self.plan.columns {
            ColumnPlan::Declared(table) => Some(table.rule()),
            ColumnPlan::Described(_) | ColumnPlan::Inferred => None,
        };
        let mut columns = self.filling.summaries();
        for (column, renamed) in columns.iter_mut().zip(&self.renamed) {
            column.renamed_from.clone_from(renamed);
        }
        TableSummary {
            header_absent: self.header_absent,
            format: format.name().to_owned(),
            compression: compression.name().to_owned(),
            reading: self.reading(),
            schema_version: rule.map(|rule| rule.version),
            schema_changes: rule.map_or_else(Vec::new, |rule| self.filling.changes_in_words(rule)),
            schema_declared: !matches!(self.plan.columns, ColumnPlan::Inferred),
            rows: self.filling.rows,
            bad_rows: self.log.count,
            first_bad_rows: self.log.noted.clone(),
            columns,
            unpacked_bytes,
            passes: self.pass(),
        }
    }
}

fn end_unknown(line: u64) -> Reason {
    let text = format!(
        "it is not certain where the row ends that starts on line {line}: a quote is never closed or stands undoubled within a quoted cell, or a carriage return stands outside quotes"
    );
    Reason::new(ReasonCode::TableRowEndUnknown, text)
}

fn not_rows(malformed: Malformed) -> Reason {
    let Malformed { line, what } = malformed;
    Reason::new(ReasonCode::TableJsonMalformed, format!("line {line}: {what}"))
}

fn changed() -> TransformError {
    TransformError::Internal("the table is not the one that the first pass read".to_owned())
}
