//! `relay check`: the verdict before the upload, the same as after it, and nothing left behind.

use std::fs;
use std::process::Command;

use serde_json::Value;
use system_tests::{Relay, binary, repository};

const CSV: &str = "station,temp\nA,1.5\nB,-2.25\n";

/// Runs `relay check` without any relay.
fn check(arguments: &[&str]) -> (i32, Vec<Value>, String) {
    let output = Command::new(binary())
        .arg("check")
        .args(arguments)
        .args(["--format", "json"])
        .env_remove("RELAY_DATA_DIR")
        .env_remove("RELAY_STACK")
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (
        output.status.code().unwrap(),
        lines,
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_producer_without_a_relay_learns_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    put("good.csv", CSV.as_bytes());
    put("bad.csv", b"station,temp\nA,1.5\nB,warm\nC,cold\n");
    put(
        "settings.txt",
        br#"{"tables": [{"path": "bad.csv", "schema": {"fields": [{"name": "station"}, {"name": "temp", "type": "number"}]}}]}"#,
    );
    put("program.csv", b"#!/bin/sh\nrm -rf /\n");
    put("cut.csv.gz", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0xd4]);
    put("gpj\u{202e}.csv", CSV.as_bytes());
    put("empty.csv", b"");
    let settings = folder.path().join("settings.txt");
    let (status, mut checked, said) = check(&[
        "--settings",
        settings.to_str().unwrap(),
        folder.path().to_str().unwrap(),
    ]);
    assert_eq!((status, said.as_str()), (1, ""));
    checked.sort_by_key(|one| one["file"].as_str().unwrap().to_owned());
    let found: Vec<(&str, &str, Option<&str>)> = checked
        .iter()
        .map(|one| {
            let text = |value: &'_ Value| value.as_str().map(str::to_owned);
            assert!(text(&one["file"]).is_some());
            (
                one["file"].as_str().unwrap(),
                one["verdict"].as_str().unwrap(),
                one["reason"]["code"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("bad.csv", "quarantined", Some("table_too_many_bad_rows")),
            ("cut.csv.gz", "quarantined", Some("compression_corrupt")),
            ("empty.csv", "rejected", Some("object_empty")),
            ("good.csv", "processed", None),
            ("gpj\u{202e}.csv", "rejected", Some("key_bidi_control")),
            ("program.csv", "rejected", Some("content_not_allowed")),
            ("settings.txt", "processed", None),
        ]
    );
    assert_eq!(checked[3]["table"]["rows"], 2);
    let lines: Vec<&Value> = checked[0]["bad_rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["line"])
        .collect();
    assert_eq!(lines, [&Value::from(3), &Value::from(4)]);
}

#[test]
fn what_was_checked_is_what_is_decided() {
    // Each sample, by the rules of its organization, against what the journey says of the same files.
    let relay = Relay::new().with_organizations(&["org-001", "org-003"]);
    let samples = repository().join("tests/samples");
    let settings = samples.join("org-002.json");
    let _ = relay
        .run(["org", "add", "org-002", "--settings", settings.to_str().unwrap()])
        .expect_status(0);
    let packages = samples.join("packages");
    let _ = relay.run(["run", packages.to_str().unwrap()]).expect_status(1);
    let decided = relay.packages();
    let mut checked_files = 0;
    for organization in ["org-001", "org-002", "org-003", "org-009", "ORG-001"] {
        let folder = packages.join(organization);
        for one in relay.json(["check", "--org", organization, folder.to_str().unwrap()]) {
            let key = format!("{organization}/{}", one["file"].as_str().unwrap());
            let package = decided.iter().find(|package| package["key"] == *key).unwrap();
            assert_eq!(one["verdict"], package["state"], "{key}");
            assert_eq!(one["reason"]["code"], package["reason"], "{key}");
            if one["verdict"] != "rejected" {
                assert_eq!(one["sha256"], package["sha256"], "{key}");
                assert_eq!(one["table"], package["table"], "{key}");
            }
            checked_files += 1;
        }
    }
    assert_eq!(checked_files, decided.len());
    assert_eq!(relay.packages().len(), decided.len(), "checking adds nothing");
}

#[test]
fn people_read_the_rule_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wide.csv");
    fs::write(&file, "a,a\n1,2\n").unwrap();
    let output = Command::new(binary())
        .args(["check", file.to_str().unwrap()])
        .env_remove("RELAY_DATA_DIR")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("wide.csv: would be quarantined, because columns 1 and 2 have the same name"),
        "{told}"
    );
    assert!(
        told.contains("(table_duplicate_column)") && told.contains("What to do: "),
        "{told}"
    );
    assert!(
        told.ends_with("1 checked = 0 processed + 0 rejected + 1 quarantined + 0 unreadable\n"),
        "{told}"
    );
}

#[test]
fn every_finding_on_a_package_is_told_by_check_and_by_explain() {
    let relay = Relay::new().with_organizations(&["org-002"]);
    let package = repository().join("tests/samples/packages/org-002/archive/flights-2013-01-02.zip");
    let checked = relay.run(["check", "--org", "org-002", package.to_str().unwrap()]);
    let _ = relay.run(["run", "--org", "org-002", package.to_str().unwrap()]);
    let id = relay.packages()[0]["package_id"].as_str().unwrap().to_owned();
    let explained = relay.run(["packages", "explain", &id]);
    for told in [checked.stdout, explained.stdout] {
        let finding =
            "Error package_reference_broken, resource 'flights', field 'tailnum', row 26: 'planes' has no such row";
        assert!(told.contains(finding), "{told}");
        assert!(told.contains("And 50 more."), "{told}");
    }
}

#[test]
fn settings_of_a_file_hold_without_a_relay() {
    let settings = repository().join("tests/samples/org-002.json");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("readings")).unwrap();
    fs::write(folder.path().join("readings/x.csv"), CSV).unwrap();
    let (status, checked, _) = check(&[
        "--settings",
        settings.to_str().unwrap(),
        folder.path().to_str().unwrap(),
    ]);
    assert_eq!(status, 1);
    assert_eq!(checked[0]["reason"]["code"], "table_schema_changed");
    let (status, _, said) = check(&["no-such-file"]);
    assert_eq!((status, said.contains("there is no no-such-file")), (2, true));
}
