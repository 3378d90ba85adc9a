//! Real tables without personal data: no column of them is classified, and no cell holds a stray value.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use relay_privacy::{ColumnTally, classify_name, find_strays};

fn sample(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/samples/packages");
    let bytes = std::fs::read(folder.join(path)).unwrap();
    let mut text = String::new();
    if Path::new(path).extension().is_some_and(|extension| extension == "gz") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    text
}

/// Cells by column. These tables quote some cells, and have no line breaks in them.
fn csv(text: &str) -> BTreeMap<String, Vec<String>> {
    let cells = |line: &str| {
        let mut cells = vec![String::new()];
        let mut is_quoted = false;
        for char in line.chars() {
            match char {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => cells.push(String::new()),
                char => cells.last_mut().unwrap().push(char),
            }
        }
        cells
    };
    let mut lines = text.lines();
    let header = cells(lines.next().unwrap());
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        for (name, cell) in header.iter().zip(cells(line)) {
            columns.entry(name.clone()).or_default().push(cell);
        }
    }
    columns
}

fn json_lines(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        for (name, value) in row {
            let cell = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            columns.entry(name).or_default().push(cell);
        }
    }
    columns
}

#[test]
fn real_tables_without_personal_data_have_none() {
    let mut rows = 0;
    for path in [
        "org-001/flights/2013-01.csv.gz",
        "org-001/flights/2013-02.csv.gz",
        "org-002/readings/EWR 2013 Q1.csv",
        "org-002/readings/LGA 2013-04.csv",
        "org-003/fleet/planes.csv",
        "org-003/airports.jsonl",
        "org-003/reports/quarter 1, größer.csv",
    ] {
        let text = sample(path);
        let columns = if Path::new(path)
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            json_lines(&text)
        } else {
            csv(&text)
        };
        assert!(columns.len() > 3, "{path}");
        rows += columns.values().next().unwrap().len();
        for (name, cells) in columns {
            let mut tally = ColumnTally::new(classify_name(&name));
            for cell in &cells {
                tally.observe(cell.as_bytes());
                assert_eq!(find_strays(cell.as_bytes()), [], "{path} {name}");
            }
            assert_eq!(tally.decide(), None, "{path} {name}");
            assert_eq!(
                tally.hints(),
                classify_name(""),
                "{path} {name}: no name suggests a class either"
            );
        }
    }
    assert!(rows > 50_000, "{rows}");
}
