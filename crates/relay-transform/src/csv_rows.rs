//! Rows of CSV (RFC 4180): LF or CRLF ends a row, a quote counts at the beginning of a field only, blank lines are skipped.
//!
//! A row that is too long, or in whose quotes something is wrong, is one bad row to its real end: the lines within its
//! quoted cells are never read as rows. Its bytes are passed over as they come, so that a row of any length costs no
//! memory. What a stray quote means has two readings, the end of the cell or a character of it; both are followed, and the
//! row ends at the line break at which both agree. Where they disagree, or a quote is never closed, nobody can tell which
//! lines are rows, and reading ends there.

use crate::bad_rows::{BadRow, BadRowReason};
use crate::cells::unquote;
use crate::csv_index;
use crate::plan::TableFormat;
use crate::rows::{Found, RowBatch, RowLimits, RowPlace, Span, Window};
use crate::sniff::SKIPPED_LINES_NAMED_MAX;
use crate::typed_text;

/// Reads rows out of a window.
pub(crate) struct CsvRows {
    delimiter: u8,
    positions: Vec<u32>,
    cursor: usize,
    generation: Option<u64>,
    line: u64,
    row: u64,
    condemned: Option<Condemned>,
    /// Whether each row counts as one line, whatever line breaks are in it.
    are_lines_rows: bool,
    /// Whether a blank line is a row without a value.
    has_blank_rows: bool,
    /// Whether the window begins within a comment.
    is_in_comment: bool,
    /// What begins a line that is a comment.
    comment: Option<u8>,
    /// The comments that were left out.
    pub(crate) skipped: SkippedLines,
}

/// Lines that were left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct SkippedLines {
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) first: Vec<u64>,
}

impl SkippedLines {
    fn add(&mut self, line: u64) {
        self.count += 1;
        if self.first.len() < SKIPPED_LINES_NAMED_MAX {
            self.first.push(line);
        }
    }
}

/// A bad row whose end is looked for.
struct Condemned {
    /// The line on which it starts.
    line: u64,
    states: States,
}

/// The places in a row at which a reader may stand; more than one behind a stray quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct States(u8);

/// What became of the search for the end of a bad row.
enum RowEnd {
    Found,
    /// It is not in this window.
    NotYet,
    /// It cannot be told.
    Unknown,
}

impl States {
    const FIELD_START: u8 = 1;
    const PLAIN: u8 = 1 << 1;
    const QUOTED: u8 = 1 << 2;
    /// Behind a quote within quotes: the end of the cell, or the first of two.
    const QUOTE_SEEN: u8 = 1 << 3;
    /// Behind a carriage return outside quotes, of which one or more belong to a line break.
    const RETURN_SEEN: u8 = 1 << 4;
    /// Behind one that is followed by something else. Some readers end the row there, some do not.
    const LONE_RETURN: u8 = 1 << 5;

    const ROW_START: Self = Self(Self::FIELD_START);

    const fn has(self, state: u8) -> bool {
        self.0 & state != 0
    }

    /// Whether every reading is within quotes.
    const fn is_quoted(self) -> bool {
        self.0 == Self::QUOTED
    }

    /// A byte that is no line break outside quotes.
    const fn step(self, byte: u8, delimiter: u8) -> Self {
        let mut next = 0;
        let is_quote = byte == b'"';
        let is_delimiter = byte == delimiter;
        let is_return = byte == b'\r';
        if self.has(Self::RETURN_SEEN) {
            next |= if is_return {
                Self::RETURN_SEEN
            } else {
                Self::LONE_RETURN
            };
        }
        // What follows a closing quote may only be a delimiter or a line break: otherwise it was one or the other.
        if self.has(Self::QUOTE_SEEN) {
            next |= if is_quote {
                Self::QUOTED
            } else if is_delimiter {
                Self::FIELD_START
            } else if is_return {
                Self::RETURN_SEEN
            } else {
                Self::PLAIN | Self::QUOTED
            };
        }
        if self.has(Self::FIELD_START | Self::PLAIN) {
            next |= if is_quote && self.has(Self::FIELD_START) {
                Self::QUOTED
            } else if is_delimiter {
                Self::FIELD_START
            } else if is_return {
                Self::RETURN_SEEN
            } else {
                Self::PLAIN
            };
        }
        if self.has(Self::PLAIN) && is_quote {
            next |= Self::PLAIN;
        }
        if self.has(Self::QUOTED) {
            next |= if is_quote { Self::QUOTE_SEEN } else { Self::QUOTED };
        }
        Self(next)
    }
}

/// What stands at the beginning of the rest of the window.
enum Next {
    /// A row that ends before `end`; the next one starts at `after`.
    Row { end: usize, after: usize, line_breaks: u64 },
    /// A line that starts no row.
    Broken(BadRowReason),
    /// Not yet to be told.
    Unfinished,
}

