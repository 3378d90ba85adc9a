//! Data Packages: read as their descriptor says, judged over the rows and bytes that really passed.

use md5::{Digest as _, Md5};
use relay_model::{
    DataPackageSummary, FieldType, Limits, OrganizationSettings, ReasonCode, Sha256Digest, StandardOutcome, TableRule,
};
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
fn descriptor() -> Value {
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
fn packed(descriptor: &Value, files: &[(&str, &[u8])]) -> Vec<Vec<u8>> {
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

const FILES: &[(&str, &[u8])] = &[("data/readings.csv", READINGS), ("stations.csv", STATIONS)];

fn verdict(outcome: &Outcome) -> &DataPackageSummary {
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
fn set_aside(descriptor: &Value, files: &[(&str, &[u8])], rule: &str) -> String {
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
    let twice = json!({"name": "p", "resources": [
        {"name": "t", "path": "t.csv", "schema": schema}, {"name": "u", "path": "t.csv", "schema": schema}]});
    set_aside(&twice, &[("t.csv", b"id\n1\n")], "package_table_unreadable");
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

#[test]
fn other_encodings_are_read_and_what_is_no_character_is_not() {
    let descriptor = |encoding: &str| {
        json!({"name": "p", "resources": [{"name": "t", "path": "t.csv", "encoding": encoding,
            "schema": {"fields": [{"name": "a", "constraints": {"enum": ["café"]}}]}}]})
    };
    let latin: &[(&str, &[u8])] = &[("t.csv", b"a\ncaf\xe9\n")];
    let outcome = read("x", &packed(&descriptor("iso-8859-1"), latin)[0]);
    assert_eq!(outcome.contents.quarantine, None, "{:?}", verdict(&outcome));
    set_aside(&descriptor("utf-8"), latin, "package_rows_invalid");
}

#[test]
fn a_descriptor_that_says_nothing_useful_is_told_by_rule() {
    let files: &[(&str, &[u8])] = &[("t.csv", b"a,b\n1,2\n")];
    for (text, rule) in [
        ("{", "package_descriptor_malformed"),
        ("[]", "package_descriptor_malformed"),
        (r#"{"resources": []}"#, "package_property_missing"),
        (
            r#"{"resources": [{"name": "t", "path": "https://example.org/t.csv"}]}"#,
            "package_path_remote",
        ),
        (
            r#"{"resources": [{"name": "t", "path": "../t.csv"}]}"#,
            "package_path_unsafe",
        ),
    ] {
        let package = zip_of(&[("datapackage.json", text.as_bytes()), files[0]]);
        let outcome = read("x", &package);
        assert_eq!(outcome.rule(), rule, "{text}");
        assert_eq!(outcome.reason().code, ReasonCode::DataPackageInvalid);
    }
    // Below other folders it is a file like any other.
    let deep = zip_of(&[("a/b/datapackage.json", b"{"), files[0]]);
    assert!(read("x", &deep).archive().data_package.is_none());
}

#[test]
fn a_bag_may_carry_a_data_package() {
    let text = descriptor().to_string();
    let payload: Vec<(String, &[u8])> = [("datapackage.json", text.as_bytes()), FILES[0], FILES[1]]
        .iter()
        .map(|(name, bytes)| (format!("data/{name}"), *bytes))
        .collect();
    let manifest: String = payload
        .iter()
        .map(|(name, bytes)| format!("{}  {name}\n", Sha256Digest::of(bytes)))
        .collect();
    let mut files = vec![
        (
            "b/bagit.txt".to_owned(),
            &b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"[..],
        ),
        ("b/manifest-sha256.txt".to_owned(), manifest.as_bytes()),
    ];
    files.extend(payload.into_iter().map(|(name, bytes)| (format!("b/{name}"), bytes)));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let outcome = read("x", &zip_of(&files));
    assert_eq!(outcome.contents.quarantine, None);
    assert_eq!(verdict(&outcome).described_tables, 2);
    assert_eq!(outcome.archive().bag.as_ref().unwrap().outcome, StandardOutcome::Valid);
}

#[test]
fn a_package_is_held_to_the_registered_schema_as_well() {
    let registered = |fields: Value| {
        let schema = serde_json::from_value(json!({ "fields": fields })).unwrap();
        OrganizationSettings {
            tables: vec![TableRule::new("weather.zip!/data/*.csv", schema)],
            ..OrganizationSettings::default()
        }
    };
    let package = &packed(&descriptor(), FILES)[0];
    let with = |fields: Value| read_with("weather.zip", package, &registered(fields), &Limits::default());
    let narrower = with(json!([{"name": "station"}, {"name": "degrees", "type": "string"}]));
    assert_eq!(narrower.reason().code, ReasonCode::TableSchemaChanged);
    assert_eq!(
        narrower.reason().text,
        "data/readings.csv: column 'degrees' was string and is number, which does not hold all of it"
    );
    let dropped = with(json!([{"name": "station"}, {"name": "height", "type": "integer"}]));
    assert_eq!(dropped.reason().text, "data/readings.csv: column 'height' is missing");
    let wider = with(json!([
        {"name": "station"}, {"name": "degrees", "type": "integer"}, {"name": "day", "type": "date"}]));
    assert_eq!(wider.contents.quarantine, None);
    let files = &wider.archive().files;
    let file = files.iter().find(|file| file.path == "data/readings.csv").unwrap();
    let table = file.table.as_ref().unwrap();
    assert_eq!(table.schema_version, Some(1));
    assert_eq!(
        table.schema_changes,
        [
            "column 'degrees' was integer and is number, which holds all of it",
            "column 'at' is new and may be empty",
        ]
    );
}
