//! What a text is, told by its beginning: JSON, delimited text in one of the dialects that people send, or no table.
//!
//! The first row that says what the others are is looked for, and evidence for it: rows of equally many fields, names that
//! look like names, values that look otherwise than their names. Where the evidence is weak (a single column, lines above the
//! heading, ragged rows, blanks behind delimiters) more of it is asked for, so that prose, programs and logs stay what they
//! are. What is chosen is recorded ([`TableReading`]); lines that are left out are counted, and nothing of them is kept.

use std::borrow::Cow;
use std::collections::HashSet;

use encoding_rs::Encoding;
use relay_frictionless::Dialect;
use relay_model::{SchemaChanges, TableReading, TableRule};
use relay_privacy::{Forms, classify_name, find_strays};
use serde_json::Value;
use serde_json::map::Map;

use crate::cells::{Cell, CellKind, unquote};
use crate::encodings::{KnownBy, SEPARATORS, TextEncoding, decoded, encoding_of};
use crate::evidence::Evidence;
use crate::plan::TableFormat;
use crate::typed_text;

/// How many rows of the beginning are looked at.
const ROWS_MAX: usize = 1_000;
/// The delimiters that are told apart, in the order in which they are preferred; [`SEPARATORS`] are the last.
const DELIMITERS: [u8; 6] = [b',', b';', b'\t', b'|', SEPARATORS[0], SEPARATORS[1]];
/// What a line begins with that is a comment.
const COMMENT: u8 = b'#';
/// So many of a hundred rows have as many fields as the heading, in a table of which nothing else is asked.
const CLEAN_PERCENT_MIN: usize = 90;
/// The same where the heading is beyond doubt: the others are bad rows.
const RAGGED_PERCENT_MIN: usize = 75;
/// The same where the values bear the heading out.
const VERY_RAGGED_PERCENT_MIN: usize = 50;
/// So many rows must be there before others are called ragged.
const RAGGED_ROWS_MIN: usize = 3;
/// How many rows of titles and notes may stand above the heading.
const PREAMBLE_ROWS_MAX: usize = 20;
/// So many of a hundred values are of one kind in a column of that kind.
const ALIKE_PERCENT_MIN: usize = 90;
/// So many of a hundred fields begin with a blank where blanks belong to the delimiter.
const BLANKS_PERCENT_MIN: usize = 90;
/// The longest name of a column that is told by its looks, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// The most words of the name of a single column.
const SINGLE_NAME_WORDS_MAX: usize = 4;
/// So many values of one kind make a single column, if the kind is not rare among other values.
const SINGLE_VALUES_MIN: usize = 3;
/// The longest value of a single column that is told by its name alone, in bytes.
const SINGLE_VALUE_BYTES_MAX: usize = 80;
/// A heading that is longer than a row may be is one from this many names on.
const CUT_OFF_NAMES_MIN: usize = 16;
/// The most lines that are named of those that were left out.
pub(crate) const SKIPPED_LINES_NAMED_MAX: usize = 20;

/// What is known beforehand.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The table that is registered for the path.
    pub(crate) declared: Option<&'a TableRule>,
    /// The encoding that is declared.
    pub(crate) encoding: Option<&'static Encoding>,
    pub(crate) row_bytes_max: usize,
}

/// A table, and how its text is read.
#[derive(Debug)]
pub(crate) struct Recognized {
    pub(crate) format: TableFormat,
    pub(crate) text: Preparation,
    /// What begins a line that is a comment.
    pub(crate) comment: Option<u8>,
    pub(crate) reading: TableReading,
}

/// How text is made ready for the readers of rows.
#[derive(Debug)]
pub(crate) struct Preparation {
    pub(crate) encoding: &'static Encoding,
    /// Lines at the beginning that are left out.
    pub(crate) leading_lines: u64,
    /// What must be rewritten.
    pub(crate) syntax: Option<Dialect>,
}

/// Whether a text that begins like this is a table, or may turn out to be one. `is_whole` says that there is nothing more.
pub fn may_be_table(head: &[u8], is_whole: bool, row_bytes_max: usize) -> bool {
    let asked = Asked {
        declared: None,
        encoding: None,
        row_bytes_max,
    };
    let Some(found) = encoding_of(head, is_whole) else {
        return false;
    };
    if !is_whole && !has_first_line(head, is_whole) {
        return true;
    }
    recognize_text(head, is_whole, found, &asked).is_some()
}

/// What a text is that begins like this; nothing if it is no table.
pub(crate) fn recognize(head: &[u8], is_whole: bool, asked: &Asked<'_>) -> Option<Recognized> {
    let declared = asked.encoding.map(|encoding| TextEncoding {
        encoding,
        by: KnownBy::Declaration,
        separator: None,
    });
    let found = declared.or_else(|| encoding_of(head, is_whole))?;
    recognize_text(head, is_whole, found, asked)
}

