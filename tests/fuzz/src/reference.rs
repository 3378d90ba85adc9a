//! Tables by a second, naive reading: one byte after the other, from the text of the rules and not from the code.

/// What stands between two rows of a CSV file.
pub struct Table {
    /// The header line.
    pub names: Vec<Vec<u8>>,
    /// The rows, blank lines left out; `None` for one that is bad.
    pub rows: Vec<Option<Vec<Vec<u8>>>>,
    /// Whether it is certain where each row ends; if not, the rows before the first of which it is not.
    pub is_certain: bool,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads CSV (RFC 4180): LF or CRLF ends a row, a quote counts at the beginning of a field only, blank lines are skipped. A row
/// that is too long or not UTF-8 is bad; so is one whose quotes are wrong, if every reading of them ends it at the same line
/// break. Carriage returns before a line feed or the end belong to the line break; one elsewhere outside quotes leaves open
/// where its row ends. `None` without a header.
pub fn csv(text: &[u8], delimiter: u8, row_bytes_max: usize) -> Option<Table> {
    let mut rest = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut names = None;
    let mut rows = Vec::new();
    while !rest.is_empty() {
        if let Some((fields, after)) = row(rest, delimiter).filter(|(_, after)| *after <= row_bytes_max) {
            let line = &rest[..after];
            if line.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                rest = &rest[after..];
                continue;
            }
            if has_lone_return(line, delimiter) {
                return Some(Table {
                    names: names?,
                    rows,
                    is_certain: false,
                });
            }
            rest = &rest[after..];
            let fields = std::str::from_utf8(line).is_ok().then_some(fields);
            match &names {
                None => names = Some(fields?),
                Some(_) => rows.push(fields),
            }
        } else {
            names.as_ref()?;
            let Some(after) = end_of_bad_row(rest, delimiter) else {
                return Some(Table {
                    names: names?,
                    rows,
                    is_certain: false,
                });
            };
            rows.push(None);
            rest = &rest[after..];
        }
    }
    Some(Table {
        names: names?,
        rows,
        is_certain: true,
    })
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    FieldStart,
    Plain,
    Quoted,
}

/// Where the next row begins, if all readings agree: behind a quote within quotes the cell has ended, or goes on.
fn end_of_bad_row(text: &[u8], delimiter: u8) -> Option<usize> {
    let mut places = std::collections::BTreeSet::from([(Place::FieldStart, 0)]);
    // Reading by reading from place to place: all at the same distance from the beginning, or one step further.
    for at in 0..text.len() {
        let here: Vec<Place> = places
            .iter()
            .filter(|(_, from)| *from == at)
            .map(|(place, _)| *place)
            .collect();
        places.retain(|(_, from)| *from > at);
        if text[at] == b'\r' && here.iter().any(|place| *place != Place::Quoted) {
            let after = text[at..].iter().find(|byte| **byte != b'\r');
            if after.is_some_and(|byte| *byte != b'\n') {
                return None;
            }
        }
        if text[at] == b'\n' && !here.is_empty() {
            let is_outside = |place: &Place| *place != Place::Quoted;
            if here.iter().all(is_outside) && places.is_empty() {
                return Some(at + 1);
            }
            if here.iter().any(is_outside) {
                return None;
            }
        }
        for place in here {
            let next = match (place, text[at]) {
                (Place::FieldStart, b'"') => vec![(Place::Quoted, at + 1)],
                (Place::FieldStart | Place::Plain, byte) if byte == delimiter => vec![(Place::FieldStart, at + 1)],
                (Place::FieldStart | Place::Plain, _) => vec![(Place::Plain, at + 1)],
                (Place::Quoted, b'"') => match &text[at + 1..] {
                    [b'"', ..] => vec![(Place::Quoted, at + 2)],
                    [] | [b'\n' | b'\r', ..] => vec![(Place::Plain, at + 1)],
                    [byte, ..] if *byte == delimiter => vec![(Place::Plain, at + 1)],
                    _ => vec![(Place::Plain, at + 1), (Place::Quoted, at + 1)],
                },
                (Place::Quoted, _) => vec![(Place::Quoted, at + 1)],
            };
            places.extend(next);
        }
    }
    let is_closed = places.iter().all(|(place, _)| *place != Place::Quoted);
    is_closed.then_some(text.len())
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
                fields.push(if at > 0 && text[at - 1] == b'"' {
                    field
                } else {
                    without_returns(field)
                });
                return Some((fields, at));
            }
            Some(b'\n') => {
                fields.push(if at > 0 && text[at - 1] == b'"' {
                    field
                } else {
                    without_returns(field)
                });
                return Some((fields, at + 1));
            }
            Some(b'\r') => {
                let returns = text[at..].iter().take_while(|byte| **byte == b'\r').count();
                fields.push(field);
                return match text.get(at + returns) {
                    Some(b'\n') => Some((fields, at + returns + 1)),
                    Some(_) => None,
                    None => Some((fields, text.len())),
                };
            }
            Some(byte) if *byte == delimiter => {
                fields.push(field);
                at += 1;
            }
            Some(_) => return None,
        }
    }
}

fn without_returns(mut field: Vec<u8>) -> Vec<u8> {
    while field.last() == Some(&b'\r') {
        field.pop();
    }
    field
}

/// Where in a row a byte stands.
enum In {
    Start,
    Plain,
    Quotes,
    Behind,
}

/// Whether a row has a carriage return outside quotes that does not belong to its line break.
fn has_lone_return(line: &[u8], delimiter: u8) -> bool {
    let mut end = line.len();
    while end > 0 && matches!(line[end - 1], b'\r' | b'\n') {
        end -= 1;
    }
    let mut place = In::Start;
    for byte in &line[..end] {
        place = match (place, byte) {
            (In::Quotes, b'"') => In::Behind,
            (In::Start | In::Behind, b'"') | (In::Quotes, _) => In::Quotes,
            (_, b'\r') => return true,
            (_, byte) if *byte == delimiter => In::Start,
            _ => In::Plain,
        };
    }
    false
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
