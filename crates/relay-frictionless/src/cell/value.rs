//! What a cell holds once it is read, and which rule it breaks if it cannot be.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// What a columnar writer keeps of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhysicalType {
    /// 64 bits with a sign: integer, year.
    Integer,
    /// An IEEE 754 double: number.
    Number,
    /// True or false: boolean.
    Boolean,
    /// Days from 1970-01-01: date.
    Date,
    /// Microseconds from midnight: time.
    Time,
    /// Microseconds from 1970-01-01T00:00:00, in UTC or as a clock on the wall shows them: datetime.
    Datetime,
    /// UTF-8 as it was written, once it was found to be valid: every other type.
    Text,
}

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A whole number.
    Integer(i64),
    /// A double; it may be infinite, or not a number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// Days from 1970-01-01.
    Date(i32),
    /// Microseconds from midnight.
    Time(i64),
    /// A point in time.
    Datetime {
        /// Microseconds from 1970-01-01T00:00:00: in UTC when `zoned`, else as a clock on the wall shows them.
        micros: i64,
        /// Whether the cell gave an offset.
        zoned: bool,
    },
    /// Valid UTF-8, as it was written.
    Text(Cow<'a, [u8]>),
}

/// What is known of a JSON value besides its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// A string, unescaped and without its quotes.
    String,
    /// A number, as it was written.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An object or an array, as it was written.
    Nested,
    /// `null`, or no such name in the row's object.
    Null,
}

macro_rules! cell_rules {
    ($($variant:ident $name:literal $rule:literal)*) => {
        /// The rule that a cell breaks. It holds nothing of the cell.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum CellRule { $(
            #[doc = $rule]
            $variant,
        )* }

        impl CellRule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The rule as side files of bad rows have it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The rule, as a sentence a producer understands.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule,)* }
            }
        }
    };
}

cell_rules! {
    Encoding "encoding" "The cell is valid UTF-8."
    Required "required" "The cell has a value."
    Type "type" "The value is of the field's type."
    Format "format" "The value is written in the field's format."
    Range "range" "The value fits the column: 64 bits, six decimals of a second, the years from 0 to 9999."
    Category "category" "The value is one of the field's categories."
    MinLength "min_length" "The value is no shorter than minLength."
    MaxLength "max_length" "The value is no longer than maxLength."
    Minimum "minimum" "The value is not below minimum."
    Maximum "maximum" "The value is not above maximum."
    ExclusiveMinimum "exclusive_minimum" "The value is above exclusiveMinimum."
    ExclusiveMaximum "exclusive_maximum" "The value is below exclusiveMaximum."
    Pattern "pattern" "The whole value matches the pattern."
    Enum "enum" "The value is one of those that enum lists."
}

impl fmt::Display for CellRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for CellRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