/// What the cells of a sheet are (`typed_text.rs`): where the names of its columns stand; nothing if they are no table.
pub(crate) fn recognize_cells(text: &[u8], is_whole: bool, asked: &Asked<'_>) -> Option<TableReading> {
    let head = Head {
        text,
        is_whole,
        row_bytes_max: asked.row_bytes_max,
        is_typed: true,
        separator: None,
    };
    let table = match asked.declared.and_then(|rule| head.table_of(rule)) {
        Some(table) => table,
        None => head.table()?,
    };
    let above = &table.rows[..table.heading];
    Some(TableReading {
        encoding: encoding_rs::UTF_8.name().to_ascii_lowercase(),
        encoding_by: KnownBy::Content.name().to_owned(),
        header_line: Some(table.rows[table.heading].line),
        skipped_lines: above.len() as u64,
        first_skipped_lines: above.iter().map(|row| row.line).take(SKIPPED_LINES_NAMED_MAX).collect(),
        ..TableReading::default()
    })
}

/// Whether the first line that is not blank is there to its end.
pub(crate) fn has_first_line(head: &[u8], is_whole: bool) -> bool {
    let blank = head.len() - head.trim_ascii_start().len();
    is_whole || memchr::memchr2(b'\n', b'\r', &head[blank..]).is_some()
}

fn recognize_text(head: &[u8], is_whole: bool, found: TextEncoding, asked: &Asked<'_>) -> Option<Recognized> {
    let text = decoded(head, found.encoding);
    let reading = TableReading {
        encoding: found.encoding.name().to_ascii_lowercase(),
        encoding_by: found.by.name().to_owned(),
        ..TableReading::default()
    };
    let text_alone = |format| Recognized {
        format,
        text: Preparation {
            encoding: found.encoding,
            leading_lines: 0,
            syntax: None,
        },
        comment: None,
        reading: reading.clone(),
    };
    let separator = found.separator;
    match json_of(&text, is_whole) {
        _ if separator.is_some() => {}
        Json::Lines => return Some(text_alone(TableFormat::JsonLines)),
        Json::Array => return Some(text_alone(TableFormat::JsonArray)),
        Json::Other => return None,
        Json::None => {}
    }
    let head = Head {
        text: &text,
        is_whole,
        row_bytes_max: asked.row_bytes_max,
        is_typed: false,
        separator,
    };
    let table = match asked.declared.and_then(|rule| head.table_of(rule)) {
        Some(table) => table,
        None => head.table()?,
    };
    Some(table.recognized(&head, text_alone(TableFormat::Csv { delimiter: b',' })))
}

/// What of JSON a text is.
#[derive(Debug, PartialEq, Eq)]
enum Json {
    /// An object on each line.
    Lines,
    /// Objects in an array.
    Array,
    /// JSON that is no table.
    Other,
    /// No JSON.
    None,
}

fn json_of(text: &[u8], is_whole: bool) -> Json {
    let line = first_line(text);
    let is_only_line = is_whole && line.len() == text.trim_ascii().len();
    match line.first() {
        Some(b'{') => {
            let has_array = array_start(text).is_some();
            if serde_json::from_slice::<Map<String, Value>>(line).is_ok() {
                // One line with one array of objects is a document and no row.
                return if is_only_line && has_array {
                    Json::Array
                } else {
                    Json::Lines
                };
            }
            if has_array {
                Json::Array
            } else if begins_json(text) {
                Json::Other
            } else {
                Json::None
            }
        }
        Some(b'[') if array_start(text).is_some() => Json::Array,
        // Commas stand in JSON arrays as well.
        Some(b'[') if serde_json::from_slice::<Vec<Value>>(line).is_ok() || begins_json(text) => Json::Other,
        _ => Json::None,
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    text[..end].trim_ascii_end()
}

// Whether the text is JSON as far as it goes.
fn begins_json(text: &[u8]) -> bool {
    match serde_json::from_slice::<serde::de::IgnoredAny>(text) {
        Ok(_) => true,
        Err(error) => error.is_eof(),
    }
}

/// Where the first object of an array of objects stands that is the whole document, or the first member of it, and whether it
/// is a member.
pub(crate) fn array_start(text: &[u8]) -> Option<(usize, bool)> {
    let blank = |at: usize| at + text[at..].len() - text[at..].trim_ascii_start().len();
    let mut at = blank(0);
    let is_member = text.get(at) == Some(&b'{');
    if is_member {
        at = blank(at + 1);
        if text.get(at) != Some(&b'"') {
            return None;
        }
        at += 1;
        loop {
            at += memchr::memchr2(b'"', b'\\', text.get(at..)?)? + 1;
            if text[at - 1] == b'"' {
                break;
            }
            at += 1;
        }
        at = blank(at);
        if text.get(at) != Some(&b':') {
            return None;
        }
        at = blank(at + 1);
    }
    if text.get(at) != Some(&b'[') {
        return None;
    }
    let first = blank(at + 1);
    (text.get(first) == Some(&b'{')).then_some((first, is_member))
}

/// How rows and fields are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Style {
    delimiter: u8,
    return_ends_line: bool,
    skip_blanks: bool,
}

impl Style {
    const OF_CELLS: Self = Self {
        delimiter: typed_text::DELIMITER,
        return_ends_line: false,
        skip_blanks: false,
    };
}

/// The beginning of a text, in UTF-8.
struct Head<'t> {
    text: &'t [u8],
    is_whole: bool,
    row_bytes_max: usize,
    /// Whether it is one of cells (`typed_text.rs`), of which the style is known.
    is_typed: bool,
    /// What must stand between fields, since it could be no text otherwise.
    separator: Option<u8>,
}

