//! Data Packages: read as their descriptor says, judged over the rows and bytes that really passed.

use md5::{Digest as _, Md5};
use relay_model::{DataPackageSummary, FieldType, ReasonCode, Sha256Digest, StandardOutcome};
use serde_json::{Value, json};

use crate::support::*;

const READINGS: &[u8] = b"station,day,degrees,at\nA,2024-01-31,1.5,08:30:00\nB,2024-02-01,,23:59:59.5\n";
const STATIONS: &[u8] = b"id;name\nA;Harbour\nB;Hill, east\n";

fn readings_schema() -> Value {
    json!({
        "fields": [
            {"name": "station", "type": "string", "constraints": {"required": true}},
            {"name": "day", "type": "date"},
            {"name": "degrees", "type": "number", "constraints": {"minimum": -60, "maximum": 60}},
            {"name": "at", "type": "time"},
        ],
        "primaryKey": ["station", "day"],
        "foreignKeys": [{"fields": "station", "reference": {"resource": "stations", "fields": "id"}}],
    })
}

/// Two tables, one of them with a dialect, with lengths and hashes.
pub fn descriptor() -> Value {
    json!({
        "name": "weather",
        "resources": [
            {
                "name": "readings", "path": "data/readings.csv", "schema": readings_schema(),
                "bytes": READINGS.len(), "hash": format!("sha256:{}", Sha256Digest::of(READINGS)),
            },
            {
                "name": "stations", "path": "stations.csv", "dialect": {"delimiter": ";"},
                "hash": hex::encode(Md5::digest(STATIONS)),
                "schema": {"fields": [{"name": "id", "type": "string"}, {"name": "name"}], "primaryKey": "id"},
            },
        ],
    })
}

/// The package packed in both orders, in a folder of its own or not.
pub fn packed(descriptor: &Value, files: &[(&str, &[u8])]) -> Vec<Vec<u8>> {
    let text = descriptor.to_string();
    let mut all = vec![("datapackage.json".to_owned(), text.as_bytes())];
    all.extend(files.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)));
    let folded: Vec<(String, &[u8])> = all
        .iter()
        .map(|(name, bytes)| (format!("weather/{name}"), *bytes))
        .collect();
    let plain: Vec<(&str, &[u8])> = all.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let mut reversed: Vec<(&str, &[u8])> = folded.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    reversed.reverse();
    vec![zip_of(&plain), gzip(&tar_of(&reversed))]
}

pub const FILES: &[(&str, &[u8])] = &[("data/readings.csv", READINGS), ("stations.csv", STATIONS)];

pub fn verdict(outcome: &Outcome) -> &DataPackageSummary {
    outcome.archive().data_package.as_ref().expect("a Data Package")
}

/// The rules of the errors, in order.
fn errors(outcome: &Outcome) -> Vec<&str> {
    let errors = verdict(outcome)
        .findings
        .iter()
        .filter(|finding| finding.severity == "error");
    errors.map(|finding| finding.rule.as_str()).collect()
}

/// Set aside for one rule, whichever way it is packed.
pub fn set_aside(descriptor: &Value, files: &[(&str, &[u8])], rule: &str) -> String {
    let mut text = String::new();
    for package in packed(descriptor, files) {
        let outcome = read("x", &package);
        assert_eq!(errors(&outcome), [rule], "{:?}", verdict(&outcome));
        assert_eq!(outcome.reason().code, ReasonCode::DataPackageInvalid);
        assert_eq!(outcome.rule(), rule);
        assert_eq!(verdict(&outcome).outcome, StandardOutcome::Invalid);
        assert!(
            !outcome.names().iter().any(|name| name.ends_with(".parquet")),
            "{:?}",
            outcome.names()
        );
        text.clone_from(&outcome.reason().text);
    }
    text
}

#[test]
fn a_valid_package_is_typed_as_its_schemas_say() {
    for package in packed(&descriptor(), FILES) {
        let outcome = read("x", &package);
        assert_eq!(outcome.contents.quarantine, None);
        let summary = verdict(&outcome);
        // MD5 is a warning.
        assert_eq!(summary.outcome, StandardOutcome::ValidWithWarnings, "{summary:?}");
        assert_eq!(summary.findings.len(), 1);
        assert_eq!(summary.findings[0].rule, "package_hash_weak");
        assert_eq!((summary.resources, summary.described_tables), (2, 2));
        assert_eq!(summary.version.as_deref(), Some("1"));
        let table = |path: &str| {
            let mut files = outcome.archive().files.iter();
            files
                .find(|file| file.path.ends_with(path))
                .and_then(|file| file.table.as_ref())
                .unwrap()
        };
        let types: Vec<FieldType> = table("readings.csv")
            .columns
            .iter()
            .map(|column| column.field_type)
            .collect();
        assert_eq!(
            types,
            [FieldType::String, FieldType::Date, FieldType::Number, FieldType::Time]
        );
        assert!(table("readings.csv").schema_declared);
        assert_eq!(table("stations.csv").columns.len(), 2, "the dialect's delimiter counts");
        assert!(
            outcome
                .names()
                .iter()
                .any(|name| name.ends_with("files/datapackage.json") || name.ends_with("weather/datapackage.json"))
        );
        assert_eq!(outcome.results.len(), 3);
    }
}

