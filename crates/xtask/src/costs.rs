//! `cargo xtask costs`: what a million packages cost on AWS, from list prices and measured figures.
//!
//! docs/COSTS.md is prose with tables between markers; the tables are made here, so that they follow the prices, the
//! assumptions and the formulas below and nothing else.

mod alerting;
mod assumptions;
mod model;
mod prices;

use std::path::Path;

use anyhow::Context as _;

use self::model::{Line, Setup, Workload};
use self::prices::PRICES;

const DOCUMENT: &str = "docs/COSTS.md";

/// The document with its tables made anew.
pub fn document(root: &Path) -> anyhow::Result<String> {
    let mut text = crate::read(root, DOCUMENT)?;
    for (name, table) in tables() {
        text = filled(&text, name, &table)?;
    }
    Ok(text)
}

/// All tables, for the console.
pub fn all() -> String {
    tables().into_iter().map(|(_, table)| table + "\n").collect()
}

fn tables() -> [(&'static str, String); 5] {
    [
        ("prices", prices_table()),
        ("assumptions", assumptions_table()),
        ("per-million", per_million_table()),
        ("fixed", fixed_table()),
        ("variants", variants_table()),
    ]
}

// What stands between `<!-- costs: NAME -->` and `<!-- end -->` is replaced.
fn filled(text: &str, name: &str, table: &str) -> anyhow::Result<String> {
    let begin = format!("<!-- costs: {name} -->\n");
    let start = text
        .find(&begin)
        .with_context(|| format!("{DOCUMENT} has no place for the table '{name}'"))?
        + begin.len();
    let length = text[start..]
        .find("<!-- end -->")
        .with_context(|| format!("{DOCUMENT}: the table '{name}' has no end"))?;
    Ok([&text[..start], table, &text[start + length..]].concat())
}

fn prices_table() -> String {
    let rows = PRICES.iter().map(|price| {
        format!(
            "| {} | ${} | {} | {} |\n",
            price.what, price.dollars, price.unit, price.source
        )
    });
    header(&["what", "price", "for", "source"]) + &rows.collect::<String>()
}

fn assumptions_table() -> String {
    let rows = assumptions::ASSUMPTIONS
        .iter()
        .map(|(what, value, why)| format!("| {what} | {value} | {why} |\n"));
    header(&["what", "value", "where it is from"]) + &rows.collect::<String>()
}

fn per_million_table() -> String {
    let setup = Setup::default();
    let small = model::per_million(&Workload::SMALL, &setup);
    let large = model::per_million(&Workload::LARGE, &setup);
    let mut text = header(&["what", "1 MB each, $", "1 GB each, $"]);
    for (small, large) in small.iter().zip(&large) {
        text += &row(&small.what, &[small.dollars, large.dollars]);
    }
    text += &row("**sum**", &[model::sum(&small), model::sum(&large)]);
    let per_package = |lines: &[Line]| model::sum(lines) / model::PACKAGES;
    let one = [
        format!("{:.6}", per_package(&small)),
        format!("{:.4}", per_package(&large)),
    ];
    text + &cells("for one package", &one)
}

fn fixed_table() -> String {
    let lines = model::per_month();
    let mut text = header(&["what", "a month, $"]);
    for line in &lines {
        text += &row(&line.what, &[line.dollars]);
    }
    text + &row("**sum**", &[model::sum(&lines)])
}

fn variants_table() -> String {
    let mut text = header(&["what", "1 MB each, $", "1 GB each, $", "is it there?"]);
    for variant in model::variants() {
        let total = |workload| model::sum(&model::per_million(workload, &variant.setup));
        let totals = [total(&Workload::SMALL), total(&Workload::LARGE)].map(money);
        text += &cells(variant.what, &[&totals[0], &totals[1], variant.state]);
    }
    text
}

fn header(columns: &[&str]) -> String {
    format!("| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()))
}

fn row(what: &str, amounts: &[f64]) -> String {
    let amounts: Vec<String> = amounts.iter().copied().map(money).collect();
    cells(what, &amounts)
}

fn cells(what: &str, others: &[impl AsRef<str>]) -> String {
    let others: Vec<&str> = others.iter().map(AsRef::as_ref).collect();
    format!("| {what} | {} |\n", others.join(" | "))
}

// Cents where they matter, and whole dollars with separators where they do not.
fn money(amount: f64) -> String {
    if amount < 100.0 {
        return format!("{amount:.2}");
    }
    let digits = format!("{amount:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_put_in_its_place_and_nowhere_else() {
        let text = "before\n<!-- costs: fixed -->\nold\n<!-- end -->\nafter\n";
        assert_eq!(
            filled(text, "fixed", "new\n").unwrap(),
            "before\n<!-- costs: fixed -->\nnew\n<!-- end -->\nafter\n"
        );
        assert!(filled(text, "prices", "new\n").is_err());
        assert!(filled("<!-- costs: fixed -->\n", "fixed", "new\n").is_err());
    }

    #[test]
    fn amounts_are_readable() {
        assert_eq!(money(0.128), "0.13");
        assert_eq!(money(99.994), "99.99");
        assert_eq!(money(205.708), "206");
        assert_eq!(money(61_234.5), "61,234");
        assert_eq!(money(1_234_567.0), "1,234,567");
    }
}
