//! Nanoseconds for each cell.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use relay_privacy::{ColumnTally, DataClass, PrivacyPolicy, TokenKey, Treater, Treatment, classify_name};

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
    let treater = |treatment| Treater::new(PrivacyPolicy::all(treatment), Some(TokenKey::new([7; 32]))).unwrap();
    let (masking, tokenizing) = (treater(Treatment::Mask), treater(Treatment::Tokenize));
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
    text
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
