//! From cells to values: one column of a batch at a time.

use std::marker::PhantomData;

use relay_frictionless::{CellRule, FieldReader, JsonKind, Value, parse_datetime};
use relay_model::FieldType;

use crate::bad_rows::BadRowReason;
use crate::cells::{Cell, CellKind, MissingValues, Syntax, is_special_number};
use crate::columns::{CellError, Offsets};
use crate::numbers::{Decimal, parse_any_integer, parse_any_number, parse_canonical_integer, parse_decimal};
use crate::rows::RowBatch;
use crate::spelling::{Spelling, read_moment};
use crate::values::{Texts, Values};

/// The cells of one column of a batch, and what they become.
pub(crate) struct CellParser<'a, S> {
    pub(crate) data: &'a [u8],
    pub(crate) batch: &'a RowBatch,
    pub(crate) index: usize,
    pub(crate) missing: &'a MissingValues,
    pub(crate) required: bool,
    pub(crate) present: &'a mut Vec<bool>,
    pub(crate) cell_errors: &'a mut Vec<CellError>,
    /// Whether a cell says `NA`, which inference reads in two ways.
    pub(crate) na_seen: &'a mut bool,
    pub(crate) syntax: PhantomData<S>,
}

impl<S: Syntax> CellParser<'_, S> {
    #[inline]
    pub(crate) fn fill<T: Copy>(
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
                *self.na_seen |= !cell.text.is_empty();
                self.note_missing(row);
            } else if value.is_none() {
                self.cell_errors.push((row, BadRowReason::not_a(field_type)));
            }
        }
    }

    /// Whole numbers, in any spelling of Table Schema where that is declared.
    pub(crate) fn fill_integers(&mut self, values: &mut Vec<i64>, is_declared: bool) {
        if is_declared {
            self.fill(values, 0, FieldType::Integer, |cell| match cell.kind {
                CellKind::Csv | CellKind::Text | CellKind::Typed | CellKind::JsonNumber => {
                    parse_any_integer(&cell.text)
                }
                _ => None,
            });
        } else {
            self.fill(values, 0, FieldType::Integer, |cell| match cell.kind {
                CellKind::Csv | CellKind::Typed | CellKind::JsonNumber => parse_canonical_integer(&cell.text),
                _ => None,
            });
        }
    }

    /// Takes numbers that are not whole out of the cell errors from `known` on; whether there were any.
    pub(crate) fn forgive_decimals(&mut self, known: usize) -> bool {
        let mut later = self.cell_errors.split_off(known);
        let before = later.len();
        later.retain(|(row, _)| {
            let (start, end) = self.batch.cells[row * self.batch.columns + self.index];
            let cell = S::decode(&self.data[start as usize..end as usize]);
            self.missing.is_missing(cell.kind, &cell.text) || declared_number(&cell).is_none()
        });
        let has_forgiven = later.len() < before;
        self.cell_errors.append(&mut later);
        has_forgiven
    }

    pub(crate) fn fill_datetimes(&mut self, values: &mut Vec<i64>, offsets: &mut Offsets, spelling: Spelling) {
        for (row, (start, end)) in self.batch.column(self.index).enumerate() {
            let cell = S::decode(&self.data[start as usize..end as usize]);
            let is_missing = self.missing.is_missing(cell.kind, &cell.text);
            let moment = if is_missing || !is_text(&cell) {
                None
            } else {
                match spelling {
                    Spelling::Calendar(shape, order) => read_moment(&cell.text, shape, order),
                    _ => parse_datetime(&cell.text),
                }
            };
            values.push(moment.map_or(0, |moment| moment.micros));
            self.present.push(moment.is_some());
            match moment {
                None if is_missing => {
                    *self.na_seen |= !cell.text.is_empty();
                    self.note_missing(row);
                }
                None => self.cell_errors.push((row, BadRowReason::NotADatetime)),
                Some(moment) => self.note_offset(row, moment.zoned, offsets),
            }
        }
    }

    /// Reads the cells as a field of a schema does. Every value of the field is of the type that `values` has.
    pub(crate) fn fill_described(&mut self, field: &FieldReader, values: &mut Values, offsets: &mut Offsets) {
        self.present.reserve(self.batch.rows());
        for (row, (start, end)) in self.batch.column(self.index).enumerate() {
            let cell = S::decode(&self.data[start as usize..end as usize]);
            let read = read_described(field, &cell);
            let value = match read {
                Ok(value) => value,
                Err(rule) => {
                    self.cell_errors.push((row, BadRowReason::Cell(rule)));
                    None
                }
            };
            if let Some(Value::Datetime { zoned, .. }) = value {
                self.note_offset(row, zoned, offsets);
            }
            self.present.push(value.is_some());
            match values {
                Values::Integer(values) => values.push(if let Some(Value::Integer(value)) = value {
                    value
                } else {
                    0
                }),
                Values::Number(values) => values.push(if let Some(Value::Number(value)) = value {
                    value
                } else {
                    0.0
                }),
                Values::Boolean(values) => values.push(value == Some(Value::Boolean(true))),
                Values::Date(values) => values.push(if let Some(Value::Date(days)) = value { days } else { 0 }),
                Values::Time(values) => values.push(if let Some(Value::Time(micros)) = value {
                    micros
                } else {
                    0
                }),
                Values::Datetime(values) => values.push(match value {
                    Some(Value::Datetime { micros, .. }) => micros,
                    _ => 0,
                }),
                Values::String(texts) => texts.push(match &value {
                    Some(Value::Text(text)) => text,
                    _ => b"",
                }),
            }
        }
    }

    // One column holds datetimes of one kind.
    fn note_offset(&mut self, row: usize, zoned: bool, offsets: &mut Offsets) {
        let kind = if zoned { Offsets::Zoned } else { Offsets::Local };
        if *offsets == Offsets::Undecided {
            *offsets = kind;
        }
        if *offsets != kind {
            self.cell_errors.push((row, BadRowReason::MixedOffsets));
        }
    }

    /// `NA` is a text, but no value of a class of personal data.
    pub(crate) fn fill_texts(&mut self, texts: &mut Texts, is_of_class: bool) {
        texts.ends.reserve(self.batch.rows());
        for (row, (start, end)) in self.batch.column(self.index).enumerate() {
            let cell = S::decode(&self.data[start as usize..end as usize]);
            let is_na_or_missing = self.missing.is_missing(cell.kind, &cell.text);
            let is_missing = is_na_or_missing && (is_of_class || self.missing.is_missing_text(cell.kind, &cell.text));
            *self.na_seen |= is_na_or_missing && !cell.text.is_empty();
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
            self.cell_errors.push((row, BadRowReason::MissingRequired));
        }
    }
}

