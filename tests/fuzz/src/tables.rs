//! Tables: every line is a row or a bad row, every good value is in the result, both passes and both ways of reading agree.

use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use relay_frictionless::{DescriptorLimits, SchemaReader, StandardVersion};
use relay_model::{
    ColumnNames, DEFAULT_MISSING_VALUES, Reason, SchemaChanges, Sha256Digest, TableLimits, TableReading, TableRule,
    TableSchema, TableSummary,
};
use relay_transform::{
    ColumnPlan, ParquetSink, RegisteredTable, TableFormat, TableOutcome, TableOutputs, TablePlan, Watch, check_packed,
    transform_table,
};
use serde_json::Value;

use crate::archives::Dripping;
use crate::choices::Choices;
use crate::made;
use crate::reference;
use crate::text::{SECRET, assert_keeps_secret, assert_shown};

pub const WORDS: &[&[u8]] = &[
    b"a,b\n",
    b"\"\"",
    b"\",\"",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"NA",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"1e308",
    b"1e400",
    b"-0",
    b"0.1",
    b"true",
    b"2013-01-31",
    b"2013-02-30",
    b"2013-01-31T00:00:00Z",
    b"2013-01-31T23:59:59.999999+14:00",
    b"{\"a\":1}\n",
    b"{\"b\":null}\n",
    b"{\"\\ud800\":\"\\ud800\"}\n",
    b"\0",
    b"\xff",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
];
const DELIMITERS: &[u8] = b",;\t|";
/// More rows than types are inferred from.
const SAMPLE_ROWS: usize = 20_001;
/// The longest line that is repeated so often, in bytes.
const LENGTHENED_BYTES_MAX: usize = 24;
/// First bytes from here on say that it is; rarely, since it takes long.
const LENGTHENED_FROM: u8 = 252;
const SCHEMAS: [&str; 2] = [
    r#"{"fields":[{"name":"a","type":"integer"},{"name":"b","required":true}]}"#,
    r#"{"fields":[{"name":"a","type":"datetime"},{"name":"b","type":"number","bareNumber":false,"constraints":{"minimum":0}}],"missingValues":["","-"]}"#,
];

/// How one input is read.
pub struct Setup {
    pub plan: TablePlan,
    pub limits: TableLimits,
}

