//! The rows of a workbook's sheet, as text for the reader of rows; and which of its sheets is read.

use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use relay_model::{Reason, ReasonCode, SheetReading};

use crate::number_format::{self, ShownAs};
use crate::typed_text::RowText;
use crate::workbook::{CellText, Sheet, Workbook, Xml, damaged, number_of, push_text, too_large};

/// The last row of a sheet.
const ROWS_MAX: u64 = 1 << 20;
/// The last column of a sheet.
const COLUMNS_MAX: usize = 1 << 14;

/// The columns that have cells, the first and the one behind the last.
pub(crate) type Columns = std::ops::Range<usize>;

/// The sheet that is read: the first one with cells that is not hidden, or the first one with cells.
pub(crate) fn chosen(workbook: &Workbook) -> Result<Option<(Sheet, Columns, SheetReading)>, Reason> {
    let (hidden, shown): (Vec<_>, Vec<_>) = workbook.sheets.iter().partition(|sheet| sheet.is_hidden);
    let mut found: Option<(Sheet, Columns)> = None;
    let mut not_read = 0;
    for sheet in shown.into_iter().chain(hidden) {
        if found.is_some() {
            not_read += u64::from(has_cells(workbook, sheet)?);
        } else if let Some(columns) = columns_of(workbook, sheet)? {
            found = Some((sheet.clone(), columns));
        }
    }
    Ok(found.map(|(sheet, columns)| {
        let number = sheet.number;
        (sheet, columns, SheetReading { number, not_read })
    }))
}

/// Which columns have cells; nothing if none has.
fn columns_of(workbook: &Workbook, sheet: &Sheet) -> Result<Option<Columns>, Reason> {
    let mut rows = Rows::new(workbook, sheet, 0)?;
    let mut found: Option<Columns> = None;
    while rows.next(workbook)?.is_some() {
        let (Some(first), Some(last)) = (rows.cells.first(), rows.cells.last()) else {
            continue;
        };
        let columns = found.unwrap_or(first.column..last.column + 1);
        found = Some(columns.start.min(first.column)..columns.end.max(last.column + 1));
    }
    Ok(found)
}

fn has_cells(workbook: &Workbook, sheet: &Sheet) -> Result<bool, Reason> {
    let mut rows = Rows::new(workbook, sheet, 0)?;
    while rows.next(workbook)?.is_some() {
        if !rows.cells.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The rows of a sheet as text, each on a line of its own.
pub(crate) struct SheetText {
    workbook: Arc<Workbook>,
    rows: Rows,
    /// Where cells are missing, if that is to be seen.
    columns: Option<Columns>,
    /// Rows above it are left blank.
    first_row: u64,
    row_bytes_max: usize,
    /// Whether a formula without a result ends it.
    needs_results: bool,
    /// How many rows have been written.
    written: u64,
    left_bytes: u64,
}

impl SheetText {
    pub(crate) fn new(
        workbook: Arc<Workbook>,
        sheet: &Sheet,
        columns: Option<Columns>,
        first_row: u64,
        row_bytes_max: usize,
        needs_results: bool,
    ) -> Result<Self, Reason> {
        Ok(Self {
            rows: Rows::new(&workbook, sheet, row_bytes_max)?,
            left_bytes: workbook.unpacked_bytes_max(),
            workbook,
            columns,
            first_row,
            row_bytes_max,
            needs_results,
            written: 0,
        })
    }

    /// Appends rows until `out` has so many bytes; false behind the last one.
    pub(crate) fn append(&mut self, out: &mut Vec<u8>, bytes: usize) -> Result<bool, Reason> {
        while out.len() < bytes {
            let before = out.len();
            let Some(row) = self.rows.next(&self.workbook)? else {
                return Ok(false);
            };
            if row < self.first_row {
                continue;
            }
            if self.rows.lacks_result && self.needs_results {
                return Err(no_result(row));
            }
            let cells = &self.rows.cells;
            if cells.is_empty() {
                continue;
            }
            // The next line has the number of the row.
            let blank = row - self.written - 1;
            out.resize(before + blank as usize, b'\n');
            self.written = row;
            let mut text = RowText::new(out, self.row_bytes_max);
            let mut cells = cells.iter().peekable();
            let mut columns = self.columns.clone();
            loop {
                let column = match &mut columns {
                    Some(columns) => columns.next(),
                    None => cells.peek().map(|cell| cell.column),
                };
                let Some(column) = column else { break };
                match cells.next_if(|cell| cell.column == column) {
                    Some(cell) if cell.is_text => text.text(self.rows.text_of(cell).as_bytes()),
                    Some(cell) => text.bare(self.rows.text_of(cell)),
                    None => text.nothing(),
                }
            }
            text.end();
            let written = (out.len() - before) as u64;
            self.left_bytes = self.left_bytes.checked_sub(written).ok_or_else(too_large)?;
        }
        Ok(true)
    }
}

// Programs that do not calculate write formulas alone, and what others show for them is not in the file.
fn no_result(row: u64) -> Reason {
    let text = format!(
        "the workbook cannot be read: in row {row} a formula has no result: a program that calculates has to save it"
    );
    Reason::new(ReasonCode::TableFileDamaged, text)
}

/// A cell with a value.
struct FilledCell {
    column: usize,
    /// Where its text ends; it begins where that of the cell before ends.
    start: usize,
    end: usize,
    is_text: bool,
}

/// What a cell says of its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Number,
    SharedText,
    InlineText,
    Text,
    Boolean,
    Moment,
}

/// Where in a sheet the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    BeforeRows,
    Rows,
    Done,
}

