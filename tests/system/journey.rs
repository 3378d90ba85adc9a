//! The main job: packages of several organizations in, verdicts, results and a trail out.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use system_tests::{Relay, sample_packages, samples};

fn sample_relay() -> Relay {
    let relay = Relay::new().with_organizations(&["org-001", "org-003"]);
    let settings = samples().join("org-002.json");
    let _ = relay
        .run(["org", "add", "org-002", "--settings", settings.to_str().unwrap()])
        .expect_status(0);
    relay
}

fn verdicts(packages: &[Value]) -> BTreeMap<String, String> {
    let verdict = |package: &Value| {
        let reason = package["reason"]
            .as_str()
            .map_or_else(String::new, |reason| format!(": {reason}"));
        format!("{}{reason}", package["state"].as_str().unwrap())
    };
    packages
        .iter()
        .map(|package| (package["key"].as_str().unwrap().to_owned(), verdict(package)))
        .collect()
}

#[test]
fn the_sample_packages_get_the_verdicts_that_their_readme_promises() {
    let relay = sample_relay();
    let ran = relay
        .run(["run", sample_packages().to_str().unwrap(), "--format", "json"])
        .expect_status(1);
    let expected = [
        ("ORG-001/flights.csv", "rejected: organization_unknown"),
        ("org-001/archive/flights-2013-01-02.zip", "processed"),
        ("org-001/empty.csv", "rejected: object_empty"),
        ("org-001/flights/2013-01.csv.gz", "processed"),
        ("org-001/flights/2013-02.csv.gz", "processed"),
        ("org-001/install.csv", "rejected: content_not_allowed"),
        (
            "org-002/archive/flights-2013-01-02.zip",
            "quarantined: data_package_invalid",
        ),
        ("org-002/readings/EWR 2013 Q1.csv", "processed"),
        ("org-002/readings/JFK 2013 Q1.csv", "processed"),
        ("org-002/readings/LGA 2013 Q1.csv", "processed"),
        (
            "org-002/readings/LGA 2013-04.csv",
            "quarantined: table_too_many_bad_rows",
        ),
        ("org-002/readings/summary.csv", "rejected: content_type_mismatch"),
        (
            "org-003/..%2f..%2forg-001%2fplanes.csv",
            "rejected: key_encoded_traversal",
        ),
        ("org-003/airports.jsonl", "processed"),
        ("org-003/archive/weather-2013-01.tar.gz", "processed"),
        ("org-003/fleet/invoice\u{202e}gpj.csv", "rejected: key_bidi_control"),
        (
            "org-003/fleet/planes-cut-off.csv.gz",
            "quarantined: compression_corrupt",
        ),
        ("org-003/fleet/planes.csv", "processed"),
        ("org-003/reports/quarter 1, größer.csv", "processed"),
        ("org-009/readings.csv", "rejected: organization_unknown"),
    ];
    let expected = expected
        .iter()
        .map(|(key, verdict)| ((*key).to_owned(), (*verdict).to_owned()))
        .collect();
    assert_eq!(verdicts(&ran.json()), expected);
    relay.assert_sound();
}

#[test]
fn programs_find_the_promised_fields_on_every_package() {
    let relay = sample_relay();
    let ran = relay.run(["run", sample_packages().to_str().unwrap(), "--format", "json"]);
    for package in ran.json() {
        let string = |name: &str| package[name].as_str().unwrap_or_else(|| panic!("{name}: {package}"));
        assert_eq!(string("package_id").len(), 44);
        assert_eq!(string("sha256").len(), 64);
        assert!(string("received_at") <= string("concluded_at"));
        assert!(!string("version_id").is_empty() && !string("key").is_empty());
        assert!(package["size_bytes"].is_u64());
        let is_processed = string("state") == "processed";
        assert_eq!(package["reason"].is_null(), is_processed);
        let has_results = !package["results"].as_array().unwrap().is_empty();
        assert!(has_results || !is_processed, "{package}");
        assert!(!has_results || string("state") != "rejected", "{package}");
        assert!(
            package["organization"].is_string()
                || string("reason").starts_with("organization")
                || string("reason").starts_with("key")
        );
    }
}

#[test]
fn running_again_on_unchanged_files_processes_nothing_twice() {
    let relay = sample_relay();
    let path = sample_packages();
    let _ = relay.run(["run", path.to_str().unwrap()]).expect_status(1);
    let before = relay.packages();
    let head = |relay: &Relay| relay.json(["audit", "verify"])[0]["head"].clone();
    let head_before = head(&relay);
    let again = relay.run(["run", path.to_str().unwrap()]).expect_status(1);
    assert!(
        again.stdout.contains("20 of them were here before, unchanged"),
        "{}",
        again.stdout
    );
    assert_eq!(relay.packages(), before);
    assert_eq!(head(&relay), head_before, "no event was added");
}

#[test]
fn a_changed_file_is_a_new_version_and_an_old_one_that_comes_back_too() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let file = relay.outside().join("a.csv");
    for (content, packages) in [
        ("x,y\n1,2\n", 1),
        ("x,y\n3,4\n", 2),
        ("x,y\n3,4\n", 2),
        ("x,y\n1,2\n", 3),
    ] {
        fs::write(&file, content).unwrap();
        let _ = relay
            .run(["run", "--org", "org-001", file.to_str().unwrap()])
            .expect_status(0);
        assert_eq!(relay.packages().len(), packages);
    }
    relay.assert_sound();
}

