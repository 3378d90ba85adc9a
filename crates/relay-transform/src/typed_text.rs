//! Rows of a file that says of each cell what it is (a workbook, Parquet), as text for the reader of rows.
//!
//! Fields stand between commas as in CSV, with one difference: a field in quotes is a text because the file says so, one
//! without quotes is a number, a truth value, a date or a time, or nothing. Each row counts as one line, whatever line breaks
//! are in its texts.

/// The byte between fields.
pub(crate) const DELIMITER: u8 = b',';

/// A row that is being written.
pub(crate) struct RowText<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    has_cells: bool,
    bytes_max: usize,
}

impl<'o> RowText<'o> {
    /// Of a row that becomes longer than `bytes_max`, only the beginning is written: it is longer than a row may be.
    pub(crate) const fn new(out: &'o mut Vec<u8>, bytes_max: usize) -> Self {
        let start = out.len();
        Self {
            out,
            start,
            has_cells: false,
            bytes_max,
        }
    }

    /// A cell that is a text.
    pub(crate) fn text(&mut self, text: &[u8]) {
        let Some(room) = self.begin_cell() else { return };
        let mut rest = &text[..text.len().min(room + 1)];
        self.out.push(b'"');
        while let Some(quote) = memchr::memchr(b'"', rest) {
            self.out.extend_from_slice(&rest[..=quote]);
            self.out.push(b'"');
            rest = &rest[quote + 1..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    /// A cell that is something else, which has neither quotes nor commas nor line breaks.
    pub(crate) fn bare(&mut self, text: &str) {
        if self.begin_cell().is_some() {
            self.out.extend_from_slice(text.as_bytes());
        }
    }

    /// A cell without a value.
    pub(crate) fn nothing(&mut self) {
        _ = self.begin_cell();
    }

    /// Ends the row.
    pub(crate) fn end(self) {
        self.out.push(b'\n');
    }

    // How many bytes there is room for.
    fn begin_cell(&mut self) -> Option<usize> {
        let room = self.bytes_max.checked_sub(self.out.len() - self.start)?;
        if self.has_cells {
            self.out.push(DELIMITER);
        }
        self.has_cells = true;
        Some(room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_and_other_cells_are_not() {
        let mut out = Vec::new();
        let mut row = RowText::new(&mut out, 100);
        row.text(b"a \"b\"\n");
        row.nothing();
        row.bare("1.5");
        row.text(b"");
        row.end();
        assert_eq!(out, b"\"a \"\"b\"\"\n\",,1.5,\"\"\n");
    }

    #[test]
    fn a_row_that_is_too_long_is_cut_off_behind_its_limit() {
        for text in [b"0123456789".as_slice(), b"\"\"\"\"\"\"\"\"\"\""] {
            let mut out = b"before\n".to_vec();
            let mut row = RowText::new(&mut out, 8);
            for _ in 0..10 {
                row.text(text);
                row.bare("1");
            }
            row.end();
            let row = &out[7..out.len() - 1];
            assert!(row.len() > 8 && row.len() < 40, "{}", row.len());
            assert_eq!(memchr::memchr_iter(b'"', row).count() % 2, 0);
        }
    }
}