/// A row of it that is not blank.
#[derive(Debug)]
struct HeadRow<'t> {
    line: u64,
    fields: Vec<&'t [u8]>,
    is_complete: bool,
    /// Its quotes are not closed, or closed too early.
    is_broken: bool,
    is_comment: bool,
}

/// A table that was found in it.
struct Table<'t> {
    style: Style,
    rows: Vec<HeadRow<'t>>,
    /// The row that has the names.
    heading: usize,
}

/// How good the evidence is: the lower, the better.
type Grade = (u8, bool, usize, std::cmp::Reverse<usize>, usize);

impl<'t> Head<'t> {
    // Every style whose signs are there.
    fn styles(&self, delimiters: &[u8]) -> Vec<Style> {
        if self.is_typed {
            return vec![Style::OF_CELLS];
        }
        let returns: &[bool] = match (self.lone_returns(), memchr::memchr_iter(b'\n', self.text).count()) {
            (0, _) => &[false],
            // Those that are few stand in quoted cells.
            (returns, feeds) if returns > 2 * feeds => &[true],
            _ => &[false, true],
        };
        let is_there =
            |delimiter: &&u8| !SEPARATORS.contains(delimiter) || memchr::memchr(**delimiter, self.text).is_some();
        let mut styles = Vec::new();
        for return_ends_line in returns {
            for delimiter in delimiters.iter().filter(is_there) {
                let has_blanks = memchr::memmem::find(self.text, &[*delimiter, b' ']).is_some();
                let blanks: &[bool] = if has_blanks { &[false, true] } else { &[false] };
                styles.extend(blanks.iter().map(|skip_blanks| Style {
                    delimiter: *delimiter,
                    return_ends_line: *return_ends_line,
                    skip_blanks: *skip_blanks,
                }));
            }
        }
        styles
    }

    fn lone_returns(&self) -> usize {
        let is_lone = |at: &usize| match self.text.get(at + 1) {
            Some(byte) => *byte != b'\n',
            None => self.is_whole,
        };
        memchr::memchr_iter(b'\r', self.text).filter(is_lone).count()
    }

