//! How a resource's text is delimited: CSV Dialect 1 and Table Dialect 2, as far as delimited text goes.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::DescriptorLimits;
use crate::finding::Finding;
use crate::json::{self, Properties};
use crate::rule::PackageRule::{self, DialectUnsupported, PropertyMalformed};

/// What other formats than delimited text are read by (Table Dialect 2.0, "Structured", "Spreadsheet", "Database").
const OF_OTHER_FORMATS: [&str; 6] = ["property", "itemType", "itemKeys", "sheetNumber", "sheetName", "table"];

/// How a text is delimited. Its characters are single ASCII bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of the standard's own")]
pub struct Dialect {
    /// The byte between fields.
    pub delimiter: u8,
    /// The byte around fields that hold a delimiter; `None` if there is none.
    pub quote: Option<u8>,
    /// Whether two quotes within quotes stand for one.
    pub double_quote: bool,
    /// The byte that takes away the meaning of the next one.
    pub escape: Option<u8>,
    /// Whether blanks behind a delimiter are left out.
    pub skip_initial_space: bool,
    /// The byte that a line begins with which is a comment.
    pub comment: Option<u8>,
    /// Whether a carriage return alone ends a line.
    pub return_ends_line: bool,
    /// Whether the first line that is left has the names of the columns; otherwise the schema names them.
    pub has_header: bool,
    /// Lines that are left out, counted from 1, in order: comments, and what stands before the heading.
    pub skipped_lines: Vec<u64>,
    /// A text that means "no value", besides those of the schema. [`Resource::table_schema`](crate::Resource::table_schema)
    /// has it among them already.
    pub null_sequence: Option<String>,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            double_quote: true,
            escape: None,
            skip_initial_space: false,
            comment: None,
            return_ends_line: false,
            has_header: true,
            skipped_lines: Vec::new(),
            null_sequence: None,
        }
    }
}

impl Dialect {
    /// Reads a dialect that stands in a file of its own.
    pub fn from_bytes(bytes: &[u8], limits: &DescriptorLimits) -> Result<Self, Vec<Finding>> {
        let value = json::parse(bytes, limits).map_err(|finding| vec![finding])?;
        match value.as_object() {
            Some(map) => read(map, limits),
            None => Err(vec![Finding::new(PropertyMalformed, "a dialect is not an object")]),
        }
    }
}

pub(super) fn read(map: &Map<String, Value>, limits: &DescriptorLimits) -> Result<Dialect, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut properties = Properties {
        map,
        findings: &mut findings,
        rule: PropertyMalformed,
        field: None,
    };
    let properties = &mut properties;
    for name in OF_OTHER_FORMATS.iter().filter(|name| map.contains_key(**name)) {
        properties.fault(DialectUnsupported, format!("{name} is no property of delimited text"));
    }
    let usual = Dialect::default();
    let escape = byte(properties, "escapeChar");
    let quote = match map.get("quoteChar") {
        // "escapeChar and quoteChar are mutually exclusive": who gives the one alone does not use the other.
        None if escape.is_some() => None,
        None => usual.quote,
        Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() => None,
        Some(_) => byte(properties, "quoteChar"),
    };
    let mut dialect = Dialect {
        delimiter: byte(properties, "delimiter").unwrap_or(usual.delimiter),
        quote,
        double_quote: properties.flag("doubleQuote").unwrap_or(usual.double_quote),
        escape,
        skip_initial_space: properties.flag("skipInitialSpace").unwrap_or(usual.skip_initial_space),
        comment: byte(properties, "commentChar"),
        return_ends_line: line_terminator(properties),
        has_header: properties.flag("header").unwrap_or(usual.has_header),
        skipped_lines: Vec::new(),
        null_sequence: properties.text("nullSequence").map(str::to_owned),
    };
    // Names are compared byte by byte, whatever this says.
    properties.flag("caseSensitiveHeader");
    lines(properties, &mut dialect, limits);
    meanings_differ(properties, &dialect);
    if findings.is_empty() {
        Ok(dialect)
    } else {
        Err(findings)
    }
}

/// A property that is one ASCII character.
fn byte(properties: &mut Properties<'_, '_>, name: &str) -> Option<u8> {
    if properties.map.get(name).is_none_or(Value::is_null) {
        return None;
    }
    match properties.text(name)?.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\r' | b'\n' | 0) => Some(*byte),
        _ => {
            properties.fault(DialectUnsupported, format!("{name} is not one ASCII character"));
            None
        }
    }
}

/// Whether a carriage return alone ends a line. The two other ends are told apart by the reader of lines.
fn line_terminator(properties: &mut Properties<'_, '_>) -> bool {
    match properties.text("lineTerminator") {
        None | Some("\n" | "\r\n") => false,
        Some("\r") => true,
        Some(_) => {
            properties.fault(
                DialectUnsupported,
                "lineTerminator is no line feed, carriage return, or both",
            );
            false
        }
    }
}

fn lines(properties: &mut Properties<'_, '_>, dialect: &mut Dialect, limits: &DescriptorLimits) {
    let mut skipped: BTreeSet<u64> = BTreeSet::new();
    let header_rows = numbers(properties, "headerRows", limits);
    let comment_rows = numbers(properties, "commentRows", limits).unwrap_or_default();
    properties.text("headerJoin");
    match header_rows.as_deref() {
        None => {}
        Some([]) => dialect.has_header = false,
        Some([row]) if *row as usize <= limits.list_values_max => skipped.extend(1..*row),
        Some([_]) => properties.fault(DialectUnsupported, "the heading stands too far down"),
        Some(_) => properties.fault(DialectUnsupported, "the heading has several rows"),
    }
    if header_rows.is_some_and(|rows| comment_rows.iter().any(|row| rows.contains(row))) {
        properties.fault(PropertyMalformed, "a row is in both headerRows and commentRows");
    }
    skipped.extend(comment_rows);
    dialect.skipped_lines = skipped.into_iter().collect();
}

fn numbers(properties: &mut Properties<'_, '_>, name: &str, limits: &DescriptorLimits) -> Option<Vec<u64>> {
    let list = properties.list(name)?;
    let numbers: Option<Vec<u64>> = list
        .iter()
        .map(|item| item.as_u64().filter(|number| *number > 0))
        .collect();
    if numbers.is_none() || list.len() > limits.list_values_max {
        properties.fault(
            PropertyMalformed,
            format!("{name} is no short list of numbers from 1 on"),
        );
        return None;
    }
    numbers
}

fn meanings_differ(properties: &mut Properties<'_, '_>, dialect: &Dialect) {
    let bytes = [Some(dialect.delimiter), dialect.quote, dialect.escape, dialect.comment];
    let given: Vec<u8> = bytes.into_iter().flatten().collect();
    let mut seen = BTreeSet::new();
    // A quote that is its own escape is doubled, and said so by doubleQuote.
    if !given.iter().all(|byte| seen.insert(*byte)) {
        let rule: PackageRule = DialectUnsupported;
        properties.fault(
            rule,
            "delimiter, quoteChar, escapeChar and commentChar are not four different characters",
        );
    }
}
