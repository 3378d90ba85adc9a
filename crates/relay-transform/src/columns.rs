//! Columns being filled: cells of one batch after another are parsed into the vectors that Parquet is encoded from.

use std::marker::PhantomData;
use std::sync::Arc;

use relay_frictionless::{FieldReader, PhysicalType, SchemaReader, parse_date, parse_time};
use relay_model::{FieldType, KeptAsText};

use crate::bad_rows::{BadRow, BadRowReason};
use crate::cell_parser::{CellParser, declared_number, inferred_number, is_text};
use crate::cells::{CellKind, MissingValues, Syntax, parse_boolean};
use crate::evidence::{Evidence, Inference};
use crate::redaction::Treating;
use crate::rows::RowBatch;
use crate::spelling::{Spelling, read_date, read_minutes, read_yes_no};
use crate::values::{Values, retain_from};

/// What is known of the offsets in a datetime column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offsets {
    /// There was no value yet.
    Undecided,
    Zoned,
    Local,
}

/// How the cells of a column are read.
#[derive(Clone, Debug)]
enum Reading {
    /// Without loss, as the type that was inferred of them.
    Inferred,
    /// In the spellings of Table Schema, as a type that an organization has declared; what does not fit is a bad row.
    Declared,
    /// As this field of a table schema of its own; what does not fit is a bad row.
    Described(Arc<SchemaReader>, usize),
}

impl Reading {
    fn field(&self) -> Option<&FieldReader> {
        match self {
            Self::Described(schema, field) => schema.fields().get(*field),
            Self::Inferred | Self::Declared => None,
        }
    }
}

/// One column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) field_type: FieldType,
    /// Whether every row must have a value.
    pub(crate) required: bool,
    reading: Reading,
    pub(crate) offsets: Offsets,
    pub(crate) values: Values,
    /// Whether a row has a value.
    pub(crate) present: Vec<bool>,
    /// Rows without a value, in all batches.
    pub(crate) missing: u64,
    /// The kinds of values, kept up as far as they cannot be told from the type.
    pub(crate) evidence: Evidence,
    besides: ShadowColumn,
    widening: Widening,
    /// What becomes of the values on their way to Parquet.
    pub(crate) treating: Treating,
    /// How inferred values are written.
    pub(crate) spelling: Spelling,
    /// Why inferred dates are text.
    pub(crate) kept_as_text: Option<KeptAsText>,
    /// Whether a cell says `NA`.
    pub(crate) na_seen: bool,
}

/// Whether a declared column of whole numbers may turn out to have decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Widening {
    No,
    /// It may, and has not so far.
    Possible,
    /// It has.
    Seen,
}

/// What is looked at in the cells of a column besides what is written of them.
#[derive(Debug)]
enum ShadowColumn {
    Nothing,
    /// Their kinds: the column is text because it is treated, and may turn out to be another.
    Evidence,
    /// Whether they fit the declared type, although text is written.
    Declared(Box<Column>),
}

/// A row of the batch whose cell does not fit.
pub(crate) type CellError = (usize, BadRowReason);

impl Column {
    pub(crate) fn declared(field_type: FieldType, required: bool, offsets: Offsets) -> Self {
        Self::new(field_type, required, Reading::Declared, offsets, Evidence::NONE)
    }

    /// The same column, of which decimals are no bad rows but ask for another pass.
    pub(crate) fn may_widen(mut self) -> Self {
        if self.field_type == FieldType::Integer {
            self.widening = Widening::Possible;
        }
        self
    }

    /// Whether decimals were met among whole numbers.
    pub(crate) fn is_wider(&self) -> bool {
        match &self.besides {
            ShadowColumn::Declared(column) => column.is_wider(),
            ShadowColumn::Nothing | ShadowColumn::Evidence => self.widening == Widening::Seen,
        }
    }

    /// The type that all values have shown so far. Whole numbers that a double does not hold stay what they are.
    pub(crate) fn widened_type(&self) -> FieldType {
        match &self.besides {
            ShadowColumn::Declared(column) => column.widened_type(),
            ShadowColumn::Nothing | ShadowColumn::Evidence
                if self.widening == Widening::Seen && self.evidence != Evidence::LARGE_INTEGER =>
            {
                FieldType::Number
            }
            ShadowColumn::Nothing | ShadowColumn::Evidence => self.field_type,
        }
    }

