//! Everything that can be wrong with files, disks and folders: a clear message, and nothing is lost.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use system_tests::{Relay, run_measured, wait_until};

fn run_files(relay: &Relay) -> system_tests::Ran {
    relay.run(["run", "--org", "org-001", relay.outside().to_str().unwrap()])
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.starts_with(b"0\n")
}

#[test]
fn an_unreadable_file_is_named_and_the_others_are_processed() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let outside = relay.outside();
    fs::write(outside.join("good.csv"), "x,y\n1,2\n").unwrap();
    let secret = outside.join("secret.csv");
    fs::write(&secret, "x,y\n1,2\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    std::os::unix::fs::symlink("good.csv", outside.join("link.csv")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(outside.join("pipe.csv"))
            .status()
            .unwrap()
            .success()
    );
    let ran = if is_root() {
        // Root reads everything, so the relay runs as somebody else here, who may write the folder.
        fs::set_permissions(relay.data_dir().parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(
            Command::new("chown")
                .args(["-R", "65534"])
                .arg(relay.data_dir())
                .status()
                .unwrap()
                .success()
        );
        let relay_command = relay.command(["run", "--org", "org-001", outside.to_str().unwrap()]);
        // The build output may lie in a folder that only root can enter: a copy that everybody can run.
        let copy = relay.data_dir().parent().unwrap().join("relay");
        fs::copy(relay_command.get_program(), &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        let output = Command::new("setpriv")
            .args(["--reuid=65534", "--clear-groups"])
            .arg(&copy)
            .args(relay_command.get_args())
            .output()
            .unwrap();
        system_tests::Ran {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    } else {
        run_files(&relay)
    };
    assert_eq!(ran.status, 1, "{ran:#?}");
    for (name, why) in [
        ("secret.csv", "denied"),
        ("link.csv", "symbolic link"),
        ("pipe.csv", "neither a file nor a folder"),
    ] {
        let line = ran
            .stderr
            .lines()
            .find(|line| line.contains(name))
            .unwrap_or_else(|| panic!("{name}: {}", ran.stderr));
        assert!(line.starts_with("not taken") && line.contains(why), "{line}");
    }
    assert!(ran.stdout.contains("1 received = 1 processed"), "{}", ran.stdout);
    assert!(secret.exists());
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_taken_and_stays() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let path = relay.outside().join("growing.csv");
    // Sparse and large, so that reading takes a while; a writer appends all the time.
    let mut file = File::create(&path).unwrap();
    file.seek(SeekFrom::Start(600_000_000)).unwrap();
    file.write_all(b"x,y\n").unwrap();
    let mut child = relay
        .command(["run", "--org", "org-001", path.to_str().unwrap()])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        file.write_all(b"1,2\n").unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("growing.csv") && told.contains("changed while it was read"),
        "{told}"
    );
    assert!(relay.packages().is_empty() && path.exists());
    relay.assert_sound();
}

#[test]
fn a_data_folder_of_a_newer_version_is_left_alone() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let marker = relay.data_dir().join("relay.json");
    let text = fs::read_to_string(&marker).unwrap();
    fs::write(
        &marker,
        text.replace("\"format\":1", "\"format\":999")
            .replace("\"format\": 1", "\"format\": 999"),
    )
    .unwrap();
    fs::write(relay.outside().join("a.csv"), "x,y\n1,2\n").unwrap();
    for ran in [run_files(&relay), relay.run(["packages", "list"]), relay.run(["serve"])] {
        assert_eq!(ran.status, 1);
        assert!(
            ran.stderr.contains("newer") && ran.stderr.contains("999"),
            "{}",
            ran.stderr
        );
    }
    fs::write(&marker, text).unwrap();
    assert!(relay.packages().is_empty());
}

#[test]
fn a_damaged_database_is_reported_and_not_overwritten() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let path = relay.data_dir().join("relay.db");
    fs::write(
        &path,
        "this is no database, it is something else altogether, and longer than a header of one hundred bytes",
    )
    .unwrap();
    let ran = relay.run(["packages", "list"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("relay.db"), "{}", ran.stderr);
    assert!(fs::read_to_string(&path).unwrap().starts_with("this is no database"));
}

