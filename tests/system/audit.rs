//! The audit check on a data folder that somebody has tampered with.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;
use system_tests::Relay;

fn relay_with_packages() -> Relay {
    let relay = Relay::new().with_organizations(&["org-001"]);
    for number in 0..5 {
        fs::write(
            relay.outside().join(format!("{number}.csv")),
            format!("x,y\n1,{number}\n"),
        )
        .unwrap();
    }
    let _ = relay
        .run(["run", "--org", "org-001", relay.outside().to_str().unwrap()])
        .expect_status(0);
    relay
}

// The database as somebody meets it who can write to the disk: without the triggers that keep events in place.
fn tampering(relay: &Relay) -> Connection {
    let database = Connection::open(relay.data_dir().join("relay.db")).unwrap();
    let mut triggers = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .unwrap();
    let names: Vec<String> = triggers
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    drop(triggers);
    assert!(!names.is_empty(), "nothing keeps events from being changed");
    for name in names {
        database.execute(&format!("DROP TRIGGER {name}"), []).unwrap();
    }
    database
}

fn first_finding(relay: &Relay) -> Value {
    let report = relay.json(["audit", "verify"]).remove(0);
    assert_eq!(report["holds"], false);
    report["findings"][0].clone()
}

#[test]
fn the_database_itself_refuses_to_change_or_remove_events() {
    let relay = relay_with_packages();
    let database = Connection::open(relay.data_dir().join("relay.db")).unwrap();
    for statement in ["UPDATE events SET canonical = 'x'", "DELETE FROM events"] {
        assert!(database.execute(statement, []).is_err(), "{statement}");
    }
}

