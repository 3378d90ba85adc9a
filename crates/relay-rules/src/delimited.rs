//! Delimited text, told from other text by the consistency of its lines.
//!
//! What is asked is whether the table transform should look at a text at all, so doubt about rows speaks for a table: the
//! transform reads further, and names bad rows. Doubt about the header speaks against one: without names there is no
//! table, and a first row that is data would be lost as column names.

use std::collections::HashSet;

/// The delimiters that are recognized.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// What programs write between fields (Hive U+0001, others the unit separator), and what is no text anywhere else.
pub(crate) const SEPARATORS: [char; 2] = ['\u{1}', '\u{1f}'];
/// The most rows that are compared.
const ROWS_MAX: usize = 50;
/// A header that is longer than the prefix is recognized as such from this many names on.
const CUT_OFF_NAMES_MIN: usize = 16;

/// Whether `text` is a table for one of the delimiters: its first row is a header of two or more names, and three
/// quarters of the rows have as many fields. The others are bad rows of a table; in prose with commas the counts scatter.
///
/// Where the prefix ends before a second row, the names alone must convince: not empty, not padded, not repeated. A file
/// with one column cannot be told from text, and counts as text.
pub(crate) fn is_delimited(text: &str, is_whole: bool) -> bool {
    DELIMITERS
        .into_iter()
        .any(|delimiter| is_table(text, delimiter, is_whole))
}

/// The same for one of [`SEPARATORS`].
pub(crate) fn is_separated(text: &str, separator: char, is_whole: bool) -> bool {
    u8::try_from(separator).is_ok_and(|separator| is_table(text, separator, is_whole))
}

fn is_table(text: &str, delimiter: u8, is_whole: bool) -> bool {
    let mut rows = Rows { rest: text, delimiter };
    let Some(header) = rows.next() else {
        return false;
    };
    if !header.is_complete && !is_whole {
        return header.fields.len() > CUT_OFF_NAMES_MIN && are_distinct_names(&header.fields[..CUT_OFF_NAMES_MIN]);
    }
    if !may_be_header(&header.fields) {
        return false;
    }
    let (mut count, mut fitting) = (1, 1);
    for row in rows.take(ROWS_MAX).filter(|row| row.is_complete || is_whole) {
        count += 1;
        fitting += usize::from(row.fields.len() == header.fields.len());
    }
    if count == 1 {
        return are_distinct_names(&header.fields);
    }
    fitting * 4 >= count * 3
}

// Names begin with a letter somewhere: a row of numbers or timestamps (a log with decimal commas) is data. A row between
// two delimiters is a line of a Markdown table. Of two names, neither is empty (a statement that ends in a semicolon),
// and the second does not follow a space (a clause).
fn may_be_header(fields: &[&str]) -> bool {
    let begins_as_name = |field: &&str| {
        let unquoted = field.trim_start().trim_start_matches('"');
        unquoted.starts_with(|first: char| first.is_alphabetic() || first == '_')
    };
    let is_plausible = match fields {
        [] | [_] => false,
        [first, second] => !first.is_empty() && !second.is_empty() && !second.starts_with(' '),
        [first, .., last] => !(first.is_empty() && last.is_empty()),
    };
    is_plausible && fields.iter().any(begins_as_name)
}

fn are_distinct_names(fields: &[&str]) -> bool {
    let mut seen = HashSet::new();
    fields
        .iter()
        .all(|field| !field.is_empty() && field.trim() == *field && seen.insert(*field))
}

struct Row<'t> {
    fields: Vec<&'t str>,
    // Whether its line break was seen.
    is_complete: bool,
}

// The rows of a text, blank ones passed over. Quotes as in RFC 4180.
struct Rows<'t> {
    rest: &'t str,
    delimiter: u8,
}

impl<'t> Iterator for Rows<'t> {
    type Item = Row<'t>;

    fn next(&mut self) -> Option<Row<'t>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let row = self.read_row();
            let is_blank = matches!(row.fields.as_slice(), [field] if field.trim().is_empty());
            if !is_blank {
                return Some(row);
            }
        }
    }
}

impl<'t> Rows<'t> {
    fn read_row(&mut self) -> Row<'t> {
        let text = self.rest;
        let bytes = text.as_bytes();
        let (mut fields, mut start, mut is_quoted) = (Vec::new(), 0, false);
        for (index, byte) in bytes.iter().copied().enumerate() {
            // A doubled quote inside quotes closes and opens again, which comes to the same.
            if byte == b'"' && bytes[start] == b'"' {
                is_quoted = !is_quoted;
            } else if byte == b'\n' && !is_quoted {
                let line = text[start..index].trim_end_matches('\r');
                fields.push(line);
                self.rest = &text[index + 1..];
                return Row {
                    fields,
                    is_complete: true,
                };
            } else if byte == self.delimiter && !is_quoted {
                fields.push(&text[start..index]);
                start = index + 1;
            }
        }
        fields.push(text[start..].trim_end_matches('\r'));
        self.rest = "";
        Row {
            fields,
            is_complete: false,
        }
    }
}
