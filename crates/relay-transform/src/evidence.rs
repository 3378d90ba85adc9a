//! Evidence for the type of a column: which kinds of values it has, and the narrowest type that holds them without loss.
//!
//! Kinds only ever add up, so what a whole pass has seen fits every row of a second one.

use relay_frictionless::{parse_date, parse_datetime};
use relay_model::FieldType;

use crate::cells::{Cell, CellKind, MissingValues, Syntax, parse_boolean};
use crate::numbers::EXACT_DOUBLE_MAX;
use crate::numbers::{Decimal, parse_canonical_integer, parse_decimal};
use crate::rows::RowBatch;

/// The kinds of values that a column was seen to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence(u8);

impl Evidence {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const INTEGER: Self = Self(1);
    /// An integer beyond 2^53, which a double may not hold.
    pub(crate) const LARGE_INTEGER: Self = Self(1 << 1);
    pub(crate) const DECIMAL: Self = Self(1 << 2);
    pub(crate) const BOOLEAN: Self = Self(1 << 3);
    pub(crate) const DATE: Self = Self(1 << 4);
    pub(crate) const LOCAL_DATETIME: Self = Self(1 << 5);
    pub(crate) const ZONED_DATETIME: Self = Self(1 << 6);
    pub(crate) const TEXT: Self = Self(1 << 7);

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    const fn is_within(self, kinds: u8) -> bool {
        self.0 & !kinds == 0
    }

    /// The narrowest type, and whether a datetime has an offset. A column without values is text.
    pub(crate) const fn field_type(self) -> (FieldType, bool) {
        let whole = Self::INTEGER.0 | Self::LARGE_INTEGER.0;
        let decimal = Self::INTEGER.0 | Self::DECIMAL.0;
        if self.0 == 0 {
            (FieldType::String, false)
        } else if self.is_within(whole) {
            (FieldType::Integer, false)
        } else if self.is_within(decimal) {
            (FieldType::Number, false)
        } else if self.is_within(Self::BOOLEAN.0) {
            (FieldType::Boolean, false)
        } else if self.is_within(Self::DATE.0) {
            (FieldType::Date, false)
        } else if self.is_within(Self::LOCAL_DATETIME.0) {
            (FieldType::Datetime, false)
        } else if self.is_within(Self::ZONED_DATETIME.0) {
            (FieldType::Datetime, true)
        } else {
            (FieldType::String, false)
        }
    }

    /// The kind of one value.
    pub(crate) fn of(cell: &Cell<'_>) -> Self {
        let (kind, text) = (cell.kind, &*cell.text);
        match kind {
            CellKind::JsonNull => Self::NONE,
            CellKind::JsonNested => Self::TEXT,
            CellKind::JsonBoolean => Self::BOOLEAN,
            CellKind::JsonNumber => Self::of_number(text, true),
            CellKind::JsonString => Self::of_time(text),
            CellKind::Csv => {
                let number = Self::of_number(text, false);
                if number != Self::TEXT {
                    number
                } else if parse_boolean(kind, text).is_some() {
                    Self::BOOLEAN
                } else {
                    Self::of_time(text)
                }
            }
        }
    }

    fn of_number(text: &[u8], is_json: bool) -> Self {
        if let Some(integer) = parse_canonical_integer(text) {
            return Self::of_integer(integer);
        }
        match parse_decimal(text, is_json) {
            Some(Decimal::Fraction(_)) => Self::DECIMAL,
            _ => Self::TEXT,
        }
    }

    pub(crate) const fn of_integer(integer: i64) -> Self {
        if integer.unsigned_abs() > EXACT_DOUBLE_MAX {
            Self::LARGE_INTEGER
        } else {
            Self::INTEGER
        }
    }

    fn of_time(text: &[u8]) -> Self {
        if parse_date(text).is_some() {
            return Self::DATE;
        }
        match parse_datetime(text) {
            Some(moment) if moment.zoned => Self::ZONED_DATETIME,
            Some(_) => Self::LOCAL_DATETIME,
            None => Self::TEXT,
        }
    }

    /// Adds the kinds of all values of a column.
    pub(crate) fn observe<S: Syntax>(&mut self, data: &[u8], batch: &RowBatch, column: usize, missing: &MissingValues) {
        for (start, end) in batch.column(column) {
            // Text among the values settles it.
            if self.0 & Self::TEXT.0 != 0 {
                return;
            }
            let cell = S::decode(&data[start as usize..end as usize]);
            if !missing.is_missing(cell.kind, &cell.text) {
                self.add(Self::of(&cell));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn type_of(values: &[&str]) -> (FieldType, bool) {
        let mut evidence = Evidence::NONE;
        for value in values {
            evidence.add(Evidence::of(&Cell {
                kind: CellKind::Csv,
                text: Cow::Borrowed(value.as_bytes()),
            }));
        }
        evidence.field_type()
    }

    #[test]
    fn the_narrowest_type_without_loss() {
        for (values, expected) in [
            (&[][..], FieldType::String),
            (&["1", "-2", "9223372036854775807"], FieldType::Integer),
            (&["1", "9223372036854775808"], FieldType::String),
            (&["10001", "01234"], FieldType::String),
            (&["1", "2.5"], FieldType::Number),
            (&["1", "-0"], FieldType::Number),
            (&["9007199254740993", "2.5"], FieldType::String),
            (&["9007199254740992", "2.5"], FieldType::Number),
            (&["true", "FALSE", "True"], FieldType::Boolean),
            (&["true", "1"], FieldType::String),
            (&["2013-01-31"], FieldType::Date),
            (&["2013-01-31", "2013-02-30"], FieldType::String),
            (&["2013-01-31", "2013-01-31T00:00:00"], FieldType::String),
            (&["2013-01-31T00:00:00", "2013-01-31 00:00:00.5"], FieldType::Datetime),
            (&["2013-01-31T00:00:00", "2013-01-31T00:00:00Z"], FieldType::String),
            (&["12E4"], FieldType::String),
            (&["UA"], FieldType::String),
        ] {
            assert_eq!(type_of(values), (expected, false), "{values:?}");
        }
        assert_eq!(
            type_of(&["2013-01-31T00:00:00Z", "2013-01-31T00:00:00+01:00"]),
            (FieldType::Datetime, true)
        );
    }
}
