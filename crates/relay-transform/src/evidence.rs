//! Evidence for the type of a column: which kinds of values it has, and the narrowest type that holds them without loss.
//!
//! Kinds only ever add up, so what a whole pass has seen fits every row of a second one.

use relay_frictionless::{parse_date, parse_datetime, parse_time};
use relay_model::{FieldType, KeptAsText};

use crate::cells::{Cell, CellKind, MissingValues, Syntax, is_special_number, parse_boolean};
use crate::numbers::EXACT_DOUBLE_MAX;
use crate::numbers::{Decimal, parse_canonical_integer, parse_decimal};
use crate::rows::RowBatch;
use crate::spelling::{Order, Shape, Spelling, Written, is_of_two_digit_year, read_minutes, read_yes_no};

/// The kinds of values that a column was seen to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    kinds: u32,
    /// How dates are written that are not in the default form.
    shape: Option<Shape>,
    /// Whether the table is one in which points may stand between thousands.
    points_may_group: bool,
}

/// What the values of a column are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inference {
    pub(crate) field_type: FieldType,
    /// Whether a datetime has an offset.
    pub(crate) zoned: bool,
    pub(crate) spelling: Spelling,
    /// Why dates are kept as text.
    pub(crate) kept_as_text: Option<KeptAsText>,
}

impl Inference {
    const TEXT: Self = Self::of(FieldType::String);

    const fn of(field_type: FieldType) -> Self {
        Self::spelled(field_type, Spelling::Default)
    }

    const fn spelled(field_type: FieldType, spelling: Spelling) -> Self {
        Self {
            field_type,
            zoned: false,
            spelling,
            kept_as_text: None,
        }
    }

    /// As a schema says, which has its own word on how values are written.
    pub(crate) const fn declared(field_type: FieldType, zoned: bool) -> Self {
        Self {
            zoned,
            ..Self::of(field_type)
        }
    }

    const fn text_because(reason: KeptAsText) -> Self {
        Self {
            kept_as_text: Some(reason),
            ..Self::TEXT
        }
    }
}

impl Evidence {
    pub(crate) const NONE: Self = Self::of_kind(0);
    pub(crate) const INTEGER: Self = Self::of_kind(1);
    /// An integer beyond 2^53, which a double may not hold.
    pub(crate) const LARGE_INTEGER: Self = Self::of_kind(1 << 1);
    pub(crate) const DECIMAL: Self = Self::of_kind(1 << 2);
    /// `12E4`: a number among decimals, and more often an identifier without them.
    const EXPONENT: Self = Self::of_kind(1 << 3);
    const BOOLEAN: Self = Self::of_kind(1 << 4);
    /// `no` alone may be Norway; `yes` settles it.
    const YES: Self = Self::of_kind(1 << 5);
    const NO: Self = Self::of_kind(1 << 6);
    const DATE: Self = Self::of_kind(1 << 7);
    const LOCAL_DATETIME: Self = Self::of_kind(1 << 8);
    const ZONED_DATETIME: Self = Self::of_kind(1 << 9);
    const TIME: Self = Self::of_kind(1 << 10);
    const MINUTES: Self = Self::of_kind(1 << 11);
    /// A date in another form than the default one.
    const SHAPED: u32 = 1 << 12;
    /// One that is no date with the month first; one that is none with the day first.
    const DAY_FIRST: u32 = 1 << 13;
    const MONTH_FIRST: u32 = 1 << 14;
    const SHAPES_DIFFER: u32 = 1 << 15;
    const TWO_DIGIT_YEAR: Self = Self::of_kind(1 << 16);
    /// A decimal that may be a whole number with points between thousands.
    const GROUPED: Self = Self::of_kind(1 << 18);
    pub(crate) const TEXT: Self = Self::of_kind(1 << 17);

    /// All that dates can be.
    const CALENDAR: u32 = Self::DATE.kinds
        | Self::LOCAL_DATETIME.kinds
        | Self::ZONED_DATETIME.kinds
        | Self::SHAPED
        | Self::DAY_FIRST
        | Self::MONTH_FIRST
        | Self::SHAPES_DIFFER
        | Self::TWO_DIGIT_YEAR.kinds;

    const fn of_kind(kinds: u32) -> Self {
        Self {
            kinds,
            shape: None,
            points_may_group: false,
        }
    }

