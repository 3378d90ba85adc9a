//! Standard output: tables for people, JSON lines for programs.

use std::io::{self, IsTerminal, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde::Serialize;

use crate::args::Format;

/// The blanks between two columns.
const CELL_GAP: u16 = 2;
/// A cell is not folded to fewer characters than these: times, states and the beginnings of ids stay whole.
const FOLDED_CELL_MIN: u16 = 26;

/// Writes results. A closed pipe (`relay … | head`) is not an error.
pub struct Output {
    format: Format,
    out: io::Stdout,
}

impl Output {
    pub fn new(format: Format) -> Self {
        Self {
            format,
            out: io::stdout(),
        }
    }

    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// One JSON object on a line.
    pub fn json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        self.line(&serde_json::to_string(value)?)
    }

    /// One line of text.
    pub fn line(&self, text: &str) -> anyhow::Result<()> {
        let mut out = self.out.lock();
        match writeln!(out, "{text}").and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// Rows under a header. Where a terminal is too narrow for columns, each row becomes a block of lines.
    pub fn table(&self, header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(header.iter().copied());
        table.add_rows(rows);
        let width = if self.out.is_terminal() { table.width() } else { None };
        for column in table.column_iter_mut() {
            column.set_padding((0, CELL_GAP));
        }
        let widths = table.column_max_content_widths();
        match layout(&widths, width) {
            Layout::AsWideAsItIs => {}
            Layout::Folded { width } => {
                table
                    .set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(width);
                for (column, natural) in table.column_iter_mut().zip(widths) {
                    let narrowest = natural.min(FOLDED_CELL_MIN) + CELL_GAP;
                    column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(narrowest)));
                }
            }
            Layout::Blocks => return self.blocks(header, &table),
        }
        for line in table.lines() {
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    fn blocks(&self, header: &[&str], table: &Table) -> anyhow::Result<()> {
        let label_width = header.iter().map(|label| label.len()).max().unwrap_or_default();
        for row in table.row_iter() {
            for (label, cell) in header.iter().zip(row.cell_iter()) {
                let content = cell.content();
                if !content.is_empty() {
                    self.line(&format!("{label:<label_width$}  {content}"))?;
                }
            }
            self.line("")?;
        }
        Ok(())
    }
}

/// How a table is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    AsWideAsItIs,
    /// Long cells are folded.
    Folded {
        width: u16,
    },
    /// A block of lines for each row, a cell in each line.
    Blocks,
}

// `widths` are those of the widest cells; a terminal that does not say how wide it is says 0.
fn layout(widths: &[u16], terminal: Option<u16>) -> Layout {
    let Some(terminal) = terminal.filter(|width| *width > 0) else {
        return Layout::AsWideAsItIs;
    };
    let total = |of: &dyn Fn(u16) -> u16| {
        widths
            .iter()
            .map(|width| u32::from(of(*width)) + u32::from(CELL_GAP))
            .sum()
    };
    let (natural, narrowest): (u32, u32) = (total(&|width| width), total(&|width| width.min(FOLDED_CELL_MIN)));
    if natural <= u32::from(terminal) {
        Layout::AsWideAsItIs
    } else if narrowest <= u32::from(terminal) {
        Layout::Folded { width: terminal }
    } else {
        Layout::Blocks
    }
}

/// A message for the person at the terminal, on standard error.
pub fn tell(text: &str) {
    let mut err = io::stderr().lock();
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(err, "{text}");
}

/// A size as people read it.
pub fn human_bytes(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_folded_only_as_far_as_it_stays_readable() {
        let packages = [16, 11, 60, 10, 24, 22];
        assert_eq!(layout(&packages, None), Layout::AsWideAsItIs);
        // A pseudoterminal that nobody told its size.
        assert_eq!(layout(&packages, Some(0)), Layout::AsWideAsItIs);
        assert_eq!(layout(&packages, Some(200)), Layout::AsWideAsItIs);
        assert_eq!(layout(&packages, Some(140)), Layout::Folded { width: 140 });
        for width in [1, 40, 60, 80] {
            assert_eq!(layout(&packages, Some(width)), Layout::Blocks, "{width}");
        }
        assert_eq!(layout(&[8, 6, 7], Some(60)), Layout::AsWideAsItIs);
        assert_eq!(layout(&[], Some(60)), Layout::AsWideAsItIs);
    }
}
