//! How organizations came to have their settings: their trails, as an operator and an auditor see them.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};
use system_tests::Relay;

const SCHEMA: &str = r#"{"fields":[{"name":"station","type":"string"},{"name":"temp","type":"integer"}]}"#;

fn database(relay: &Relay) -> Connection {
    Connection::open(relay.data_dir().join("relay.db")).unwrap()
}

// As somebody meets it who can write to the disk: nothing keeps rows in place.
fn tampering(relay: &Relay) -> Connection {
    let database = database(relay);
    let mut triggers = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .unwrap();
    let names: Vec<String> = triggers
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    drop(triggers);
    for name in names {
        database.execute(&format!("DROP TRIGGER {name}"), []).unwrap();
    }
    database
}

fn send(relay: &Relay, name: &str, text: &str, status: i32) {
    fs::write(relay.outside().join(name), text).unwrap();
    let path = relay.outside().join(name);
    let _ = relay
        .run(["run", "--org", "org-001", path.to_str().unwrap()])
        .expect_status(status);
}

fn versions(relay: &Relay) -> Vec<Value> {
    relay.json(["org", "history", "org-001"])
}

fn changes(version: &Value) -> Vec<&str> {
    let changes = version["changes"].as_array().unwrap();
    changes.iter().map(|change| change.as_str().unwrap()).collect()
}

#[test]
fn every_change_is_told_with_its_time_its_author_and_in_words() {
    let relay = Relay::new().with("RELAY_BY", "the night shift");
    let schema = relay.outside().join("a.json");
    fs::write(&schema, SCHEMA).unwrap();
    let schema = schema.to_str().unwrap();
    let rule = ["--org", "org-001", "--path", "r/*.csv"];
    let done = |arguments: &[&str]| {
        let _ = relay.run(arguments).expect_status(0);
    };
    done(&["org", "add", "org-001", "--by", "Ada: as ordered"]);
    done(&["policy", "set", "org-001", "iban=mask", "--by", "Bob"]);
    done(&[&["schema", "add"], &rule[..], &[schema]].concat());
    done(&["org", "disable", "org-001"]);
    done(&["org", "disable", "org-001"]);
    done(&["org", "enable", "org-001"]);
    done(&[&["schema", "remove"], &rule[..], &["--by", "Cyd"]].concat());
    done(&["org", "add", "org-001"]);

    let versions = versions(&relay);
    let told: Vec<(u64, &str, Vec<&str>)> = versions
        .iter()
        .map(|version| {
            let kind = version["kind"].as_str().unwrap();
            (version["version"].as_u64().unwrap(), kind, changes(version))
        })
        .collect();
    assert_eq!(
        told,
        [
            (0, "organization_added", vec!["registered"]),
            (1, "privacy_policy_changed", vec!["personal data, iban: keep → mask"]),
            (
                2,
                "schema_added",
                vec!["tables 'r/*.csv': a schema, version 1, 2 columns, changes: compatible"]
            ),
            (3, "organization_disabled", vec!["disabled"]),
            (4, "organization_enabled", vec!["enabled"]),
            (
                5,
                "schema_removed",
                vec!["tables 'r/*.csv': no schema any more; it was version 1"]
            ),
        ]
    );
    // The name that was given stands before what the system says, never in its place.
    let by: Vec<&str> = versions.iter().map(|version| version["by"].as_str().unwrap()).collect();
    let (said, known) = by[0].split_once(" (").unwrap();
    assert_eq!(said, "Ada: as ordered");
    assert!(known.contains('@') && known.ends_with(')'), "{known}");
    assert!(by[1].starts_with("Bob (") && by[2].starts_with("the night shift (") && by[5].starts_with("Cyd ("));
    assert_eq!(versions[1]["settings"]["privacy"]["iban"], "mask");
    assert_eq!(versions[2]["settings"]["tables"][0]["path"], "r/*.csv");
    for pair in versions.windows(2) {
        assert_eq!(pair[1]["prev"], pair[0]["hash"]);
    }

    let table = relay.run(["org", "history", "org-001"]).expect_status(0).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 7, "{table}");
    assert!(lines[0].starts_with("VERSION  TIME"), "{table}");
    assert!(
        lines[2].contains("Bob (") && lines[2].ends_with("personal data, iban: keep → mask"),
        "{table}"
    );
    let listed = &relay.json(["org", "list"])[0];
    assert_eq!(listed["version"]["hash"], versions[5]["hash"]);
    let report = &relay.json(["audit", "verify"])[0];
    assert_eq!(
        (&report["holds"], &report["organizations"], &report["events"]),
        (&json!(true), &json!(1), &json!(6))
    );
}