pub fn seeds() -> Vec<Vec<u8>> {
    let plain = [0, 0, 0, 0, 0];
    let texts = texts();
    let set_ups = [
        plain,
        [1, 0, 0, 0, 0],
        [2, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [0, 5, 0, 0, 0],
        [0, 9, 1, 1, 1],
        [0, 2, 0, 0, 0],
        [0, 3, 0, 0, 0],
        [LENGTHENED_FROM, 0, 0, 0, 0],
        [0, 0, 2, 0, 1],
        [0, 0, 0, 255, 0],
    ];
    let seed = |set_up: &[u8; 5], text: &Vec<u8>| [&set_up[..], text].concat();
    set_ups
        .iter()
        .flat_map(|set_up| texts.iter().map(move |text| seed(set_up, text)))
        .collect()
}

fn texts() -> Vec<Vec<u8>> {
    let texts = [
        "a,b\n1,x\n2,y\n,NA\n".to_owned(),
        "a;b;c\r\n1,5;\"x;y\";\"q\"\"q\"\r\n;;\r\n".to_owned(),
        "a\tb\n2013-01-31\t2013-01-31T00:00:00Z\n2013-02-01\t\n".to_owned(),
        "a|b\ntrue|-0.5\nFALSE|1e3\n".to_owned(),
        "a,b\n1,x\n\"2\",\"y\nz\"\n3,\"w\n4,v\n5,\"u\"t\n6,s,r\n\n7,q".to_owned(),
        format!("a,b\n1,{SECRET}\nx,{SECRET},{SECRET}\n\"{SECRET}\"x,1\n"),
        "{\"a\":1,\"b\":\"x\"}\n{\"b\":null,\"a\":2.5}\n\n{\"a\":[1,{}],\"c\":true}\n".to_owned(),
        format!("{{\"a\":1}}\n{{\"a\":1,\"a\":2}}\n{{\"a\":\"{SECRET}\\ud800\"}}\n[1]\n{{\n"),
        format!("a,b\n{}1,x\n", "1,2013-01-31\n".repeat(60)),
        "\u{feff}é,b\nü,1\n".to_owned(),
        "word\nword\n".to_owned(),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}

pub fn packed_seeds() -> Vec<Vec<u8>> {
    let texts = texts();
    let mut seeds: Vec<_> = texts.iter().map(|text| made::gzip(text)).collect();
    seeds.extend(texts.iter().map(|text| made::zstd(text)));
    seeds.push([made::gzip(&texts[0]), made::gzip(b"3,z\n")].concat());
    seeds.push([made::zstd(&texts[0]), made::zstd(b"3,z\n")].concat());
    seeds.push(relay_testing::bombs::gzip_of_zeros(b"a,b\n1,2\n", 1 << 20));
    seeds.push(made::zstd(&b"a,b\n1,2\n".repeat(40_000)));
    seeds
}

/// Five bytes of decisions, and the text of a table.
pub fn check(input: &[u8]) {
    let mut choices = Choices::new(input);
    let packing = choices.byte();
    let setup = Setup::decided(&mut choices);
    let mut text = choices.rest().to_vec();
    if packing >= LENGTHENED_FROM {
        text = lengthened(&text);
    }
    let bytes = match packing % 4 {
        1 => made::gzip(&text),
        2 => made::zstd(&text),
        _ => text.clone(),
    };
    let told = table(&setup, &bytes);
    if let Told::Complete(summary, parquet) = told {
        check_rows(&setup, &summary, &parquet, &text);
    }
}

/// With its second line as many times as the sample has rows that types are inferred from, so that what follows is not seen
/// before the types are chosen.
fn lengthened(text: &[u8]) -> Vec<u8> {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else {
        return text.to_vec();
    };
    if second.len() > LENGTHENED_BYTES_MAX {
        return text.to_vec();
    }
    let rest = &text[first.len()..];
    [first, &second.repeat(SAMPLE_ROWS), rest].concat()
}

/// The bytes of a compressed table, as they are.
pub fn packed(input: &[u8]) {
    let setup = Setup::decided(&mut Choices::new(&[]));
    let told = table(&setup, input);
    let reason = check_packed(input, &setup.limits, &Watch::none()).expect("the input is in memory");
    if let Some(reason) = &reason {
        assert_shown(&reason.text);
    }
    assert!(
        reason.is_none() || !matches!(told, Told::Complete(..)),
        "a table came out of what does not unpack: {reason:?}"
    );
}

// A schema with constraints, whose columns are found by name.
fn described() -> Arc<SchemaReader> {
    let limits = DescriptorLimits::default();
    let schema = serde_json::json!({"fieldsMatch": ["partial"], "fields": [
        {"name": "a", "type": "integer", "constraints": {"minimum": -5, "unique": true}},
        {"name": "b", "type": "list", "constraints": {"maxLength": 3}},
        {"name": "c", "type": "datetime", "format": "any"},
        {"name": "d", "type": "number", "decimalChar": ",", "bareNumber": false},
        {"name": "t", "type": "time", "missingValues": ["-"]},
    ]});
    let schema = relay_frictionless::TableSchema::from_json(&schema, StandardVersion::Two, &limits);
    let reader = SchemaReader::new(&schema.expect("a schema"), &limits);
    Arc::new(reader.expect("a schema that can be checked"))
}

impl Setup {
    fn decided(choices: &mut Choices<'_>) -> Self {
        let kind = choices.byte();
        let columns = match kind & 3 {
            2 | 3 => {
                let rule = TableRule::new("**", schema(SCHEMAS[usize::from(kind & 1)]));
                let changes = if kind & 64 == 0 {
                    SchemaChanges::Compatible
                } else {
                    SchemaChanges::None
                };
                let table = RegisteredTable::new(TableRule { changes, ..rule });
                ColumnPlan::Declared(Arc::new(table.expect("a schema that can be checked")))
            }
            1 => ColumnPlan::Described(described()),
            _ => ColumnPlan::Inferred,
        };
        let mut plan = TablePlan::new(columns);
        if kind & 4 != 0 {
            let delimiter = DELIMITERS[usize::from(kind >> 4 & 3)];
            plan.format = Some(TableFormat::Csv { delimiter });
        } else if kind & 8 != 0 {
            plan.format = Some(TableFormat::JsonLines);
        }
        let limits = TableLimits {
            row_bytes_max: *choices.pick(&[4_096, 64, 16]),
            // More than 250 of 256 times there is one thread: starting another takes longer than the rest.
            columns_max: {
                let byte = choices.byte();
                if byte > 250 {
                    plan.threads = NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN);
                }
                if byte & 1 == 1 { 3 } else { 64 }
            },
            column_names: ColumnNames::Strict,
            bad_rows_max: if choices.is() { 3 } else { u64::MAX },
            bad_rows_percent_max: 100,
            unpacked_bytes_max: 1 << 20,
            unpacked_ratio_max: 1_000,
            unpacked_bytes_unchecked: 64 << 10,
            held_bytes_max: 1 << 20,
        };
        Self { plan, limits }
    }
}

/// A schema of this JSON.
pub fn schema(text: &str) -> TableSchema {
    serde_json::from_str(text).expect("a schema of ours")
}

enum Told {
    Complete(Box<TableSummary>, Vec<u8>),
    Other,
}

/// Reads a table in two ways, and checks what holds whatever it is.
fn table(setup: &Setup, bytes: &[u8]) -> Told {
    let (outcome, table, side) = run(setup, bytes, false);
    let again = run(setup, bytes, true);
    assert_eq!(outcome, again.0, "two ways of reading, two outcomes");
    assert!(table == again.1 && side == again.2, "two ways of reading, two results");
    let (digested, summary) = match &outcome {
        TableOutcome::Complete(report) => (report.digested, Some(&report.summary)),
        TableOutcome::Quarantine {
            reason,
            digested,
            summary,
        } => {
            check_reason(reason, summary.as_ref());
            (*digested, summary.as_ref())
        }
        TableOutcome::NotATable { text, digested } => {
            assert_shown(text);
            (*digested, None)
        }
        TableOutcome::NeedsAnotherPass { .. } => unreachable!("run goes on"),
    };
    assert_eq!(digested.sha256, Sha256Digest::of(bytes), "every byte is hashed");
    assert_eq!(digested.size_bytes, bytes.len() as u64);
    check_side(&side, summary, setup);
    match outcome {
        TableOutcome::Complete(report) => Told::Complete(Box::new(report.summary), table),
        _ => Told::Other,
    }
}

fn run(setup: &Setup, bytes: &[u8], is_dripping: bool) -> (TableOutcome, Vec<u8>, Vec<u8>) {
    let mut plan = setup.plan.clone();
    loop {
        let (mut table, mut bad_rows) = (Vec::new(), Vec::new());
        let mut sink = ParquetSink::new(&mut table);
        let outputs = TableOutputs {
            rows: &mut sink,
            bad_rows: &mut bad_rows,
        };
        let outcome = if is_dripping {
            transform_table(Dripping(bytes), &plan, &setup.limits, outputs, &Watch::none())
        } else {
            transform_table(bytes, &plan, &setup.limits, outputs, &Watch::none())
        };
        drop(sink);
        match outcome.expect("input and outputs are in memory") {
            TableOutcome::NeedsAnotherPass { learnt, digested } => {
                assert!(plan.learnt.is_none(), "a third pass was asked for");
                assert_eq!(digested.sha256, Sha256Digest::of(bytes));
                plan.learnt = Some(learnt);
            }
            outcome => return (outcome, table, bad_rows),
        }
    }
}

fn check_reason(reason: &Reason, summary: Option<&TableSummary>) {
    assert_shown(&reason.text);
    let is_about_names = ["table_header_mismatch", "table_duplicate_column"].contains(&reason.code.name());
    if !is_about_names {
        let columns = summary.map(|summary| summary.columns.as_slice()).unwrap_or_default();
        assert_keeps_secret(&reason.text, columns.iter().map(|column| column.name.as_str()));
    }
}

/// The side file: a line for each bad row, in order, with names of columns and no value.
fn check_side(side: &[u8], summary: Option<&TableSummary>, setup: &Setup) {
    let side = std::str::from_utf8(side).expect("the side file is UTF-8");
    let (mut last_row, mut last_line) = (0, 0);
    for line in side.lines() {
        let value: Value = serde_json::from_str(line).expect("a line of the side file is JSON");
        let members = value.as_object().expect("an object");
        for (member, value) in members {
            match member.as_str() {
                "line" | "row" => assert!(value.is_u64()),
                "reason" | "message" => assert!(value.is_string()),
                "column" => {
                    let is_name = |summary: &TableSummary| summary.columns.iter().any(|column| *value == column.name);
                    assert!(summary.is_some_and(is_name), "{value} is no column");
                }
                other => panic!("the side file says {other}"),
            }
        }
        let (row, line) = (value["row"].as_u64().unwrap(), value["line"].as_u64().unwrap());
        assert!(row > last_row && line > last_line, "the side file is out of order");
        (last_row, last_line) = (row, line);
    }
    let count = side.lines().count() as u64;
    assert!(count <= setup.limits.bad_rows_max.saturating_add(1));
    if let Some(summary) = summary {
        assert_eq!(count, summary.bad_rows, "the side file has another number of rows");
        assert!(last_row <= summary.rows + summary.bad_rows, "a bad row beyond all rows");
    }
}

/// A table that is complete, against the naive reading of its text.
fn check_rows(setup: &Setup, summary: &TableSummary, parquet: &[u8], text: &[u8]) {
    assert_eq!(summary.unpacked_bytes, text.len() as u64);
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(parquet)).expect("the result is Parquet");
    let metadata = reader.metadata().file_metadata();
    assert_eq!(metadata.num_rows().cast_unsigned(), summary.rows);
    assert_eq!(metadata.schema_descr().num_columns(), summary.columns.len());
    let all = (summary.rows + summary.bad_rows) as usize;
    if summary.format == "json" {
        return;
    }
    if summary.format == "json_lines" {
        let long = text
            .split(|byte| *byte == b'\n')
            .any(|line| line.len() >= setup.limits.row_bytes_max);
        assert!(long || all == reference::json_lines(text), "{all} rows of JSON Lines");
        return;
    }
    let delimiters: &[u8] = match setup.plan.format {
        Some(TableFormat::Csv { delimiter }) => &[delimiter],
        _ => DELIMITERS,
    };
    // What is read in another dialect or encoding is compared with Python's reader elsewhere (tests/system/people.rs).
    if summary.reading.as_ref().is_some_and(|reading| !is_plain(reading)) {
        return;
    }
    let names: Vec<&[u8]> = summary.columns.iter().map(|column| column.name.as_bytes()).collect();
    let tables = delimiters.iter().filter_map(|delimiter| {
        let mut table = reference::csv(text, *delimiter, setup.limits.row_bytes_max)?;
        if summary.header_absent && table.names.len() == names.len() {
            let first = std::mem::replace(&mut table.names, names.iter().map(|name| name.to_vec()).collect());
            table.rows.insert(0, Some(first));
        }
        Some(table)
    });
    let mut fitting = tables.filter(|table| table.names == names && table.is_certain);
    let table = fitting.next().expect("the header, read naively, gives these columns");
    assert_eq!(all, table.rows.len(), "rows and bad rows are not all lines");
    if matches!(setup.plan.columns, ColumnPlan::Inferred) {
        let is_good = |row: &&Vec<Vec<u8>>| row.len() == names.len();
        let good = table.rows.iter().flatten().filter(is_good);
        check_values(&reader, good, summary);
    }
}

