//! What processing a package produced.

use serde::{Deserialize, Serialize};

use crate::{ColumnReport, FieldType, ObjectVersion, Sha256Digest};

/// One stored result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultObject {
    /// Its name within the package, for example `data.parquet`; what `--result` takes.
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub object: ObjectVersion,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The hash of its bytes.
    pub sha256: Sha256Digest,
}

/// What a table held. Counts add up: `rows` = rows in the Parquet file, `rows + bad_rows` = rows in the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSummary {
    /// `csv`, `json_lines` or `json`.
    pub format: String,
    /// `none`, `gzip`, `zstd`, `bzip2` or `xz`.
    pub compression: String,
    /// How its text was read, where its content told that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<TableReading>,
    /// Whether the schema was declared, by the organization or by the package; otherwise it was inferred.
    pub schema_declared: bool,
    /// The version of the registered schema that it was held to, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<u32>,
    /// How it differs from that schema, in words: what is new, and what is wider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schema_changes: Vec<String>,
    /// Whether the text has no names of columns, so that they are `column_1`, `column_2` and so on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub header_absent: bool,
    /// Rows written to the result.
    pub rows: u64,
    /// Rows set aside, each with line and reason.
    pub bad_rows: u64,
    /// The first of them; the side file has all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_bad_rows: Vec<BadRowNote>,
    /// The columns, in order.
    pub columns: Vec<ColumnSummary>,
    /// Bytes after decompression; equal to the object's size when it is not compressed.
    pub unpacked_bytes: u64,
    /// How many times the object was read: 1, or 2 when rows late in the file showed another type or personal data.
    pub passes: u32,
}

/// How a text was read as a table, as its content suggested. Nothing of the content is in it: of lines that were left out,
/// only where they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableReading {
    /// The encoding, for example `utf-8`, `utf-16le` or `windows-1252`.
    pub encoding: String,
    /// How it is known: `byte_order_mark`, `content` or `declaration`.
    pub encoding_by: String,
    /// Delimited text: what stands between fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Delimited text: the line that has the names of the columns, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_line: Option<u64>,
    /// A workbook: which of its sheets was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<SheetReading>,
    /// Whether blanks behind a delimiter belong to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skips_blanks: bool,
    /// Whether a carriage return alone ends a line.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub return_ends_line: bool,
    /// What a line begins with that is a comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// How many lines were left out: titles above the names of the columns, and comments.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped_lines: u64,
    /// The first of them, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_skipped_lines: Vec<u64>,
}

/// Which sheet of a workbook was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetReading {
    /// Its place in the workbook, from 1.
    pub number: u64,
    /// How many other sheets have cells: they are not read, and nothing of them is in the result.
    pub not_read: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Where a row stands that was set aside, and why. Nothing of its content is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRowNote {
    /// The line on which it starts, from 1.
    pub line: u64,
    /// Its number among the rows, from 1.
    pub row: u64,
    /// The rule that it breaks, as the side file has it.
    pub reason: String,
    /// The column, where one is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// Why values that are written like dates or numbers are kept as text: they can be read in more than one way, and nothing is
/// guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptAsText {
    /// All of them are dates with the day first, and with the month first as well.
    DayOrMonthFirst,
    /// Some are dates with the day first only, others with the month first only.
    DayAndMonthFirst,
    /// Their years have two digits.
    YearOfTwoDigits,
    /// They are written in several forms.
    SeveralForms,
    /// They are numbers whose points may stand between thousands or before decimals.
    PointsMayGroup,
}

impl KeptAsText {
    /// The reason in words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::DayOrMonthFirst => "no value tells whether the day or the month comes first",
            Self::DayAndMonthFirst => "some dates have the day first, others the month",
            Self::YearOfTwoDigits => "the years have two digits",
            Self::SeveralForms => "dates are written in several forms",
            Self::PointsMayGroup => "the points in its numbers may stand between thousands or before decimals",
        }
    }
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// For `datetime` columns: whether the values carry an offset.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub zoned: bool,
    /// Rows without a value in the result.
    pub missing: u64,
    /// How inferred values are written where that is not the default form: for dates and times a pattern of `strptime` (Table
    /// Schema, "format"), for truth values `yes/no`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The name that the column had, where the relay has named it: empty, or one that another column has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Why values that are written like dates or numbers are kept as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_as_text: Option<KeptAsText>,
    /// Where types are inferred: whether some row says `NA`. In a column of text that is a text, in others a missing value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub na_seen: bool,
    /// What it holds of personal data, and what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<ColumnReport>,
}
