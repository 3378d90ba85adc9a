//! Columns being filled: cells of one batch after another are parsed into the vectors that Parquet is encoded from.

use std::marker::PhantomData;

use relay_model::FieldType;

use crate::bad_rows::{BadRow, BadRowReason};
use crate::cells::{Cell, CellKind, MissingValues, Syntax, parse_boolean};
use crate::evidence::Evidence;
use crate::numbers::{Decimal, parse_any_integer, parse_any_number, parse_canonical_integer, parse_decimal};
use crate::rows::RowBatch;
use crate::times::{parse_date, parse_datetime};

/// The values of a column; a row without a value has a zero or an empty text here.
#[derive(Debug)]
pub(crate) enum Values {
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Boolean(Vec<bool>),
    /// Days from 1970-01-01.
    Date(Vec<i32>),
    /// Microseconds from 1970-01-01T00:00:00.
    Datetime(Vec<i64>),
    String(Texts),
}

/// Texts end to end; text n ends at `ends[n]`.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) ends: Vec<u32>,
    pub(crate) bytes: Vec<u8>,
}

/// What is known of the offsets in a datetime column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offsets {
    /// There was no value yet.
    Undecided,
    Zoned,
    Local,
}

/// One column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) field_type: FieldType,
    /// Whether every row must have a value.
    pub(crate) required: bool,
    /// Whether types were declared: then spellings are read as Table Schema says, and what does not fit is a bad row.
    is_declared: bool,
    pub(crate) offsets: Offsets,
    pub(crate) values: Values,
    /// Whether a row has a value.
    pub(crate) present: Vec<bool>,
    /// Rows without a value, in all batches.
    pub(crate) missing: u64,
    /// The kinds of values, kept up as far as they cannot be told from the type.
    pub(crate) evidence: Evidence,
}

/// A row of the batch whose cell does not fit.
type Misfit = (usize, BadRowReason);

impl Column {
    pub(crate) fn declared(field_type: FieldType, required: bool, offsets: Offsets) -> Self {
        Self::new(field_type, required, true, offsets, Evidence::NONE)
    }

    pub(crate) fn inferred(field_type: FieldType, zoned: bool, evidence: Evidence) -> Self {
        let offsets = if zoned { Offsets::Zoned } else { Offsets::Local };
        Self::new(field_type, false, false, offsets, evidence)
    }

