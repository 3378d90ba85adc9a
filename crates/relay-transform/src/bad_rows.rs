//! Bad rows: why each was set aside, the side file that says so, and the limits on how many there may be.

use std::io::Write;

use relay_frictionless::CellRule;
use relay_model::{BadRowNote, FieldType, Reason, ReasonCode, TableLimits};
use serde::Serialize;

use crate::outcome::TransformError;

/// Why a row is bad. The names are those of the side file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BadRowReason {
    WrongFieldCount,
    InvalidUtf8,
    RowTooLong,
    UnterminatedQuote,
    MalformedQuote,
    CommentOrRow,
    MalformedJson,
    NotAnObject,
    DuplicateKey,
    UnknownKey,
    MissingRequired,
    NotAnInteger,
    NotANumber,
    NotABoolean,
    NotADate,
    NotADatetime,
    MixedOffsets,
    /// A rule of the schema that describes the column.
    #[serde(untagged)]
    Cell(CellRule),
}

impl BadRowReason {
    pub(crate) const fn not_a(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Integer => Self::NotAnInteger,
            FieldType::Number => Self::NotANumber,
            FieldType::Boolean => Self::NotABoolean,
            FieldType::Date => Self::NotADate,
            // Every text is a string, so a string column never says this.
            FieldType::Datetime | FieldType::String => Self::NotADatetime,
            FieldType::Time => Self::Cell(CellRule::Type),
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::WrongFieldCount => "the row does not have as many fields as the header",
            Self::InvalidUtf8 => {
                "the row is not in the encoding of the table, UTF-8 unless the content or a declaration says otherwise"
            }
            Self::RowTooLong => "the row is longer than the limit (row_bytes_max)",
            Self::UnterminatedQuote => "a quote is opened and not closed",
            Self::MalformedQuote => "a closing quote is followed by something other than a delimiter or a line break",
            Self::CommentOrRow => {
                "the line begins like the comments of this file, and has as many fields as a row: quote its first field if it is one"
            }
            Self::MalformedJson => "the line is not well-formed JSON",
            Self::NotAnObject => "the line is JSON, but not an object",
            Self::DuplicateKey => "a key stands twice in the object",
            Self::UnknownKey => "the object has a key that is not declared",
            Self::MissingRequired => "a value is required and missing",
            Self::NotAnInteger => "the value is not a whole number of 64 bits",
            Self::NotANumber => "the value is not a number",
            Self::NotABoolean => "the value is not true or false",
            Self::NotADate => "the value is not a calendar day, YYYY-MM-DD",
            Self::NotADatetime => "the value is not a date and time of RFC 3339, to the microsecond",
            Self::MixedOffsets => "earlier values of the column have an offset and this one does not, or the reverse",
            Self::Cell(rule) => rule.rule(),
        }
    }
}

/// How many bad rows the summary of a table names.
const NOTED_BAD_ROWS_MAX: usize = 5;

/// What a table with more bad rows than `bad_rows_max` is quarantined for.
pub(crate) fn bad_row_limit(limits: &TableLimits) -> Reason {
    let text = format!("more than {} rows are bad (bad_rows_max)", limits.bad_rows_max);
    Reason::new(ReasonCode::TableTooManyBadRows, text)
}

/// One row that was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadRow {
    /// The physical line on which it starts, from 1.
    pub(crate) line: u64,
    /// Its number among the rows, from 1; the header and blank lines do not count.
    pub(crate) row: u64,
    pub(crate) reason: BadRowReason,
    /// Which column, where one is to blame.
    pub(crate) column: Option<usize>,
}

#[derive(Serialize)]
struct SideLine<'a> {
    line: u64,
    row: u64,
    reason: BadRowReason,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    message: &'static str,
}

/// Writes the side file and holds the number of bad rows against the limits.
pub(crate) struct BadRowLog<'a> {
    output: &'a mut (dyn Write + Send),
    line: Vec<u8>,
    pub(crate) count: u64,
    /// The first rows.
    pub(crate) noted: Vec<BadRowNote>,
}

impl<'a> BadRowLog<'a> {
    pub(crate) fn new(output: &'a mut (dyn Write + Send)) -> Self {
        Self {
            output,
            line: Vec::new(),
            count: 0,
            noted: Vec::new(),
        }
    }

    /// Writes the rows in the order of the file. Ends with the first one past `bad_rows_max`, which it returns.
    pub(crate) fn record(
        &mut self,
        bad: &mut Vec<BadRow>,
        names: &[String],
        limits: &TableLimits,
    ) -> Result<Option<BadRow>, TransformError> {
        bad.sort_unstable_by_key(|bad| (bad.row, bad.column));
        bad.dedup_by_key(|bad| bad.row);
        for one in bad.drain(..) {
            let column = one.column.and_then(|column| names.get(column)).map(String::as_str);
            let line = SideLine {
                line: one.line,
                row: one.row,
                reason: one.reason,
                column,
                message: one.reason.message(),
            };
            if self.noted.len() < NOTED_BAD_ROWS_MAX {
                self.noted.push(note(&line)?);
            }
            self.line.clear();
            serde_json::to_writer(&mut self.line, &line).map_err(|error| undescribed(&error))?;
            self.line.push(b'\n');
            self.output.write_all(&self.line).map_err(TransformError::Output)?;
            self.count += 1;
            if self.count > limits.bad_rows_max {
                return Ok(Some(one));
            }
        }
        Ok(None)
    }

    /// At the end of the file: whether the bad rows are a larger share of all rows than the limit.
    pub(crate) fn share_exceeded(&self, rows: u64, limits: &TableLimits) -> Option<Reason> {
        let all = u128::from(rows) + u128::from(self.count);
        let exceeds = u128::from(self.count) * 100 > all * u128::from(limits.bad_rows_percent_max);
        exceeds.then(|| {
            let text = format!(
                "{} of {all} rows are bad, the limit is {} percent (bad_rows_percent_max)",
                self.count, limits.bad_rows_percent_max
            );
            Reason::new(ReasonCode::TableTooManyBadRows, text)
        })
    }

    pub(crate) fn flush(&mut self) -> Result<(), TransformError> {
        if self.count == 0 {
            return Ok(());
        }
        self.output.flush().map_err(TransformError::Output)
    }
}

// The reason has the name that the side file gives it.
fn note(line: &SideLine<'_>) -> Result<BadRowNote, TransformError> {
    let reason = serde_json::to_value(line.reason).map_err(|error| undescribed(&error))?;
    Ok(BadRowNote {
        line: line.line,
        row: line.row,
        reason: reason.as_str().unwrap_or_default().to_owned(),
        column: line.column.map(str::to_owned),
    })
}

fn undescribed(error: &serde_json::Error) -> TransformError {
    TransformError::Internal(format!("a bad row could not be described: {error}"))
}
