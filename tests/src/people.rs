//! Tables of invented people, and an independent reader of the tables that they become.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::python;

/// A table of people in CSV. All of it is invented: domains and numbers that are kept for examples.
pub fn people(rows: usize) -> String {
    let mut text = String::from("id,email,ssn,card_number,iban,note\n");
    for row in 0..rows {
        let ssn = format!("123-45-{:04}", 1_000 + row);
        writeln!(
            text,
            "{row},person{row}@example.com,{ssn},4111 1111 1111 1111,DE89370400440532013000,ask person{row}@example.org"
        )
        .unwrap();
    }
    text
}

/// The rows of a Parquet file as `DuckDB` reads it, in the order of the column `order`: one JSON object each.
pub fn parquet_rows(parquet: &Path, order: &str) -> Vec<Value> {
    let script = "import duckdb, json, sys\n\
                  found = duckdb.read_parquet(sys.argv[1]).order(sys.argv[2])\n\
                  for row in found.fetchall(): print(json.dumps(dict(zip(found.columns, row)), default=str))";
    let output = Command::new(python())
        .args(["-c", script])
        .arg(parquet)
        .arg(order)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