    /// The table whose heading a registered schema knows.
    fn table_of(&self, rule: &TableRule) -> Option<Table<'t>> {
        let delimiters = self
            .separator
            .map_or_else(|| DELIMITERS.to_vec(), |separator| vec![separator]);
        for style in self.styles(&delimiters) {
            let rows = self.rows(style);
            let heading = rows
                .iter()
                .take(PREAMBLE_ROWS_MAX + 1)
                .position(|row| row.is_complete_in(self) && is_heading_of(rule, &row.names(style)));
            if let Some(heading) = heading {
                return Some(Table { style, rows, heading });
            }
        }
        None
    }

    /// The table that there is the best evidence for.
    fn table(&self) -> Option<Table<'t>> {
        let separator = self.separator.or_else(|| self.named_separator());
        let delimiters = separator.map_or_else(|| DELIMITERS.to_vec(), |separator| vec![separator]);
        let mut best: Option<(Grade, Table<'t>)> = None;
        for (order, style) in self.styles(&delimiters).into_iter().enumerate() {
            let rows = self.rows(style);
            let is_broken = rows.last().is_some_and(|row| row.is_broken);
            let graded = (0..rows.len().min(PREAMBLE_ROWS_MAX + 1)).filter_map(|heading| {
                let candidate = Candidate {
                    head: self,
                    style,
                    rows: &rows,
                    heading,
                    separator_named: separator.is_some() && self.separator.is_none(),
                };
                let (grade, skipped, fields) = candidate.grade()?;
                Some(((grade, is_broken, skipped, std::cmp::Reverse(fields), order), heading))
            });
            let Some((grade, heading)) = graded.min() else { continue };
            if best.as_ref().is_none_or(|(best, _)| grade < *best) {
                best = Some((grade, Table { style, rows, heading }));
            }
        }
        let found = best.map(|(_, table)| table);
        if self.separator.is_some() {
            return found;
        }
        found.or_else(|| self.single_column(separator))
    }

    // `sep=;`, which spreadsheet programs write and read in the first line.
    fn named_separator(&self) -> Option<u8> {
        if self.is_typed {
            return None;
        }
        let end = memchr::memchr2(b'\n', b'\r', self.text)?;
        let line = self.text[..end].trim_ascii_start();
        let line = line
            .strip_prefix(b"\"")
            .map_or(line, |line| line.strip_suffix(b"\"").unwrap_or(line));
        let (name, separator) = line.split_at_checked(4)?;
        match separator {
            [separator] if name.eq_ignore_ascii_case(b"sep=") => {
                let may_separate = separator.is_ascii_punctuation() || *separator == b'\t';
                (may_separate && *separator != b'"').then_some(*separator)
            }
            _ => None,
        }
    }

    // A name, and values of one kind below it.
    fn single_column(&self, separator: Option<u8>) -> Option<Table<'t>> {
        let has_feed = memchr::memchr(b'\n', self.text).is_some();
        let style = Style {
            delimiter: separator.unwrap_or(b','),
            return_ends_line: !self.is_typed && !has_feed && self.lone_returns() > 0,
            skip_blanks: false,
        };
        let rows = self.rows(style);
        let first = usize::from(separator.is_some());
        let heading = first + rows.iter().skip(first).position(|row| !row.is_comment)?;
        is_single_column(&rows, heading, style).then_some(Table { style, rows, heading })
    }

    // Behind a row whose end is unknown, nothing is known. Such a table is set aside for it.
    fn rows(&self, style: Style) -> Vec<HeadRow<'t>> {
        let mut rows = Vec::new();
        let (mut at, mut line) = (0, 1);
        while at < self.text.len() && rows.len() < ROWS_MAX {
            let (row, after, line_breaks) = self.row(at, line, style);
            if row.is_broken && !row.is_comment {
                rows.push(row);
                return rows;
            }
            if !matches!(row.fields.as_slice(), [field] if field.is_empty()) {
                rows.push(row);
            }
            at = after;
            line += if self.is_typed { 1 } else { line_breaks };
        }
        rows
    }

    // The row that begins here, the byte after it and the line breaks in it.
    fn row(&self, start: usize, line: u64, style: Style) -> (HeadRow<'t>, usize, u64) {
        let is_comment = self.text[start] == COMMENT;
        let (line_end, next_line) = self.line_end(start, style);
        let limit = if is_comment { line_end } else { self.text.len() };
        let mut row = HeadRow {
            line,
            fields: Vec::new(),
            is_complete: true,
            is_broken: false,
            is_comment,
        };
        let (mut field, mut line_breaks) = (start, 1);
        let broken = |mut row: HeadRow<'t>| {
            row.is_broken = true;
            (row, next_line, 1)
        };
        loop {
            let mut at = field;
            while style.skip_blanks && at < limit && self.text[at] == b' ' {
                at += 1;
            }
            if at < limit && self.text[at] == b'"' {
                let Some(closed) = close_quote(&self.text[..limit], at) else {
                    if self.is_whole || is_comment || self.text.len() - start > self.row_bytes_max {
                        return broken(row);
                    }
                    row.is_complete = false;
                    return (row, self.text.len(), 1);
                };
                line_breaks += self.line_breaks(at, closed, style);
                match self.text[..limit].get(closed) {
                    Some(byte) if *byte == style.delimiter || matches!(*byte, b'\n' | b'\r') => {}
                    None => {}
                    Some(_) => return broken(row),
                }
                at = closed;
            }
            let rest = &self.text[at..limit];
            let found = if style.return_ends_line {
                memchr::memchr3(style.delimiter, b'\n', b'\r', rest)
            } else {
                memchr::memchr2(style.delimiter, b'\n', rest)
            };
            let end = found.map_or(limit, |found| at + found);
            if found.is_some() && self.text[end] == style.delimiter {
                row.fields.push(&self.text[field..end]);
                field = end + 1;
                continue;
            }
            let mut content = &self.text[field..end];
            if !style.return_ends_line {
                content = content.strip_suffix(b"\r").unwrap_or(content);
            }
            row.fields.push(content);
            let after = self.line_end(end, style).1;
            row.is_complete = end < self.text.len() || self.is_whole;
            return (row, after, line_breaks);
        }
    }

    // Where the line ends, and where the next one starts.
    fn line_end(&self, from: usize, style: Style) -> (usize, usize) {
        let rest = &self.text[from..];
        let found = if style.return_ends_line {
            memchr::memchr2(b'\n', b'\r', rest)
        } else {
            memchr::memchr(b'\n', rest)
        };
        let Some(end) = found.map(|found| from + found) else {
            return (self.text.len(), self.text.len());
        };
        let is_pair = self.text[end] == b'\r' && self.text.get(end + 1) == Some(&b'\n');
        (end, end + 1 + usize::from(is_pair))
    }

    fn line_breaks(&self, from: usize, to: usize, style: Style) -> u64 {
        let (mut at, mut breaks) = (from, 0);
        loop {
            let (end, after) = self.line_end(at, style);
            if end >= to {
                return breaks;
            }
            breaks += 1;
            at = after;
        }
    }
}

// The byte behind the quote that closes the one that stands here.
fn close_quote(text: &[u8], opening: usize) -> Option<usize> {
    let mut at = opening + 1;
    loop {
        at += memchr::memchr(b'"', text.get(at..)?)? + 1;
        if text.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

impl HeadRow<'_> {
    fn is_complete_in(&self, head: &Head<'_>) -> bool {
        (self.is_complete || head.is_whole) && !self.is_broken
    }

    fn names(&self, style: Style) -> Vec<String> {
        let name = |field: &&[u8]| String::from_utf8_lossy(&value_of(field, style)).into_owned();
        self.fields.iter().map(name).collect()
    }

    // A comment with a blank behind its sign, which the name of a column seldom has.
    fn is_remark(&self) -> bool {
        self.is_comment && self.fields.first().is_some_and(|field| field.starts_with(b"# "))
    }

    // A carriage return outside quotes, with something behind it.
    fn has_open_return(&self, style: Style) -> bool {
        let is_open = |field: &&[u8]| {
            let last = field.iter().rposition(|byte| *byte != b'\r').unwrap_or(0);
            let first = field.iter().find(|byte| !(style.skip_blanks && **byte == b' '));
            first != Some(&b'"') && field[..last].contains(&b'\r')
        };
        self.fields.iter().any(is_open)
    }

    // One cell, if that, in a row of several: a title that a spreadsheet program has padded.
    fn is_padded_title(&self) -> bool {
        let filled = self
            .fields
            .iter()
            .filter(|field| !field.trim_ascii().is_empty())
            .count();
        filled <= 1 && self.fields.len() > 1
    }
}

fn value_of(field: &[u8], style: Style) -> Cow<'_, [u8]> {
    unquote(if style.skip_blanks {
        let blanks = field.iter().take_while(|byte| **byte == b' ').count();
        &field[blanks..]
    } else {
        field
    })
}