#[test]
fn an_organization_that_is_not_there_and_a_name_that_is_none_are_wrong_usage() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let ran = relay.run(["org", "history", "org-002"]).expect_status(2);
    assert_eq!(ran.stderr, "error: org-002 is not registered; see relay org list\n");
    let long = "x".repeat(201);
    for name in ["", " ", "a\nb", "a\u{7}", &long] {
        let ran = relay.run(["org", "disable", "org-001", "--by", name]).expect_status(2);
        assert!(
            ran.stderr.contains("a name has 1 to 200 characters on one line"),
            "{}",
            ran.stderr
        );
    }
    let relay = relay.with("RELAY_BY", "a\tb");
    let ran = relay.run(["org", "list"]).expect_status(2);
    assert!(ran.stderr.contains("RELAY_BY"), "{}", ran.stderr);
}

#[test]
fn each_verdict_names_the_settings_that_it_was_made_under() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    send(&relay, "a.csv", "x,y\n1,2\n", 0);
    let _ = relay.run(["policy", "set", "org-001", "iban=drop"]).expect_status(0);
    send(&relay, "b.csv", "x,y\n3,4\n", 0);
    let _ = relay.run(["org", "disable", "org-001"]).expect_status(0);
    send(&relay, "c.csv", "x,y\n5,6\n", 1);
    send(&relay, "empty.csv", "", 1);
    let versions = versions(&relay);
    let hash = |version: u64| versions[usize::try_from(version).unwrap()]["hash"].clone();
    for (name, kinds, version) in [
        ("a.csv", &["accepted", "processed"][..], 0),
        ("b.csv", &["accepted", "processed"], 1),
        ("c.csv", &["rejected"], 2),
        ("empty.csv", &["rejected"], 2),
    ] {
        let package = relay.json(["packages", "list", "--filename", name]).remove(0);
        let id = package["package_id"].as_str().unwrap().to_owned();
        let mut events = database(&relay);
        let transaction = events.transaction().unwrap();
        for kind in kinds {
            let canonical: String = transaction
                .query_row(
                    "SELECT canonical FROM events WHERE package_id = ?1 AND canonical LIKE '%\"kind\":\"' || ?2 || '\"%'",
                    [id.as_str(), kind],
                    |row| row.get(0),
                )
                .unwrap();
            let event: Value = serde_json::from_str(&canonical).unwrap();
            let expected = json!({"seq": version, "hash": hash(version)});
            assert_eq!(event["details"]["settings_version"], expected, "{name} {kind}");
        }
        let explained = relay.run(["packages", "explain", &id]).expect_status(0).stdout;
        let line = format!("Settings: version {version}; see relay org history org-001");
        assert_eq!(explained.matches(&line).count(), kinds.len(), "{explained}");
        let explained = relay.json(["packages", "explain", &id]).remove(0);
        let last = explained["decisions"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["settings_version"]["seq"], version);
    }
    // Of a key that names no organization, no settings were asked.
    fs::create_dir_all(relay.outside().join("tree/org-009")).unwrap();
    // Where no folder is a registered organization's, nothing would be taken in.
    fs::create_dir_all(relay.outside().join("tree/org-001")).unwrap();
    fs::write(relay.outside().join("tree/org-009/d.csv"), "x,y\n1,2\n").unwrap();
    let tree = relay.outside().join("tree");
    let _ = relay.run(["run", tree.to_str().unwrap()]).expect_status(1);
    let _ = relay.run(["audit", "verify"]).expect_status(0);
}

