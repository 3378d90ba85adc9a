//! Which format a text is in, told by its beginning.

use relay_model::{SchemaChanges, TableRule};
use serde_json::Value;
use serde_json::map::Map;

use crate::bad_rows::BadRowReason;
use crate::csv_rows::{CsvRows, Header};
use crate::plan::TableFormat;
use crate::rows::{Found, RowBatch, RowLimits, Window};

/// How many rows of the beginning are looked at.
const SNIFF_ROWS_MAX: usize = 1_000;
/// The delimiters that are told apart, in the order in which they are preferred.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// At least so many of a hundred rows must have as many fields as the header.
const CONSISTENT_PERCENT_MIN: usize = 90;

/// The format, or `None` when the text is neither JSON Lines nor a delimited table.
///
/// JSON Lines when the first line that is not blank is a JSON object. CSV when, for one delimiter, the header has two
/// fields or more and nearly every row has as many; of several such delimiters, the one that makes the most fields.
/// A declared schema settles it sooner: the delimiter that makes its header. A header alone, without a row, must look
/// like one: names that are not empty, not padded and not repeated.
pub(crate) fn format_of(window: &Window, declared: Option<&TableRule>, row_bytes_max: usize) -> Option<TableFormat> {
    let text = window.rest();
    if is_json_object(first_line(text)) {
        return Some(TableFormat::JsonLines);
    }
    if memchr::memchr(0, text).is_some() || is_json_array(first_line(text)) {
        return None;
    }
    let mut best = None;
    for delimiter in DELIMITERS {
        let mut probe = Window {
            data: text.to_vec(),
            is_last: window.is_last,
            ..Window::default()
        };
        let mut rows = CsvRows::new(delimiter);
        let Header::Names(names) = rows.read_header(&mut probe, row_bytes_max) else {
            continue;
        };
        if declared.is_some_and(|rule| is_header_of(rule, &names)) {
            return Some(TableFormat::Csv { delimiter });
        }
        if names.len() < 2 {
            continue;
        }
        let Some(are_rows_certain) = consistency(&mut rows, &mut probe, &names, row_bytes_max) else {
            continue;
        };
        // Quotes that make sense under one delimiter seldom do under another.
        let rank = (are_rows_certain, names.len());
        if best.is_none_or(|(earlier, _)| rank > earlier) {
            best = Some((rank, delimiter));
        }
    }
    best.map(|(_, delimiter)| TableFormat::Csv { delimiter })
}

/// Whether the first line that is not blank is there to its end.
pub(crate) fn has_first_line(window: &Window) -> bool {
    let text = window.rest();
    let blank = text.len() - text.trim_ascii_start().len();
    window.is_last || memchr::memchr(b'\n', &text[blank..]).is_some()
}

fn first_line(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    &text[..end]
}

fn is_json_object(line: &[u8]) -> bool {
    line.first() == Some(&b'{') && serde_json::from_slice::<Map<String, Value>>(line).is_ok()
}

// Commas stand in JSON arrays as well.
fn is_json_array(line: &[u8]) -> bool {
    line.first() == Some(&b'[') && serde_json::from_slice::<Vec<Value>>(line).is_ok()
}

fn is_header_of(rule: &TableRule, names: &[String]) -> bool {
    let schema = &rule.schema;
    if rule.changes == SchemaChanges::Compatible {
        return schema.fields.iter().all(|field| names.contains(&field.name));
    }
    schema.fields.len() == names.len() && schema.fields.iter().zip(names).all(|(field, name)| field.name == *name)
}

// Whether nearly all rows have as many fields as the header; and if so, whether it is certain where they end.
fn consistency(rows: &mut CsvRows, probe: &mut Window, names: &[String], row_bytes_max: usize) -> Option<bool> {
    let mut batch = RowBatch::default();
    batch.reset(names.len());
    let found = rows.read_batch(
        probe,
        RowLimits {
            rows_max: SNIFF_ROWS_MAX,
            row_bytes_max,
        },
        &mut batch,
    );
    let all = batch.rows() + batch.bad.len();
    // A row in another encoding still shows how many fields a row has: such a table is refused for its rows, with
    // their lines, instead of being passed on unread.
    let is_even = |rows: usize| {
        let in_other_encoding = batch
            .bad
            .iter()
            .filter(|bad| bad.reason == BadRowReason::InvalidUtf8)
            .count();
        (batch.rows() + in_other_encoding) * 100 >= rows * CONSISTENT_PERCENT_MIN
    };
    match found {
        Found::Rows => is_even(all).then_some(true),
        // The last of the bad rows is the one whose end is unknown. Such a table is set aside with the line.
        Found::EndUnknown { .. } if all > 1 => is_even(all - 1).then_some(false),
        Found::EndUnknown { .. } => looks_like_names(names).then_some(false),
        // The header is all that there is.
        Found::End => looks_like_names(names).then_some(true),
        // The first row is longer than the prefix; a row of that length is no reason to refuse.
        Found::NeedsMore | Found::NewKeys(_) => Some(true),
    }
}

fn looks_like_names(names: &[String]) -> bool {
    let mut seen = std::collections::HashSet::new();
    names
        .iter()
        .all(|name| !name.is_empty() && name.trim() == name && seen.insert(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniff(text: &str) -> Option<TableFormat> {
        let window = Window {
            data: text.as_bytes().to_vec(),
            is_last: true,
            ..Window::default()
        };
        format_of(&window, None, 1_000)
    }

    #[test]
    fn the_content_tells_the_format() {
        for (text, delimiter) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2,5\n", b';'),
            ("a\tb\tc\n1\t2\t3\n", b'\t'),
            ("a|b\n1|2", b'|'),
            ("a,b\n", b','),
            ("\n\na,b\r\n\"x,y\",2\r\n", b','),
        ] {
            assert_eq!(sniff(text), Some(TableFormat::Csv { delimiter }), "{text}");
        }
        assert_eq!(sniff("\n {\"a\": 1}\nrest"), Some(TableFormat::JsonLines));
        for text in [
            "",
            "\n\n",
            "word\nword\n",
            "Dear all,\nthis is no table, as,\none, can, see.\n",
            "hello, world",
            "[1,2]\n",
            "a,b\0\n1,2\n",
        ] {
            assert_eq!(sniff(text), None, "{text}");
        }
    }
}
