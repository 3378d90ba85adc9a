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
    defused_within(TIME_MAX, name, bytes)
}

fn defused_within(time_max: Duration, name: &str, bytes: &[u8]) -> (String, String) {
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
    // Of a processor: what else runs here is not the bomb's doing. It must not wait for long either.
    assert!(usage.cpu < time_max, "{name}: {usage:?}");
    assert!(usage.elapsed < time_max * 12, "{name}: {usage:?}");
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
fn ten_gigabytes_of_zeros_in_every_compression() {
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
    assert_refused(
        "zeros.tar.bz2",
        &bombs::bzip2_of_zeros(10 << 30),
        "archive_unpacked_ratio",
    );
    assert_refused("zeros.tar.xz", &bombs::xz_of_zeros(10 << 30), "archive_unpacked_ratio");
    assert_refused(
        "window.tar.xz",
        &bombs::xz_with_large_dictionary(),
        "archive_window_too_large",
    );
    assert_refused("inner.tar.xz", &bombs::xz_in_xz(), "archive_window_too_large");
}

/// A tar of files.
fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, bytes) in files {
        tar.extend(bombs::tar_header(name, bytes.len() as u64));
        tar.extend_from_slice(bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

/// A Data Package by its descriptor, set aside by a rule.
fn assert_descriptor_refused(name: &str, files: &[(&str, &[u8])], rule: &str) {
    assert_eq!(
        defused(name, &tar_of(files)),
        ("data_package_invalid".to_owned(), rule.to_owned()),
        "{name}"
    );
}

#[test]
fn descriptors_that_would_fill_memory() {
    let objects = format!("[{}{{}}]", "{\"a\":0},".repeat(120_000));
    assert_descriptor_refused(
        "objects.tar",
        &[("datapackage.json", objects.as_bytes())],
        "package_descriptor_too_large",
    );
    let long = " ".repeat(100 << 20);
    assert_descriptor_refused(
        "long.tar",
        &[("datapackage.json", long.as_bytes())],
        "package_descriptor_too_large",
    );
    // As many fields as fit, in schemas of as many as may be.
    let fields = |first: usize| {
        let fields = (first..first + 4_000).map(|name| format!("{{\"name\":\"{name}\"}}"));
        fields.collect::<Vec<_>>().join(",")
    };
    let resource = |number: usize| {
        format!(
            "{{\"name\":\"r{number}\",\"path\":\"r{number}.csv\",\"schema\":{{\"fields\":[{}]}}}}",
            fields(0)
        )
    };
    let resources: Vec<String> = (0..8).map(resource).collect();
    let wide = format!("{{\"resources\":[{}]}}", resources.join(","));
    assert_descriptor_refused(
        "wide.tar",
        &[("datapackage.json", wide.as_bytes())],
        "package_path_missing",
    );
}

#[test]
fn one_schema_for_thousands_of_resources() {
    let fields = (0..4_000).map(|name| format!("{{\"name\":\"{name}\"}}"));
    let schema = format!("{{\"fields\":[{}]}}", fields.collect::<Vec<_>>().join(","));
    let resources =
        (0..5_000).map(|number| format!("{{\"name\":\"r{number}\",\"path\":\"r{number}.csv\",\"schema\":\"s.json\"}}"));
    let descriptor = format!("{{\"resources\":[{}]}}", resources.collect::<Vec<_>>().join(","));
    assert_descriptor_refused(
        "shared.tar",
        &[
            ("datapackage.json", descriptor.as_bytes()),
            ("s.json", schema.as_bytes()),
        ],
        "package_fields_too_many",
    );
}

#[test]
fn patterns_that_would_fill_memory() {
    // Each compiles to nearly as much as one may.
    let field = |number: usize| {
        format!(
            "{{\"name\":\"f{number}\",\"constraints\":{{\"pattern\":\"[a-z\\\\u00e9-\\\\u0fff]{{0,300}}{number}\"}}}}"
        )
    };
    let schema = |fields: usize| (0..fields).map(field).collect::<Vec<_>>().join(",");
    let descriptor = |fields: usize| {
        format!(
            "{{\"resources\":[{{\"name\":\"r\",\"path\":\"r.csv\",\"schema\":{{\"fields\":[{}]}}}}]}}",
            schema(fields)
        )
    };
    assert_descriptor_refused(
        "patterns.tar",
        &[("datapackage.json", descriptor(101).as_bytes()), ("r.csv", b"a\n")],
        "package_fields_too_many",
    );
    let heading = (0..100)
        .map(|number| format!("f{number}"))
        .collect::<Vec<_>>()
        .join(",");
    let row = vec!["z".repeat(500); 100].join(",");
    let table = format!("{heading}\n{row}\n");
    assert_descriptor_refused(
        "matched.tar",
        &[
            ("datapackage.json", descriptor(100).as_bytes()),
            ("r.csv", table.as_bytes()),
        ],
        "package_rows_invalid",
    );
}

#[test]
fn more_keys_than_may_be_held() {
    let descriptor = br#"{"resources":[{"name":"r","path":"r.csv","schema":{"fields":[{"name":"n","type":"integer"}],"primaryKey":"n"}}]}"#;
    let mut table = String::from("n\n");
    for number in 0..1_200_000 {
        table.push_str(&number.to_string());
        table.push('\n');
    }
    let package = tar_of(&[("datapackage.json", descriptor), ("r.csv", table.as_bytes())]);
    // A million rows are work, and no bomb: only their memory is.
    assert_eq!(
        defused_within(TIME_MAX * 6, "keys.tar", &package),
        ("data_package_invalid".to_owned(), "package_keys_too_many".to_owned())
    );
}