#[test]
fn what_is_changed_in_the_database_by_hand_is_noticed() {
    for (statement, words) in [
        (
            "UPDATE organizations SET settings = '{\"privacy\":{\"version\":1,\"email\":\"keep\"}}'",
            "what becomes of personal data",
        ),
        ("UPDATE organizations SET settings = '{\"object_bytes_max\":1}'", "what"),
        ("UPDATE organizations SET enabled = 0", "whether it is enabled"),
        ("UPDATE organizations SET added_ms = added_ms + 1", "when it was added"),
        (
            "UPDATE organizations SET version_ms = version_ms + 1",
            "when it was last changed",
        ),
        ("UPDATE organizations SET version_seq = 0", "registered with version 0"),
        ("UPDATE organizations SET version_seq = 7", "registered with version 7"),
        (
            "UPDATE organizations SET version_hash = zeroblob(32)",
            "it is registered with 0000",
        ),
        (
            "UPDATE organizations SET version_seq = NULL, version_hash = NULL, version_ms = NULL",
            "as if it had none",
        ),
        (
            "UPDATE organizations SET organization = 'org-002'",
            "not registered any more",
        ),
        ("DELETE FROM organizations", "not registered any more"),
        (
            "INSERT INTO organizations (organization, enabled, added_ms, settings) VALUES ('org-002', 1, 0, '{}')",
            "no event says so",
        ),
        (
            "DELETE FROM events WHERE package_id = 'organization/org-001' AND seq = 1",
            "trail ends at event 0",
        ),
        (
            "UPDATE events SET canonical = replace(canonical, 'iban: keep', 'iban: drop') WHERE package_id = 'organization/org-001' AND seq = 1",
            "filed under",
        ),
    ] {
        let relay = Relay::new().with_organizations(&["org-001"]);
        let _ = relay.run(["policy", "set", "org-001", "iban=mask"]).expect_status(0);
        let _ = relay.run(["audit", "verify"]).expect_status(0);
        assert!(tampering(&relay).execute(statement, []).unwrap() > 0, "{statement}");
        let ran = relay.run(["audit", "verify"]).expect_status(1);
        assert!(ran.stdout.contains(words), "{statement}: {}", ran.stdout);
        assert!(
            ran.stdout.contains("organization/org-00"),
            "{statement}: {}",
            ran.stdout
        );
        if !statement.contains("org-002") && !statement.starts_with("DELETE FROM organizations") {
            let _ = relay.run(["org", "history", "org-001"]).expect_status(1);
        }
    }
}

#[test]
fn the_database_itself_keeps_settings_from_changing_without_an_event() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let refused = database(&relay)
        .execute("UPDATE organizations SET settings = '{}'", [])
        .unwrap_err();
    assert!(
        refused.to_string().contains("relay org, policy and schema"),
        "{refused}"
    );
}

#[test]
fn two_changes_at_the_same_time_lose_nothing() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let classes = ["email", "phone", "iban", "ip_address", "date_of_birth", "person_name"];
    let ended: Vec<i32> = std::thread::scope(|scope| {
        let running: Vec<_> = classes
            .map(|class| {
                let relay = &relay;
                scope.spawn(move || relay.run(["policy", "set", "org-001", &format!("{class}=drop")]).status)
            })
            .into_iter()
            .collect();
        running.into_iter().map(|running| running.join().unwrap()).collect()
    });
    // Each was either made, or refused because another one was made in between.
    let made = ended.iter().filter(|status| **status == 0).count();
    assert!(
        made >= 1 && ended.iter().all(|status| [0, 1].contains(status)),
        "{ended:?}"
    );
    let versions = versions(&relay);
    assert_eq!(versions.len(), 1 + made);
    let policy = &versions[made]["settings"]["privacy"];
    for (class, status) in classes.iter().zip(&ended) {
        assert_eq!(policy[class] == "drop", *status == 0, "{class}: {policy}");
    }
    let _ = relay.run(["audit", "verify"]).expect_status(0);
}