    fn new(field_type: FieldType, required: bool, is_declared: bool, offsets: Offsets, evidence: Evidence) -> Self {
        let values = Values::new(field_type);
        Self {
            field_type,
            required,
            is_declared,
            offsets,
            values,
            present: Vec::new(),
            missing: 0,
            evidence,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.present.len()
    }

    /// Roughly what the values need, in bytes.
    pub(crate) fn size_bytes(&self) -> usize {
        let width = match &self.values {
            Values::Integer(_) | Values::Number(_) | Values::Datetime(_) => 8,
            Values::Date(_) => 4,
            Values::Boolean(_) => 1,
            Values::String(texts) => return texts.bytes.len() + 5 * self.present.len(),
        };
        (width + 1) * self.present.len()
    }

    /// Parses the cells of column `index`. Cells that do not fit have a place like any other, and go to `misfits`.
    pub(crate) fn append<S: Syntax>(
        &mut self,
        data: &[u8],
        batch: &RowBatch,
        index: usize,
        missing: &MissingValues,
        misfits: &mut Vec<Misfit>,
    ) {
        let Self {
            values,
            present,
            required,
            is_declared,
            offsets,
            ..
        } = self;
        let (is_declared, required) = (*is_declared, *required);
        let mut filler = Filler::<S> {
            data,
            batch,
            index,
            missing,
            required,
            present,
            misfits,
            syntax: PhantomData,
        };
        match values {
            Values::Integer(values) => {
                let first = values.len();
                if is_declared {
                    filler.fill(values, 0, FieldType::Integer, |cell| match cell.kind {
                        CellKind::Csv | CellKind::JsonNumber => parse_any_integer(&cell.text),
                        _ => None,
                    });
                } else {
                    filler.fill(values, 0, FieldType::Integer, |cell| match cell.kind {
                        CellKind::Csv | CellKind::JsonNumber => parse_canonical_integer(&cell.text),
                        _ => None,
                    });
                }
                let large = values[first..]
                    .iter()
                    .fold(false, |large, value| large | is_large(*value));
                self.evidence
                    .add(if large { Evidence::LARGE_INTEGER } else { Evidence::NONE });
            }
            Values::Number(values) if is_declared => filler.fill(values, 0.0, FieldType::Number, declared_number),
            Values::Number(values) => filler.fill(values, 0.0, FieldType::Number, inferred_number),
            Values::Boolean(values) => filler.fill(values, false, FieldType::Boolean, |cell| {
                parse_boolean(cell.kind, &cell.text)
            }),
            Values::Date(values) => filler.fill(values, 0, FieldType::Date, |cell| {
                is_text(cell).then(|| parse_date(&cell.text)).flatten()
            }),
            Values::Datetime(values) => filler.fill_datetimes(values, offsets),
            Values::String(texts) => {
                let first = texts.ends.len();
                filler.fill_texts(texts);
                // A column that had no values is text for want of evidence; here some is.
                if !is_declared && self.evidence == Evidence::NONE {
                    let found = self.present[first..].iter().position(|present| *present);
                    misfits.extend(found.map(|row| (row, BadRowReason::NotADatetime)));
                }
            }
        }
    }

    /// Takes rows out again; `keep` is for the last rows of the column.
    pub(crate) fn retain_last(&mut self, keep: &[bool]) {
        let first = self.present.len() - keep.len();
        match &mut self.values {
            Values::Integer(values) | Values::Datetime(values) => retain_from(values, first, keep),
            Values::Number(values) => retain_from(values, first, keep),
            Values::Boolean(values) => retain_from(values, first, keep),
            Values::Date(values) => retain_from(values, first, keep),
            Values::String(texts) => texts.retain_from(first, keep),
        }
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

const fn is_text(cell: &Cell<'_>) -> bool {
    matches!(cell.kind, CellKind::Csv | CellKind::JsonString)
}

// JSON has no spelling for the three special numbers, so they come as strings.
fn declared_number(cell: &Cell<'_>) -> Option<f64> {
    match cell.kind {
        CellKind::Csv | CellKind::JsonNumber => parse_any_number(&cell.text),
        CellKind::JsonString if matches!(&*cell.text, b"NaN" | b"INF" | b"-INF") => parse_any_number(&cell.text),
        _ => None,
    }
}

fn inferred_number(cell: &Cell<'_>) -> Option<f64> {
    let is_json = match cell.kind {
        CellKind::Csv => false,
        CellKind::JsonNumber => true,
        _ => return None,
    };
    match parse_decimal(&cell.text, is_json)? {
        Decimal::Whole(value) | Decimal::Fraction(value) => Some(value),
        Decimal::Large => None,
    }
}

impl Values {
    const fn new(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Integer => Self::Integer(Vec::new()),
            FieldType::Number => Self::Number(Vec::new()),
            FieldType::Boolean => Self::Boolean(Vec::new()),
            FieldType::Date => Self::Date(Vec::new()),
            FieldType::Datetime => Self::Datetime(Vec::new()),
            FieldType::String => Self::String(Texts {
                ends: Vec::new(),
                bytes: Vec::new(),
            }),
        }
    }
}

impl Texts {
    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
    }

    fn retain_from(&mut self, first: usize, keep: &[bool]) {
        let begin = first.checked_sub(1).map_or(0, |before| self.ends[before]);
        let ends = self.ends.split_off(first);
        let bytes = self.bytes.split_off(begin as usize);
        let mut start = 0;
        for (end, keep) in ends.into_iter().zip(keep) {
            let end = (end - begin) as usize;
            if *keep {
                self.push(&bytes[start..end]);
            }
            start = end;
        }
    }
}

fn retain_from<T: Copy>(values: &mut Vec<T>, first: usize, keep: &[bool]) {
    let mut kept = first;
    for (offset, keep) in keep.iter().enumerate() {
        values[kept] = values[first + offset];
        kept += usize::from(*keep);
    }
    values.truncate(kept);
}

struct Filler<'a, S> {
    data: &'a [u8],
    batch: &'a RowBatch,
    index: usize,
    missing: &'a MissingValues,
    required: bool,
    present: &'a mut Vec<bool>,
    misfits: &'a mut Vec<Misfit>,
    syntax: PhantomData<S>,
}

