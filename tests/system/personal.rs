//! Personal data from the package to the table: treated by the organization's policy, under its own key, told in the trail.

use std::fs;

use serde_json::Value;
use system_tests::{Relay, parquet_rows, people};

/// Takes a file in, and reads the table that it became: one JSON object a row.
fn table(relay: &Relay, organization: &str, name: &str, text: &str) -> (Value, Vec<Value>) {
    let path = relay.outside().join(name);
    fs::write(&path, text).unwrap();
    let ran = relay.json(["run", "--org", organization, path.to_str().unwrap()]);
    let package = ran.into_iter().next().unwrap();
    assert_eq!(package["state"], "processed", "{package}");
    let id = package["package_id"].as_str().unwrap();
    let parquet = relay.outside().join(format!("{organization}-{name}.parquet"));
    let _ = relay
        .run([
            "packages",
            "fetch",
            id,
            "--result",
            "data.parquet",
            "--to",
            parquet.to_str().unwrap(),
        ])
        .expect_status(0);
    (package, parquet_rows(&parquet, "id"))
}

#[test]
fn the_default_policy_tokenizes_and_masks_and_tells_it() {
    let relay = Relay::new().with_organizations(&["org-001", "org-002"]);
    let (package, first) = table(&relay, "org-001", "people.csv", &people(30));
    assert_eq!(first.len(), 30);
    assert_eq!(first[0]["email"], "***@***.com");
    assert_eq!(first[0]["note"], "ask ***@***.org");
    assert_eq!(first[0]["iban"], "DE89370400440532013000", "kept by default");
    let token = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    assert!(
        token(&first[0], "ssn").starts_with("tok_ssn_") && token(&first[0], "card_number").starts_with("tok_card_")
    );
    // Joins still work: the same value, another package, other rows.
    let (_, second) = table(&relay, "org-001", "more.csv", &people(40));
    assert_eq!(token(&first[7], "ssn"), token(&second[7], "ssn"));
    assert_ne!(token(&first[7], "ssn"), token(&first[8], "ssn"));
    // Another organization, another key.
    let (_, other) = table(&relay, "org-002", "people.csv", &people(30));
    assert_ne!(token(&first[7], "ssn"), token(&other[7], "ssn"));
    let columns = package["table"]["columns"].as_array().unwrap();
    let found: Vec<(&str, &str)> = columns
        .iter()
        .filter(|column| column["personal"]["class"].is_string() || column["personal"].is_object())
        .map(|column| (column["name"].as_str().unwrap(), column["type"].as_str().unwrap()))
        .collect();
    let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["email", "ssn", "card_number", "iban", "note"], "{columns:#?}");
    let id = package["package_id"].as_str().unwrap();
    let told = relay.run(["packages", "explain", id]).expect_status(0).stdout;
    for part in [
        "'ssn' is us_ssn in 100 % of 30 rows, tokenized",
        "'email' is email in 100 % of 30 rows, masked",
        "'iban' is iban in 100 % of 30 rows, kept",
        "in 'note' 30 values in its texts were treated by themselves",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let shown = relay
        .run(["packages", "show", id, "--format", "json"])
        .expect_status(0)
        .stdout;
    for value in ["person7@example.com", "123-45-1007", "4111 1111"] {
        assert!(!told.contains(value) && !shown.contains(value), "{value}");
    }
    // The original is as it came.
    let original = relay.outside().join("original.csv");
    let _ = relay
        .run(["packages", "fetch", id, "--to", original.to_str().unwrap()])
        .expect_status(0);
    assert_eq!(fs::read_to_string(original).unwrap(), people(30));
    relay.assert_sound();
}

#[test]
fn a_policy_holds_from_the_next_package_on() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let (_, before) = table(&relay, "org-001", "a.csv", &people(20));
    assert_eq!(before[0]["email"], "***@***.com");
    let set = relay.json(["policy", "set", "org-001", "email=drop", "us_ssn=keep", "iban=mask"]);
    assert_eq!(set[0]["policy"]["email"], "drop");
    let (_, after) = table(&relay, "org-001", "b.csv", &people(21));
    assert!(after.iter().all(|row| row["email"].is_null()), "{:?}", after[0]);
    assert_eq!(after[3]["ssn"], "123-45-1003");
    assert_ne!(after[0]["iban"], "DE89370400440532013000");
    let told = relay.run(["policy", "show", "org-001"]).expect_status(0).stdout;
    assert!(told.contains("us_ssn") && told.contains("not the default"), "{told}");
    let reset = relay.json(["policy", "set", "org-001", "--reset"]);
    assert_eq!(
        reset[0]["policy"],
        relay.json(["policy", "show", "org-001"])[0]["policy"]
    );
    assert_eq!(reset[0]["policy"]["email"], "mask");
    for (arguments, part) in [
        (["policy", "set", "org-001", "email=hide"], "'hide' is no treatment"),
        (["policy", "set", "org-404", "email=mask"], "not registered"),
    ] {
        let ran = relay.run(arguments).expect_status(2);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
}