/// The header line, or why there is none.
pub(crate) enum Header {
    /// The names, as they stand there.
    Names(Vec<String>),
    /// More text is needed.
    Unfinished,
    /// There is no row at all.
    Absent,
    /// It is longer than a row may be.
    TooLong {
        /// The line on which it starts, from 1.
        line: u64,
    },
    /// It cannot be told where it ends: a carriage return stands outside quotes.
    EndUnknown {
        /// The line on which it starts, from 1.
        line: u64,
    },
    /// It is no row.
    Broken {
        /// The line on which it starts, from 1.
        line: u64,
    },
}

impl CsvRows {
    /// Lines that begin with `comment` are left out, if they do not have as many fields as a row.
    pub(crate) const fn new(format: TableFormat, comment: Option<u8>) -> Self {
        let delimiter = match format.delimiter() {
            Some(delimiter) => delimiter,
            None => typed_text::DELIMITER,
        };
        Self {
            are_lines_rows: format.is_typed(),
            // Of a single column, that is how a value is missing.
            has_blank_rows: matches!(format, TableFormat::Parquet),
            is_in_comment: false,
            comment,
            skipped: SkippedLines {
                count: 0,
                first: Vec::new(),
            },
            delimiter,
            positions: Vec::new(),
            cursor: 0,
            generation: None,
            line: 1,
            row: 0,
            condemned: None,
        }
    }

    /// The same, of which the first line has this number.
    pub(crate) const fn beginning_on(mut self, line: u64) -> Self {
        self.line = line;
        self
    }

    /// The line on which the next row starts.
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    /// Reads the header line.
    pub(crate) fn read_header(&mut self, window: &mut Window, row_bytes_max: usize) -> Header {
        self.refresh(window);
        loop {
            if window.rest().is_empty() {
                return if window.is_last {
                    Header::Absent
                } else {
                    Header::Unfinished
                };
            }
            let cursor = self.cursor;
            let mut batch = RowBatch::default();
            match self.next_row(window, row_bytes_max, &mut batch) {
                Next::Unfinished => {
                    self.cursor = cursor;
                    return Header::Unfinished;
                }
                Next::Broken(BadRowReason::RowTooLong) => return Header::TooLong { line: self.line },
                Next::Broken(_) => return Header::Broken { line: self.line },
                Next::Row {
                    end,
                    after,
                    line_breaks,
                } => {
                    let line_breaks = self.lines(line_breaks);
                    let is_blank = end == window.start;
                    window.start = after;
                    self.line += line_breaks;
                    if is_blank {
                        continue;
                    }
                    if batch.cells.iter().any(|cell| has_lone_return(&window.data, *cell)) {
                        return Header::EndUnknown {
                            line: self.line - line_breaks,
                        };
                    }
                    let name = |&(start, end): &(u32, u32)| {
                        let name = unquote(&window.data[start as usize..end as usize]).into_owned();
                        String::from_utf8(name).ok()
                    };
                    let names: Option<Vec<String>> = batch.cells.iter().map(name).collect();
                    let line = self.line - line_breaks;
                    return names.map_or(Header::Broken { line }, Header::Names);
                }
            }
        }
    }

    /// Reads rows of `batch.columns` fields.
    pub(crate) fn read_batch(&mut self, window: &mut Window, limits: RowLimits, batch: &mut RowBatch) -> Found {
        self.refresh(window);
        while batch.rows() + batch.bad.len() < limits.rows_max {
            if let Some(line) = self.condemned.as_ref().map(|row| row.line) {
                match self.pass_condemned(window) {
                    RowEnd::Found => {}
                    RowEnd::NotYet => break,
                    RowEnd::Unknown => return Found::EndUnknown { line },
                }
            }
            if self.is_in_comment && !self.skip_comment(window) {
                break;
            }
            if window.rest().is_empty() {
                break;
            }
            if self.comment.is_some() && self.comment == window.rest().first().copied() {
                if self.pass_comment(window, limits.row_bytes_max, batch) {
                    continue;
                }
                break;
            }
            let (cursor, first_cell) = (self.cursor, batch.cells.len());
            match self.next_row(window, limits.row_bytes_max, batch) {
                Next::Row {
                    end,
                    after,
                    line_breaks,
                } => {
                    let line = self.line;
                    if !self.take_row(window, end, first_cell, batch) {
                        return Found::EndUnknown { line };
                    }
                    window.start = after;
                    self.line += self.lines(line_breaks);
                }
                Next::Broken(reason) => {
                    batch.cells.truncate(first_cell);
                    self.row += 1;
                    batch.bad.push(BadRow {
                        line: self.line,
                        row: self.row,
                        reason,
                        column: None,
                    });
                    self.condemned = Some(Condemned {
                        line: self.line,
                        states: States::ROW_START,
                    });
                    self.cursor = cursor;
                }
                Next::Unfinished => {
                    batch.cells.truncate(first_cell);
                    self.cursor = cursor;
                    break;
                }
            }
        }
        if let Some(line) = batch.lone_return(&window.data) {
            return Found::EndUnknown { line };
        }
        batch.set_aside_invalid_utf8(&window.data);
        match (batch.is_empty(), window.is_last) {
            (false, _) => Found::Rows,
            (true, false) => Found::NeedsMore,
            (true, true) => Found::End,
        }
    }