/// What the text is that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Nothing,
    Value,
    Inline,
}

/// Reads a sheet row by row.
struct Rows {
    xml: Xml,
    place: Place,
    /// The number of the row, from 1.
    row: u64,
    /// The cells of the row that have values, in order.
    cells: Vec<FilledCell>,
    /// Their texts.
    texts: String,
    /// Of texts that are longer together, only that they are there is kept.
    texts_bytes_max: usize,
    next_column: usize,
    kind: Kind,
    shown: ShownAs,
    value: String,
    inline: CellText,
    within: Within,
    has_formula: bool,
    /// Whether a formula of the row has no result.
    lacks_result: bool,
}

impl Rows {
    fn new(workbook: &Workbook, sheet: &Sheet, texts_bytes_max: usize) -> Result<Self, Reason> {
        Ok(Self {
            xml: workbook.sheet(sheet)?,
            texts_bytes_max,
            place: Place::BeforeRows,
            row: 0,
            cells: Vec::new(),
            texts: String::new(),
            next_column: 0,
            kind: Kind::Number,
            shown: ShownAs::Number,
            value: String::new(),
            inline: CellText::default(),
            within: Within::Nothing,
            has_formula: false,
            lacks_result: false,
        })
    }

    fn text_of(&self, cell: &FilledCell) -> &str {
        &self.texts[cell.start..cell.end]
    }

    /// The number of the next row; its cells are in `cells`.
    fn next(&mut self, workbook: &Workbook) -> Result<Option<u64>, Reason> {
        self.cells.clear();
        self.texts.clear();
        self.next_column = 0;
        self.lacks_result = false;
        if self.place == Place::Done {
            return Ok(None);
        }
        loop {
            match self.step()? {
                Step::Nothing => {}
                Step::Data => self.place = Place::Rows,
                Step::End if self.place == Place::Rows || self.row == 0 => {
                    return self.finish();
                }
                Step::End => return Err(damaged("a sheet has no end")),
                _ if self.place != Place::Rows => {}
                Step::Row(number, is_empty) => {
                    self.begin_row(number)?;
                    if is_empty {
                        return Ok(Some(self.row));
                    }
                }
                Step::RowEnd => return Ok(Some(self.row)),
                Step::Cell(start, is_empty) => {
                    self.begin_cell(&start, workbook)?;
                    if is_empty {
                        self.next_column += 1;
                    }
                }
                Step::CellEnd => {
                    self.end_cell(workbook)?;
                    self.next_column += 1;
                }
                Step::Formula => self.has_formula = true,
                Step::Text(within) => self.within = within,
            }
        }
    }