/// A row that may be the heading.
struct Candidate<'a, 't> {
    head: &'a Head<'t>,
    style: Style,
    rows: &'a [HeadRow<'t>],
    heading: usize,
    separator_named: bool,
}

impl Candidate<'_, '_> {
    fn fields(&self) -> usize {
        self.rows[self.heading].fields.len()
    }

    // The rows below that are all there, without comments.
    fn body(&self) -> impl Iterator<Item = &HeadRow<'_>> {
        let fields = self.fields();
        let is_whole = self.head.is_whole;
        self.rows[self.heading + 1..].iter().filter(move |row| {
            (row.is_complete || is_whole) && !row.is_broken && (!row.is_comment || row.fields.len() == fields)
        })
    }

    fn fitting(&self) -> impl Iterator<Item = &HeadRow<'_>> {
        let fields = self.fields();
        self.body().filter(move |row| row.fields.len() == fields)
    }

    // The grade, the rows above the heading that are no comments, and the fields.
    fn grade(&self) -> Option<(u8, usize, usize)> {
        let fields = self.fields();
        let heading = &self.rows[self.heading];
        if fields < 2 || heading.is_broken || (self.separator_named && self.heading == 0) {
            return None;
        }
        if !heading.is_complete && !self.head.is_whole {
            let is_cut_off = self.heading == 0 && fields > CUT_OFF_NAMES_MIN;
            return (is_cut_off && self.are_distinct(CUT_OFF_NAMES_MIN)).then_some((0, 0, fields));
        }
        let above = &self.rows[..self.heading];
        // More lines than one to everybody who ends a line there, as this does in the other style.
        if !self.style.return_ends_line && above.iter().any(|row| row.has_open_return(self.style)) {
            return None;
        }
        let mut skipped = 0;
        let mut is_plain_preamble = true;
        for (number, row) in above.iter().enumerate() {
            let is_separator = number == 0 && self.separator_named;
            if is_separator || (row.is_comment && (row.fields.len() != fields || row.is_remark())) {
                continue;
            }
            skipped += 1;
            let is_title = row.fields.len() == 1 || row.is_padded_title();
            let is_above = is_title || row.fields.len() <= fields / 2 || self.is_prose(row);
            if row.is_broken || !is_above {
                return None;
            }
            is_plain_preamble &= is_title && !has_other_delimiter(row, self.style);
        }
        let has_blanks = self.blanks_follow_delimiters();
        if has_blanks != self.style.skip_blanks {
            return None;
        }
        let all = self.body().count();
        let fitting = self.fitting().count();
        let share = |percent: usize| fitting * 100 >= all * percent;
        let grade = if share(CLEAN_PERCENT_MIN) && skipped == 0 && self.is_plausible(all) {
            // Line ends in names are rather those of another style.
            let has_control = heading
                .fields
                .iter()
                .any(|field| field.iter().any(u8::is_ascii_control));
            if has_control || self.has_names_below_comment() {
                4
            } else {
                0
            }
        } else if share(CLEAN_PERCENT_MIN) && self.heading == 0 && all > 0 && self.is_data() {
            4
        } else if !self.is_strong() {
            return None;
        } else if share(CLEAN_PERCENT_MIN) && skipped > 0 && all > 0 {
            let is_borne_out = self.has_contrast() || self.has_hints() || (is_plain_preamble && self.has_other_case());
            is_borne_out.then_some(1)?
        } else if all < RAGGED_ROWS_MIN {
            return None;
        } else if skipped == 0 {
            let is_ragged = (share(RAGGED_PERCENT_MIN) && (fields > 2 || self.has_hints()))
                || (share(VERY_RAGGED_PERCENT_MIN) && self.has_contrast());
            is_ragged.then_some(2)?
        } else {
            (share(RAGGED_PERCENT_MIN) && self.has_contrast()).then_some(3)?
        };
        // Programs write such fields, and all alike; signs of a text (a switch of its looks, a message of a protocol) are none.
        if SEPARATORS.contains(&self.style.delimiter) {
            let is_bounded = !heading.fields[0].is_empty() && !heading.fields[fields - 1].is_empty();
            let is_told = self.is_strong() || (is_bounded && self.is_data());
            (share(CLEAN_PERCENT_MIN) && skipped == 0 && all > 0 && is_told).then_some(())?;
        }
        Some((grade, skipped, fields))
    }

    // In (nearly) all fields but the first, of the heading and of the rows.
    fn blanks_follow_delimiters(&self) -> bool {
        let percent = |rows: &mut dyn Iterator<Item = &HeadRow<'_>>| {
            let fields = rows
                .flat_map(|row| row.fields.iter().skip(1))
                .filter(|field| !field.is_empty());
            let (all, with) = fields.fold((0, 0), |(all, with), field| {
                (all + 1, with + usize::from(field[0] == b' '))
            });
            all == 0 || with * 100 >= all * BLANKS_PERCENT_MIN
        };
        let heading = &self.rows[self.heading];
        heading.fields[1..].iter().any(|field| field.starts_with(b" "))
            && percent(&mut std::iter::once(heading))
            && percent(&mut self.fitting())
    }

    // Names begin with a letter somewhere: a row of numbers or timestamps (a log with decimal commas) is data. A row between
    // two delimiters is a line of a Markdown table. Of two names, neither is empty in every row (a statement that ends in a
    // semicolon), and the second does not follow a space (a clause).
    fn is_plausible(&self, all: usize) -> bool {
        let names = self.rows[self.heading].names(self.style);
        let is_possible = match names.as_slice() {
            [first, second] => {
                // A cell alone above two names is a title; a line of text may have a comma at its end.
                let is_title = self.head.is_typed && self.has_better_below();
                !is_title && (!first.is_empty() || self.is_filled(0)) && (!second.is_empty() || self.is_filled(1)) && {
                    let is_weak = self.style.skip_blanks;
                    !second.starts_with(' ')
                        && (!is_weak || (self.is_strong() && (self.has_contrast() || self.has_hints())))
                }
            }
            [first, .., last] => !((first.is_empty() && last.is_empty()) || self.has_better_below()),
            _ => false,
        };
        let is_named = names.iter().any(|name| begins_as_name(name));
        // A line by itself is as often a sentence.
        let is_header_alone = self.is_strong() && !self.style.skip_blanks;
        is_possible && is_named && (all > 0 || is_header_alone)
    }

    // A sentence, whose commas are followed by blanks where the delimiters of the table are not.
    fn is_prose(&self, row: &HeadRow<'_>) -> bool {
        !self.style.skip_blanks && row.fields.len() > 1 && row.fields[1..].iter().all(|field| field.starts_with(b" "))
    }

    // A title that was padded, or that has commas, above names.
    fn has_better_below(&self) -> bool {
        let is_title = |row: &HeadRow<'_>| row.is_padded_title() || self.is_prose(row);
        let below = self.rows[self.heading..].iter().take(PREAMBLE_ROWS_MAX);
        let titles = below.take_while(|row| is_title(row)).count();
        let next = Self {
            heading: self.heading + titles,
            ..*self
        };
        let has_as_many = |row: &HeadRow<'_>| row.fields.len() == self.fields() && !row.is_broken;
        titles > 0 && self.rows.get(next.heading).is_some_and(has_as_many) && next.is_strong()
    }

    // A remark with as many delimiters as the names have that stand below it.
    fn has_names_below_comment(&self) -> bool {
        let next = Self {
            heading: self.heading + 1,
            ..*self
        };
        self.rows[self.heading].is_remark()
            && self
                .rows
                .get(next.heading)
                .is_some_and(|row| row.fields.len() == self.fields())
            && next.is_strong()
            && next.has_contrast()
    }

    fn is_filled(&self, column: usize) -> bool {
        self.fitting().any(|row| !row.fields[column].is_empty())
    }

    fn are_distinct(&self, count: usize) -> bool {
        let names = self.rows[self.heading].names(self.style);
        let mut seen = HashSet::new();
        names
            .iter()
            .take(count)
            .all(|name| !name.is_empty() && name.trim() == name && seen.insert(name))
    }

    // Names beyond doubt: short, different, and nothing that is a value.
    fn is_strong(&self) -> bool {
        let row = &self.rows[self.heading];
        let is_name = |name: &String| is_name(name);
        row.fields.len() > 1 && self.are_distinct(row.fields.len()) && row.names(self.style).iter().all(is_name)
    }

    // A first row that is one of data: it has values of people, or most of its values are of a kind, as those below them are.
    fn is_data(&self) -> bool {
        let values = self.rows[self.heading]
            .fields
            .iter()
            .map(|field| value_of(field, self.style));
        let values: Vec<Cow<'_, [u8]>> = values.collect();
        let is_alike = |column: usize| is_of_a_kind(&values[column]) && self.is_column_of_a_kind(column);
        values
            .iter()
            .any(|value| !find_strays(value).is_empty() || is_personal(value))
            || (0..values.len()).filter(|column| is_alike(*column)).count() * 2 > values.len()
    }

    // A column whose values are of a kind that its name is not.
    fn has_contrast(&self) -> bool {
        (0..self.fields()).any(|column| self.is_column_of_a_kind(column))
    }

    fn is_column_of_a_kind(&self, column: usize) -> bool {
        let values = self.fitting().map(|row| value_of(row.fields[column], self.style));
        let (mut all, mut of_kind) = (0, 0);
        for value in values.filter(|value| !value.is_empty()) {
            all += 1;
            of_kind += usize::from(is_of_a_kind(&value));
        }
        all > 0 && of_kind * 100 >= all * ALIKE_PERCENT_MIN
    }

    // A name that is one of a class of personal data.
    fn has_hints(&self) -> bool {
        self.rows[self.heading]
            .names(self.style)
            .iter()
            .any(|name| is_hint(name))
    }

    // Names in small letters, and values that are written otherwise.
    fn has_other_case(&self) -> bool {
        let is_small = |text: &[u8]| {
            !text
                .iter()
                .any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        let heading = &self.rows[self.heading];
        let (mut all, mut others) = (0, 0);
        for field in self.fitting().flat_map(|row| &row.fields) {
            all += 1;
            others += usize::from(!is_small(field));
        }
        heading.fields.iter().all(|field| is_small(field)) && others * 2 >= all && all > 0
    }
}

