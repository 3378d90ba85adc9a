//! Our verdicts beside those of frictionless-py, the standard's own tool: the same cells, packages and tables, made by
//! `agreement.py`. Where the two differ, `differences.rs` says why; a difference that it does not list is a failure, and
//! so is one that it lists and nobody meets.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use relay_frictionless::{
    Descriptor, Findings, KeyCheck, KeyLimits, KeySecret, KeyedTable, SchemaReader, StandardVersion, TableSchema, Value,
};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::differences::{Difference, OF_CELLS, OF_PACKAGES, OF_TABLES};
use crate::support::{limits, reader};

/// The variable that names a Python with frictionless; `scripts/lib.sh` makes one.
const PYTHON_VARIABLE: &str = "HYBRID_FRICTIONLESS_PYTHON";
/// Below what the script makes: that the comparison does not shrink to nothing unnoticed.
const CELLS_MIN: usize = 13_000;
const CELLS_OF_EACH_VERDICT_MIN: usize = 1_900;
const PACKAGES_MIN: usize = 30;
const TABLES_MIN: usize = 50;

#[derive(Debug, Deserialize)]
struct Cases {
    cells: Vec<Cell>,
    packages: Vec<Package>,
    tables: Vec<Table>,
}

#[derive(Debug, Deserialize)]
struct Cell {
    field: Json,
    text: String,
    valid: bool,
    missing: bool,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    descriptor: Json,
    valid: bool,
}

#[derive(Debug, Deserialize)]
struct Table {
    name: String,
    schema: Json,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    valid: bool,
}

fn cases() -> Cases {
    #[expect(clippy::disallowed_methods, reason = "scripts/test says where it installed it")]
    let python = std::env::var(PYTHON_VARIABLE);
    let python = python.unwrap_or_else(|_| {
        panic!("{PYTHON_VARIABLE} is not set: run scripts/test, which installs frictionless and sets it")
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frictionless/agreement.py");
    let output = Command::new(&python)
        .arg(script)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|error| panic!("{python} could not be started: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "agreement.py ended with {}:\n{said}",
        output.status
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is compared: what each side says of a case, and which of the listed differences may explain it.
struct Comparison {
    differences: &'static [Difference],
    used: BTreeSet<usize>,
    unexplained: Vec<String>,
}

impl Comparison {
    const fn new(differences: &'static [Difference]) -> Self {
        Self {
            differences,
            used: BTreeSet::new(),
            unexplained: Vec::new(),
        }
    }

    fn case(&mut self, ours: &str, theirs: &str, kind: &str, example: &str) {
        if ours == theirs {
            return;
        }
        let is_end = |rest: &str| rest.is_empty() || rest.starts_with(' ');
        let is_about = |difference: &&Difference| {
            (difference.ours, difference.theirs) == (ours, theirs)
                && difference
                    .kinds
                    .iter()
                    .any(|listed| kind.strip_prefix(listed).is_some_and(is_end))
                && difference.examples.contains(&example)
        };
        let found: Vec<usize> = (0..)
            .zip(self.differences)
            .filter(|(_, one)| is_about(one))
            .map(|(at, _)| at)
            .collect();
        if found.is_empty() {
            self.unexplained
                .push(format!("{kind} '{example}': ours is {ours}, theirs {theirs}"));
        }
        self.used.extend(found);
    }

    /// What is wrong, in lines.
    fn faults(self) -> Vec<String> {
        let mut faults = self.unexplained;
        let unused = (0..).zip(self.differences).filter(|(at, _)| !self.used.contains(at));
        faults.extend(unused.map(|(_, difference)| format!("listed, and met by no case: {difference:?}")));
        faults
    }
}

const fn said(is_valid: bool) -> &'static str {
    if is_valid { "valid" } else { "invalid" }
}

/// A field in short, such as `string/email` or `integer minimum`.
fn kind(field: &Json) -> String {
    let mut kind = field["type"].as_str().unwrap().to_owned();
    if let Some(format) = field.get("format").and_then(Json::as_str) {
        kind = format!("{kind}/{format}");
    }
    for (name, value) in field.as_object().unwrap() {
        match name.as_str() {
            "type" | "format" => {}
            "constraints" => kind.extend(value.as_object().unwrap().keys().map(|name| format!(" {name}"))),
            name => kind.extend([" ", name]),
        }
    }
    kind
}

fn cells(cells: &[Cell]) -> Vec<String> {
    let mut comparison = Comparison::new(OF_CELLS);
    for cell in cells {
        let ours = match reader(&cell.field).read(cell.text.as_bytes()) {
            Ok(None) => "missing",
            Ok(Some(_)) => "valid",
            Err(_) => "invalid",
        };
        let theirs = if cell.missing { "missing" } else { said(cell.valid) };
        comparison.case(ours, theirs, &kind(&cell.field), &cell.text);
    }
    let valid = cells.iter().filter(|cell| cell.valid).count();
    assert!(cells.len() >= CELLS_MIN, "{} cells", cells.len());
    assert!(
        valid >= CELLS_OF_EACH_VERDICT_MIN && cells.len() - valid >= CELLS_OF_EACH_VERDICT_MIN,
        "{valid} valid"
    );
    comparison.faults()
}

fn packages(packages: &[Package]) -> Vec<String> {
    let mut comparison = Comparison::new(OF_PACKAGES);
    for package in packages {
        let (descriptor, mut findings) = Descriptor::read(package.descriptor.to_string().as_bytes(), &limits());
        let descriptor = descriptor.unwrap();
        for schema in descriptor
            .resources
            .iter()
            .filter_map(|resource| resource.table_schema())
        {
            findings.extend(SchemaReader::new(schema, &limits()).err().unwrap_or_default());
        }
        descriptor.references(&mut findings);
        comparison.case(
            said(!findings.has_errors()),
            said(package.valid),
            "package",
            &package.name,
        );
    }
    assert!(packages.len() >= PACKAGES_MIN, "{} packages", packages.len());
    comparison.faults()
}

fn is_valid(table: &Table) -> bool {
    let schema = TableSchema::from_json(&table.schema, StandardVersion::Two, &limits()).unwrap();
    let reader = SchemaReader::new(&schema, &limits()).unwrap();
    let Ok(columns) = reader.columns(&table.header) else {
        return false;
    };
    let keyed = KeyedTable {
        resource: "t",
        schema: &schema,
        reader: &reader,
    };
    let mut keys = KeyCheck::new(vec![keyed], &KeySecret::new([3; 32]), &KeyLimits::default()).unwrap();
    for (number, row) in (1..).zip(&table.rows) {
        let mut values: Vec<Option<Value<'_>>> = vec![None; reader.fields().len()];
        for (cell, field) in row.iter().zip(&columns.field_of_column) {
            let Some(field) = *field else { continue };
            match reader.fields()[field].read(cell.as_bytes()) {
                Ok(value) => values[field] = value,
                Err(_) => return false,
            }
        }
        keys.row(0, number, &values);
    }
    let findings: Findings = keys.finish();
    !findings.has_errors()
}

fn tables(tables: &[Table]) -> Vec<String> {
    let mut comparison = Comparison::new(OF_TABLES);
    for table in tables {
        comparison.case(said(is_valid(table)), said(table.valid), "table", &table.name);
    }
    assert!(tables.len() >= TABLES_MIN, "{} tables", tables.len());
    comparison.faults()
}

#[test]
fn verdicts_agree_with_frictionless_py() {
    let cases = cases();
    let faults = [packages(&cases.packages), tables(&cases.tables), cells(&cases.cells)].concat();
    assert!(
        faults.is_empty(),
        "{} differences:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