#[test]
fn a_folder_that_is_something_else_is_not_made_a_data_folder() {
    let relay = Relay::new();
    fs::create_dir_all(relay.data_dir()).unwrap();
    fs::write(relay.data_dir().join("thesis.txt"), "years of work").unwrap();
    let ran = relay.run(["org", "add", "org-001"]).expect_status(1);
    assert!(
        ran.stderr.contains("not a relay data folder") || ran.stderr.contains("not empty"),
        "{}",
        ran.stderr
    );
}

// A file of `bytes` bytes with a good header, two good rows and one enormous line between them.
fn write_long_line(path: &Path, bytes: u64) {
    let mut out = File::create(path).unwrap();
    out.write_all(b"x,y\n1,2\n").unwrap();
    let chunk = vec![b'a'; 1 << 20];
    for _ in 0..bytes >> 20 {
        out.write_all(&chunk).unwrap();
    }
    out.write_all(b"\n3,4\n").unwrap();
}

#[test]
fn an_enormous_line_is_one_bad_row_and_takes_no_memory() {
    const LINE_BYTES: u64 = 1 << 30;
    const RESIDENT_BYTES_MAX: u64 = 96 << 20;
    let relay = Relay::new()
        .with("RELAY_BAD_ROWS_PERCENT_MAX", 50)
        .with_organizations(&["org-001"]);
    let path = relay.outside().join("long.csv");
    write_long_line(&path, LINE_BYTES);
    let (ran, peak) = run_measured(&mut relay.command(["run", "--org", "org-001", path.to_str().unwrap()]));
    let _ = ran.expect_status(0);
    let package = &relay.packages()[0];
    assert_eq!(
        (&package["table"]["rows"], &package["table"]["bad_rows"]),
        (&2.into(), &1.into())
    );
    assert!(peak.resident_bytes < RESIDENT_BYTES_MAX, "{peak:?}");
    let id = package["package_id"].as_str().unwrap();
    let to = relay.outside().join("bad-rows.jsonl");
    let _ = relay
        .run([
            "packages",
            "fetch",
            id,
            "--result",
            "bad-rows.jsonl",
            "--to",
            to.to_str().unwrap(),
        ])
        .expect_status(0);
    let bad: serde_json::Value = serde_json::from_str(fs::read_to_string(&to).unwrap().trim()).unwrap();
    assert_eq!((&bad["line"], &bad["row"]), (&3.into(), &2.into()));
}

// A file system of its own, so small that it fills up. Needs root; without it the test says so and fails.
pub struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    pub fn mount(path: &'a Path, size: &str) -> Self {
        fs::create_dir_all(path).unwrap();
        let options = format!("size={size},mode=0777");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(path)
            .status()
            .unwrap();
        assert!(
            mounted.success(),
            "this test mounts a small file system, which needs root"
        );
        Self(path)
    }

    fn resize(&self, size: &str) {
        self.remount(&format!("size={size}"));
    }

    pub fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(
            Command::new("mount")
                .args(["-o", &options])
                .arg(self.0)
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        // Lazily: a process that still ends must not keep it.
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_is_named_and_after_space_was_freed_everything_goes_on() {
    let relay = Relay::new().with("RELAY_RETRY_BACKOFF_MS", 10);
    let data_dir = relay.data_dir();
    let disk = SmallDisk::mount(&data_dir, "8m");
    let relay = relay.with_organizations(&["org-001"]);
    for number in 0..6 {
        let bytes: Vec<u8> = (0..1_500_000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761 + number) >> 11) as u8)
            .collect();
        fs::write(relay.outside().join(format!("{number}.bin")), bytes).unwrap();
    }
    let ran = run_files(&relay);
    assert_eq!(ran.status, 1, "{ran:#?}");
    let told = format!("{}{}", ran.stdout, ran.stderr).to_lowercase();
    assert!(told.contains("space"), "{told}");
    let _ = relay.run(["audit", "verify"]).expect_status(0);

    disk.resize("64m");
    let again = run_files(&relay);
    // What had failed for want of space has that conclusion; it is replayed like any other failure.
    let failed = relay.json(["packages", "list", "--state", "failed"]);
    let dead = relay.run(["queue", "status", "--format", "json"]);
    let dead: serde_json::Value = serde_json::from_str(dead.stdout.trim()).unwrap();
    assert_eq!(dead["dead_letters"], failed.len(), "{dead}");
    for package in &failed {
        assert_eq!(package["reason"], "storage_full", "{package}");
    }
    let shown = relay.json(["queue", "redrive", "--dry-run"]);
    assert_eq!(shown.len(), failed.len());
    let _ = relay.run(["queue", "redrive"]).expect_status(0);
    let _ = relay.run(["queue", "status"]).expect_status(0);
    assert!(again.status == 0 || !failed.is_empty(), "{again:#?}");
    let packages = relay.packages();
    assert_eq!(
        packages
            .iter()
            .filter(|package| package["state"] == "processed")
            .count(),
        6
    );
    relay.assert_sound();
    drop(disk);
}