fn has_other_delimiter(row: &HeadRow<'_>, style: Style) -> bool {
    let others = DELIMITERS.into_iter().filter(|other| *other != style.delimiter);
    others
        .into_iter()
        .any(|other| row.fields.iter().any(|field| field.contains(&other)))
}

fn begins_as_name(name: &str) -> bool {
    let name = name.trim_start().trim_start_matches(['"', '#']).trim_start();
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && begins_as_name(name)
        && !name.contains('@')
        && !name.ends_with(['.', '!', '?', ':', ';', ','])
        && !is_of_a_kind(name.as_bytes())
}

fn is_hint(name: &str) -> bool {
    classify_name(name) != relay_privacy::NameHints::NONE
}

// A number, a date, a truth value, or an unmistakable value of a person.
fn is_of_a_kind(value: &[u8]) -> bool {
    let cell = Cell {
        kind: CellKind::Csv,
        text: Cow::Borrowed(value.trim_ascii()),
    };
    Evidence::of(&cell) != Evidence::TEXT || is_personal(value)
}

fn is_personal(value: &[u8]) -> bool {
    Forms::of(value).strong.iter().next().is_some()
}

// A word with digits in it, as keys and codes are.
fn is_code(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().all(|byte| byte.is_ascii_graphic() || !byte.is_ascii())
}