    // What is taken out of an event is small, or goes where it is collected.
    fn step(&mut self) -> Result<Step, Reason> {
        Ok(match self.xml.next()? {
            Event::Eof => Step::End,
            Event::Start(element) => match element.local_name().into_inner() {
                "sheetData" => Step::Data,
                "row" => Step::Row(number_of(&element, "r")?, false),
                "c" => Step::Cell(CellStart::of(&element)?, false),
                "v" => Step::Text(Within::Value),
                "f" => Step::Formula,
                "is" => Step::Text(Within::Inline),
                _ if self.within == Within::Inline => {
                    self.inline.take_in(&Event::Start(element))?;
                    Step::Nothing
                }
                _ => Step::Nothing,
            },
            Event::Empty(element) => match element.local_name().into_inner() {
                "sheetData" => Step::End,
                "row" => Step::Row(number_of(&element, "r")?, true),
                "c" => Step::Cell(CellStart::of(&element)?, true),
                "f" => Step::Formula,
                _ => Step::Nothing,
            },
            Event::End(element) => match element.local_name().into_inner() {
                "sheetData" => Step::End,
                "row" => Step::RowEnd,
                "c" => Step::CellEnd,
                "v" | "is" => Step::Text(Within::Nothing),
                _ if self.within == Within::Inline => {
                    self.inline.take_in(&Event::End(element))?;
                    Step::Nothing
                }
                _ => Step::Nothing,
            },
            event if self.within == Within::Value => {
                push_text(&event, &mut self.value)?;
                Step::Nothing
            }
            event if self.within == Within::Inline => {
                self.inline.take_in(&event)?;
                Step::Nothing
            }
            _ => Step::Nothing,
        })
    }

    // Whatever stands behind the rows is read as well, so that the part's checksum is compared.
    fn finish(&mut self) -> Result<Option<u64>, Reason> {
        self.place = Place::Done;
        while !matches!(self.xml.next()?, Event::Eof) {}
        Ok(None)
    }

    fn begin_row(&mut self, number: Option<u32>) -> Result<(), Reason> {
        let number = number.map_or(self.row + 1, u64::from);
        if number <= self.row || number > ROWS_MAX {
            return Err(damaged("its rows are not in order"));
        }
        self.row = number;
        Ok(())
    }

    fn begin_cell(&mut self, start: &CellStart, workbook: &Workbook) -> Result<(), Reason> {
        // Whoever reads the row's number and whoever reads the cell's would see it in different rows.
        if start.row.is_some_and(|row| row != self.row) {
            return Err(damaged("a cell stands in a row that is not its own"));
        }
        let column = start.column.unwrap_or(self.next_column);
        if column < self.next_column || column >= COLUMNS_MAX {
            return Err(damaged("the cells of a row are not in order"));
        }
        self.next_column = column;
        self.kind = start.kind;
        self.shown = match start.style {
            // Without styles, or with one that there is not, a number is a number.
            Some(style) => workbook.styles.get(style as usize).copied().unwrap_or(ShownAs::Number),
            None => workbook.styles.first().copied().unwrap_or(ShownAs::Number),
        };
        self.value.clear();
        (self.within, self.has_formula) = (Within::Nothing, false);
        _ = self.inline.take();
        Ok(())
    }

