//! A data folder that cannot be written: a snapshot, a backup, a read-only mount. It can be looked at, and nothing is made in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use system_tests::{Ran, Relay, sample_packages, wait_until};

use crate::bad_input::SmallDisk;

const TOLD: &str = "opened for reading only";

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

// What every command that only looks says, the same as when the folder could be written.
fn looked_at(relay: &Relay, expects_told: bool) -> Vec<String> {
    let id = relay.packages()[0]["package_id"].as_str().unwrap().to_owned();
    let to = relay.outside().join("fetched");
    let commands: [&[&str]; 11] = [
        &["packages", "list"],
        &["packages", "list", "--duplicates"],
        &["packages", "show", &id],
        &["packages", "explain", &id],
        &["packages", "fetch", &id, "--to", to.to_str().unwrap()],
        &["status"],
        &["queue", "status"],
        &["audit", "verify", "--objects"],
        &["org", "list"],
        &["policy", "show", "org-001"],
        &["schema", "list"],
    ];
    let said = commands.map(|command| {
        let ran = relay.run(command).expect_status(0);
        // Verification never writes, and has nothing to say of it.
        let is_told = expects_told && command[0] != "audit";
        assert_eq!(ran.stderr.contains(TOLD), is_told, "{command:?}: {}", ran.stderr);
        ran.stdout
    });
    fs::remove_file(to).unwrap();
    said.to_vec()
}

fn refused(ran: &Ran) {
    assert_eq!(ran.status, 1, "{ran:#?}");
    assert!(
        ran.stderr.contains("cannot be written") && ran.stderr.contains("run as the user"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_read_only_folder_is_listed_and_verified_and_left_as_it_is() {
    let relay = Relay::new().with("RELAY_INBOX_SETTLE_MS", 5);
    let data_dir = relay.data_dir();
    let disk = SmallDisk::mount(&data_dir, "64m");
    let relay = relay.with_organizations(&["org-001"]);
    fs::write(relay.outside().join("a.csv"), "email\na@example.org\n").unwrap();
    let _ = relay
        .run(["run", "--org", "org-001", relay.outside().to_str().unwrap()])
        .expect_status(0);
    let expected = looked_at(&relay, false);
    let before = names(&data_dir);

    // A relay that ended in order: the database is one file.
    disk.remount("ro");
    assert_eq!(looked_at(&relay, true), expected);
    for arguments in [
        &["org", "add", "org-002"][..],
        &["run", sample_packages().to_str().unwrap()],
        &["serve"],
        &["reconcile"],
    ] {
        refused(&relay.run(arguments));
    }
    disk.remount("rw");
    assert_eq!(names(&data_dir), before, "nothing was made");

    // One that was killed: the last events are in the log beside the database, and must not be missed.
    let serving = relay.serve();
    fs::write(relay.inbox("org-001").join("b.csv"), "x,y\n1,2\n").unwrap();
    wait_until("the second package is concluded", || {
        (relay.packages().len() == 2).then_some(())
    });
    wait_until("nothing is in flight", || {
        (relay.json(["status"])[0]["in_flight"] == 0).then_some(())
    });
    serving.kill();
    let log = data_dir.join("relay.db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0, "there is a log to be read");
    disk.remount("ro");
    let expected = looked_at(&relay, true);
    assert!(expected[5].starts_with("2 received"), "{}", expected[5]);

    // A copy of such a folder without the index of the log, which copies may leave out.
    disk.remount("rw");
    fs::remove_file(data_dir.join("relay.db-shm")).unwrap();
    disk.remount("ro");
    assert_eq!(looked_at(&relay, true), expected);
    disk.remount("rw");
    assert!(!data_dir.join("relay.db-shm").exists());
    assert_eq!(looked_at(&relay, false), expected);
    relay.assert_sound();
}