/// A document that is no table, with three hundred addresses.
fn document() -> String {
    let rows: Vec<String> = (0..300)
        .map(|row| format!("  <member><mail>person{row}@example.com</mail></member>\n"))
        .collect();
    let rows = rows.concat();
    format!("<?xml version=\"1.0\"?>\n<members>\n{rows}</members>\n")
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story, from the policy that forbids to the one that allows"
)]
fn text_that_is_no_table_is_set_aside_unless_the_policy_lets_it_pass_and_each_is_told() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let run = |name: &str, bytes: &[u8]| {
        let path = relay.outside().join(name);
        fs::write(&path, bytes).unwrap();
        let mut ran = relay.json(["run", "--org", "org-001", path.to_str().unwrap()]);
        ran.remove(0)
    };
    let package = run("members.xml", document().as_bytes());
    assert_eq!(
        (&package["state"], &package["reason"]),
        (&"quarantined".into(), &"personal_data_in_opaque".into())
    );
    assert_eq!(package["results"].as_array().unwrap().len(), 0, "{package}");
    assert_eq!(
        package["reason_text"],
        "it is no table, and its text holds 300 values of class email (the first in line 3)"
    );
    let id = package["package_id"].as_str().unwrap();
    let told = relay.run(["packages", "explain", id]).expect_status(0).stdout;
    for part in [
        "personal_data_in_opaque",
        "Personal data in text: 300 values of class email, the first in line 3",
        "relay policy set ORG opaque=keep",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let shown = relay.run(["packages", "show", id]).expect_status(0).stdout;
    assert!(
        shown.contains("Contents      opaque, scanned, 300 personal values in text"),
        "{shown}"
    );
    // The original is kept, as it came.
    let original = relay.outside().join("original.xml");
    let _ = relay
        .run(["packages", "fetch", id, "--to", original.to_str().unwrap()])
        .expect_status(0);
    assert_eq!(fs::read_to_string(original).unwrap(), document());

    let policy = relay.run(["policy", "show", "org-001"]).expect_status(0).stdout;
    assert!(policy.contains("opaque") && policy.contains("quarantine"), "{policy}");
    let set = relay.json(["policy", "set", "org-001", "opaque=keep"]);
    assert_eq!(set[0]["policy"]["opaque"], "keep");
    let policy = relay.run(["policy", "show", "org-001"]).expect_status(0).stdout;
    assert!(
        policy
            .lines()
            .any(|line| line.contains("opaque") && line.ends_with("not the default")),
        "{policy}"
    );
    // What was set aside can be taken up again under the new policy.
    let _ = relay.run(["packages", "replay", id]);
    let replayed = relay.packages().remove(0);
    assert_eq!(replayed["state"], "processed", "{replayed}");
    assert_eq!(replayed["contents"]["opaque_personal_values"], 300);
    let told = relay.run(["packages", "explain", id]).expect_status(0).stdout;
    assert!(told.contains("opaque, scanned, 300 personal values in text"), "{told}");
    let reset = relay.json(["policy", "set", "org-001", "--reset"]);
    assert_eq!(reset[0]["policy"]["opaque"], "quarantine");
    let ran = relay.run(["policy", "set", "org-001", "opaque=mask"]).expect_status(2);
    assert!(ran.stderr.contains("use quarantine or keep"), "{}", ran.stderr);

    for (name, bytes, contents) in [
        ("table.csv", b"a,b\n1,2\n3,4\n".as_slice(), "table, 2 rows"),
        ("notes.txt", b"Nothing in here.\n", "opaque, scanned"),
        (
            "letter.txt",
            b"Please write to ada@example.com, and wait.\n",
            "opaque, scanned, 1 personal value in text",
        ),
        (
            "bytes.bin",
            &[0, 1, 2, 3, 200, 201, 202],
            "opaque, not scanned (binary)",
        ),
    ] {
        let package = run(name, bytes);
        assert_eq!(package["state"], "processed", "{package}");
        let path = relay.outside().join(name);
        for arguments in [
            ["packages", "list", "--filename", name],
            ["check", "--org", "org-001", path.to_str().unwrap()],
            ["run", "--org", "org-001", path.to_str().unwrap()],
        ] {
            let told = relay.run(arguments).expect_status(0).stdout;
            assert!(told.contains(contents), "{arguments:?}: {told}");
        }
    }
    // Nothing is said of what was never read.
    let refused = run("run.sh", b"#!/bin/sh\necho\n");
    assert!(refused["contents"].is_null(), "{refused}");
    let told = relay.run(["packages", "list", "--filename", "run.sh"]).stdout;
    assert!(told.lines().any(|line| line.contains("  -  ")), "{told}");
    relay.assert_sound();
}
