//! Rows of CSV (RFC 4180): LF or CRLF ends a row, a quote counts at the beginning of a field only, blank lines are skipped.
//!
//! A row that is too long, or whose quotes are not closed or not followed by a delimiter, condemns the one line that it
//! starts on; reading goes on with the line after it. So one stray quote costs one line, never the rest of the file, and
//! a line of any length costs no memory. Looking for the end of a quote stops at `row_bytes_max`.

use crate::bad_rows::{BadRow, BadRowReason};
use crate::cells::unquote;
use crate::csv_index;
use crate::rows::{Found, RowBatch, RowLimits, RowPlace, Window};

/// Reads rows out of a window.
pub(crate) struct CsvRows {
    delimiter: u8,
    positions: Vec<u32>,
    cursor: usize,
    generation: Option<u64>,
    line: u64,
    row: u64,
    is_skipping: bool,
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
    TooLong,
    /// It is no row.
    Broken,
}

impl CsvRows {
    pub(crate) const fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            positions: Vec::new(),
            cursor: 0,
            generation: None,
            line: 1,
            row: 0,
            is_skipping: false,
        }
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
                Next::Broken(BadRowReason::RowTooLong) => return Header::TooLong,
                Next::Broken(_) => return Header::Broken,
                Next::Row {
                    end,
                    after,
                    line_breaks,
                } => {
                    let is_blank = end == window.start;
                    window.start = after;
                    self.line += line_breaks;
                    if is_blank {
                        continue;
                    }
                    let name = |&(start, end): &(u32, u32)| {
                        let name = unquote(&window.data[start as usize..end as usize]).into_owned();
                        String::from_utf8(name).ok()
                    };
                    let names: Option<Vec<String>> = batch.cells.iter().map(name).collect();
                    return names.map_or(Header::Broken, Header::Names);
                }
            }
        }
    }

    /// Reads rows of `batch.columns` fields.
    pub(crate) fn read_batch(&mut self, window: &mut Window, limits: RowLimits, batch: &mut RowBatch) -> Found {
        self.refresh(window);
        while batch.rows() + batch.bad.len() < limits.rows_max {
            if self.is_skipping && !self.skip_to_line_break(window) {
                break;
            }
            if window.rest().is_empty() {
                break;
            }
            let (cursor, first_cell) = (self.cursor, batch.cells.len());
            match self.next_row(window, limits.row_bytes_max, batch) {
                Next::Row {
                    end,
                    after,
                    line_breaks,
                } => {
                    self.take_row(window, end, first_cell, batch);
                    window.start = after;
                    self.line += line_breaks;
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
                    self.is_skipping = true;
                    self.cursor = cursor;
                }
                Next::Unfinished => {
                    batch.cells.truncate(first_cell);
                    self.cursor = cursor;
                    break;
                }
            }
        }
        batch.set_aside_invalid_utf8(&window.data);
        match (batch.is_empty(), window.is_last) {
            (false, _) => Found::Rows,
            (true, false) => Found::NeedsMore,
            (true, true) => Found::End,
        }
    }

    fn take_row(&mut self, window: &Window, end: usize, first_cell: usize, batch: &mut RowBatch) {
        if end == window.start {
            batch.cells.truncate(first_cell);
            return;
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
        } else {
            batch.cells.truncate(first_cell);
            let reason = BadRowReason::WrongFieldCount;
            batch.bad.push(BadRow {
                line: self.line,
                row: self.row,
                reason,
                column: None,
            });
        }
    }

    // The line break that ends a condemned line; false when it is not in the window.
    fn skip_to_line_break(&mut self, window: &mut Window) -> bool {
        let found = memchr::memchr(b'\n', window.rest());
        window.start = found.map_or(window.data.len(), |at| window.start + at + 1);
        let start = window.start as u32;
        self.cursor += self.positions[self.cursor..].partition_point(|position| *position < start);
        self.line += u64::from(found.is_some());
        self.is_skipping = found.is_none();
        found.is_some()
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
                    batch.cells.push((field as u32, data.len() as u32));
                    Next::Row {
                        end: data.len(),
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
                    let has_return = at > field && data[at - 1] == b'\r';
                    let end = at - usize::from(has_return);
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
                b'"' => match data.get(at + 1..) {
                    Some([b'"', ..]) => self.cursor += 1,
                    Some([b'\n', ..] | [b'\r', b'\n', ..]) => return Ok(line_breaks),
                    Some([byte, ..]) if *byte == self.delimiter => return Ok(line_breaks),
                    Some([] | [b'\r']) | None if !window.is_last => break,
                    Some([]) | None => return Ok(line_breaks),
                    Some(_) => return Err(Next::Broken(BadRowReason::MalformedQuote)),
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
