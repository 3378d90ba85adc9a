//! A data folder is never taken in, whosever it is and however it is reached; and what a PATH means.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use system_tests::{Ran, Relay, wait_until};

const CSV: &str = "email,x\nperson1@example.org,1\nperson2@example.org,2\n";

// A relay that has a token key.
fn relay_with_key() -> Relay {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let folder = relay.outside().join("org-001");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("people.csv"), CSV).unwrap();
    let _ = relay.run(["run", relay.outside().to_str().unwrap()]).expect_status(0);
    let policy = ["policy", "set", "org-001", "email=tokenize"];
    let _ = relay.run(policy).expect_status(0);
    fs::write(folder.join("people.csv"), format!("{CSV}person3@example.org,3\n")).unwrap();
    let _ = relay.run(["run", relay.outside().to_str().unwrap()]).expect_status(0);
    assert!(key(&relay).is_file());
    relay
}

fn key(relay: &Relay) -> PathBuf {
    relay.data_dir().join("keys/org-001.json")
}

fn in_words(ran: &Ran) -> String {
    format!("{}{}", ran.stdout, ran.stderr)
}

#[test]
fn a_run_over_its_own_data_folder_passes_it_over_and_says_so_in_one_line() {
    let relay = relay_with_key();
    let parent = relay.data_dir().parent().unwrap().to_owned();
    // As somebody does who works in the folder above.
    let other = parent.join("org-001");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("mine.csv"), "x,y\n1,2\n").unwrap();
    fs::remove_dir_all(relay.outside()).unwrap();
    for round in 0..3 {
        let mut command = relay.command(["run", "."]);
        let output = command.current_dir(&parent).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert_eq!(told.lines().count(), 1, "round {round}: {told}");
        assert!(
            told.starts_with("passed over: ./data: ") && told.contains("data folder of a relay"),
            "{told}"
        );
    }
    let keys: Vec<String> = relay
        .packages()
        .iter()
        .map(|package| package["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|key| key.starts_with("org-001/")), "{keys:?}");
    relay.assert_sound();
}

#[test]
fn no_part_of_any_data_folder_is_taken_in_or_checked_however_it_is_named() {
    let relay = relay_with_key();
    let before = relay.packages().len();
    // Another relay's folder, from before there were markers, which has lost its lock as well.
    let other = relay_with_key();
    fs::remove_file(other.data_dir().join("relay.json")).unwrap();
    fs::remove_file(other.data_dir().join("relay.lock")).unwrap();
    for data_dir in [relay.data_dir(), other.data_dir()] {
        let link = relay.data_dir().parent().unwrap().join("link");
        let _ = fs::remove_file(&link);
        symlink(&data_dir, &link).unwrap();
        for path in [
            data_dir.clone(),
            data_dir.join("."),
            data_dir.join("store"),
            data_dir.join("store/ingress"),
            data_dir.join("store/../keys"),
            data_dir.join("keys"),
            data_dir.join("keys/org-001.json"),
            data_dir.join("inbox"),
            data_dir.join("relay.db"),
            link.clone(),
            link.join("keys"),
        ] {
            let path = path.to_str().unwrap();
            for command in [&["run", path][..], &["run", "--org", "org-001", path], &["check", path]] {
                let ran = relay.run(command).expect_status(2);
                assert!(ran.stdout.is_empty(), "{command:?}: {}", ran.stdout);
                assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
                assert!(
                    ran.stderr.contains("data folder of a relay"),
                    "{command:?}: {}",
                    ran.stderr
                );
            }
        }
        let above = data_dir.parent().unwrap();
        let ran = relay.run(["check", "--org", "org-001", above.to_str().unwrap()]);
        assert!(
            !ran.stdout.contains("relay.db") && !ran.stdout.contains("keys"),
            "{}",
            ran.stdout
        );
        assert!(ran.stderr.contains("passed over"), "{}", ran.stderr);
    }
    assert_eq!(relay.packages().len(), before);
    relay.assert_sound();
}

// A second place for a folder or a file. Needs root, like the other mounts of these tests.
struct Bind(PathBuf);

impl Bind {
    fn mount(from: &Path, to: &Path) -> Self {
        let mounted = Command::new("mount").arg("--bind").args([from, to]).status().unwrap();
        assert!(mounted.success(), "this test mounts, which needs root");
        Self(to.to_owned())
    }
}

impl Drop for Bind {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn bind_mounts_and_hard_links_of_a_data_folder_are_seen_through() {
    let relay = relay_with_key();
    let before = relay.packages().len();
    let sent = relay.outside().join("org-001");
    let bucket = fs::read_dir(relay.data_dir().join("store/ingress"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let object = fs::read_dir(&bucket).unwrap().next().unwrap().unwrap().path();
    let binds: Vec<Bind> = [
        ("whole", relay.data_dir()),
        ("store", relay.data_dir().join("store")),
        ("bucket", bucket),
        ("keys", relay.data_dir().join("keys")),
    ]
    .into_iter()
    .map(|(name, from)| {
        let to = sent.join(name);
        fs::create_dir_all(&to).unwrap();
        Bind::mount(&from, &to)
    })
    .collect();
    for (from, name) in [(key(&relay), "key.csv"), (object, "object.csv")] {
        fs::hard_link(from, sent.join(name)).unwrap();
    }
    fs::write(sent.join("mounted.json"), "").unwrap();
    let file = Bind::mount(&key(&relay), &sent.join("mounted.json"));
    for path in ["store", "bucket", "keys"] {
        let path = sent.join(path);
        let ran = relay
            .run(["run", "--org", "org-001", path.to_str().unwrap()])
            .expect_status(2);
        assert!(ran.stderr.contains("data folder of a relay"), "{}", ran.stderr);
    }
    let ran = relay
        .run(["run", "--org", "org-001", sent.to_str().unwrap()])
        .expect_status(1);
    let lines = |part: &str| ran.stderr.lines().filter(|line| line.contains(part)).count();
    assert_eq!((lines("passed over"), lines("not taken")), (5, 2), "{}", ran.stderr);
    assert_eq!(
        (lines("token key of a relay"), lines("object of a relay's store")),
        (1, 1),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout.starts_with("PACKAGE") && ran.stdout.contains("1 received"),
        "{}",
        ran.stdout
    );
    let ran = relay.run(["check", sent.to_str().unwrap()]).expect_status(1);
    let key_text = fs::read_to_string(key(&relay)).unwrap();
    assert!(!in_words(&ran).contains(&key_text[30..90]), "{}", in_words(&ran));
    drop((binds, file));
    assert_eq!(relay.packages().len(), before, "the one file was there before");
    relay.assert_sound();
}

#[test]
fn the_inbox_takes_files_and_no_data_folder_that_somebody_puts_there() {
    let relay = Relay::new()
        .with("RELAY_INBOX_SETTLE_MS", 20)
        .with_organizations(&["org-001"]);
    let other = relay_with_key();
    let inbox = relay.inbox("org-001");
    let serving = relay.serve();
    let copied = Command::new("cp")
        .arg("-r")
        .arg(other.data_dir())
        .arg(inbox.join("backup.tmp"))
        .status()
        .unwrap();
    assert!(copied.success());
    fs::rename(inbox.join("backup.tmp"), inbox.join("backup")).unwrap();
    fs::copy(key(&other), inbox.join("org-001.json.part")).unwrap();
    fs::rename(inbox.join("org-001.json.part"), inbox.join("org-001.json")).unwrap();
    for number in 0..2 {
        fs::write(inbox.join(format!("{number}.csv")), "x,y\n1,2\n").unwrap();
        wait_until("the good file is processed", || {
            (relay.packages().len() == number + 1).then_some(())
        });
    }
    let ended = serving.stop().expect_status(0);
    assert_eq!(ended.stderr.matches("passed over").count(), 1, "{}", ended.stderr);
    assert_eq!(
        ended.stderr.matches("it is a token key of a relay").count(),
        1,
        "{}",
        ended.stderr
    );
    assert!(inbox.join("backup/relay.db").exists() && inbox.join("org-001.json").exists());
    let keys: Vec<String> = relay
        .packages()
        .iter()
        .map(|package| package["key"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        keys.iter()
            .all(|key| Path::new(key).extension().is_some_and(|extension| extension == "csv")),
        "{keys:?}"
    );
}

#[test]
fn token_keys_are_for_their_owner_alone_even_when_a_backup_came_back_open() {
    let relay = relay_with_key();
    let folder = relay.data_dir().join("keys");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&key(&relay))), (0o700, 0o600));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(key(&relay), fs::Permissions::from_mode(0o644)).unwrap();
    let path = relay.outside().join("org-001/people.csv");
    fs::write(&path, format!("{CSV}person4@example.org,4\n")).unwrap();
    let ran = relay.run(["run", relay.outside().to_str().unwrap()]).expect_status(0);
    assert_eq!((mode(&folder), mode(&key(&relay))), (0o700, 0o600), "{}", ran.stderr);
    assert!(ran.stderr.contains("only the owner"), "{}", ran.stderr);
}

#[test]
fn an_organizations_own_folder_is_read_alike_by_run_and_check() {
    let relay = Relay::new().with_organizations(&["org-001", "org-002"]);
    let own = relay.outside().join("org-001");
    fs::create_dir_all(own.join("deep")).unwrap();
    for name in ["a.csv", "deep/b.csv"] {
        fs::write(own.join(name), "x,y\n1,2\n").unwrap();
    }
    let run = |path: &Path| {
        let mut command = relay.command(["run", ".", "--format", "json"]);
        let output = command.current_dir(path).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let mut keys: Vec<String> = text
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["key"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        keys.sort();
        keys
    };
    let expected = ["org-001/a.csv", "org-001/deep/b.csv"];
    assert_eq!(run(&own), expected);
    assert_eq!(run(&relay.outside()), expected, "the same files under the same names");
    assert_eq!(relay.packages().len(), 2);
    let checked = |path: &Path| {
        let checked = relay.json(["check", path.to_str().unwrap()]);
        let files: Vec<String> = checked
            .iter()
            .map(|one| one["file"].as_str().unwrap().to_owned())
            .collect();
        assert!(checked.iter().all(|one| one["verdict"] == "processed"), "{checked:?}");
        files
    };
    assert_eq!(checked(&own), ["a.csv", "deep/b.csv"]);
    assert_eq!(checked(&relay.outside()), expected);
}

#[test]
fn what_would_all_be_rejected_for_its_place_is_refused_before_anything_is_stored() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let outside = relay.outside();
    fs::create_dir_all(outside.join("to-send/2026")).unwrap();
    fs::create_dir_all(outside.join("org-001/flights")).unwrap();
    fs::create_dir_all(outside.join("org-001b/org-001")).unwrap();
    fs::create_dir_all(outside.join("empty/nothing")).unwrap();
    for place in ["to-send/2026", "org-001/flights", "org-001b/org-001"] {
        fs::write(outside.join(place).join("a.csv"), "x,y\n1,2\n").unwrap();
    }
    let path = |below: &str| outside.join(below).to_str().unwrap().to_owned();
    for (arguments, said) in [
        (vec!["run".to_owned(), path("to-send")], "relay run --org ID"),
        (vec!["run".to_owned(), path("to-send/2026")], "registered are org-001"),
        (
            vec!["run".to_owned(), path("org-001/flights")],
            "relay run --org org-001",
        ),
        (
            vec!["run".to_owned(), path("org-001/flights/a.csv")],
            "relay run --org org-001",
        ),
        (
            vec!["run".to_owned(), path("org-001b/org-001"), path("to-send")],
            "every file would be rejected",
        ),
        (
            vec!["run".to_owned(), "--org".to_owned(), "nope".to_owned(), path("to-send")],
            "relay org add nope",
        ),
    ] {
        let ran = relay.run(&arguments).expect_status(2);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    assert!(relay.packages().is_empty());
    let _ = relay.run(["run", &path("empty")]).expect_status(0);
    let ran = relay.run(["check", &path("to-send")]).expect_status(0);
    assert!(ran.stderr.contains("relay run would take none of it"), "{}", ran.stderr);
    // A folder that is an organization's and holds one that is called like an organization.
    let _ = relay.run(["org", "add", "org-001b"]).expect_status(0);
    let ran = relay.run(["run", &path("org-001b")]).expect_status(2);
    assert!(ran.stderr.contains("--org org-001b"), "{}", ran.stderr);
    assert!(relay.packages().is_empty());
    relay.assert_sound();
}