#[test]
fn an_opaque_package_is_copied_bit_for_bit() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let file = relay.outside().join("picture.bin");
    let bytes: Vec<u8> = (0..3_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    fs::write(&file, &bytes).unwrap();
    let _ = relay
        .run(["run", "--org", "org-001", file.to_str().unwrap()])
        .expect_status(0);
    let package = &relay.packages()[0];
    assert_eq!(package["results"][0]["sha256"], package["sha256"]);
    let (id, name) = (
        package["package_id"].as_str().unwrap(),
        package["results"][0]["name"].as_str().unwrap(),
    );
    for (extra, to) in [(vec![], "original"), (vec!["--result", name], "result")] {
        let to = relay.outside().join(to);
        let mut arguments = vec!["packages", "fetch", id, "--to", to.to_str().unwrap()];
        arguments.extend(extra);
        let _ = relay.run(arguments).expect_status(0);
        assert_eq!(fs::read(&to).unwrap(), bytes);
    }
}

#[test]
fn a_refused_package_is_kept_and_can_be_replayed_once_its_organization_is_registered() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let folder = relay.outside().join("org-009");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.csv"), "x,y\n1,2\n").unwrap();
    // Beside one of an organization that is registered: alone, it would not even be taken in.
    fs::create_dir_all(relay.outside().join("org-001")).unwrap();
    let _ = relay.run(["run", relay.outside().to_str().unwrap()]).expect_status(1);
    let package = relay.packages().remove(0);
    let id = package["package_id"].as_str().unwrap();
    let explained = relay.run(["packages", "explain", id]).expect_status(0).stdout;
    assert!(
        explained.contains("organization_unknown") && explained.contains("relay org add"),
        "{explained}"
    );

    let _ = relay.run(["packages", "replay", id]).expect_status(1);
    let _ = relay.run(["org", "add", "org-009"]).expect_status(0);
    let _ = relay.run(["packages", "replay", id]).expect_status(0);
    let package = &relay.packages()[0];
    assert_eq!(
        (&package["state"], &package["organization"]),
        (&"processed".into(), &"org-009".into())
    );
    let refused = relay.run(["packages", "replay", id]).expect_status(1);
    assert!(refused.stderr.contains("nothing to replay"), "{}", refused.stderr);
    relay.assert_sound();
}

#[test]
fn a_disabled_organization_may_not_send_and_an_enabled_one_may() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let file = relay.outside().join("a.csv");
    fs::write(&file, "x,y\n1,2\n").unwrap();
    let _ = relay.run(["org", "disable", "org-001"]).expect_status(0);
    let _ = relay
        .run(["run", "--org", "org-001", file.to_str().unwrap()])
        .expect_status(1);
    assert_eq!(relay.packages()[0]["reason"], "organization_disabled");
    let _ = relay.run(["org", "enable", "org-001"]).expect_status(0);
    let id = relay.packages()[0]["package_id"].as_str().unwrap().to_owned();
    let _ = relay.run(["packages", "replay", &id]).expect_status(0);
    relay.assert_sound();
}

#[test]
fn a_declared_checksum_that_differs_is_refused() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let folder = relay.outside();
    fs::write(folder.join("good.csv"), "x,y\n1,2\n").unwrap();
    fs::write(folder.join("bad.csv"), "x,y\n1,3\n").unwrap();
    // sha256sum of the first file, claimed for both.
    let digest = relay_digest(&relay, "good.csv");
    fs::write(folder.join("SUMS"), format!("{digest}  good.csv\n{digest} *bad.csv\n")).unwrap();
    let list = folder.join("SUMS");
    let (good, bad) = (folder.join("good.csv"), folder.join("bad.csv"));
    let ran = relay.run([
        "run",
        "--org",
        "org-001",
        "--checksums",
        list.to_str().unwrap(),
        good.to_str().unwrap(),
        bad.to_str().unwrap(),
    ]);
    assert_eq!(ran.status, 1, "{ran:?}");
    let verdicts = verdicts(&relay.packages());
    assert_eq!(verdicts["org-001/good.csv"], "processed");
    assert_eq!(verdicts["org-001/bad.csv"], "rejected: checksum_mismatch");
}

fn relay_digest(relay: &Relay, name: &str) -> String {
    let output = std::process::Command::new("sha256sum")
        .arg(relay.outside().join(name))
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn lists_can_be_narrowed() {
    let relay = sample_relay();
    let _ = relay.run(["run", sample_packages().to_str().unwrap()]);
    let count = |arguments: &[&str]| {
        let all = ["packages", "list"].iter().chain(arguments).copied();
        relay.json(all).len()
    };
    assert_eq!(count(&[]), 20);
    assert_eq!(count(&["--limit", "5"]), 5);
    assert_eq!(count(&["--org", "org-002"]), 6);
    assert_eq!(count(&["--org", "org-002", "--state", "quarantined"]), 2);
    assert_eq!(count(&["--filename", "planes.csv"]), 1);
    assert_eq!(count(&["--since", "2000-01-01T00:00:00Z"]), 20);
    assert_eq!(count(&["--since", "2999-01-01T00:00:00Z"]), 0);
}