    // A line like a comment: left out, or a bad row if it has the fields of one. False if its end is not in the window.
    fn pass_comment(&mut self, window: &mut Window, row_bytes_max: usize, batch: &mut RowBatch) -> bool {
        let rest = window.rest();
        let line_break = memchr::memchr(b'\n', rest);
        let line = &rest[..line_break.unwrap_or(rest.len())];
        let is_whole = line_break.is_some() || window.is_last;
        if !is_whole && line.len() <= row_bytes_max {
            return false;
        }
        if line.len() <= row_bytes_max && fields_in(line, self.delimiter) == batch.columns {
            self.row += 1;
            batch.bad.push(BadRow {
                line: self.line,
                row: self.row,
                reason: BadRowReason::CommentOrRow,
                column: None,
            });
        } else {
            self.skipped.add(self.line);
        }
        self.is_in_comment = true;
        true
    }

    // False if the line that the window begins within does not end in it.
    fn skip_comment(&mut self, window: &mut Window) -> bool {
        let found = memchr::memchr(b'\n', window.rest());
        window.start = found.map_or(window.data.len(), |at| window.start + at + 1);
        let start = window.start as u32;
        self.cursor += self.positions[self.cursor..].partition_point(|position| *position < start);
        self.line += u64::from(found.is_some());
        self.is_in_comment = found.is_none();
        found.is_some()
    }

    // False if it is not certain that the row ends there.
    fn take_row(&mut self, window: &Window, end: usize, first_cell: usize, batch: &mut RowBatch) -> bool {
        if end == window.start && !self.has_blank_rows {
            batch.cells.truncate(first_cell);
            return true;
        }
        self.row += 1;
        if batch.cells.len() - first_cell == batch.columns {
            let (start, end) = (window.start as u32, end as u32);
            batch.places.push(RowPlace {
                line: self.line,
                row: self.row,
                start,
                end,
            });
            return true;
        }
        let is_certain = !batch.cells[first_cell..]
            .iter()
            .any(|cell| has_lone_return(&window.data, *cell));
        batch.cells.truncate(first_cell);
        let reason = BadRowReason::WrongFieldCount;
        batch.bad.push(BadRow {
            line: self.line,
            row: self.row,
            reason,
            column: None,
        });
        is_certain
    }

    // Goes to the end of the bad row that the window begins within.
    fn pass_condemned(&mut self, window: &mut Window) -> RowEnd {
        let Some(row) = &mut self.condemned else {
            return RowEnd::Found;
        };
        let rest = window.rest();
        let mut at = 0;
        let mut found = None;
        while at < rest.len() {
            // Most of a long row is the inside of one cell.
            if row.states.is_quoted() {
                let quote = memchr::memchr(b'"', &rest[at..]).map_or(rest.len(), |quote| at + quote);
                self.line += memchr::memchr_iter(b'\n', &rest[at..quote]).count() as u64;
                at = quote;
                if at == rest.len() {
                    break;
                }
            }
            let byte = rest[at];
            at += 1;
            if byte != b'\n' {
                row.states = row.states.step(byte, self.delimiter);
                if row.states.has(States::LONE_RETURN) {
                    found = Some(RowEnd::Unknown);
                    break;
                }
                continue;
            }
            self.line += 1;
            match (row.states.has(States::QUOTED), row.states.is_quoted()) {
                (false, _) => found = Some(RowEnd::Found),
                (true, true) => continue,
                (true, false) => found = Some(RowEnd::Unknown),
            }
            break;
        }
        let end = match found {
            Some(end) => end,
            None if !window.is_last => RowEnd::NotYet,
            None if row.states.has(States::QUOTED) => RowEnd::Unknown,
            None => RowEnd::Found,
        };
        window.start += at;
        let start = window.start as u32;
        self.cursor += self.positions[self.cursor..].partition_point(|position| *position < start);
        if matches!(end, RowEnd::Found) {
            if self.are_lines_rows {
                self.line = row.line + 1;
            }
            self.condemned = None;
        }
        end
    }