/// The value of a cell in a field of a schema.
pub(crate) fn read_described<'c>(field: &FieldReader, cell: &'c Cell<'_>) -> Result<Option<Value<'c>>, CellRule> {
    let kind = match cell.kind {
        CellKind::Csv | CellKind::Text | CellKind::Typed => return field.read(&cell.text),
        CellKind::JsonString => JsonKind::String,
        CellKind::JsonNumber => JsonKind::Number,
        CellKind::JsonBoolean => JsonKind::Boolean,
        CellKind::JsonNested => JsonKind::Nested,
        CellKind::JsonNull => JsonKind::Null,
    };
    field.read_json(kind, &cell.text)
}

pub(crate) const fn is_text(cell: &Cell<'_>) -> bool {
    matches!(
        cell.kind,
        CellKind::Csv | CellKind::Text | CellKind::Typed | CellKind::JsonString
    )
}

// JSON has no spelling for the three special numbers, so they come as strings.
pub(crate) fn declared_number(cell: &Cell<'_>) -> Option<f64> {
    match cell.kind {
        CellKind::Csv | CellKind::Text | CellKind::Typed | CellKind::JsonNumber => parse_any_number(&cell.text),
        CellKind::JsonString if is_special_number(&cell.text) => parse_any_number(&cell.text),
        _ => None,
    }
}

pub(crate) fn inferred_number(cell: &Cell<'_>) -> Option<f64> {
    match cell.kind {
        CellKind::Typed if is_special_number(&cell.text) => return parse_any_number(&cell.text),
        CellKind::Csv | CellKind::Typed | CellKind::JsonNumber => {}
        _ => return None,
    }
    match parse_decimal(&cell.text)? {
        Decimal::Whole(value) | Decimal::Fraction(value) | Decimal::Exponent(value) => Some(value),
        Decimal::Large => None,
    }
}
