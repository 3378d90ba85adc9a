//! Generated files in every dialect and encoding: the rows are those that Python's csv and json modules read under the reading
//! that is recorded; and those that were written.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use relay_model::TableReading;
use relay_transform::TableOutcome;
use serde_json::{Value, json};

use crate::support::{Ran, Setup};

const PYTHON_VARIABLE: &str = "HYBRID_TEST_PYTHON";
/// How many files; a number for long runs.
const FILES_VARIABLE: &str = "HYBRID_DIFFERENTIAL_FILES";
const FILES: u32 = 1_500;

struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "scripts/test says where it installed it")]
        let python = std::env::var(PYTHON_VARIABLE);
        let python = python.unwrap_or_else(|_| {
            panic!("{PYTHON_VARIABLE} is not set: run scripts/test, which installs Python's packages and sets it")
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables/differential.py");
        let mut child = Command::new(&python)
            .arg(script)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{python} could not be started: {error}"));
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    /// The rows of a file, the names first.
    fn rows(&mut self, bytes: &[u8], format: &str, reading: &TableReading) -> Option<Vec<Vec<Value>>> {
        let hexadecimal: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let hexadecimal = hexadecimal.concat();
        let case = json!({"bytes": hexadecimal, "format": format, "reading": reading});
        writeln!(self.input, "{case}").unwrap();
        self.input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a file is written.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one choice of whoever writes a file"
)]
struct Style {
    delimiter: char,
    endings: Vec<&'static str>,
    blanks: usize,
    titles: Vec<String>,
    comments: bool,
    names_separator: bool,
    encoding: u8,
    quotes_all: bool,
    last_ending: bool,
}

fn style() -> impl Strategy<Value = Style> {
    let endings = prop_oneof![
        4 => Just(vec!["\n"]),
        2 => Just(vec!["\r\n"]),
        2 => Just(vec!["\r"]),
        1 => Just(vec!["\n", "\r\n"]),
        1 => Just(vec!["\r", "\r\n"]),
    ];
    let titles = prop_oneof![
        3 => Just(Vec::new()),
        1 => proptest::collection::vec("[A-Z][a-z]{2,8}( [a-z0-9]{1,6}){0,4}", 1..4),
    ];
    (
        proptest::sample::select(vec![',', ';', '\t', '|']),
        endings,
        prop_oneof![3 => Just(0), 1 => 1..3_usize],
        titles,
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.15),
        0..6_u8,
        proptest::bool::weighted(0.2),
        any::<bool>(),
    )
        .prop_map(
            |(delimiter, endings, blanks, titles, comments, names_separator, encoding, quotes_all, last_ending)| {
                Style {
                    delimiter,
                    endings,
                    // A tab and a blank is what nobody writes.
                    blanks: if delimiter == '\t' { 0 } else { blanks },
                    titles: if names_separator { Vec::new() } else { titles },
                    comments,
                    names_separator,
                    encoding,
                    quotes_all,
                    last_ending,
                }
            },
        )
}

/// Texts that stay texts. One column has addresses, so that the names are beyond doubt.
fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![
        6 => "[a-zA-Zéüñ]{1,8}( [a-zéß]{1,6}){0,2}",
        2 => "x[ -~é]{0,12}x",
        1 => "y[,;|\t\"a-c]{0,6}y",
        1 => "z[a-c\r\n\"#]{0,6}z",
        1 => "#[a-z]{1,3}",
        1 => Just(String::new()),
    ];
    (2..6_usize).prop_flat_map(move |columns| {
        let row = proptest::collection::vec(cell.clone(), columns - 1);
        let row = (row, 0..1_000_u32).prop_map(|(mut cells, number)| {
            cells.push(format!("p{number}@example.com"));
            cells
        });
        proptest::collection::vec(row, 3..25)
    })
}

