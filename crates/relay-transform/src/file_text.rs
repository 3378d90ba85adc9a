//! Files that must be there as a whole before anything of them can be read: workbooks and Parquet. They are held in memory,
//! within a limit, and become text for the reader of rows.

use std::sync::Arc;

use bytes::Bytes;
use relay_model::{Reason, ReasonCode, TableLimits, TableReading};

use crate::parquet_rows::{ParquetText, begins_parquet};
use crate::plan::TableFormat;
use crate::sheet_rows::{SheetText, chosen};
use crate::sniff::{self, Asked};
use crate::unpack::BLOCK_BYTES;
use crate::workbook::{Sheet, Workbook, begins_workbook, may_be_workbook};
use crate::workbook_text::show_beside_cells;

/// A file of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A zip, which may turn out to be something else.
    Zip,
    Workbook,
    Parquet,
}

/// Whether a file that begins like this is a table in a file of its own format, or may turn out to be one.
pub fn may_be_table_file(head: &[u8]) -> bool {
    FileKind::of(head).is_some()
}

impl FileKind {
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        if begins_parquet(head) {
            Some(Self::Parquet)
        } else if begins_workbook(head) {
            Some(Self::Workbook)
        } else {
            may_be_workbook(head).then_some(Self::Zip)
        }
    }

    /// What is to be said of a file that is larger than may be held; nothing if it may be none of these.
    pub(crate) fn too_large(self, held_bytes_max: u64) -> Option<Reason> {
        let name = match self {
            Self::Zip => return None,
            Self::Workbook => "workbook",
            Self::Parquet => "Parquet file",
        };
        let text = format!("the {name} is larger than {held_bytes_max} bytes (held_bytes_max)");
        Some(Reason::new(ReasonCode::TableFileTooLarge, text))
    }
}

/// The rows of such a file, as text.
pub(crate) enum FileText {
    Sheet(Box<SheetText>),
    Parquet(Box<ParquetText>),
}

/// A table, and how it is read.
pub(crate) struct FileTable {
    pub(crate) text: FileText,
    pub(crate) format: TableFormat,
    pub(crate) reading: Option<TableReading>,
}

impl FileText {
    /// Finds the table in a file; nothing if there is none.
    pub(crate) fn open(
        bytes: Bytes,
        kind: FileKind,
        asked: &Asked<'_>,
        limits: &TableLimits,
    ) -> Result<Option<FileTable>, Reason> {
        if kind != FileKind::Parquet {
            return Self::open_workbook(bytes, asked, limits);
        }
        let text = ParquetText::open(bytes, limits)?;
        Ok(text.has_columns().then(|| FileTable {
            text: Self::Parquet(Box::new(text)),
            format: TableFormat::Parquet,
            reading: None,
        }))
    }

    fn open_workbook(bytes: Bytes, asked: &Asked<'_>, limits: &TableLimits) -> Result<Option<FileTable>, Reason> {
        let Some(workbook) = Workbook::open(bytes, limits)? else {
            return Ok(None);
        };
        let workbook = Arc::new(workbook);
        let Some((sheet, columns, sheet_reading)) = chosen(&workbook)? else {
            return Ok(None);
        };
        // Before the rows become text, of which each would have as many commas.
        if columns.len() > limits.columns_max {
            let text = format!(
                "the sheet has cells in {} columns, the limit is {} (columns_max)",
                columns.len(),
                limits.columns_max
            );
            return Err(Reason::new(ReasonCode::TableTooManyColumns, text));
        }
        let open = |first_row, needs_results| {
            let workbook = Arc::clone(&workbook);
            let row_bytes_max = limits.row_bytes_max;
            SheetText::new(
                workbook,
                &sheet,
                Some(columns.clone()),
                first_row,
                row_bytes_max,
                needs_results,
            )
        };
        let mut head = Vec::new();
        let goes_on = open(1, false)?.append(&mut head, BLOCK_BYTES)?;
        let Some(reading) = sniff::recognize_cells(&head, !goes_on, asked) else {
            return Ok(None);
        };
        let text = open(reading.header_line.unwrap_or(1), true)?;
        Ok(Some(FileTable {
            text: Self::Sheet(Box::new(text)),
            format: TableFormat::Workbook,
            reading: Some(TableReading {
                sheet: Some(sheet_reading),
                ..reading
            }),
        }))
    }

    /// Appends rows until `out` has so many bytes; false behind the last one.
    pub(crate) fn append(&mut self, out: &mut Vec<u8>, bytes: usize) -> Result<bool, Reason> {
        match self {
            Self::Sheet(rows) => rows.append(out, bytes),
            Self::Parquet(rows) => rows.append(out, bytes),
        }
    }
}

/// How much of a workbook was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Nothing: it is none that can be read.
    Nothing,
    /// What is text of it, until something could not be read.
    Part,
    All,
}

/// Shows all cells of a workbook, sheet by sheet, and then all other text in it; of another document that is XML in a zip, all text.
pub(crate) fn show_document(bytes: &Bytes, limits: &TableLimits, mut show: impl FnMut(&[u8])) -> Shown {
    let opened = Workbook::open(bytes.clone(), limits);
    let Some(workbook) = opened.ok().flatten().or_else(|| Workbook::open_other(bytes, limits)) else {
        return Shown::Nothing;
    };
    let workbook = Arc::new(workbook);
    let mut is_all = true;
    for sheet in &workbook.sheets {
        is_all &= show_cells(&workbook, sheet, limits, &mut show).is_ok();
    }
    is_all &= show_beside_cells(&workbook, &mut show);
    if is_all { Shown::All } else { Shown::Part }
}

fn show_cells(
    workbook: &Arc<Workbook>,
    sheet: &Sheet,
    limits: &TableLimits,
    show: &mut impl FnMut(&[u8]),
) -> Result<(), Reason> {
    let row_bytes_max = usize::try_from(limits.held_bytes_max).unwrap_or(usize::MAX);
    let mut text = SheetText::new(Arc::clone(workbook), sheet, None, 1, row_bytes_max, false)?;
    let mut block = Vec::new();
    loop {
        block.clear();
        let goes_on = text.append(&mut block, BLOCK_BYTES);
        show(&block);
        if !goes_on? {
            return Ok(());
        }
    }
}
