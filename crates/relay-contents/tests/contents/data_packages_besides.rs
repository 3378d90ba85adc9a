//! Data Packages beside other things: encodings, bags, registered schemas, descriptors of no use.

use relay_model::{DataClass, Limits, OrganizationSettings, ReasonCode, Sha256Digest, StandardOutcome, TableRule};
use serde_json::{Value, json};

use crate::data_packages::{FILES, descriptor, packed, set_aside, verdict};
use crate::support::*;

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
    let line = |(name, bytes): &(String, &[u8])| format!("{}  {name}\n", Sha256Digest::of(bytes));
    let manifest: String = payload.iter().map(line).collect();
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

#[test]
fn personal_data_of_a_package_is_treated_and_its_keys_still_hold() {
    let descriptor = json!({"name": "p", "resources": [
        {"name": "people", "path": "people.csv", "schema": {
            "fields": [{"name": "ssn"}, {"name": "email", "format": "email"}, {"name": "n", "type": "integer"}],
            "primaryKey": "ssn"}},
        {"name": "visits", "path": "visits.csv", "schema": {
            "fields": [{"name": "ssn"}],
            "foreignKeys": [{"fields": "ssn", "reference": {"resource": "people", "fields": "ssn"}}]}}]});
    let people = "ssn,email,n\n123-45-6789,ada@example.org,1\n234-56-7890,bob@example.org,2\n";
    let good = packed(
        &descriptor,
        &[("people.csv", people.as_bytes()), ("visits.csv", b"ssn\n234-56-7890\n")],
    );
    let outcome = read_treated("x", &good[0], &OrganizationSettings::default());
    assert_eq!(outcome.contents.quarantine, None, "{:?}", verdict(&outcome));
    let file = outcome
        .archive()
        .files
        .iter()
        .find(|file| file.path == "people.csv")
        .unwrap();
    let columns = &file.table.as_ref().unwrap().columns;
    let class = |index: usize| {
        columns[index]
            .personal
            .and_then(|report| report.class)
            .map(|class| class.class)
    };
    assert_eq!(
        (class(0), class(1), class(2)),
        (Some(DataClass::UsSsn), Some(DataClass::Email), None)
    );
    // The keys are those of the values as they were sent, whatever is written of them.
    let bad = packed(
        &descriptor,
        &[("people.csv", people.as_bytes()), ("visits.csv", b"ssn\n345-67-8901\n")],
    );
    let outcome = read_treated("x", &bad[0], &OrganizationSettings::default());
    assert_eq!(outcome.rule(), "package_reference_broken");
    assert!(!outcome.reason().text.contains("345"));
}
