//! Rows as they are found in the text: a window on the text, and batches of cells that point into it.

use std::io::Read;

use crate::bad_rows::BadRow;
use crate::blocks::{BlockError, Blocks};
use crate::csv_rows::has_lone_return;
use crate::unpack::BLOCK_BYTES;

/// The longest row that any setting can allow, in bytes: cells are addressed with 32 bits.
pub(crate) const ROW_BYTES_CEILING: usize = 1 << 30;
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The part of the text that is in memory.
#[derive(Default)]
pub(crate) struct Window {
    pub(crate) data: Vec<u8>,
    /// Where the first byte that is not yet read as a row stands in `data`.
    pub(crate) start: usize,
    /// Whether `data` reaches to the end of the text.
    pub(crate) is_last: bool,
    /// Changes whenever `data` does.
    pub(crate) generation: u64,
}

impl Window {
    /// Drops what has been read as rows, and appends the next block.
    pub(crate) fn load<R: Read + Send>(&mut self, blocks: &mut Blocks<'_, '_, R>) -> Result<(), BlockError> {
        self.data.drain(..self.start);
        self.start = 0;
        self.generation += 1;
        // The sample needs a large window, what follows does not.
        if self.data.capacity() > 4 * (self.data.len() + BLOCK_BYTES) {
            self.data.shrink_to(self.data.len() + BLOCK_BYTES);
        }
        if !blocks.append_to(&mut self.data)? {
            self.is_last = true;
        }
        Ok(())
    }

    /// Loads until `wanted` bytes are there, or all.
    pub(crate) fn load_to<R: Read + Send>(
        &mut self,
        wanted: usize,
        blocks: &mut Blocks<'_, '_, R>,
    ) -> Result<(), BlockError> {
        while self.rest().len() < wanted && !self.is_last {
            self.load(blocks)?;
        }
        Ok(())
    }

    /// Loads about as much again as there is, so that a long row is looked at a few times and not once for each block.
    pub(crate) fn load_more<R: Read + Send>(&mut self, blocks: &mut Blocks<'_, '_, R>) -> Result<(), BlockError> {
        let wanted = 2 * self.rest().len();
        self.load(blocks)?;
        self.load_to(wanted, blocks)
    }

    pub(crate) fn rest(&self) -> &[u8] {
        &self.data[self.start..]
    }

    /// Goes back to an earlier `start`; what was read since is read again.
    pub(crate) const fn rewind(&mut self, start: usize) {
        self.start = start;
        self.generation += 1;
    }

    pub(crate) fn skip_byte_order_mark(&mut self) {
        if self.rest().starts_with(BYTE_ORDER_MARK) {
            self.start += BYTE_ORDER_MARK.len();
            self.generation += 1;
        }
    }
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowPlace {
    pub(crate) line: u64,
    pub(crate) row: u64,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A cell's first byte and the byte after its last one, in the window.
pub(crate) type Span = (u32, u32);

/// Rows that were found well-formed, `columns` spans for each, and those that were not.
#[derive(Default)]
pub(crate) struct RowBatch {
    pub(crate) columns: usize,
    pub(crate) cells: Vec<Span>,
    pub(crate) places: Vec<RowPlace>,
    pub(crate) bad: Vec<BadRow>,
    /// CSV only: whether any cell is quoted.
    pub(crate) has_quotes: bool,
}

impl RowBatch {
    pub(crate) fn reset(&mut self, columns: usize) {
        self.columns = columns;
        self.cells.clear();
        self.places.clear();
        self.bad.clear();
        self.has_quotes = false;
    }

    pub(crate) fn rows(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty() && self.bad.is_empty()
    }

    /// The spans of one column, from top to bottom.
    pub(crate) fn column(&self, index: usize) -> impl Iterator<Item = Span> + '_ {
        self.cells
            .get(index..)
            .unwrap_or_default()
            .iter()
            .step_by(self.columns.max(1))
            .copied()
    }

    /// The line of the first row that has a carriage return outside quotes within it.
    pub(crate) fn lone_return(&self, data: &[u8]) -> Option<u64> {
        let (first, last) = (self.places.first()?, self.places.last()?);
        let text = &data[first.start as usize..last.end as usize];
        // Most belong to a line break.
        let mut returns = memchr::memchr_iter(b'\r', text)
            .filter(|at| !matches!(text.get(at + 1), Some(b'\n' | b'\r')))
            .peekable();
        while let Some(at) = returns.next() {
            let at = first.start + at as u32;
            let row = self.places.partition_point(|place| place.end <= at);
            let Some(place) = self.places.get(row) else { break };
            let cells = &self.cells[row * self.columns..(row + 1) * self.columns];
            if cells.iter().any(|cell| has_lone_return(data, *cell)) {
                return Some(place.line);
            }
            while returns.next_if(|at| first.start + (*at as u32) < place.end).is_some() {}
        }
        None
    }

    /// Sets rows aside that are not UTF-8. Lines end at ASCII bytes, so the text between two rows is valid or not by
    /// itself, and a single look at all of it suffices nearly always.
    pub(crate) fn set_aside_invalid_utf8(&mut self, data: &[u8]) {
        let (Some(first), Some(last)) = (self.places.first(), self.places.last()) else {
            return;
        };
        if std::str::from_utf8(&data[first.start as usize..last.end as usize]).is_ok() {
            return;
        }
        let is_valid = |place: &RowPlace| std::str::from_utf8(&data[place.start as usize..place.end as usize]).is_ok();
        let valid: Vec<bool> = self.places.iter().map(is_valid).collect();
        let reason = crate::bad_rows::BadRowReason::InvalidUtf8;
        let invalid = self.places.iter().zip(&valid).filter(|(_, valid)| !**valid);
        self.bad.extend(invalid.map(|(place, _)| BadRow {
            line: place.line,
            row: place.row,
            reason,
            column: None,
        }));
        let mut kept = valid.iter();
        self.places.retain(|_| kept.next().copied().unwrap_or(false));
        let columns = self.columns.max(1);
        let mut index = 0;
        self.cells.retain(|_| {
            index += 1;
            valid[(index - 1) / columns]
        });
    }
}

/// What a row reader found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// As many rows as were asked for, or as many as the window holds.
    Rows,
    /// JSON Lines under an open schema: the next row has keys that no row before it had.
    NewKeys(Vec<String>),
    /// The window holds no whole row; more text is needed.
    NeedsMore,
    /// There are no more rows.
    End,
    /// Where the row that starts on this line ends cannot be told, so neither which lines behind it are rows.
    EndUnknown {
        /// From 1.
        line: u64,
    },
    /// JSON in an array: where rows begin and end is not to be told from this line on, and why.
    Malformed(Malformed),
    /// JSON in an array: the document holds more than its rows.
    NoTable,
}

/// Where an array of rows is no longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) line: u64,
    pub(crate) what: &'static str,
}

/// What a row reader may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowLimits {
    pub(crate) rows_max: usize,
    pub(crate) row_bytes_max: usize,
}