    /// The column of a field; nothing if the schema has no such field.
    pub(crate) fn described(schema: &Arc<SchemaReader>, field: usize, offsets: Offsets) -> Option<Self> {
        let reader = schema.fields().get(field)?;
        let field_type = match reader.physical_type() {
            PhysicalType::Integer => FieldType::Integer,
            PhysicalType::Number => FieldType::Number,
            PhysicalType::Boolean => FieldType::Boolean,
            PhysicalType::Date => FieldType::Date,
            PhysicalType::Time => FieldType::Time,
            PhysicalType::Datetime => FieldType::Datetime,
            PhysicalType::Text => FieldType::String,
        };
        let reading = Reading::Described(Arc::clone(schema), field);
        Some(Self::new(
            field_type,
            reader.is_required(),
            reading,
            offsets,
            Evidence::NONE,
        ))
    }

    pub(crate) fn inferred(inference: Inference, evidence: Evidence) -> Self {
        let offsets = if inference.zoned {
            Offsets::Zoned
        } else {
            Offsets::Local
        };
        Self {
            spelling: inference.spelling,
            kept_as_text: inference.kept_as_text,
            ..Self::new(inference.field_type, false, Reading::Inferred, offsets, evidence)
        }
    }

    fn new(field_type: FieldType, required: bool, reading: Reading, offsets: Offsets, evidence: Evidence) -> Self {
        let values = Values::new(field_type);
        Self {
            field_type,
            required,
            reading,
            offsets,
            values,
            present: Vec::new(),
            missing: 0,
            evidence,
            besides: ShadowColumn::Nothing,
            widening: Widening::No,
            treating: Treating::Nothing,
            spelling: Spelling::Default,
            kept_as_text: None,
            na_seen: false,
        }
    }

    /// The same column, treated. As a whole that makes it text, of which a declared type is asked all the same.
    pub(crate) fn treated(self, treating: Treating) -> Self {
        let column = match treating {
            Treating::Whole(..) => self.into_text(),
            Treating::Nothing | Treating::EmbeddedMatches(_) => self,
        };
        Self { treating, ..column }
    }

    fn into_text(self) -> Self {
        let reading = match self.reading {
            Reading::Declared if self.field_type == FieldType::String => return self,
            Reading::Declared | Reading::Described(..) => Reading::Declared,
            Reading::Inferred => Reading::Inferred,
        };
        let is_inferred = matches!(reading, Reading::Inferred);
        let mut text = Self::new(FieldType::String, false, reading, Offsets::Local, self.evidence);
        text.besides = if is_inferred {
            ShadowColumn::Evidence
        } else {
            ShadowColumn::Declared(Box::new(self))
        };
        text
    }

