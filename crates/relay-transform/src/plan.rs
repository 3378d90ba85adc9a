//! What is asked of a table transform: which columns are expected, in which format, with how many threads.

use std::num::NonZeroUsize;
use std::sync::Arc;

use relay_frictionless::SchemaReader;
use relay_privacy::{Classification, Redactor};

use crate::dialect::CsvDialect;
use crate::evidence::Inference;
use crate::registered::RegisteredTable;
use crate::typed_text;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Delimited text with a header line (RFC 4180, any of six delimiters).
    Csv {
        /// The byte between fields.
        delimiter: u8,
    },
    /// One JSON object on each line.
    JsonLines,
    /// The objects of a JSON array, which is the whole document or the only member of it.
    JsonArray,
    /// A sheet of a workbook (XLSX, ECMA-376).
    Workbook,
    /// Apache Parquet.
    Parquet,
}

impl TableFormat {
    /// The name in [`relay_model::TableSummary`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::JsonLines => "json_lines",
            Self::JsonArray => "json",
            Self::Workbook => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// The byte between fields, in the text that is read.
    pub(crate) const fn delimiter(self) -> Option<u8> {
        match self {
            Self::Csv { delimiter } => Some(delimiter),
            Self::Workbook | Self::Parquet => Some(typed_text::DELIMITER),
            Self::JsonLines | Self::JsonArray => None,
        }
    }

    /// Whether the file itself says what each cell is.
    pub(crate) const fn is_typed(self) -> bool {
        matches!(self, Self::Workbook | Self::Parquet)
    }
}

/// How the bytes of a table are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// One or more gzip members (RFC 1952).
    Gzip,
    /// One or more Zstandard frames (RFC 8878).
    Zstd,
    /// One or more bzip2 streams.
    Bzip2,
    /// One or more xz streams.
    Xz,
}

impl Compression {
    /// The name in [`relay_model::TableSummary`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
        }
    }
}

/// Which columns a table has.
#[derive(Clone, Debug)]
pub enum ColumnPlan {
    /// Those that an organization has registered; a row that does not fit is a bad row. Where the rule lets compatible
    /// changes pass, columns are found by name, further ones are kept as text, and whole numbers of which nothing else is
    /// said may turn out to be decimals.
    Declared(Arc<RegisteredTable>),
    /// Those that a table schema of its own describes, found by the heading as its `fieldsMatch` asks; a row that does
    /// not fit is a bad row. Further columns, where the schema allows them, are kept as text.
    Described(Arc<SchemaReader>),
    /// Those of the header line, or of the JSON objects; types are inferred from the values, without loss.
    Inferred,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct TablePlan {
    /// The format, where it is known; otherwise the content decides, and what it has told is recorded.
    pub format: Option<TableFormat>,
    /// The columns.
    pub columns: ColumnPlan,
    /// How the text is written, where that is declared; then it is delimited text, whatever it looks like. One without a
    /// header needs declared columns.
    pub dialect: Option<CsvDialect>,
    /// What carries out the organization's policy for personal data; without it nothing is looked for.
    pub redactor: Option<Arc<Redactor>>,
    /// What an earlier pass over the same bytes learnt ([`crate::TableOutcome::NeedsAnotherPass`]), by a plan that was the
    /// same but for this.
    pub learnt: Option<Learnt>,
    /// How many threads may work on columns, the caller's among them. With 1 nothing is spawned; with more, reading and
    /// hashing get a thread of their own besides. The result is the same bytes for every number.
    pub threads: NonZeroUsize,
}

impl TablePlan {
    /// A first pass with the format told by the content, on one thread, without a look at personal data.
    pub const fn new(columns: ColumnPlan) -> Self {
        Self {
            format: None,
            columns,
            dialect: None,
            redactor: None,
            learnt: None,
            threads: NonZeroUsize::MIN,
        }
    }
}

/// The columns as a whole pass over the bytes has shown them; a second pass over the same bytes fits them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    pub(crate) columns: Vec<LearntColumn>,
    pub(crate) passes: u32,
    /// Whether the text has no names of columns.
    pub(crate) header_absent: bool,
    /// Whether personal data was looked for.
    pub(crate) is_classified: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LearntColumn {
    pub(crate) name: String,
    pub(crate) inference: Inference,
    /// The class of personal data that all rows together show.
    pub(crate) class: Option<Classification>,
}