#[test]
fn a_package_whose_row_cannot_be_read_is_listed_as_damaged_and_hides_nobody() {
    let relay = relay_with_packages();
    let database = tampering(&relay);
    let id: String = database
        .query_row("SELECT package_id FROM packages ORDER BY number LIMIT 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    let cut = "UPDATE packages SET record = substr(record, 1, 40) WHERE package_id = ?1";
    assert_eq!(database.execute(cut, [&id]).unwrap(), 1);
    let listed = relay.json(["packages", "list"]);
    let damaged: Vec<&Value> = listed.iter().filter(|row| row["state"] == "damaged").collect();
    assert_eq!((listed.len(), damaged.len()), (5, 1), "{listed:#?}");
    assert_eq!(damaged[0]["package_id"], id);
    assert_eq!(damaged[0]["organization"], "org-001");
    let table = relay.run(["packages", "list"]).expect_status(0);
    assert!(
        table.stdout.contains("damaged") && table.stdout.contains("its record cannot be read"),
        "{}",
        table.stdout
    );
    assert!(table.stderr.contains("relay audit verify"), "{}", table.stderr);
    for command in ["show", "explain"] {
        let shown = relay.run(["packages", command, &id]).expect_status(1);
        assert!(
            shown.stdout.contains(&id) && shown.stdout.contains("damaged"),
            "{}",
            shown.stdout
        );
        assert!(
            shown.stdout.contains("processed"),
            "its events are still there: {}",
            shown.stdout
        );
    }
    assert!(
        relay
            .run(["packages", "fetch", &id, "--to", "x"])
            .expect_status(1)
            .stderr
            .contains("is damaged")
    );
    let report = relay.json(["audit", "verify"]).remove(0);
    assert_eq!(report["holds"], false);
    assert_eq!(report["findings"][0]["package_id"], id, "{report:#}");
}

#[test]
fn a_changed_event_is_named_with_its_package() {
    let relay = relay_with_packages();
    let database = tampering(&relay);
    let (id, seq): (String, u64) = database
        .query_row("SELECT package_id, seq FROM events WHERE position = 7", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let changed = "UPDATE events SET canonical = replace(canonical, 'org-001', 'org-002') WHERE position = 7";
    assert_eq!(database.execute(changed, []).unwrap(), 1);
    let finding = first_finding(&relay);
    assert_eq!(
        (&finding["problem"], &finding["package_id"], &finding["seq"]),
        (&"changed".into(), &id.into(), &seq.into())
    );
}

#[test]
fn a_dropped_event_is_named_with_its_package() {
    let relay = relay_with_packages();
    let database = tampering(&relay);
    let (id, seq): (String, u64) = database
        .query_row("SELECT package_id, seq FROM events WHERE position = 5", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    database.execute("DELETE FROM events WHERE position = 5", []).unwrap();
    let finding = first_finding(&relay);
    assert_eq!(
        (&finding["problem"], &finding["package_id"], &finding["seq"]),
        (&"dropped".into(), &id.into(), &seq.into())
    );
    let ran = relay.run(["audit", "verify"]).expect_status(1);
    assert!(ran.stdout.contains("DOES NOT HOLD"), "{}", ran.stdout);
}

#[test]
fn a_rewritten_log_does_not_match_a_head_that_was_noted() {
    let relay = relay_with_packages();
    let head = relay.json(["audit", "verify"])[0]["head"].clone();
    let head = format!("{}:{}", head["size"], head["root"].as_str().unwrap());
    let _ = relay.run(["audit", "verify", "--expect", &head]).expect_status(0);
    fs::write(relay.outside().join("more.csv"), "x,y\n1,7\n").unwrap();
    let _ = relay
        .run(["run", "--org", "org-001", relay.outside().to_str().unwrap()])
        .expect_status(0);
    let _ = relay.run(["audit", "verify", "--expect", &head]).expect_status(0);

    // The same packages, recorded anew elsewhere: consistent in itself, but not what was noted.
    let other = relay_with_packages();
    let _ = other.run(["audit", "verify"]).expect_status(0);
    let report = other.run(["audit", "verify", "--expect", &head]).expect_status(1);
    assert!(report.stdout.contains("head differs"), "{}", report.stdout);
}

fn stored_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            stored_files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn every_stored_object_that_is_damaged_or_gone_is_named() {
    for (damage, words) in [("flip", "was recorded"), ("cut", ""), ("remove", "")] {
        let relay = relay_with_packages();
        let mut files = Vec::new();
        stored_files(&relay.data_dir().join("store"), &mut files);
        let original = files
            .iter()
            .find(|path| fs::read(path).unwrap().ends_with(b"\nx,y\n1,3\n"))
            .expect("the original");
        let mut permissions = fs::metadata(original).unwrap().permissions();
        #[expect(clippy::permissions_set_readonly_false, reason = "a file of the test's own")]
        permissions.set_readonly(false);
        fs::set_permissions(original, permissions).unwrap();
        // A line of metadata, then the plain bytes.
        let mut bytes = fs::read(original).unwrap();
        let end = bytes.len();
        match damage {
            "flip" => {
                bytes[end - 2] = b'4';
                fs::write(original, bytes).unwrap();
            }
            "cut" => fs::write(original, &bytes[..end - 2]).unwrap(),
            _ => fs::remove_file(original).unwrap(),
        }
        let _ = relay.run(["audit", "verify"]).expect_status(0);
        let report = relay.json(["audit", "verify", "--objects"]).remove(0);
        assert_eq!(report["holds"], false, "{damage}");
        let finding = &report["object_findings"][0];
        assert_eq!(finding["object"]["key"], "org-001/3.csv", "{damage}");
        assert!(finding["text"].as_str().unwrap().contains(words), "{finding}");

        let id = finding["package_id"].as_str().unwrap();
        let to = relay.outside().join("fetched.csv");
        let _ = relay
            .run(["packages", "fetch", id, "--to", to.to_str().unwrap()])
            .expect_status(1);
        assert!(!to.exists(), "a fetch that fails leaves nothing");
    }
}

#[test]
fn one_package_can_be_verified_alone() {
    let relay = relay_with_packages();
    let id = relay.packages()[0]["package_id"].as_str().unwrap().to_owned();
    let ran = relay
        .run(["audit", "verify", "--package", &id, "--objects"])
        .expect_status(0);
    assert!(
        ran.stdout.contains("of 1 packages checked") && ran.stdout.contains("2 stored objects read"),
        "{}",
        ran.stdout
    );
}