fn is_plain(reading: &TableReading) -> bool {
    let is_of_another_dialect =
        reading.skips_blanks || reading.return_ends_line || reading.comment.is_some() || reading.skipped_lines > 0;
    reading.encoding == "utf-8" && !is_of_another_dialect
}

fn check_values<'t>(
    reader: &SerializedFileReader<Bytes>,
    mut expected: impl Iterator<Item = &'t Vec<Vec<u8>>>,
    summary: &TableSummary,
) {
    let mut missing = vec![0; summary.columns.len()];
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.expect("the result can be read");
        let cells = expected.next().expect("the result has more rows");
        for ((index, cell), (_, value)) in cells.iter().enumerate().zip(row.get_column_iter()) {
            let text = std::str::from_utf8(cell).expect("rows that are not UTF-8 are bad");
            let is_same = match value {
                Field::Null => {
                    missing[index] += 1;
                    DEFAULT_MISSING_VALUES.contains(&text)
                }
                Field::Str(value) => value == text,
                Field::Long(value) => value.to_string() == text,
                Field::Double(value) => text.parse::<f64>().is_ok_and(|text| text.to_bits() == value.to_bits()),
                Field::Bool(value) => [&*value.to_string(), if *value { "yes" } else { "no" }]
                    .iter()
                    .any(|spelling| text.eq_ignore_ascii_case(spelling)),
                Field::Date(_) => ("1.1.2013".len()..="2013-01-31".len()).contains(&text.len()),
                Field::TimestampMicros(_) => text.len() >= "1.1.2013 0:00".len(),
                Field::TimeMicros(_) => text.len() >= "0:00".len(),
                other => panic!("{other:?}"),
            };
            assert!(is_same, "column {index}: {text:?} became {value:?}");
        }
    }
    assert!(expected.next().is_none(), "the result has fewer rows");
    let told: Vec<u64> = summary.columns.iter().map(|column| column.missing).collect();
    assert_eq!(told, missing, "missing values are counted wrongly");
}
