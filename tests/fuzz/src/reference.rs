//! Tables by a second, naive reading: one byte after the other, from the text of the rules and not from the code.

/// What stands between two rows of a CSV file.
pub struct Table {
    /// The header line.
    pub names: Vec<Vec<u8>>,
    /// The rows, blank lines left out; `None` for a line that is no row.
    pub rows: Vec<Option<Vec<Vec<u8>>>>,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads CSV (RFC 4180): LF or CRLF ends a row, a quote counts at the beginning of a field only, blank lines are skipped; a row
/// that is too long, not UTF-8, or whose quotes are wrong, condemns the one line that it starts on. `None` without a header.
pub fn csv(text: &[u8], delimiter: u8, row_bytes_max: usize) -> Option<Table> {
    let mut rest = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut names = None;
    let mut rows = Vec::new();
    while !rest.is_empty() {
        if let Some((fields, after)) = row(rest, delimiter).filter(|(_, after)| *after <= row_bytes_max) {
            let line = &rest[..after];
            rest = &rest[after..];
            if matches!(line, b"\n" | b"\r\n") {
                continue;
            }
            let fields = std::str::from_utf8(line).is_ok().then_some(fields);
            match &names {
                None => names = Some(fields?),
                Some(_) => rows.push(fields),
            }
        } else {
            names.as_ref()?;
            rows.push(None);
            let end = rest.iter().position(|byte| *byte == b'\n');
            rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
        }
    }
    Some(Table { names: names?, rows })
}

/// The fields of the row that the text begins with, and how long it is with its line ending; `None` if the quotes are wrong.
fn row(text: &[u8], delimiter: u8) -> Option<(Vec<Vec<u8>>, usize)> {
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let (field, next) = if text.get(at) == Some(&b'"') {
            quoted(text, at + 1)?
        } else {
            let length = text[at..]
                .iter()
                .position(|byte| *byte == delimiter || *byte == b'\n')
                .unwrap_or(text.len() - at);
            (text[at..at + length].to_vec(), at + length)
        };
        at = next;
        match text.get(at) {
            None => {
                fields.push(field);
                return Some((fields, at));
            }
            Some(b'\n') => {
                let field = match field.strip_suffix(b"\r") {
                    Some(field) if text[at - 1] == b'\r' => field.to_vec(),
                    _ => field,
                };
                fields.push(field);
                return Some((fields, at + 1));
            }
            Some(b'\r') if text.get(at + 1) == Some(&b'\n') => {
                fields.push(field);
                return Some((fields, at + 2));
            }
            Some(byte) if *byte == delimiter => {
                fields.push(field);
                at += 1;
            }
            Some(_) => return None,
        }
    }
}

/// A field from behind its opening quote; where the text goes on behind the closing one.
fn quoted(text: &[u8], from: usize) -> Option<(Vec<u8>, usize)> {
    let mut field = Vec::new();
    let mut at = from;
    loop {
        match (text.get(at)?, text.get(at + 1)) {
            (b'"', Some(b'"')) => {
                field.push(b'"');
                at += 2;
            }
            (b'"', _) => return Some((field, at + 1)),
            (byte, _) => {
                field.push(*byte);
                at += 1;
            }
        }
    }
}

/// How many rows JSON Lines have: lines that are not blank.
pub fn json_lines(text: &[u8]) -> usize {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let lines = text.split(|byte| *byte == b'\n');
    lines.filter(|line| !line.trim_ascii().is_empty()).count()
}