    // How many lines a row takes that has so many line breaks, its own included.
    fn lines(&self, line_breaks: u64) -> u64 {
        if self.are_lines_rows {
            line_breaks.min(1)
        } else {
            line_breaks
        }
    }

    fn refresh(&mut self, window: &Window) {
        if self.generation != Some(window.generation) {
            self.positions.clear();
            self.cursor = 0;
            csv_index::index(&window.data, window.start, self.delimiter, &mut self.positions);
            self.generation = Some(window.generation);
        }
    }

    fn next_row(&mut self, window: &Window, row_bytes_max: usize, batch: &mut RowBatch) -> Next {
        let data = window.data.as_slice();
        let mut field = window.start;
        let mut line_breaks = 0;
        let too_long = |end: usize| end - window.start > row_bytes_max;
        loop {
            let Some(&position) = self.positions.get(self.cursor) else {
                return if too_long(data.len()) {
                    Next::Broken(BadRowReason::RowTooLong)
                } else if window.is_last {
                    let end = without_returns(data, field, data.len());
                    batch.cells.push((field as u32, end as u32));
                    Next::Row {
                        end,
                        after: data.len(),
                        line_breaks,
                    }
                } else {
                    Next::Unfinished
                };
            };
            self.cursor += 1;
            let at = position as usize;
            match data[at] {
                b'\n' => {
                    if too_long(at + 1) {
                        return Next::Broken(BadRowReason::RowTooLong);
                    }
                    let end = without_returns(data, field, at);
                    batch.cells.push((field as u32, end as u32));
                    return Next::Row {
                        end,
                        after: at + 1,
                        line_breaks: line_breaks + 1,
                    };
                }
                b'"' if at == field => {
                    batch.has_quotes = true;
                    match self.close_quote(window, row_bytes_max) {
                        Ok(inner_breaks) => line_breaks += inner_breaks,
                        Err(next) => return next,
                    }
                }
                byte if byte == self.delimiter => {
                    batch.cells.push((field as u32, position));
                    field = at + 1;
                }
                _ => {}
            }
        }
    }

    // Behind an opening quote: goes to the closing one and says how many line breaks stand between.
    fn close_quote(&mut self, window: &Window, row_bytes_max: usize) -> Result<u64, Next> {
        let data = window.data.as_slice();
        let mut line_breaks = 0;
        while let Some(&position) = self.positions.get(self.cursor) {
            self.cursor += 1;
            let at = position as usize;
            if at - window.start >= row_bytes_max {
                return Err(Next::Broken(BadRowReason::RowTooLong));
            }
            match data[at] {
                b'\n' => line_breaks += 1,
                b'"' => match data.get(at + 1) {
                    Some(b'"') => self.cursor += 1,
                    Some(b'\n') => return Ok(line_breaks),
                    Some(byte) if *byte == self.delimiter => return Ok(line_breaks),
                    Some(b'\r') => {
                        let returns = data[at + 1..].iter().take_while(|byte| **byte == b'\r').count();
                        match data.get(at + 1 + returns) {
                            Some(b'\n') => return Ok(line_breaks),
                            Some(_) => return Err(Next::Broken(BadRowReason::MalformedQuote)),
                            None if window.is_last => return Ok(line_breaks),
                            None => break,
                        }
                    }
                    Some(_) => return Err(Next::Broken(BadRowReason::MalformedQuote)),
                    None if window.is_last => return Ok(line_breaks),
                    None => break,
                },
                _ => {}
            }
        }
        Err(if data.len() - window.start > row_bytes_max {
            Next::Broken(BadRowReason::RowTooLong)
        } else if window.is_last {
            Next::Broken(BadRowReason::UnterminatedQuote)
        } else {
            Next::Unfinished
        })
    }
}

// Carriage returns before a line break belong to it, one or more (text that was written for Windows twice).
fn without_returns(data: &[u8], field: usize, end: usize) -> usize {
    let returns = data[field..end].iter().rev().take_while(|byte| **byte == b'\r').count();
    end - returns
}

/// Whether a cell has a carriage return outside quotes: some readers end the row there, some do not.
pub(crate) fn has_lone_return(data: &[u8], (start, end): Span) -> bool {
    let cell = &data[start as usize..end as usize];
    cell.first() != Some(&b'"') && memchr::memchr(b'\r', cell).is_some()
}

/// How many fields a line has, if it is a row.
fn fields_in(line: &[u8], delimiter: u8) -> usize {
    let (mut fields, mut start, mut is_quoted) = (1, 0, false);
    for (at, byte) in line.iter().enumerate() {
        if *byte == b'"' && line[start] == b'"' {
            is_quoted = !is_quoted;
        } else if *byte == delimiter && !is_quoted {
            fields += 1;
            start = at + 1;
        }
    }
    fields
}
