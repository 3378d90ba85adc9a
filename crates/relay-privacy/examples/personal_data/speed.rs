//! Nanoseconds for each cell, and seconds for each gigabyte of text that is no table.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use relay_privacy::{ColumnTally, DataClass, PrivacyPolicy, Redactor, TextScan, TokenKey, Treatment, classify_name};

use crate::catalog::COLUMNS;
use crate::population::Cells;

const CELLS: u64 = 10_000;
const ROUNDS: u32 = 200;
const COLUMNS_MEASURED: &[(&str, &str)] = &[
    ("weekday", "a short word"),
    ("product_name", "two or three words"),
    ("uuid", "identifiers of letters and digits"),
    ("order_id", "sixteen digits"),
    ("amount", "amounts"),
    ("ordered_at", "times"),
    ("notes", "sentences"),
    ("contact", "e-mail addresses"),
    ("callback", "telephone numbers"),
    ("paid_with", "cards in groups"),
    ("iban", "account numbers"),
    ("visitor", "addresses of version 6"),
];

/// A table of Markdown.
pub fn measure() -> String {
    let redactor = |treatment| Redactor::new(PrivacyPolicy::all(treatment), Some(TokenKey::new([7; 32]))).unwrap();
    let (masking, tokenizing) = (redactor(Treatment::Mask), redactor(Treatment::Tokenize));
    let mut text = String::from("| cells | `observe` | `treat_stray` | mask | tokenize |\n|---|--:|--:|--:|--:|\n");
    for (name, what) in COLUMNS_MEASURED {
        let index = COLUMNS.iter().position(|column| column.name == *name).unwrap();
        let mut column = Cells::new(index, 0);
        let cells: Vec<String> = (0..CELLS).map(|_| column.next().text).collect();
        let class = COLUMNS[index].truth.unwrap_or(DataClass::PersonName);
        let mut tally = ColumnTally::new(classify_name(name));
        let observed = nanoseconds(&cells, |cell, _| tally.observe(cell));
        black_box(&tally);
        let strayed = nanoseconds(&cells, |cell, out| {
            black_box(masking.treat_stray(cell, out));
        });
        let masked = nanoseconds(&cells, |cell, out| masking.treat_cell(class, cell, out));
        let tokenized = nanoseconds(&cells, |cell, out| tokenizing.treat_cell(class, cell, out));
        writeln!(
            text,
            "| {what} | {observed:.1} | {strayed:.1} | {masked:.0} | {tokenized:.0} |"
        )
        .unwrap();
    }
    text.push_str(&texts());
    text
}

const TEXT_BYTES: usize = 4_000_000;
const TEXT_ROUNDS: u32 = 10;
/// As a transform hands them over.
const BLOCK_BYTES: usize = 256 * 1024;

fn texts() -> String {
    let filled = |line: &dyn Fn(usize) -> String| -> String {
        let mut text = String::new();
        for row in 0.. {
            if text.len() >= TEXT_BYTES {
                break;
            }
            text.push_str(&line(row));
        }
        text
    };
    let kinds = [
        (
            "prose",
            filled(&|row| {
                format!("Whoever reads these files should know how they were made, so here it is told, part {row}.\n")
            }),
        ),
        (
            "a log",
            filled(&|row| {
                format!(
                    "203.0.113.{} - - [10/Oct/2000:13:55:{:02} +0000] \"GET /item/{row}?page=2 HTTP/1.1\" 200 {}\n",
                    row % 256,
                    row % 60,
                    row * 7 % 9_999
                )
            }),
        ),
        (
            "JSON in many lines",
            filled(&|row| {
                format!("  {{\n    \"id\": {row},\n    \"name\": \"station {row}\",\n    \"value\": {row}.25\n  }},\n")
            }),
        ),
        (
            "JSON in one line",
            filled(&|row| format!("{{\"id\":{row},\"name\":\"station {row}\",\"value\":{row}.25}},")),
        ),
        (
            "rows that are no table",
            filled(&|row| {
                format!(
                    "{row};station {row};{row}.25;2013-01-01T05:00:00Z;{}\n",
                    "x;".repeat(row % 7)
                )
            }),
        ),
        ("base64", filled(&|row| format!("{:x}\n", md5_like(row)))),
        (
            "addresses",
            filled(&|row| format!("{row};person{row}@example.com;+1 212 555 {:04}\n", row % 10_000)),
        ),
    ];
    let mut table = String::from("\n| text that is no table | CPU s for each GB |\n|---|--:|\n");
    for (name, text) in kinds {
        let mut fastest = f64::INFINITY;
        for _ in 0..TEXT_ROUNDS {
            let start = Instant::now();
            let mut scan = TextScan::new();
            text.as_bytes()
                .chunks(BLOCK_BYTES)
                .for_each(|block| scan.push(black_box(block)));
            black_box(scan.finish());
            fastest = fastest.min(start.elapsed().as_nanos() as f64 / text.len() as f64);
        }
        writeln!(table, "| {name} | {fastest:.2} |").unwrap();
    }
    table
}

/// Digits without a pattern.
fn md5_like(row: usize) -> u128 {
    (row as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
}

fn nanoseconds(cells: &[String], mut measured: impl FnMut(&[u8], &mut Vec<u8>)) -> f64 {
    let mut out = Vec::new();
    let mut fastest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for cell in cells {
            out.clear();
            measured(black_box(cell.as_bytes()), &mut out);
            black_box(&out);
        }
        // The fastest round is the one that nothing else on the machine disturbed.
        fastest = fastest.min(start.elapsed().as_nanos() as f64 / cells.len() as f64);
    }
    fastest
}