#[test]
fn while_the_disk_is_full_files_stay_in_the_inbox_and_afterwards_they_are_taken() {
    let relay = Relay::new().with("RELAY_INBOX_SETTLE_MS", 20);
    let data_dir = relay.data_dir();
    let disk = SmallDisk::mount(&data_dir, "24m");
    let relay = relay.with_organizations(&["org-001"]);
    let inbox = relay.inbox("org-001");
    let serving = relay.serve();
    let bytes: Vec<u8> = (0..3_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8)
        .collect();
    for number in 0..4_u8 {
        let mut bytes = bytes.clone();
        bytes[0] = number;
        // There is room for the file in the inbox, and none for a copy of it.
        fs::write(inbox.join(format!("{number}.bin.part")), bytes).unwrap();
    }
    fs::write(data_dir.join("cell_parser"), vec![0; 10 << 20]).unwrap();
    for number in 0..4 {
        fs::rename(
            inbox.join(format!("{number}.bin.part")),
            inbox.join(format!("{number}.bin")),
        )
        .unwrap();
    }
    // It was tried, and did not go; then the file is where its producer put it. Which of them comes first is open.
    let tried = || fs::read_dir(data_dir.join("taking")).unwrap().count();
    wait_until("a file was claimed", || {
        (tried() > 0 || fs::read_dir(&inbox).unwrap().count() < 4).then_some(())
    });
    wait_until("what was not taken is in the inbox again", || {
        (tried() == 0).then_some(())
    });
    let left = fs::read_dir(&inbox).unwrap().count();
    assert!(left > 0, "the disk is full");
    disk.resize("200m");
    wait_until("all is taken", || {
        let packages = relay.packages();
        let is_open = |package: &&serde_json::Value| package["state"] == "in_flight";
        (packages.len() == 4 && packages.iter().find(is_open).is_none()).then_some(())
    });
    let ended = serving.stop().expect_status(0);
    assert!(ended.stderr.contains("not taken yet"), "{}", ended.stderr);
    assert_eq!(fs::read_dir(&inbox).unwrap().count(), 0);
    // What lacked space while it was processed has that conclusion, and goes on when it is told to.
    for package in relay
        .packages()
        .iter()
        .filter(|package| package["state"] != "processed")
    {
        assert_eq!(
            (&package["state"], &package["reason"]),
            (&"failed".into(), &"storage_full".into()),
            "{package}"
        );
    }
    let _ = relay.run(["queue", "redrive"]).expect_status(0);
    assert!(relay.packages().iter().all(|package| package["state"] == "processed"));
    relay.assert_sound();
    drop(disk);
}

#[test]
fn an_unreadable_file_in_the_inbox_stays_there_and_is_told_once() {
    let relay = Relay::new()
        .with("RELAY_INBOX_SETTLE_MS", 20)
        .with_organizations(&["org-001"]);
    let link = relay.inbox("org-001").join("link.csv");
    std::os::unix::fs::symlink("nowhere.csv", &link).unwrap();
    let serving = relay.serve();
    for number in 0..2 {
        fs::write(relay.inbox("org-001").join(format!("{number}.csv")), "x,y\n1,2\n").unwrap();
        wait_until("the good file is processed", || {
            (relay.packages().len() == number + 1).then_some(())
        });
    }
    let ended = serving.stop().expect_status(0);
    assert_eq!(
        ended.stderr.matches("link.csv: it is a symbolic link").count(),
        1,
        "{}",
        ended.stderr
    );
    assert!(fs::symlink_metadata(&link).is_ok());
}