#[test]
fn files_are_the_ones_that_the_descriptor_says() {
    let flipped = b"station,day,degrees,at\nA,2024-01-31,2.5,08:30:00\nB,2024-02-01,,23:59:59.5\n";
    let text = set_aside(
        &descriptor(),
        &[("data/readings.csv", flipped), FILES[1]],
        "package_hash_mismatch",
    );
    assert!(text.starts_with("resource 'readings': "), "{text}");
    set_aside(
        &descriptor(),
        &[
            ("data/readings.csv", READINGS),
            ("stations.csv", b"id;name\nA;Harbour\nB;Hill, west\n"),
        ],
        "package_hash_mismatch",
    );
    let mut lying = descriptor();
    lying["resources"][0]["bytes"] = json!(READINGS.len() + 1);
    set_aside(&lying, FILES, "package_bytes_mismatch");
    for package in packed(&descriptor(), &FILES[..1]) {
        let outcome = read("x", &package);
        assert!(
            errors(&outcome).contains(&"package_path_missing"),
            "{:?}",
            errors(&outcome)
        );
    }
}

#[test]
fn every_row_fits_its_schema() {
    let mut without_hash = descriptor();
    for resource in without_hash["resources"].as_array_mut().unwrap() {
        resource.as_object_mut().unwrap().remove("hash");
        resource.as_object_mut().unwrap().remove("bytes");
    }
    let rows = b"station,day,degrees,at\nA,2024-01-31,1.5,08:30:00\nB,2024-02-01,77,23:59:59\nsecret-value,x,1,1\n";
    let files = [("data/readings.csv", &rows[..]), FILES[1]];
    let text = set_aside(&without_hash, &files, "package_rows_invalid");
    assert!(
        text.starts_with("resource 'readings', field 'degrees', row 2: "),
        "{text}"
    );
    assert!(text.contains("(maximum)"), "{text}");
    for package in packed(&without_hash, &files) {
        let outcome = read("x", &package);
        let (name, side) = outcome.results.iter().next().expect("the bad rows explain");
        assert!(name.starts_with("bad-rows/") && outcome.results.len() == 1, "{name}");
        let side = String::from_utf8(side.clone()).unwrap();
        assert_eq!(side.lines().count(), 2);
        assert!(side.contains("\"reason\":\"maximum\",\"column\":\"degrees\""), "{side}");
        assert!(side.contains("\"reason\":\"type\",\"column\":\"day\""), "{side}");
        assert!(!side.contains("secret-value"));
    }
}

#[test]
fn the_heading_is_the_schemas() {
    let mut other = descriptor();
    other["resources"][1]["schema"] = json!({"fields": [{"name": "id"}, {"name": "title"}]});
    let text = set_aside(&other, FILES, "package_header_mismatch");
    assert!(
        text.contains("'title'") && text.contains("resource 'stations'"),
        "{text}"
    );
    // A schema of version 2 may be matched by name: further columns are kept as text.
    let mut subset = descriptor();
    subset["resources"][1]["schema"] = json!({
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [{"name": "id", "type": "string"}], "fieldsMatch": ["subset"], "primaryKey": ["id"],
    });
    for package in packed(&subset, FILES) {
        let outcome = read("x", &package);
        assert_eq!(outcome.contents.quarantine, None, "{:?}", verdict(&outcome));
    }
}

#[test]
fn keys_hold_within_and_between_tables() {
    let plain = |readings: &'static [u8], stations: &'static [u8]| {
        let mut descriptor = descriptor();
        for resource in descriptor["resources"].as_array_mut().unwrap() {
            resource.as_object_mut().unwrap().remove("hash");
            resource.as_object_mut().unwrap().remove("bytes");
        }
        (
            descriptor,
            [("data/readings.csv", readings), ("stations.csv", stations)],
        )
    };
    let (descriptor, files) = plain(
        b"station,day,degrees,at\nA,2024-01-31,1.5,08:30:00\nC,2024-02-01,,23:59:59\n",
        STATIONS,
    );
    let text = set_aside(&descriptor, &files, "package_reference_broken");
    assert!(
        text.starts_with("resource 'readings', field 'station', row 2: "),
        "{text}"
    );
    let (descriptor, files) = plain(
        b"station,day,degrees,at\nA,2024-01-31,1.5,08:30:00\nA,2024-01-31,,23:59:59\n",
        STATIONS,
    );
    set_aside(&descriptor, &files, "package_key_repeated");
    let (descriptor, files) = plain(
        b"station,day,degrees,at\nA,2024-01-31,1.5,08:30:00\n",
        b"id;name\nA;Harbour\nA;Hill\n",
    );
    set_aside(&descriptor, &files, "package_key_repeated");
}