    /// Whether the values are datetimes with an offset, whatever is written of them.
    pub(crate) fn is_zoned(&self) -> bool {
        match &self.besides {
            ShadowColumn::Declared(column) => column.is_zoned(),
            ShadowColumn::Nothing | ShadowColumn::Evidence => self.offsets == Offsets::Zoned,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.present.len()
    }

    /// Roughly what the values need, in bytes.
    pub(crate) fn size_bytes(&self) -> usize {
        let width = match &self.values {
            Values::Integer(_) | Values::Number(_) | Values::Datetime(_) | Values::Time(_) => 8,
            Values::Date(_) => 4,
            Values::Boolean(_) => 1,
            Values::String(texts) => return texts.bytes.len() + 5 * self.present.len(),
        };
        (width + 1) * self.present.len()
    }

    /// Parses the cells of column `index`. Cells that do not fit have a place like any other, and go to `cell errors`.
    pub(crate) fn append<S: Syntax>(
        &mut self,
        data: &[u8],
        batch: &RowBatch,
        index: usize,
        missing: &MissingValues,
        cell_errors: &mut Vec<CellError>,
    ) {
        match &mut self.besides {
            ShadowColumn::Nothing => {}
            ShadowColumn::Evidence => self.evidence.observe::<S>(data, batch, index, missing),
            ShadowColumn::Declared(column) => {
                column.append::<S>(data, batch, index, missing, cell_errors);
                column.clear();
            }
        }
        let Self {
            values,
            present,
            required,
            reading,
            offsets,
            spelling,
            na_seen,
            ..
        } = self;
        let (is_declared, required, spelling) = (matches!(reading, Reading::Declared), *required, *spelling);
        let mut cell_parser = CellParser::<S> {
            data,
            batch,
            index,
            missing,
            required,
            present,
            cell_errors,
            na_seen,
            syntax: PhantomData,
        };
        if let Some(field) = reading.field() {
            cell_parser.fill_described(field, values, offsets);
            return;
        }
        match values {
            Values::Integer(values) => {
                let first = values.len();
                let known = cell_parser.cell_errors.len();
                cell_parser.fill_integers(values, is_declared);
                if is_declared && self.widening != Widening::No && cell_parser.forgive_decimals(known) {
                    self.widening = Widening::Seen;
                }
                let large = values[first..]
                    .iter()
                    .fold(false, |large, value| large | is_large(*value));
                self.evidence
                    .add(if large { Evidence::LARGE_INTEGER } else { Evidence::NONE });
            }
            Values::Number(values) if is_declared => cell_parser.fill(values, 0.0, FieldType::Number, declared_number),
            Values::Number(values) => cell_parser.fill(values, 0.0, FieldType::Number, inferred_number),
            Values::Boolean(values) if spelling == Spelling::YesNo => {
                cell_parser.fill(values, false, FieldType::Boolean, |cell| match cell.kind {
                    CellKind::Csv => read_yes_no(&cell.text),
                    _ => None,
                });
            }
            Values::Boolean(values) => cell_parser.fill(values, false, FieldType::Boolean, |cell| {
                parse_boolean(cell.kind, &cell.text)
            }),
            Values::Date(values) => cell_parser.fill(values, 0, FieldType::Date, |cell| match spelling {
                _ if !is_text(cell) => None,
                Spelling::Calendar(shape, order) => read_date(&cell.text, shape, order),
                _ => parse_date(&cell.text),
            }),
            Values::Datetime(values) => cell_parser.fill_datetimes(values, offsets, spelling),
            Values::Time(values) => cell_parser.fill(values, 0, FieldType::Time, |cell| match spelling {
                _ if !is_text(cell) => None,
                Spelling::Minutes => read_minutes(&cell.text),
                _ => parse_time(&cell.text),
            }),
            Values::String(texts) => {
                cell_parser.fill_texts(texts, matches!(self.treating, Treating::Whole(..)));
                self.watch_texts::<S>(data, batch, index, missing, cell_errors);
            }
        }
    }

    // A column may be text for want of evidence: it had no values, or dates that can be read in two ways. Later ones may be
    // another type; then the first row of the batch stands for the contradiction.
    fn watch_texts<S: Syntax>(
        &mut self,
        data: &[u8],
        batch: &RowBatch,
        index: usize,
        missing: &MissingValues,
        cell_errors: &mut Vec<CellError>,
    ) {
        let is_inferred = matches!(self.reading, Reading::Inferred) && matches!(self.besides, ShadowColumn::Nothing);
        if !is_inferred || !self.evidence.is_open() {
            return;
        }
        self.evidence.observe::<S>(data, batch, index, missing);
        if self.evidence.is_typed() {
            cell_errors.push((0, BadRowReason::NotADatetime));
        }
        self.kept_as_text = self.evidence.infer().kept_as_text;
    }

    /// Takes rows out again; `keep` is for the last rows of the column.
    pub(crate) fn retain_last(&mut self, keep: &[bool]) {
        let first = self.present.len() - keep.len();
        self.values.retain_from(first, keep);
        retain_from(&mut self.present, first, keep);
    }

    /// The values so far, which leaves the column empty.
    pub(crate) fn take(&mut self) -> (Values, Vec<bool>) {
        let values = std::mem::replace(&mut self.values, Values::new(self.field_type));
        let present = std::mem::take(&mut self.present);
        self.missing += present.iter().filter(|present| !**present).count() as u64;
        (values, present)
    }

    /// Rows without a value, those not yet taken among them.
    pub(crate) fn missing_so_far(&self) -> u64 {
        self.missing + self.present.iter().filter(|present| !**present).count() as u64
    }

    /// Forgets the values so far, and the missing ones among them.
    pub(crate) fn clear(&mut self) {
        self.values = Values::new(self.field_type);
        self.present.clear();
    }
}

const fn is_large(value: i64) -> bool {
    matches!(Evidence::of_integer(value), Evidence::LARGE_INTEGER)
}

/// The bad rows that the cell errors of one column make.
pub(crate) fn bad_rows_of(cell_errors: &mut Vec<CellError>, batch: &RowBatch, column: usize, bad: &mut Vec<BadRow>) {
    bad.extend(cell_errors.drain(..).map(|(row, reason)| {
        let place = batch.places[row];
        BadRow {
            line: place.line,
            row: place.row,
            reason,
            column: Some(column),
        }
    }));
}