fn is_single_column(rows: &[HeadRow<'_>], heading: usize, style: Style) -> bool {
    let Some(row) = rows.get(heading) else { return false };
    let [name] = row.fields.as_slice() else { return false };
    let name = String::from_utf8_lossy(&value_of(name, style)).into_owned();
    let words = name.split_whitespace().count();
    // Addresses from the first line on: a column without a name.
    let is_value = is_personal(name.as_bytes());
    let is_possible = is_value || (is_name(&name) && words <= SINGLE_NAME_WORDS_MAX);
    if row.is_broken || !row.is_complete || name.trim() != name || !is_possible {
        return false;
    }
    let body = rows[heading + 1..]
        .iter()
        .filter(|row| row.is_complete && !row.is_broken);
    let body: Vec<&HeadRow<'_>> = body.collect();
    let values: Vec<Cow<'_, [u8]>> = body
        .iter()
        .filter(|row| row.fields.len() == 1)
        .map(|row| value_of(row.fields[0], style))
        .collect();
    let is_most = |count: usize| count * 100 >= body.len() * ALIKE_PERCENT_MIN;
    let count = |is: &dyn Fn(&[u8]) -> bool| values.iter().filter(|value| is(value)).count();
    if values.is_empty()
        || !is_most(values.len())
        || (!is_value && values.iter().any(|value| **value == *name.as_bytes()))
    {
        return false;
    }
    let is_short = |value: &[u8]| {
        value.len() <= SINGLE_VALUE_BYTES_MAX
            && !value.ends_with(b".")
            && !value.ends_with(b"!")
            && !value.ends_with(b"?")
    };
    if is_value {
        return is_most(count(&is_personal));
    }
    is_most(count(&is_personal))
        || (values.len() >= SINGLE_VALUES_MIN && (is_most(count(&is_of_a_kind)) || is_most(count(&is_code))))
        || (values.len() >= SINGLE_VALUES_MIN && is_hint(&name) && is_most(count(&is_short)))
}

fn is_heading_of(rule: &TableRule, names: &[String]) -> bool {
    let schema = &rule.schema;
    if rule.changes == SchemaChanges::Compatible {
        return schema.fields.iter().all(|field| names.contains(&field.name));
    }
    schema.fields.len() == names.len() && schema.fields.iter().zip(names).all(|(field, name)| field.name == *name)
}

impl Table<'_> {
    fn recognized(&self, head: &Head<'_>, plain: Recognized) -> Recognized {
        let Style {
            delimiter,
            return_ends_line,
            skip_blanks,
        } = self.style;
        let heading = &self.rows[self.heading];
        let skipped = self.skipped_lines(head);
        let leading_lines = if skipped.is_empty() { 0 } else { heading.line - 1 };
        let is_rewritten = return_ends_line || skip_blanks;
        let syntax = is_rewritten.then(|| Dialect {
            delimiter,
            return_ends_line,
            skip_initial_space: skip_blanks,
            skipped_lines: (1..=leading_lines).collect(),
            ..Dialect::default()
        });
        let comment = self.has_comments().then_some(COMMENT);
        Recognized {
            format: TableFormat::Csv {
                delimiter: if is_rewritten { b',' } else { delimiter },
            },
            text: Preparation {
                leading_lines: if is_rewritten { 0 } else { leading_lines },
                syntax,
                ..plain.text
            },
            comment,
            reading: TableReading {
                delimiter: Some(char::from(delimiter).to_string()),
                header_line: Some(heading.line),
                skips_blanks: skip_blanks,
                return_ends_line,
                comment: comment.map(|comment| char::from(comment).to_string()),
                skipped_lines: skipped.len() as u64,
                first_skipped_lines: skipped.into_iter().take(SKIPPED_LINES_NAMED_MAX).collect(),
                ..plain.reading
            },
        }
    }

    // The lines above the heading that are not blank.
    fn skipped_lines(&self, head: &Head<'_>) -> Vec<u64> {
        let (mut at, mut skipped) = (0, Vec::new());
        for line in 1..self.rows[self.heading].line {
            let (end, after) = head.line_end(at, self.style);
            if !head.text[at..end].trim_ascii().is_empty() {
                skipped.push(line);
            }
            at = after;
        }
        skipped
    }

    // Lines begin like comments, and none of them like a row.
    fn has_comments(&self) -> bool {
        let fields = self.rows[self.heading].fields.len();
        let is_row = |row: &HeadRow<'_>| row.fields.len() == fields;
        let mut comments = self.rows.iter().filter(|row| row.is_comment);
        let mut below = self.rows[self.heading + 1..].iter().filter(|row| row.is_comment);
        fields > 1 && comments.any(|row| !is_row(row)) && !below.any(is_row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &[u8]) -> Option<Recognized> {
        let asked = Asked {
            declared: None,
            encoding: None,
            row_bytes_max: 1_000,
        };
        recognize(text, true, &asked)
    }

    fn sniff(text: &str) -> Option<TableFormat> {
        found(text.as_bytes()).map(|found| found.format)
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
            "[{\"a\":1}]",
            "[\n  {\n",
            "{\"rows\": [ {\"a\":1}]}",
            "{\n\"rows\":\n[\n{",
        ] {
            assert_eq!(sniff(text), Some(TableFormat::JsonArray), "{text}");
        }
        for text in [
            "",
            "\n\n",
            "word\nword\n",
            "Dear all,\nthis is no table, as,\none, can, see.\n",
            "hello, world",
            "Weather at the three airports, first week of January 2013, hour by hour.\n",
            "Weather at the three airports, first week of January 2013, hour by hour\n",
            "[1,2]\n",
            "[]",
            "{\n \"a\": 1,\n \"b\": 2\n}\n",
        ] {
            assert_eq!(sniff(text), None, "{text}");
        }
    }

    #[test]
    fn dialects_that_people_send() {
        for (text, delimiter, heading, skipped) in [
            ("sep=;\nname;email\nAda;ada@example.com\n", ";", 2, &[1][..]),
            ("SEP=,\r\na,b\r\n1,2\r\n", ",", 2, &[1]),
            ("Members of 2024\n\nname,email\nAda,ada@example.com\n", ",", 3, &[1]),
            (
                "Sales,,\n,,\nname,city,amount\nAda,Paris,5\nBo,Rome,6\n",
                ",",
                3,
                &[1, 2],
            ),
            (
                "# made by x, on monday\n# all\nid,name,email\n1,Ada,a@example.com\n",
                ",",
                3,
                &[1, 2],
            ),
            ("name, email\nAda, ada@example.com\nBo, bo@example.com\n", ",", 1, &[]),
            ("name,email\rAda,ada@example.com\rBo,bo@example.com\r", ",", 1, &[]),
            ("email\nada@example.com\nbo@example.com\n", ",", 1, &[]),
            ("id\n1\n2\n3\n", ",", 1, &[]),
            (
                "name,email,city\nAda,a@example.com,Rome\nBo,b@example.com\nCy,c@example.com,Bonn\nDi,d@example.com,Ulm\n",
                ",",
                1,
                &[],
            ),
        ] {
            let reading = found(text.as_bytes()).unwrap_or_else(|| unreachable!("{text}")).reading;
            assert_eq!(reading.delimiter.as_deref(), Some(delimiter), "{text}");
            assert_eq!(reading.header_line, Some(heading), "{text}");
            assert_eq!(reading.first_skipped_lines, skipped, "{text}");
        }
    }

    #[test]
    fn prose_programs_and_logs_are_no_tables() {
        for text in [
            "Dear Ada,\n\nthank you for the letter, which came on Monday.\nWe shall meet, I hope, in May.\n\nYours,\nBo\n",
            "Shopping\nmilk\nbread\nbutter\napples\n",
            "int main() {\n  int a = 1;\n  int b = 2;\n  return a;\n}\n",
            "a = 1;\nb = 2;\nc = 3;\n",
            "2024-01-01 10:00:00,123 start\n2024-01-01 10:00:01,456 go\n2024-01-01 10:00:02,789 end\n",
            "| a | b |\n|---|---|\n| 1 | 2 |\n",
            "# A title\n\nSome words, and more.\n\n- one, two\n- three\n",
            "key: value\nother: 5\nlist:\n  - 1\n",
            "Paris, France\nLondon, United Kingdom\nRome, Italy\n",
            "Note 1\nsee the page, please\nthat is all, thanks\nnothing more\n",
            "<a>\n<b>1</b>\n<b>2</b>\n</a>\n",
            "[section]\nname=x\nvalue=1,2,3\n",
        ] {
            assert_eq!(sniff(text), None, "{text}");
        }
    }

    #[test]
    fn a_row_that_begins_like_a_comment_is_a_row() {
        let rows = found(b"id,name\n#1,Ada\n#2,Bo\n").unwrap_or_else(|| unreachable!());
        assert_eq!(rows.comment, None);
        let heading = found(b"##x\n#id\tname\n1\tAda\n2\tBo\n").unwrap_or_else(|| unreachable!());
        assert_eq!((heading.reading.header_line, heading.comment), (Some(2), Some(b'#')));
    }
}
