//! Tables are held to all that a registered schema says of their cells.

use std::fs;

use serde_json::{Value, json};
use system_tests::Relay;

use crate::schemas::{PATTERN, file, registered, run};

/// What the registry keeps says all that Table Schema says of a field.
fn fares(minimum: i32) -> Value {
    json!({
        "fields": [
            {"name": "line", "type": "string", "constraints": {"required": true, "pattern": "[A-Z]\\d+"}},
            {"name": "fare", "type": "number", "decimalChar": ",", "constraints": {"minimum": minimum}},
            {"name": "opened", "type": "year"},
            {"name": "riders", "type": "integer"}
        ],
        "missingValues": ["", "-"]
    })
}

#[test]
fn tables_are_held_to_the_constraints_and_formats_of_a_registered_schema() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let _ = run(&relay, "add", &[&file(&relay, "fares.json", &fares(0))]).expect_status(0);
    assert_eq!(registered(&relay)[0]["schema"]["fields"][1]["decimalChar"], ",");

    let folder = relay.outside().join("send/readings");
    fs::create_dir_all(&folder).unwrap();
    let good = "riders;opened;fare;line;note\n".to_owned() + &"7;1931;2,75;A1;ok\n".repeat(40);
    fs::write(folder.join("good.csv"), &good).unwrap();
    fs::write(folder.join("some.csv"), good.clone() + "1;-;-1,00;A1;\n1,5;-;-;A1;\n").unwrap();
    let bad = "line;fare;opened;riders\na1;2,75;1931;7\nA1;x;;7\nA1;1,00;31;7\n";
    fs::write(folder.join("bad.csv"), bad).unwrap();
    let sent = relay.outside().join("send");
    let sent = sent.to_str().unwrap();
    let checked = relay.run(["check", "--org", "org-001", sent]);
    assert_eq!(checked.status, 1, "{}", checked.stderr);
    let _ = relay.run(["run", "--org", "org-001", sent]).expect_status(1);

    let packages = relay.packages();
    let of = |name: &str| {
        let named = |package: &&Value| package["key"].as_str().unwrap().ends_with(name);
        packages.iter().find(named).unwrap()
    };
    assert_eq!(of("good.csv")["state"], "processed", "{packages:?}");
    let types: Vec<&str> = of("good.csv")["table"]["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["integer", "integer", "number", "string", "string"]);
    // A fare below the minimum, and riders with a decimal comma, which only the fare may have.
    assert_eq!(of("some.csv")["state"], "processed");
    assert_eq!(of("some.csv")["table"]["bad_rows"], 2);
    assert_eq!(of("bad.csv")["state"], "quarantined");
    let id = of("bad.csv")["package_id"].as_str().unwrap();
    let told = relay.run(["packages", "explain", id]).stdout;
    for (line, place) in [
        (2, "column 'line': pattern"),
        (3, "column 'fare': type"),
        (4, "column 'opened': type"),
    ] {
        assert!(told.contains(&format!("Bad row: line {line}, {place}\n")), "{told}");
    }

    let told = run(&relay, "diff", &[&file(&relay, "more.json", &fares(1))])
        .expect_status(1)
        .stdout;
    assert!(told.contains("! column 'fare'"), "{told}");
    let told = run(&relay, "add", &[&file(&relay, "less.json", &fares(-5))])
        .expect_status(0)
        .stdout;
    assert!(told.contains("version 2"), "{told}");
}

#[test]
fn settings_whose_schemas_cannot_be_held_are_refused() {
    let relay = Relay::new();
    for (field, part) in [
        (
            json!({"name": "a", "constraints": {"unique": true}}),
            "constraints.unique",
        ),
        (json!({"name": "a", "constraints": {"pattern": "(a)\\1"}}), "pattern"),
        (json!({"name": "a", "type": "date", "format": "%Q"}), "format"),
        (
            json!({"name": "a", "type": "money"}),
            "'money' is no type of Table Schema",
        ),
    ] {
        let settings = json!({"tables": [{"path": PATTERN, "schema": {"fields": [field]}}]});
        let settings = file(&relay, "settings.json", &settings);
        let ran = relay.run(["org", "add", "org-001", "--settings", &settings]);
        assert!(ran.status != 0 && ran.stderr.contains(part), "{}", ran.stderr);
    }
    assert!(!relay.run(["org", "list"]).stdout.contains("org-001"));
}
