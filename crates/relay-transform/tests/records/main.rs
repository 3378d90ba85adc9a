//! Records: of every text that is accepted, the relay, Python's csv module and DuckDB read the same rows. 10,000 generated and mutated
//! texts; `HYBRID_TEST_RECORDS=1000000 cargo test --release -p relay-transform --test records` reads a million.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod made;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use relay_model::{TableLimits, TableReading, TableSummary};
use relay_transform::{
    ColumnPlan, ParquetSink, TableFormat, TableOutcome, TableOutputs, TablePlan, Watch, transform_table,
};
use serde::Deserialize;

use made::{Case, case};

const CASES: u64 = 10_000;
const CASES_VARIABLE: &str = "HYBRID_TEST_RECORDS";
const PYTHON_VARIABLE: &str = "HYBRID_TEST_PYTHON";
const BATCH: u64 = 500;
/// `DuckDB` takes a hundred times as long as the others, and is asked about plain texts only: what it makes of others depends on its version.
const EVERY_FOR_DUCKDB: u64 = 10;
/// Of a hundred texts, so many must be accepted, and so many without a bad row: that the comparison does not shrink to nothing.
const ACCEPTED_PERCENT_MIN: u64 = 35;
const CLEAN_PERCENT_MIN: u64 = 20;
const BY_CONTENT_PERCENT_MIN: u64 = 20;
/// Of a hundred texts that it might be asked about.
const DUCKDB_PERCENT_MIN: u64 = 5;

/// The reason for which a text may be set aside in which nothing is wrong.
const HEADER_UNKNOWN: &str = "table_header_unknown";
/// So many are shown; the others are counted.
const FINDINGS_SHOWN_MAX: usize = 12;

/// A text, and what the relay made of it: either told which delimiter it has, or by its content alone.
struct Read {
    case: Case,
    is_told: bool,
    ours: Ours,
}

enum Ours {
    Accepted(Box<Table>),
    SetAside(String),
}

struct Table {
    rows: Vec<Vec<Field>>,
    bad: BTreeMap<u64, String>,
    summary: TableSummary,
}

/// What the others read.
#[derive(Deserialize)]
struct Theirs {
    rows: Vec<Vec<String>>,
    duckdb: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct BadRow {
    row: u64,
    reason: String,
}

fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "scripts/test and people say it")]
    std::env::var(name).ok()
}

fn ours(case: &Case, is_told: bool) -> Ours {
    let mut plan = TablePlan::new(ColumnPlan::Inferred);
    plan.format = is_told.then_some(TableFormat::Csv {
        delimiter: case.delimiter,
    });
    let limits = TableLimits {
        row_bytes_max: case.row_bytes_max,
        bad_rows_max: u64::MAX,
        bad_rows_percent_max: 100,
        ..TableLimits::default()
    };
    loop {
        let (mut table, mut bad_rows) = (Vec::new(), Vec::new());
        let mut sink = ParquetSink::new(&mut table);
        let outputs = TableOutputs {
            rows: &mut sink,
            bad_rows: &mut bad_rows,
        };
        let outcome = transform_table(case.text.as_slice(), &plan, &limits, outputs, &Watch::none());
        drop(sink);
        match outcome.unwrap() {
            TableOutcome::NeedsAnotherPass { learnt, .. } => plan.learnt = Some(learnt),
            TableOutcome::Quarantine { reason, .. } => return Ours::SetAside(reason.code.name().to_owned()),
            TableOutcome::NotATable { .. } => return Ours::SetAside("no table".to_owned()),
            TableOutcome::Complete(report) => {
                let lines = std::str::from_utf8(&bad_rows).unwrap().lines();
                let bad = lines.map(|line| serde_json::from_str::<BadRow>(line).unwrap());
                let bad: BTreeMap<u64, String> = bad.map(|bad| (bad.row, bad.reason)).collect();
                assert_eq!(bad.len() as u64, report.summary.bad_rows);
                let reader = SerializedFileReader::new(Bytes::from(table)).unwrap();
                let row = |row: parquet::record::Row| row.get_column_iter().map(|(_, value)| value.clone()).collect();
                let rows: Vec<Vec<Field>> = reader
                    .get_row_iter(None)
                    .unwrap()
                    .map(|found| row(found.unwrap()))
                    .collect();
                assert_eq!(rows.len() as u64, report.summary.rows);
                let summary = report.summary;
                return Ours::Accepted(Box::new(Table { rows, bad, summary }));
            }
        }
    }
}

/// The other readers, in one process.
struct Others(Child);

