//! Invented personal data, and how well and how fast it is found. Usage:
//! `personal_data table [ROWS]` writes a table as CSV; `personal_data measure [TABLES] [ROWS]` the figures of
//! `docs/PERSONAL_DATA.md`; `personal_data speed` nanoseconds for each cell.
#![expect(clippy::unwrap_used, reason = "a measurement ends when something fails")]
#![expect(clippy::cast_precision_loss, reason = "shares of counts that are far below 2^53")]

#[path = "../../tests/privacy/catalog.rs"]
mod catalog;
#[path = "../../tests/privacy/lookalikes.rs"]
mod lookalikes;
#[path = "../../tests/privacy/measure.rs"]
mod measure;
#[path = "../../tests/privacy/people.rs"]
mod people;
#[path = "../../tests/privacy/population.rs"]
mod population;
#[path = "../../tests/privacy/random.rs"]
mod random;
mod speed;

use std::io::{BufWriter, Write};

use catalog::COLUMNS;
use population::Cells;

/// One hundred tables of ten thousand rows are the million of the documentation.
const TABLES: u64 = 100;
const ROWS: u64 = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize, default: u64| arguments.get(index).map_or(default, |text| text.parse().unwrap());
    let mut out = BufWriter::new(std::io::stdout().lock());
    match arguments.get(1).map(String::as_str) {
        Some("table") => write_table(&mut out, number(2, TABLES * ROWS)).unwrap(),
        Some("measure") => out
            .write_all(
                measure::measure(number(2, TABLES), number(3, ROWS))
                    .markdown()
                    .as_bytes(),
            )
            .unwrap(),
        Some("speed") => out.write_all(speed::measure().as_bytes()).unwrap(),
        _ => out
            .write_all(b"personal_data table [ROWS] | measure [TABLES] [ROWS] | speed\n")
            .unwrap(),
    }
}

/// The tables of the measurement, one below the other under one header.
fn write_table(out: &mut impl Write, rows: u64) -> std::io::Result<()> {
    let header: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    writeln!(out, "{}", header.join(","))?;
    let mut columns = Vec::new();
    for row in 0..rows {
        if row.is_multiple_of(ROWS) {
            columns = (0..COLUMNS.len())
                .map(|column| Cells::new(column, row / ROWS))
                .collect();
        }
        for (index, column) in columns.iter_mut().enumerate() {
            let text = column.next().text;
            let separator = if index == 0 { "" } else { "," };
            if text.contains([',', '"']) {
                write!(out, "{separator}\"{}\"", text.replace('"', "\"\""))?;
            } else {
                write!(out, "{separator}{text}")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
