//! Packages as people look for them: by file name, by time, and those that came before.

use std::fs;

use serde_json::{Value, json};
use system_tests::Relay;

const TABLE: &str = "x,y\n1,2\n";
const OTHER: &str = "x,y\n3,4\n";

// One file after the other, each in a run of its own.
fn send(relay: &Relay, organization: &str, path: &str, content: &str) {
    let folder = relay.outside().join("send");
    let file = folder.join(organization).join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, content).unwrap();
    let _ = relay.run(["run", folder.to_str().unwrap()]).expect_status(0);
    fs::remove_dir_all(folder).unwrap();
}

// Two organizations; in the first, the same bytes under another name, other bytes under the same name, and both at once.
fn relay_with_duplicates() -> Relay {
    let relay = Relay::new().with_organizations(&["org-001", "org-002"]);
    send(&relay, "org-001", "a.csv", TABLE);
    send(&relay, "org-001", "in/a.csv", TABLE);
    send(&relay, "org-001", "a.csv", OTHER);
    send(&relay, "org-001", "a.csv", TABLE);
    send(&relay, "org-002", "a.csv", TABLE);
    relay
}

fn id(package: &Value) -> &str {
    package["package_id"].as_str().unwrap()
}

#[test]
fn duplicates_are_listed_with_what_they_duplicate() {
    let relay = relay_with_duplicates();
    // Newest first.
    let packages = relay.packages();
    let [stranger, again, changed, renamed, first] = packages.as_slice() else {
        panic!("{packages:#?}");
    };
    assert_eq!(
        stranger["duplicates"],
        json!([]),
        "organizations know nothing of each other"
    );
    assert_eq!(first["duplicates"], json!([]));
    assert_eq!(
        renamed["duplicates"],
        json!([{ "kind": "same_bytes", "of": id(first) }])
    );
    assert_eq!(
        changed["duplicates"],
        json!([{ "kind": "same_name_other_bytes", "of": id(first) }])
    );
    assert_eq!(
        again["duplicates"],
        json!([{ "kind": "same_name_same_bytes", "of": id(first) }])
    );
    let listed = relay.json(["packages", "list", "--duplicates"]);
    assert_eq!(listed, [again.clone(), changed.clone(), renamed.clone()]);
    let other = relay.json(["packages", "list", "--duplicates", "--org", "org-002"]);
    assert_eq!(other, Vec::<Value>::new());
    let short = &id(first)[..16];
    let table = relay.run(["packages", "list", "--duplicates"]).expect_status(0).stdout;
    let columns: Vec<&str> = table
        .lines()
        .map(|line| line.split("  ").last().unwrap().trim())
        .collect();
    assert_eq!(
        columns,
        [
            "DUPLICATE OF".to_owned(),
            format!("{short} (same name and bytes)"),
            format!("{short} (same name, other bytes)"),
            format!("{short} (same bytes, other name)"),
        ],
        "{table}"
    );
    let usual = relay.run(["packages", "list"]).expect_status(0).stdout;
    assert!(!usual.contains("DUPLICATE"), "{usual}");
    relay.assert_sound();
}

#[test]
fn a_duplicate_is_told_in_words() {
    let relay = relay_with_duplicates();
    let packages = relay.packages();
    let (renamed, first) = (id(&packages[3]), id(&packages[4]));
    let sentence = format!("A duplicate: the same bytes under another name as {first}.");
    for command in ["show", "explain"] {
        let told = relay.run(["packages", command, renamed]).expect_status(0).stdout;
        assert!(told.contains(&sentence), "{told}");
        let told = relay.run(["packages", command, first]).expect_status(0).stdout;
        assert!(!told.contains("duplicate"), "{told}");
    }
    let shown = relay.json(["packages", "show", renamed]).remove(0);
    assert_eq!(shown["duplicates"][0]["of"], first);
    assert_eq!(shown["filename"], "a.csv");
    assert_eq!(shown["upload_timestamp"], shown["received_at"]);
    let conclusion = shown["trail"].as_array().unwrap().last().unwrap();
    assert_eq!(conclusion["details"]["duplicates"], shown["duplicates"]);
}

#[test]
fn packages_are_found_by_file_name_and_upload_timestamp() {
    let relay = relay_with_duplicates();
    send(&relay, "org-001", "b.csv", "x\n9\n");
    let list = |arguments: &[&str]| -> Vec<Value> {
        relay.json(
            ["packages", "list"]
                .iter()
                .chain(arguments)
                .copied()
                .collect::<Vec<_>>(),
        )
    };
    let all = list(&[]);
    let named = list(&["--filename", "a.csv"]);
    assert_eq!(named, all[1..], "newest first, in whichever folder and organization");
    assert!(named.iter().all(|package| package["filename"] == "a.csv"));
    assert_eq!(list(&["--filename", "a.cs"]), Vec::<Value>::new());
    let time = |package: &Value| package["upload_timestamp"].as_str().unwrap().to_owned();
    let times: Vec<String> = all.iter().map(time).collect();
    assert!(times.is_sorted_by(|newer, older| newer > older), "{times:?}");
    let (since, until) = (&times[4], &times[2]);
    assert_eq!(
        list(&["--since", since, "--until", until]),
        all[3..=4],
        "the end is not in it"
    );
    assert_eq!(
        list(&[
            "--since",
            since,
            "--until",
            until,
            "--filename",
            "a.csv",
            "--duplicates"
        ]),
        all[3..=4]
    );
    assert_eq!(list(&["--until", since, "--since", until]), Vec::<Value>::new());
}