#[test]
fn a_table_with_a_schema_is_one_that_can_be_read() {
    let schema = json!({"fields": [{"name": "id"}]});
    let of = |resource: Value| json!({"name": "p", "resources": [resource]});
    set_aside(
        &of(json!({"name": "t", "path": "t.xlsx", "schema": schema})),
        &[("t.xlsx", b"PK no table")],
        "package_table_unreadable",
    );
    set_aside(
        &of(json!({"name": "t", "path": "t.csv", "schema": schema})),
        &[("t.csv", b"")],
        "package_table_unreadable",
    );
    set_aside(
        &of(json!({"name": "t", "data": [["id"], [1]], "schema": schema})),
        &[],
        "package_table_unreadable",
    );
    let twice = json!({"name": "p", "resources": [
        {"name": "t", "path": "t.csv", "schema": schema}, {"name": "u", "path": "t.csv", "schema": schema}]});
    set_aside(&twice, &[("t.csv", b"id\n1\n")], "package_table_unreadable");
    // One that says nothing of its rows takes nothing away.
    let once = json!({"name": "p", "resources": [
        {"name": "t", "path": "t.csv"}, {"name": "u", "path": "t.csv", "schema": schema}]});
    let outcome = read("x", &packed(&once, &[("t.csv", b"id\n1\n")])[0]);
    assert_eq!(
        (
            outcome.contents.quarantine.is_none(),
            verdict(&outcome).described_tables
        ),
        (true, 1)
    );
}

#[test]
fn lines_of_json_are_held_to_a_schema_as_well() {
    let descriptor = json!({"name": "p", "resources": [{"name": "t", "path": "t.jsonl",
        "schema": {"fields": [{"name": "n", "type": "integer"}, {"name": "s", "type": "string"}]}}]});
    let good = packed(
        &descriptor,
        &[("t.jsonl", b"{\"n\":1,\"s\":\"x\"}\n{\"s\":\"y\",\"n\":null}\n")],
    );
    assert_eq!(read("x", &good[0]).contents.quarantine, None);
    set_aside(
        &descriptor,
        &[("t.jsonl", b"{\"n\":1.5,\"s\":\"x\"}\n")],
        "package_rows_invalid",
    );
}

#[test]
fn schemas_and_dialects_may_stand_in_files() {
    let descriptor = json!({"name": "p", "resources": [
        {"name": "t", "path": "t.csv", "schema": "schemas/t.json", "dialect": "schemas/bars.json"}]});
    let files: &[(&str, &[u8])] = &[
        ("t.csv", b"a|b\n1|2\n"),
        (
            "schemas/t.json",
            br#"{"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}]}"#,
        ),
        ("schemas/bars.json", br#"{"delimiter": "|"}"#),
    ];
    for package in packed(&descriptor, files) {
        let outcome = read("x", &package);
        assert_eq!(outcome.contents.quarantine, None, "{:?}", verdict(&outcome));
        assert_eq!((outcome.archive().passes, verdict(&outcome).described_tables), (3, 1));
        let opaque = outcome.names().iter().filter(|name| name.starts_with("files/")).count();
        assert_eq!(
            opaque,
            3,
            "descriptor, schema and dialect are kept as they are: {:?}",
            outcome.names()
        );
    }
    let broken: &[(&str, &[u8])] = &[files[0], ("schemas/t.json", b"{\"fields\": []}"), files[2]];
    set_aside(&descriptor, broken, "package_schema_fields_missing");
    set_aside(&descriptor, &[files[0], files[2]], "package_path_missing");
}

#[test]
fn a_table_in_parts_has_its_heading_in_the_first() {
    let of = |schema: Value| json!({"name": "p", "resources": [{"name": "t", "path": ["1.csv", "2.csv"], "schema": schema}]});
    let schema = json!({"fields": [{"name": "n", "type": "integer"}], "primaryKey": "n"});
    let files: &[(&str, &[u8])] = &[("1.csv", b"n\n1\n2\n"), ("2.csv", b"3\n4\n")];
    for package in packed(&of(schema.clone()), files) {
        let outcome = read("x", &package);
        assert_eq!(outcome.contents.quarantine, None, "{:?}", verdict(&outcome));
        let rows = outcome
            .archive()
            .files
            .iter()
            .filter_map(|file| file.table.as_ref())
            .map(|table| table.rows);
        assert_eq!(rows.sum::<u64>(), 4);
    }
    set_aside(
        &of(schema),
        &[("1.csv", b"n\n1\n2\n"), ("2.csv", b"3\n1\n")],
        "package_key_repeated",
    );
}
