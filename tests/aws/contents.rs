//! What packages hold, on AWS: real archives, personal data under an organization's key and policy, a table that changed.

use serde_json::{Value, json};
use system_tests::{parquet_rows, people, sample_packages};

use crate::journey::{by_key, put};
use crate::stack::Stack;

const ROWS: usize = 30;
const PLANES: usize = 367;
const DATA_PACKAGE: &str = "org-001/archive/flights-2013-01-02.zip";
const BROKEN_DATA_PACKAGE: &str = "org-002/archive/flights-2013-01-02.zip";
const BAG: &str = "org-003/archive/weather-2013-01.tar.gz";
const SCHEMA: &str = r#"{"fields": [{"name": "id", "type": "integer"}, {"name": "email", "type": "string"}, {"name": "ssn", "type": "string"}, {"name": "card_number", "type": "string"}]}"#;

pub fn archives_get_the_verdicts_of_the_samples(stack: &Stack, expected: usize) -> usize {
    let keys = [DATA_PACKAGE, BROKEN_DATA_PACKAGE, BAG];
    let puts: Vec<Value> = keys
        .iter()
        .map(|key| put(stack, key, &std::fs::read(sample_packages().join(key)).unwrap()))
        .collect();
    stack.client(&puts);
    let packages = stack.concluded(expected + keys.len());
    let found = by_key(&packages);
    let verdict = |key: &str| (found[key]["state"].clone(), found[key]["reason"].clone());
    assert_eq!(verdict(DATA_PACKAGE), (json!("processed"), Value::Null));
    assert_eq!(
        verdict(BROKEN_DATA_PACKAGE),
        (json!("quarantined"), json!("data_package_invalid"))
    );
    assert_eq!(verdict(BAG), (json!("processed"), Value::Null));
    let archive = |key: &str| conclusion(stack, found[key])["archive"].clone();
    let read = archive(DATA_PACKAGE);
    assert_eq!(
        (
            &read["data_package"]["outcome"],
            &read["data_package"]["described_tables"]
        ),
        (&json!("valid"), &json!(2))
    );
    assert_eq!(archive(BAG)["bag"]["outcome"], "valid");
    let findings = archive(BROKEN_DATA_PACKAGE)["data_package"]["findings"].clone();
    assert_eq!(findings[0]["rule"], "package_reference_broken", "{findings:#}");
    let planes = table(
        stack,
        found[DATA_PACKAGE],
        "tables/flights-2013-01-02/planes.csv.parquet",
        "tailnum",
    );
    assert_eq!(planes.len(), PLANES);
    assert!(planes[0]["seats"].is_i64(), "typed by its schema: {}", planes[0]);
    expected + keys.len()
}

pub fn personal_data_is_treated_under_the_organizations_key(stack: &Stack, expected: usize) -> usize {
    assert_eq!(stack.relay(&["policy", "set", "org-003", "email=drop"]).0, 0);
    let keys = [
        "org-001/people/first.csv",
        "org-001/people/second.csv",
        "org-003/people/first.csv",
    ];
    let puts: Vec<Value> = keys
        .iter()
        .map(|key| put(stack, key, people(ROWS).as_bytes()))
        .collect();
    stack.client(&puts);
    let packages = stack.concluded(expected + keys.len());
    let found = by_key(&packages);
    let [first, second, other] = keys.map(|key| table(stack, found[key], "data.parquet", "id"));
    for row in 0..ROWS {
        let token = first[row]["ssn"].as_str().unwrap();
        assert!(token.starts_with("tok_ssn_"), "{token}");
        assert_eq!(token, second[row]["ssn"], "joins still work");
        assert_ne!(token, other[row]["ssn"], "another organization, another key");
    }
    assert_eq!(
        (&first[0]["email"], &other[0]["email"]),
        (&json!("***@***.com"), &Value::Null)
    );
    // Neither what is recorded nor what the functions and the tasks printed has a value.
    let recorded: Vec<Value> = keys.iter().map(|key| conclusion(stack, found[key])).collect();
    let told = format!("{}{}", Value::from(recorded), stack.log());
    for value in ["person7@example", "123-45-1007", "4111 1111"] {
        assert!(!told.contains(value), "{value} was told");
    }
    assert_eq!(stack.relay(&["policy", "set", "org-003", "--reset"]).0, 0);
    expected + keys.len()
}

pub fn a_table_that_changed_is_set_aside(stack: &Stack, expected: usize) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.json");
    std::fs::write(&file, SCHEMA).unwrap();
    let rule = ["--org", "org-002", "--path", "registered/*.csv"];
    let added = stack.relay(&[&["schema", "add"][..], &rule, &[file.to_str().unwrap()]].concat());
    assert_eq!((added.0, &added.1[0]["outcome"]), (0, &json!("registered")));
    let renamed = people(ROWS).replacen("email", "mail", 1);
    let (more, changed) = ("org-002/registered/more.csv", "org-002/registered/changed.csv");
    stack.client(&[
        put(stack, more, people(ROWS).as_bytes()),
        put(stack, changed, renamed.as_bytes()),
    ]);
    let packages = stack.concluded(expected + 2);
    let found = by_key(&packages);
    assert_eq!(found[more]["state"], "processed", "two columns more: {:#}", found[more]);
    let package = found[changed];
    assert_eq!(
        (&package["state"], &package["reason"]),
        (&json!("quarantined"), &json!("table_schema_changed"))
    );
    let text = package["reason_text"].as_str().unwrap();
    assert!(text.contains("'email'"), "{text}");
    assert_eq!(stack.relay(&[&["schema", "remove"][..], &rule].concat()).0, 0);
    expected + 2
}

fn conclusion(stack: &Stack, package: &Value) -> Value {
    let (_, shown) = stack.relay(&["packages", "show", package["package_id"].as_str().unwrap()]);
    shown[0]["trail"].as_array().unwrap().last().unwrap()["details"].clone()
}

/// The rows of a result, as an independent reader sees them.
fn table(stack: &Stack, package: &Value, result: &str, order: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("result.parquet");
    let id = package["package_id"].as_str().unwrap();
    let fetch = [
        "packages",
        "fetch",
        id,
        "--result",
        result,
        "--to",
        to.to_str().unwrap(),
    ];
    assert_eq!(stack.relay(&fetch).0, 0);
    parquet_rows(&to, order)
}