fn written(style: &Style, rows: &[Vec<String>]) -> Vec<u8> {
    let columns = rows[0].len();
    let names: Vec<String> = (0..columns)
        .map(|column| {
            if column + 1 == columns {
                "email".to_owned()
            } else {
                format!("col_{}", (b'a' + column as u8) as char)
            }
        })
        .collect();
    let mut lines: Vec<String> = Vec::new();
    if style.names_separator {
        lines.push(format!("sep={}", style.delimiter));
    }
    lines.extend(style.titles.iter().cloned());
    if style.comments {
        lines.push("# a note on what is below".to_owned());
    }
    let row = |cells: &[String]| {
        let cell = |cell: &String| {
            let special = [style.delimiter, '"', '\r', '\n'];
            let must = cell.contains(special) || cell.starts_with([' ', '#']) || (columns == 1 && cell.is_empty());
            if must || style.quotes_all {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        };
        let between = format!("{}{}", style.delimiter, " ".repeat(style.blanks));
        cells.iter().map(cell).collect::<Vec<_>>().join(&between)
    };
    lines.push(row(&names));
    for (number, cells) in rows.iter().enumerate() {
        if style.comments && number == 2 {
            lines.push("# another".to_owned());
        }
        lines.push(row(cells));
    }
    let mut text = String::new();
    let last = lines.len() - 1;
    for (number, line) in lines.iter().enumerate() {
        text += line;
        if number < last || style.last_ending {
            text += style.endings[number % style.endings.len()];
        }
    }
    encoded(&text, style.encoding)
}

fn encoded(text: &str, encoding: u8) -> Vec<u8> {
    let units = |mark: bool| {
        mark.then_some(0xfeff)
            .into_iter()
            .chain(text.encode_utf16())
            .collect::<Vec<u16>>()
    };
    match encoding {
        0 => format!("\u{feff}{text}").into_bytes(),
        1 => units(true).into_iter().flat_map(u16::to_le_bytes).collect(),
        2 => units(true).into_iter().flat_map(u16::to_be_bytes).collect(),
        3 => units(false).into_iter().flat_map(u16::to_le_bytes).collect(),
        4 => units(false).into_iter().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

// What the result has: texts as texts, missing ones as what stands for them.
fn as_read(ran: &Ran) -> Vec<Vec<String>> {
    let names = ran.summary().columns.iter().map(|column| column.name.clone()).collect();
    let cell = |cell: String| match cell.as_str() {
        "null" => String::new(),
        _ => cell[1..cell.len() - 1].to_owned(),
    };
    let rows = ran.rows().into_iter().map(|row| row.into_iter().map(cell).collect());
    std::iter::once(names).chain(rows).collect()
}

fn as_texts(rows: Vec<Vec<Value>>) -> Vec<Vec<String>> {
    let text = |value: Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    rows.into_iter()
        .map(|row| row.into_iter().map(text).collect())
        .collect()
}

fn files() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "a person asks for a longer run")]
    let wanted = std::env::var(FILES_VARIABLE);
    wanted.ok().and_then(|wanted| wanted.parse().ok()).unwrap_or(FILES)
}

fn runner() -> TestRunner {
    let config = Config {
        cases: files(),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn delimited_text_is_read_as_python_reads_it() {
    let python = std::cell::RefCell::new(Python::start());
    runner()
        .run(&(style(), rows()), |(style, rows)| {
            let bytes = written(&style, &rows);
            let ran = Setup::inferred().run(&bytes);
            prop_assert!(matches!(ran.outcome, TableOutcome::Complete(_)), "{:?}", ran.outcome);
            prop_assert_eq!(ran.bad(), Vec::<String>::new());
            let ours = as_read(&ran);
            prop_assert_eq!(&ours[1..], &rows[..]);
            let reading = ran.summary().reading.clone().unwrap();
            let theirs = python.borrow_mut().rows(&bytes, "csv", &reading).map(as_texts);
            prop_assert_eq!(Some(ours), theirs);
            Ok(())
        })
        .unwrap();
}

#[test]
fn damaged_text_never_has_a_row_that_python_does_not_have() {
    let python = std::cell::RefCell::new(Python::start());
    let damage = proptest::collection::vec(
        (
            any::<proptest::sample::Index>(),
            proptest::sample::select(b"\",;\n\r#x \0\xe9".to_vec()),
        ),
        1..4,
    );
    runner()
        .run(&(style(), rows(), damage), |(style, rows, damage)| {
            let mut bytes = written(&style, &rows);
            for (at, byte) in &damage {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let ran = Setup::inferred().lenient().run(&bytes);
            if !matches!(ran.outcome, TableOutcome::Complete(_)) {
                return Ok(());
            }
            let is_text = |column: &relay_model::ColumnSummary| column.field_type == relay_model::FieldType::String;
            if !ran.summary().columns.iter().all(is_text) {
                return Ok(());
            }
            let reading = ran.summary().reading.clone().unwrap();
            let Some(theirs) = python.borrow_mut().rows(&bytes, "csv", &reading).map(as_texts) else {
                return Ok(());
            };
            let ours = as_read(&ran);
            let given_names = usize::from(ran.summary().header_absent);
            let mut left = theirs.iter();
            for row in &ours[given_names..] {
                prop_assert!(left.any(|their| their == row), "{row:?} is no row of {theirs:?}");
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn arrays_of_objects_are_read_as_python_reads_them() {
    let python = std::cell::RefCell::new(Python::start());
    let text = "[a-zA-Z éß\"\\\\{}\\[\\],:\n\u{1f600}]{1,12}x";
    let object = proptest::collection::btree_map("[abc]", text, 1..4);
    let objects = proptest::collection::vec(object, 1..20);
    let layout = (any::<bool>(), any::<bool>(), 0..6_u8);
    runner()
        .run(&(objects, layout), |(objects, (is_pretty, is_member, encoding))| {
            let document = if is_member {
                json!({ "rows": objects })
            } else {
                json!(objects)
            };
            let text = if is_pretty {
                serde_json::to_string_pretty(&document).unwrap()
            } else {
                document.to_string()
            };
            let bytes = encoded(&text, encoding);
            let ran = Setup::inferred().run(&bytes);
            prop_assert!(matches!(ran.outcome, TableOutcome::Complete(_)), "{:?}", ran.outcome);
            prop_assert_eq!(ran.summary().format.as_str(), "json");
            let reading = ran.summary().reading.clone().unwrap();
            let theirs = python.borrow_mut().rows(&bytes, "json", &reading).map(as_texts);
            prop_assert_eq!(Some(as_read(&ran)), theirs);
            Ok(())
        })
        .unwrap();
}