    fn end_cell(&mut self, workbook: &Workbook) -> Result<(), Reason> {
        let start = self.texts.len();
        let mut is_text = true;
        match self.kind {
            // Some writers give a text of the cell's own another kind, or put it where a value stands.
            _ if self.inline.len() > 0 && self.value.is_empty() => self.texts.push_str(self.inline.take()),
            Kind::Number if self.value.is_empty() => self.lacks_result |= self.has_formula,
            _ if self.value.is_empty() => {}
            Kind::SharedText => {
                let text = self
                    .value
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|number| workbook.texts.get(number));
                self.texts
                    .push_str(text.ok_or_else(|| damaged("a cell refers to a text that there is not"))?);
            }
            Kind::Text | Kind::InlineText => {
                let mut text = CellText::of(std::mem::take(&mut self.value));
                self.texts.push_str(text.take());
            }
            Kind::Boolean => {
                is_text = false;
                self.texts.push_str(match self.value.trim() {
                    "1" | "true" => "true",
                    "0" | "false" => "false",
                    _ => return Err(damaged("a truth value is neither true nor false")),
                });
            }
            Kind::Moment => {
                let moment = self.value.trim();
                is_text = !moment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-:.+".contains(&byte));
                self.texts.push_str(moment);
            }
            Kind::Number => {
                is_text = false;
                let number = self
                    .value
                    .trim()
                    .parse::<f64>()
                    .ok()
                    .filter(|number| number.is_finite());
                let number = number.ok_or_else(|| damaged("what should be a number is none"))?;
                number_format::write(&mut self.texts, number, self.shown, workbook.is_1904);
            }
        }
        if start > self.texts_bytes_max && self.texts.len() > start {
            self.texts.truncate(start);
            self.texts.push('0');
        }
        let end = self.texts.len();
        // A formula may well give a text without characters: nothing is to be seen there either.
        if end > start {
            self.cells.push(FilledCell {
                column: self.next_column,
                start,
                end,
                is_text,
            });
        }
        Ok(())
    }
}

enum Step {
    Nothing,
    Data,
    Row(Option<u32>, bool),
    RowEnd,
    Cell(CellStart, bool),
    CellEnd,
    Formula,
    Text(Within),
    End,
}

struct CellStart {
    row: Option<u64>,
    column: Option<usize>,
    kind: Kind,
    style: Option<u32>,
}

impl CellStart {
    fn of(element: &BytesStart<'_>) -> Result<Self, Reason> {
        let mut start = Self {
            row: None,
            column: None,
            kind: Kind::Number,
            style: None,
        };
        for found in element.attributes().with_checks(false) {
            let found = found.map_err(|_| damaged("its XML is not well-formed"))?;
            let value = &*found.value;
            match found.key.local_name().into_inner() {
                "r" => {
                    let (column, row) = place(value).ok_or_else(|| damaged("the place of a cell is none"))?;
                    (start.column, start.row) = (Some(column), row);
                }
                "s" if value.is_empty() => {}
                "s" => start.style = Some(value.parse().map_err(|_| damaged("the style of a cell is none"))?),
                "t" => {
                    start.kind = match value {
                        "s" => Kind::SharedText,
                        "inlineStr" => Kind::InlineText,
                        // What a formula gives, and an error, which is shown as it is.
                        "str" | "e" => Kind::Text,
                        "b" => Kind::Boolean,
                        "d" => Kind::Moment,
                        "n" => Kind::Number,
                        _ => return Err(damaged("a cell is of a kind that there is not")),
                    }
                }
                _ => {}
            }
        }
        Ok(start)
    }
}

// The column of `C5`, from 0, and its row, if it has one.
fn place(place: &str) -> Option<(usize, Option<u64>)> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, row) = place.split_at(letters);
    let row = if row.is_empty() { None } else { Some(row.parse().ok()?) };
    let mut column = 0_usize;
    for letter in letters.bytes() {
        column = column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        if column > COLUMNS_MAX {
            return None;
        }
    }
    Some((column.checked_sub(1)?, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_columns() {
        for (text, expected) in [
            ("A1", Some((0, Some(1)))),
            ("Z9", Some((25, Some(9)))),
            ("AA10", Some((26, Some(10)))),
            ("XFD1048576", Some((16_383, Some(1_048_576)))),
            ("B", Some((1, None))),
            ("XFE1", None),
            ("ZZZZZZZZZZZZZZ1", None),
            ("1", None),
            ("A1A", None),
            ("A-1", None),
            ("é1", None),
        ] {
            assert_eq!(place(text), expected, "{text}");
        }
    }
}