impl<S: Syntax> Filler<'_, S> {
    #[inline]
    fn fill<T: Copy>(
        &mut self,
        values: &mut Vec<T>,
        nothing: T,
        field_type: FieldType,
        parse: impl Fn(&Cell<'_>) -> Option<T>,
    ) {
        values.reserve(self.batch.rows());
        self.present.reserve(self.batch.rows());
        for (row, (start, end)) in self.batch.column(self.index).enumerate() {
            let cell = S::decode(&self.data[start as usize..end as usize]);
            let value = parse(&cell);
            // Nothing that a parser reads is missing, unless a schema says so, as with -999.
            let is_missing = self.missing.is_missing(cell.kind, &cell.text);
            let is_present = value.is_some() && !is_missing;
            values.push(if is_present { value.unwrap_or(nothing) } else { nothing });
            self.present.push(is_present);
            if is_missing {
                self.note_missing(row);
            } else if value.is_none() {
                self.misfits.push((row, BadRowReason::not_a(field_type)));
            }
        }
    }

    fn fill_datetimes(&mut self, values: &mut Vec<i64>, offsets: &mut Offsets) {
        for (row, (start, end)) in self.batch.column(self.index).enumerate() {
            let cell = S::decode(&self.data[start as usize..end as usize]);
            let is_missing = self.missing.is_missing(cell.kind, &cell.text);
            let moment = if is_missing || !is_text(&cell) {
                None
            } else {
                parse_datetime(&cell.text)
            };
            values.push(moment.map_or(0, |moment| moment.micros));
            self.present.push(moment.is_some());
            match moment {
                None if is_missing => self.note_missing(row),
                None => self.misfits.push((row, BadRowReason::NotADatetime)),
                Some(moment) => {
                    let kind = if moment.zoned { Offsets::Zoned } else { Offsets::Local };
                    if *offsets == Offsets::Undecided {
                        *offsets = kind;
                    }
                    if *offsets != kind {
                        self.misfits.push((row, BadRowReason::MixedOffsets));
                    }
                }
            }
        }
    }

    fn fill_texts(&mut self, texts: &mut Texts) {
        texts.ends.reserve(self.batch.rows());
        for (row, (start, end)) in self.batch.column(self.index).enumerate() {
            let cell = S::decode(&self.data[start as usize..end as usize]);
            let is_missing = self.missing.is_missing(cell.kind, &cell.text);
            texts.push(if is_missing { b"" } else { &cell.text });
            self.present.push(!is_missing);
            if is_missing {
                self.note_missing(row);
            }
        }
    }

    #[cold]
    fn note_missing(&mut self, row: usize) {
        if self.required {
            self.misfits.push((row, BadRowReason::MissingRequired));
        }
    }
}

/// The bad rows that the misfits of one column make.
pub(crate) fn bad_rows_of(misfits: &mut Vec<Misfit>, batch: &RowBatch, column: usize, bad: &mut Vec<BadRow>) {
    bad.extend(misfits.drain(..).map(|(row, reason)| {
        let place = batch.places[row];
        BadRow {
            line: place.line,
            row: place.row,
            reason,
            column: Some(column),
        }
    }));
}
