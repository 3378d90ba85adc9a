//! Delimited text, told from other text by the consistency of its lines.

/// The delimiters that are recognized, in the order of preference.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// The most rows that are compared.
const ROWS_MAX: usize = 50;

/// The delimiter of `text`, when its first row has two or more fields and three quarters of the rows have as many. The
/// others are bad rows of a table; in prose with commas the counts scatter.
///
/// A single row is a table only when nothing more follows. A file with one column cannot be told from text, and counts
/// as text.
pub(crate) fn delimiter(text: &str, is_whole: bool) -> Option<u8> {
    DELIMITERS
        .into_iter()
        .find(|delimiter| is_consistent(text.as_bytes(), *delimiter, is_whole))
}

fn is_consistent(text: &[u8], delimiter: u8, is_whole: bool) -> bool {
    let mut rows = field_counts(text, delimiter, is_whole);
    let Some(first) = rows.next().filter(|fields| *fields >= 2) else {
        return false;
    };
    let (mut count, mut fitting) = (1, 1);
    for fields in rows.take(ROWS_MAX) {
        count += 1;
        fitting += usize::from(fields == first);
    }
    // One long row that fills the prefix says nothing.
    fitting * 4 >= count * 3 && (count >= 2 || is_whole)
}

// The number of fields of each complete row; blank lines are passed over. Quotes as in RFC 4180.
fn field_counts(text: &[u8], delimiter: u8, is_whole: bool) -> impl Iterator<Item = usize> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let row = read_row(rest, delimiter);
            if !row.is_complete && !is_whole {
                return None;
            }
            rest = &rest[row.length..];
            if !row.is_blank {
                return Some(row.fields);
            }
        }
    })
}

struct Row {
    length: usize,
    fields: usize,
    is_blank: bool,
    is_complete: bool,
}

fn read_row(text: &[u8], delimiter: u8) -> Row {
    let (mut fields, mut is_quoted, mut at_field_start, mut is_blank) = (1, false, true, true);
    for (index, byte) in text.iter().copied().enumerate() {
        match byte {
            b'"' if at_field_start || is_quoted => {
                // A doubled quote inside quotes closes and opens again, which comes to the same.
                is_quoted = !is_quoted;
                at_field_start = false;
                is_blank = false;
            }
            b'\n' if !is_quoted => {
                return Row {
                    length: index + 1,
                    fields,
                    is_blank,
                    is_complete: true,
                };
            }
            _ if byte == delimiter && !is_quoted => {
                fields += 1;
                at_field_start = true;
                is_blank = false;
            }
            b'"' => at_field_start = false,
            b'\r' => {}
            _ => {
                at_field_start = false;
                is_blank = false;
            }
        }
    }
    Row {
        length: text.len(),
        fields,
        is_blank,
        is_complete: false,
    }
}