    /// Nothing seen yet of a column. Where semicolons stand between fields, the comma is more often the decimal sign, and
    /// `12.345` as often twelve thousand as twelve.
    pub(crate) fn between(delimiter: Option<&str>) -> Self {
        Self {
            points_may_group: delimiter == Some(";"),
            ..Self::NONE
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.kinds |= other.kinds;
        self.points_may_group |= other.points_may_group;
        match (self.shape, other.shape) {
            (Some(one), Some(another)) if one != another => self.kinds |= Self::SHAPES_DIFFER,
            (None, another) => self.shape = another,
            _ => {}
        }
    }

    const fn has(self, kind: Self) -> bool {
        self.kinds & kind.kinds != 0
    }

    const fn is_within(self, kinds: u32) -> bool {
        self.kinds & !kinds == 0
    }

    /// Whether further values may still show that the column is not the text that it is now.
    pub(crate) const fn is_open(self) -> bool {
        !self.has(Self::TEXT)
    }

    /// Whether the values seen so far are not text.
    pub(crate) fn is_typed(self) -> bool {
        self.infer().field_type != FieldType::String
    }

    /// The narrowest type that holds all values without loss, if they can be read in one way only. A column without values
    /// is text.
    pub(crate) fn infer(self) -> Inference {
        let whole = Self::INTEGER.kinds | Self::LARGE_INTEGER.kinds;
        let decimal = Self::INTEGER.kinds | Self::DECIMAL.kinds | Self::GROUPED.kinds;
        let has_decimals = self.has(Self::DECIMAL) || (self.has(Self::GROUPED) && !self.points_may_group);
        let yes_no = Self::YES.kinds | Self::NO.kinds;
        if self.kinds == 0 {
            Inference::TEXT
        } else if self.is_within(whole) {
            Inference::of(FieldType::Integer)
        } else if self.is_within(decimal | Self::EXPONENT.kinds) && has_decimals {
            Inference::of(FieldType::Number)
        } else if self.is_within(Self::INTEGER.kinds | Self::GROUPED.kinds) {
            Inference::text_because(KeptAsText::PointsMayGroup)
        } else if self.is_within(Self::BOOLEAN.kinds) {
            Inference::of(FieldType::Boolean)
        } else if self.is_within(yes_no) && self.has(Self::YES) {
            Inference::spelled(FieldType::Boolean, Spelling::YesNo)
        } else if self.is_within(Self::DATE.kinds) {
            Inference::of(FieldType::Date)
        } else if self.is_within(Self::LOCAL_DATETIME.kinds) {
            Inference::of(FieldType::Datetime)
        } else if self.is_within(Self::ZONED_DATETIME.kinds) {
            Inference {
                zoned: true,
                ..Inference::of(FieldType::Datetime)
            }
        } else if self.is_within(Self::TIME.kinds) {
            Inference::of(FieldType::Time)
        } else if self.is_within(Self::MINUTES.kinds) {
            Inference::spelled(FieldType::Time, Spelling::Minutes)
        } else if self.is_within(Self::CALENDAR) {
            self.calendar()
        } else {
            Inference::TEXT
        }
    }

    // Of dates of which some at least are not in the default form.
    fn calendar(self) -> Inference {
        let (Some(shape), true) = (
            self.shape,
            self.is_within(Self::SHAPED | Self::DAY_FIRST | Self::MONTH_FIRST),
        ) else {
            return Inference::text_because(if self.is_within(Self::TWO_DIGIT_YEAR.kinds) {
                KeptAsText::YearOfTwoDigits
            } else {
                KeptAsText::SeveralForms
            });
        };
        let is_seen = |kind: u32| self.kinds & kind != 0;
        let order = match (
            shape.is_year_first(),
            is_seen(Self::DAY_FIRST),
            is_seen(Self::MONTH_FIRST),
        ) {
            (true, _, _) => Order::Year,
            (false, true, false) => Order::Day,
            (false, false, true) => Order::Month,
            (false, false, false) => return Inference::text_because(KeptAsText::DayOrMonthFirst),
            (false, true, true) => return Inference::text_because(KeptAsText::DayAndMonthFirst),
        };
        let field_type = if shape.has_clock() {
            FieldType::Datetime
        } else {
            FieldType::Date
        };
        Inference {
            zoned: shape.is_zoned(),
            ..Inference::spelled(field_type, Spelling::Calendar(shape, order))
        }
    }

    /// The kind of one value.
    pub(crate) fn of(cell: &Cell<'_>) -> Self {
        let (kind, text) = (cell.kind, &*cell.text);
        match kind {
            CellKind::JsonNull => Self::NONE,
            CellKind::JsonNested | CellKind::Text => Self::TEXT,
            CellKind::Typed if is_special_number(text) => Self::DECIMAL,
            CellKind::Typed if parse_boolean(kind, text).is_some() => Self::BOOLEAN,
            CellKind::Typed => match Self::of_number(text, true) {
                Self::TEXT => Self::of_time(text),
                number => number,
            },
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
                    match read_yes_no(text) {
                        Some(true) => Self::YES,
                        Some(false) => Self::NO,
                        None => Self::of_time(text),
                    }
                }
            }
        }
    }

    fn of_number(text: &[u8], is_json: bool) -> Self {
        if let Some(integer) = parse_canonical_integer(text) {
            return Self::of_integer(integer);
        }
        match parse_decimal(text) {
            Some(Decimal::Fraction(_)) if !is_json && is_grouped(text) => Self::GROUPED,
            Some(Decimal::Fraction(_)) => Self::DECIMAL,
            Some(Decimal::Exponent(_)) if is_json => Self::DECIMAL,
            Some(Decimal::Exponent(_)) => Self::EXPONENT,
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
            None => Self::of_other_time(text),
        }
    }

    fn of_other_time(text: &[u8]) -> Self {
        // Most texts are told from a time by their first byte.
        if !text.first().is_some_and(u8::is_ascii_digit) {
            return Self::TEXT;
        }
        if parse_time(text).is_some() {
            return Self::TIME;
        }
        if read_minutes(text).is_some() {
            return Self::MINUTES;
        }
        if is_of_two_digit_year(text) {
            return Self::TWO_DIGIT_YEAR;
        }
        let Some(written) = Written::of(text) else {
            return Self::TEXT;
        };
        let is_day = |order| written.day(order).is_some();
        let order = match written.shape.is_year_first() {
            true if is_day(Order::Year) => 0,
            true => return Self::TEXT,
            false => match (is_day(Order::Day), is_day(Order::Month)) {
                (true, true) => 0,
                (true, false) => Self::DAY_FIRST,
                (false, true) => Self::MONTH_FIRST,
                (false, false) => return Self::TEXT,
            },
        };
        Self {
            kinds: Self::SHAPED | order,
            shape: Some(written.shape),
            points_may_group: false,
        }
    }

    /// Adds the kinds of all values of a column.
    pub(crate) fn observe<S: Syntax>(&mut self, data: &[u8], batch: &RowBatch, column: usize, missing: &MissingValues) {
        for (start, end) in batch.column(column) {
            // Text among the values settles it.
            if self.has(Self::TEXT) {
                return;
            }
            let cell = S::decode(&data[start as usize..end as usize]);
            if !missing.is_missing(cell.kind, &cell.text) {
                self.add(Self::of(&cell));
            }
        }
    }
}