impl Others {
    fn start() -> Self {
        let python = setting(PYTHON_VARIABLE)
            .unwrap_or_else(|| panic!("{PYTHON_VARIABLE} is not set: run scripts/test, which installs the readers"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/records/reader.py");
        let started = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        Self(started.unwrap())
    }

    fn read(&mut self, cases: &[Read], first: u64) -> Vec<Theirs> {
        let mut to = BufWriter::new(self.0.stdin.as_mut().unwrap());
        let mut from = BufReader::new(self.0.stdout.as_mut().unwrap());
        std::thread::scope(|scope| {
            // Written beside: both pipes are short.
            scope.spawn(move || {
                for (read, number) in cases.iter().zip(first..) {
                    writeln!(to, "{}", reading(read, number % EVERY_FOR_DUCKDB == 0)).unwrap();
                    to.write_all(&read.case.text).unwrap();
                }
                to.flush().unwrap();
            });
            let mut line = String::new();
            let mut next = || {
                line.clear();
                from.read_line(&mut line).unwrap();
                serde_json::from_str(&line).unwrap()
            };
            cases.iter().map(|_| next()).collect()
        })
    }

    fn end(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

/// How the others are to read a text: as was told, or as the relay says that it has read it.
fn reading(read: &Read, with_duckdb: bool) -> serde_json::Value {
    let told = TableReading {
        encoding: "utf-8".to_owned(),
        delimiter: Some(char::from(read.case.delimiter).to_string()),
        ..TableReading::default()
    };
    let (reading, columns) = match &read.ours {
        Ours::Accepted(table) => {
            let is_for_duckdb = with_duckdb && read.is_told && is_for_duckdb(&read.case, table);
            let columns = if is_for_duckdb { table.summary.columns.len() } else { 0 };
            (table.summary.reading.as_ref().unwrap_or(&told), columns)
        }
        Ours::SetAside(_) => (&told, 0),
    };
    serde_json::json!({
        "size": read.case.text.len(), "duckdb": columns, "encoding": reading.encoding, "delimiter": reading.delimiter,
        "first_line": reading.header_line.unwrap_or(1), "blanks": reading.skips_blanks, "comment": reading.comment,
    })
}

/// A letter for each byte, as Python was told to read.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn is_equal(field: &Field, text: &str) -> bool {
    match field {
        Field::Null => text.is_empty(),
        Field::Str(found) => letters(found.as_bytes()) == text,
        Field::Long(found) => found.to_string() == text,
        Field::Double(found) => text.parse() == Ok(*found),
        other => panic!("{other:?} of {text:?}"),
    }
}

/// Whether nobody could find anything wrong with a text: then it must be accepted as it is.
fn is_plain(case: &Case, theirs: &Theirs) -> bool {
    let Some((header, rows)) = theirs.rows.split_first() else {
        return false;
    };
    let text = letters(&case.text);
    let lone_return = text.replace("\r\n", "").contains('\r');
    let quotes_pair = text.matches('"').count().is_multiple_of(2) && is_strict(&text, char::from(case.delimiter));
    let mut names: Vec<&String> = header.iter().collect();
    names.sort();
    names.dedup();
    quotes_pair
        && !lone_return
        && std::str::from_utf8(&case.text).is_ok()
        && case.text.len() <= case.row_bytes_max
        && names.len() == header.len()
        && header.iter().all(|name| name.starts_with('h'))
        && rows
            .iter()
            .all(|row| row.len() == header.len() && !row.iter().any(|cell| header.contains(cell)))
        && !rows.is_empty()
}

/// Whether quotes stand around whole fields only, and are doubled within.
fn is_strict(text: &str, delimiter: char) -> bool {
    let ends =
        |letter: Option<char>| letter.is_none_or(|letter| letter == delimiter || letter == '\n' || letter == '\r');
    let (mut is_quoted, mut before) = (false, None);
    let mut letters = text.trim_start_matches("\u{ef}\u{bb}\u{bf}").chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, is_quoted) {
            ('"', false) if ends(before) => is_quoted = true,
            ('"', false) => return false,
            ('"', true) if letters.peek() == Some(&'"') => {
                letters.next();
            }
            ('"', true) => {
                is_quoted = false;
                if !ends(letters.peek().copied()) {
                    return false;
                }
            }
            _ => {}
        }
        before = Some(letter);
    }
    !is_quoted
}

/// `DuckDB` has rows of blank lines where there is one column, takes a blank first line for the header, and ends with an error where
/// line breaks are mixed.
fn is_for_duckdb(case: &Case, table: &Table) -> bool {
    let text = letters(&case.text);
    let breaks = [
        text.matches("\r\n").count(),
        text.matches('\n').count(),
        text.matches('\r').count(),
    ];
    let is_mixed = breaks[0] != breaks[2] || (breaks[0] > 0 && breaks[0] != breaks[1]);
    let begins_blank = text.trim_start_matches("\u{ef}\u{bb}\u{bf}").starts_with(['\n', '\r']);
    table.summary.columns.len() > 1
        && table.bad.is_empty()
        && !is_mixed
        && !begins_blank
        && is_strict(&text, char::from(case.delimiter))
}

/// What is wrong with a reading, if anything is.
fn compare(read: &Read, theirs: &Theirs) -> Option<String> {
    let is_plain = read.is_told && is_plain(&read.case, theirs);
    let table = match &read.ours {
        // Where names look like values nothing is guessed.
        Ours::SetAside(why) if why == HEADER_UNKNOWN => return None,
        Ours::SetAside(why) => return is_plain.then(|| format!("set aside ({why}), and nothing is wrong")),
        Ours::Accepted(table) => table,
    };
    let mut rows = theirs.rows.iter();
    if !table.summary.header_absent {
        let names = table
            .summary
            .columns
            .iter()
            .map(|column| letters(column.name.as_bytes()));
        let (names, header) = (names.collect::<Vec<_>>(), rows.next());
        if header != Some(&names) {
            return Some(format!("names are {names:?}, Python reads {header:?}"));
        }
    }
    let all = table.rows.len() + table.bad.len();
    if all != rows.len() {
        return Some(format!("{all} rows, bad ones among them; Python reads {}", rows.len()));
    }
    let mut good = table.rows.iter();
    for (row, number) in rows.zip(1_u64..) {
        if table.bad.contains_key(&number) {
            continue;
        }
        let found = good.next()?;
        if found.len() != row.len() || !found.iter().zip(row).all(|(field, text)| is_equal(field, text)) {
            return Some(format!("row {number} is {found:?}, Python reads {row:?}"));
        }
    }
    match &theirs.duckdb {
        Some(count) if *count != all => Some(format!("{all} rows, DuckDB reads {count}")),
        _ if is_plain && !table.bad.is_empty() => Some(format!("bad rows {:?}, and nothing is wrong", table.bad)),
        _ => None,
    }
}

#[test]
fn rows_are_those_that_other_readers_read() {
    let cases = setting(CASES_VARIABLE).map_or(CASES, |count| count.parse().unwrap());
    let mut others = Others::start();
    let (mut accepted, mut clean, mut by_content, mut by_duckdb, mut findings) = (0, 0, 0, 0, Vec::new());
    let mut first = 0;
    while first < cases {
        let numbers = first..cases.min(first + BATCH);
        for is_told in [true, false] {
            let read = |number| {
                let case = case(number);
                let ours = ours(&case, is_told);
                Read { case, is_told, ours }
            };
            let read: Vec<Read> = numbers.clone().map(read).collect();
            let theirs = others.read(&read, first);
            for ((read, theirs), number) in read.iter().zip(&theirs).zip(first..) {
                if let Ours::Accepted(table) = &read.ours {
                    accepted += u64::from(is_told);
                    clean += u64::from(is_told && table.bad.is_empty());
                    by_content += u64::from(!is_told);
                }
                by_duckdb += u64::from(theirs.duckdb.is_some());
                if let Some(finding) = compare(read, theirs) {
                    findings.push(format!("case {number}, {}: {finding}", shown(read)));
                }
            }
        }
        first += BATCH;
    }
    others.end();
    let shown = findings
        .iter()
        .take(FINDINGS_SHOWN_MAX)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(findings.is_empty(), "{} of {cases} texts\n{shown}", findings.len());
    let said = format!(
        "of {cases} texts {accepted} were accepted, {clean} without bad rows, {by_content} by content alone, {by_duckdb} read by DuckDB"
    );
    assert!(accepted * 100 >= cases * ACCEPTED_PERCENT_MIN, "{said}");
    assert!(clean * 100 >= cases * CLEAN_PERCENT_MIN, "{said}");
    assert!(by_content * 100 >= cases * BY_CONTENT_PERCENT_MIN, "{said}");
    assert!(
        by_duckdb * 100 >= cases / EVERY_FOR_DUCKDB * DUCKDB_PERCENT_MIN,
        "{said}"
    );
    eprintln!("{said}");
}

fn shown(read: &Read) -> String {
    let Case {
        text,
        delimiter,
        row_bytes_max,
    } = &read.case;
    let how = match &read.ours {
        _ if read.is_told => format!("told {:?}", char::from(*delimiter)),
        Ours::Accepted(table) => format!("by content {:?}", table.summary.reading),
        Ours::SetAside(_) => "by content".to_owned(),
    };
    format!(
        "{how}, rows to {row_bytes_max} bytes\n    \"{}\"\n   ",
        text.escape_ascii()
    )
}
