//! `relay serve`: files that arrive, files that are still being written, and a clean end.

use std::fs::{self, File};
use std::io::Write;

use system_tests::{Relay, wait_until};

fn serving_relay() -> Relay {
    Relay::new()
        .with("RELAY_INBOX_SETTLE_MS", 50)
        .with_organizations(&["org-001", "org-002"])
}

fn concluded(relay: &Relay, count: usize) -> Option<()> {
    let packages = relay.packages();
    let done = packages
        .iter()
        .filter(|package| package["state"] != "in_flight")
        .count();
    (done == count).then_some(())
}

#[test]
fn files_that_arrive_are_processed_and_leave_the_inbox() {
    let relay = serving_relay();
    let early = relay.inbox("org-001").join("early.csv");
    fs::write(&early, "x,y\n1,2\n").unwrap();
    let serving = relay.serve();
    let late = relay.inbox("org-002").join("deep/er/late.csv");
    fs::create_dir_all(late.parent().unwrap()).unwrap();
    fs::write(&late, "x,y\n1,2\n").unwrap();
    let stray = relay.data_dir().join("inbox/org-404");
    fs::create_dir_all(&stray).unwrap();
    fs::write(stray.join("stray.csv"), "x,y\n1,2\n").unwrap();
    wait_until("three packages are concluded", || concluded(&relay, 3));
    wait_until("the inbox is empty", || {
        (!early.exists() && !late.exists()).then_some(())
    });
    let ended = serving.stop().expect_status(0);
    let states: Vec<String> = ended
        .json()
        .iter()
        .map(|package| package["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states.iter().filter(|state| *state == "processed").count(), 2);
    assert_eq!(states.iter().filter(|state| *state == "rejected").count(), 1);
    assert!(ended.stderr.contains("stopped"), "{}", ended.stderr);
    relay.assert_sound();
}

#[test]
fn a_file_that_is_still_being_written_is_not_taken() {
    let relay = serving_relay();
    let serving = relay.serve();
    let path = relay.inbox("org-001").join("slow.csv");
    let mut writer = File::create(&path).unwrap();
    writer.write_all(b"x,y\n1,2\n").unwrap();
    let partial = relay.inbox("org-001").join("copy.csv.part");
    fs::write(&partial, "x,y\n1,2\n").unwrap();
    let hidden = relay.inbox("org-001").join(".copy.csv.k2j3");
    fs::write(&hidden, "x,y\n1,2\n").unwrap();
    // A file that came later and is complete is taken: so the relay has looked, and left the others alone.
    for number in 0..3 {
        fs::write(relay.inbox("org-001").join(format!("{number}.csv")), "x,y\n1,2\n").unwrap();
        wait_until("the complete file is concluded", || concluded(&relay, number + 1));
    }
    assert!(path.exists() && partial.exists() && hidden.exists());

    writer.write_all(b"3,4\n").unwrap();
    drop(writer);
    fs::rename(&partial, relay.inbox("org-001").join("copy.csv")).unwrap();
    wait_until("both are concluded", || concluded(&relay, 5));
    let slow = relay.json(["packages", "list", "--filename", "slow.csv"]).remove(0);
    assert_eq!(slow["table"]["rows"], 2, "all of it was taken");
    let _ = serving.stop().expect_status(0);
    relay.assert_sound();
}

#[test]
fn only_one_relay_works_on_a_folder_and_the_other_says_who() {
    let relay = serving_relay();
    let serving = relay.serve();
    fs::write(relay.outside().join("a.csv"), "x,y\n1,2\n").unwrap();
    let outside = relay.outside();
    for arguments in [
        vec!["serve"],
        vec!["run", "--org", "org-001", outside.to_str().unwrap()],
    ] {
        let ran = relay.run(arguments).expect_status(1);
        let pid = serving.id().to_string();
        assert!(
            ran.stderr.contains("in use") && ran.stderr.contains(&pid),
            "{}",
            ran.stderr
        );
    }
    // Looking is always possible, and so is registering an organization.
    let _ = relay.run(["packages", "list"]).expect_status(0);
    let _ = relay.run(["org", "add", "org-003"]).expect_status(0);
    fs::write(relay.inbox("org-003").join("b.csv"), "x,y\n1,2\n").unwrap();
    wait_until("the new organization's package is processed", || {
        (relay.packages().first()?["state"] == "processed").then_some(())
    });
    let _ = serving.stop().expect_status(0);
}

#[test]
fn a_replay_is_taken_up_by_the_running_relay() {
    let relay = serving_relay();
    let serving = relay.serve();
    fs::write(relay.inbox("org-009").join("a.csv"), "x,y\n1,2\n").unwrap();
    wait_until("it is rejected", || concluded(&relay, 1));
    let id = relay.packages()[0]["package_id"].as_str().unwrap().to_owned();
    let _ = relay.run(["org", "add", "org-009"]).expect_status(0);
    let _ = relay.run(["packages", "replay", &id]).expect_status(0);
    wait_until("it is processed", || {
        (relay.packages()[0]["state"] == "processed").then_some(())
    });
    let _ = serving.stop().expect_status(0);
    relay.assert_sound();
}

#[test]
fn work_that_runs_at_sigterm_is_given_back_and_finished_after_the_restart() {
    let relay = serving_relay();
    let path = relay.inbox("org-001").join("large.csv");
    let rows = system_tests::write_repeated_csv(&path, 40_000_000);
    let serving = relay.serve();
    wait_until("an attempt has begun", || {
        (relay.packages().first()?["phase"] == "running").then_some(())
    });
    let _ = serving.stop().expect_status(0);
    let package = relay.packages().remove(0);
    let serving = relay.serve();
    wait_until("it is concluded", || concluded(&relay, 1));
    let _ = serving.stop().expect_status(0);
    let after = relay.packages().remove(0);
    assert_eq!(
        (&after["state"], &after["table"]["rows"]),
        (&"processed".into(), &rows.into())
    );
    if package["state"] == "in_flight" {
        assert_eq!(
            after["failures_this_cycle"], 0,
            "a shutdown is no failure of the package"
        );
    }
    relay.assert_sound();
}