// One to three digits, not beginning with a zero, a point and three digits.
fn is_grouped(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits.iter().position(|byte| *byte == b'.') {
        Some(point @ 1..=3) => {
            digits.len() == point + 4 && digits[0] != b'0' && digits[point + 1..].iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn inferred(values: &[&str]) -> Inference {
        let mut evidence = Evidence::NONE;
        for value in values {
            evidence.add(Evidence::of(&Cell {
                kind: CellKind::Csv,
                text: Cow::Borrowed(value.as_bytes()),
            }));
        }
        evidence.infer()
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
            (&["1012.5", "1e3", "998"], FieldType::Number),
            (&["1e3", "998"], FieldType::String),
            (&["12E4"], FieldType::String),
            (&["true", "FALSE", "True"], FieldType::Boolean),
            (&["true", "1"], FieldType::String),
            (&["true", "yes"], FieldType::String),
            (&["NO", "DK", "SE"], FieldType::String),
            (&["NO", "no"], FieldType::String),
            (&["2013-01-31"], FieldType::Date),
            (&["2013-01-31", "2013-02-30"], FieldType::String),
            (&["2013-01-31", "2013-01-31T00:00:00"], FieldType::String),
            (&["2013-01-31T00:00:00", "2013-01-31 00:00:00.5"], FieldType::Datetime),
            (&["2013-01-31T00:00:00", "2013-01-31T00:00:00Z"], FieldType::String),
            (&["2024-01-01T24:00:00"], FieldType::String),
            (&["2024-01-01 24:00", "2024-01-01 10:00"], FieldType::String),
            (&["08:30:00", "23:59:59.5"], FieldType::Time),
            (&["24:00:00"], FieldType::String),
            (&["08:30:00", "08:30"], FieldType::String),
            (&["UA"], FieldType::String),
            // Numbers of documents, versions, amounts, ranges.
            (&["2024-1-5"], FieldType::String),
            (&["1.5.2"], FieldType::String),
            (&["31-12"], FieldType::String),
            (&["1/2"], FieldType::String),
            (&["0001/01/01"], FieldType::String),
            (&["31.12.2024."], FieldType::String),
            (&["31.12/2024"], FieldType::String),
            (&["25:10"], FieldType::String),
        ] {
            let inferred = inferred(values);
            assert_eq!(
                (inferred.field_type, inferred.zoned, inferred.spelling),
                (expected, false, Spelling::Default),
                "{values:?}"
            );
        }
        let zoned = inferred(&["2013-01-31T00:00:00Z", "2013-01-31T00:00:00+01:00"]);
        assert_eq!((zoned.field_type, zoned.zoned), (FieldType::Datetime, true));
    }

    #[test]
    fn another_form_is_read_where_all_values_have_it_and_it_means_one_thing() {
        for (values, field_type, zoned, format) in [
            (&["2012/01/31"][..], FieldType::Date, false, "%Y/%m/%d"),
            (&["2012.1.31", "2012.02.3"], FieldType::Date, false, "%Y.%m.%d"),
            (&["31.12.2024", "1.2.2024"], FieldType::Date, false, "%d.%m.%Y"),
            (&["01/02/2024", "31/12/2024"], FieldType::Date, false, "%d/%m/%Y"),
            (&["12/31/2024", "01/02/2024"], FieldType::Date, false, "%m/%d/%Y"),
            (&["31-12-2024"], FieldType::Date, false, "%d-%m-%Y"),
            (&["2010/01/01 00:00"], FieldType::Datetime, false, "%Y/%m/%d %H:%M"),
            (&["2010-01-01 00:00"], FieldType::Datetime, false, "%Y-%m-%d %H:%M"),
            (&["2010-01-01T00:00Z"], FieldType::Datetime, true, "%Y-%m-%dT%H:%M%z"),
            (
                &["2010-01-01 00:00:00+00"],
                FieldType::Datetime,
                true,
                "%Y-%m-%d %H:%M:%S%z",
            ),
            (
                &["2010-01-01 00:00:00 +0530"],
                FieldType::Datetime,
                true,
                "%Y-%m-%d %H:%M:%S %z",
            ),
            (&["1/31/2024 1:05 PM"], FieldType::Datetime, false, "%m/%d/%Y %I:%M %p"),
            (&["10:30", "9:05"], FieldType::Time, false, "%H:%M"),
            (&["yes", "no", "No"], FieldType::Boolean, false, "yes/no"),
        ] {
            let inferred = inferred(values);
            assert_eq!((inferred.field_type, inferred.zoned), (field_type, zoned), "{values:?}");
            assert_eq!(inferred.spelling.format().as_deref(), Some(format), "{values:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_text_and_says_why() {
        for (values, reason) in [
            (&["01/02/2024", "05/05/2024"][..], KeptAsText::DayOrMonthFirst),
            (&["01.02.2024"], KeptAsText::DayOrMonthFirst),
            (&["31/12/2024", "12/31/2024"], KeptAsText::DayAndMonthFirst),
            (&["31/12/24"], KeptAsText::YearOfTwoDigits),
            (&["2012/01/31", "2012-01-31"], KeptAsText::SeveralForms),
            (&["31.12.2024", "31/12/2024"], KeptAsText::SeveralForms),
            (&["31.12.2024", "31.12.2024 10:00"], KeptAsText::SeveralForms),
            (&["2013-01-31", "2013-01-31T00:00:00"], KeptAsText::SeveralForms),
        ] {
            let inferred = inferred(values);
            assert_eq!(
                (inferred.field_type, inferred.kept_as_text),
                (FieldType::String, Some(reason)),
                "{values:?}"
            );
        }
    }
}
