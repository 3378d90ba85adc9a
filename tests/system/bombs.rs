//! Bombs through the whole relay: each is set aside within seconds and under a hard limit of memory, its bytes are kept.

use std::fs;
use std::process::Command;
use std::time::Duration;

use relay_testing::bombs;
use system_tests::{Relay, run_measured};

/// What the process may have in writable memory of its own (`RLIMIT_DATA`), in KiB: 128 MiB.
const DATA_KIB_MAX: u64 = 128 * 1024;
const TIME_MAX: Duration = Duration::from_secs(5);

/// Sets a bomb before the relay, and returns the reason with its rule.
fn defused(name: &str, bytes: &[u8]) -> (String, String) {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let path = relay.outside().join(name);
    fs::write(&path, bytes).unwrap();
    let command = relay.command(["run", "--org", "org-001", path.to_str().unwrap()]);
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -d {DATA_KIB_MAX}; exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(key, value),
            None => limited.env_remove(key),
        };
    }
    let (ran, usage) = run_measured(&mut limited);
    let packages = relay.packages();
    assert_eq!(
        packages[0]["state"], "quarantined",
        "{name}: {} {}",
        ran.stdout, ran.stderr
    );
    assert!(usage.elapsed < TIME_MAX, "{name}: {usage:?}");
    assert!(usage.resident_bytes < DATA_KIB_MAX * 1024, "{name}: {usage:?}");
    let id = packages[0]["package_id"].as_str().unwrap();
    let shown = relay.json(["packages", "show", id]);
    let events = shown[0]["trail"].as_array().unwrap();
    let reason = &events.last().unwrap()["details"]["reason"];
    let text = |member: &str| reason[member].as_str().unwrap_or_default().to_owned();
    (text("code"), text("rule"))
}

fn assert_refused(name: &str, bytes: &[u8], rule: &str) {
    assert_eq!(
        defused(name, bytes),
        ("archive_refused".to_owned(), rule.to_owned()),
        "{name}"
    );
}

#[test]
fn ten_megabytes_of_zip_for_ten_gigabytes() {
    let bomb = bombs::zip_of_zeros(10 << 30);
    assert!(bomb.len() < 11_000_000, "{}", bomb.len());
    assert_refused("zeros.zip", &bomb, "archive_unpacked_ratio");
}

#[test]
fn zips_in_zips() {
    assert_refused("deep.zip", &bombs::zips_in_zips(6), "archive_too_deep");
    assert_refused("broad.zip", &bombs::zips_in_zips(3), "archive_unpacked_ratio");
    assert_refused("hundred.zip", &bombs::zip_in_itself(100), "archive_too_deep");
    assert_refused("itself.zip", &bombs::zip_quine(), "archive_too_deep");
}

#[test]
fn entries_that_overlap() {
    assert_refused(
        "overlap.zip",
        &bombs::full_overlap(60_000),
        "archive_zip_directory_mismatch",
    );
    assert_refused(
        "quoted.zip",
        &bombs::quoted_overlap(60, true),
        "archive_zip_directory_mismatch",
    );
}

#[test]
fn seventy_thousand_entries() {
    assert_refused("many.zip", &bombs::zip_of_many(70_000), "archive_too_many_entries");
    assert_refused("many.tar", &bombs::tar_of_many(70_000), "archive_too_many_entries");
}

#[test]
fn ten_gigabytes_of_zeros_in_gzip_and_zstd() {
    let code = |name: &str, bytes: &[u8]| defused(name, bytes).0;
    assert_eq!(
        code("zeros.gz", &bombs::gzip_of_zeros(&[], 10 << 30)),
        "unpacked_too_large"
    );
    let tar = bombs::gzip_of_zeros(&bombs::tar_header("a", 10 << 30), 10 << 30);
    assert_refused("zeros.tar.gz", &tar, "archive_unpacked_ratio");
    assert_refused(
        "zeros.tar.zst",
        &bombs::zstd_of_zeros(10 << 30),
        "archive_unpacked_ratio",
    );
    assert_refused(
        "window.tar.zst",
        &bombs::zstd_with_large_window(),
        "archive_window_too_large",
    );
}
