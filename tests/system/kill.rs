//! `kill -9` at random moments under load: nothing is lost, nothing has two endings, nothing half is visible.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use system_tests::{Relay, wait_until};

/// So often, unless the environment says more: `HYBRID_TEST_KILLS=200`.
const KILLS: u64 = 50;
const FILES_EACH_ROUND: u64 = 6;
/// A kill comes up to so long after the start, so that every stage of the work is hit.
const KILL_AFTER_MS_MAX: u64 = 220;
/// The seed of the moments and files; printed when the test fails.
const SEED: u64 = 0x5EED_2013;

fn kills() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "how long the test is, for whoever measures")]
    let asked = std::env::var("HYBRID_TEST_KILLS").ok();
    asked.map_or(KILLS, |kills| kills.parse().unwrap())
}

// splitmix64: a documented sequence, the same on every machine.
fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

// Puts a complete file into the inbox, as a careful producer does: written under another name, then renamed.
fn deliver(inbox: &Path, name: &str, bytes: &[u8]) {
    let partial = inbox.join(format!("{name}.part"));
    fs::write(&partial, bytes).unwrap();
    fs::rename(partial, inbox.join(name)).unwrap();
}

fn file(round: u64, number: u64) -> (String, Vec<u8>) {
    let rows = 200 * (1 + (round * FILES_EACH_ROUND + number) % 40);
    let mut text = String::from("station,temp,at\n");
    for row in 0..rows {
        writeln!(text, "S{},{}.5,2013-01-01T{:02}:00:00Z", row % 7, row % 40, row % 24).unwrap();
    }
    match number % 4 {
        0 => (format!("{round}-{number}.csv"), text.into_bytes()),
        1 => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(text.as_bytes()).unwrap();
            (format!("{round}-{number}.csv.gz"), packed.finish().unwrap())
        }
        // Opaque, and too large to be copied in one go.
        2 => (
            format!("{round}-{number}.bin"),
            (0..700_000_u64).map(|n| ((n * n * (round + 3)) >> 7) as u8).collect(),
        ),
        // Refused by its name.
        _ => (format!("{round}-{number}-%2e%2e%2fx.csv"), text.into_bytes()),
    }
}

#[test]
fn nothing_is_lost_or_done_twice_when_the_relay_is_killed_again_and_again() {
    let relay = Relay::new()
        .with("RELAY_INBOX_SETTLE_MS", 5)
        // Being killed is no fault of the package: at this pace one may be hit often.
        .with("RELAY_STARTS_MAX", 1000)
        .with_organizations(&["org-001"]);
    let inbox = relay.inbox("org-001");
    let mut random = SEED;
    let mut delivered = BTreeSet::new();
    let kills = kills();
    for round in 0..kills {
        let serving = relay.serve();
        for number in 0..FILES_EACH_ROUND {
            let (name, bytes) = file(round, number);
            deliver(&inbox, &name, &bytes);
            delivered.insert(format!("org-001/{name}"));
        }
        let moment = Duration::from_millis(next_random(&mut random) % KILL_AFTER_MS_MAX);
        #[expect(clippy::disallowed_methods, reason = "the random moment is the point of this test")]
        std::thread::sleep(moment);
        serving.kill();
        let _ = relay.run(["audit", "verify"]).expect_status(0);
    }
    let serving = relay.serve();
    wait_until("everything is concluded", || {
        let status = relay.json(["status"]).remove(0);
        let left = fs::read_dir(&inbox).unwrap().count();
        (left == 0 && status["in_flight"] == 0 && status["received"] == delivered.len()).then_some(())
    });
    let _ = serving.stop().expect_status(0);

    let packages = relay.packages();
    let keys: Vec<&str> = packages
        .iter()
        .map(|package| package["key"].as_str().unwrap())
        .collect();
    let distinct: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(distinct, delivered, "seed {SEED:#x}");
    assert_eq!(
        keys.len(),
        delivered.len(),
        "one version of each: nothing was taken twice"
    );
    for package in &packages {
        let expected = if package["key"].as_str().unwrap().contains('%') {
            "rejected"
        } else {
            "processed"
        };
        assert_eq!(package["state"], expected, "{package}");
        let id = package["package_id"].as_str().unwrap();
        let shown = relay.json(["packages", "show", id]).remove(0);
        let kinds = shown["trail"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["kind"].as_str().unwrap());
        let endings = kinds
            .filter(|kind| ["processed", "rejected", "quarantined", "failed"].contains(kind))
            .count();
        assert_eq!(endings, 1, "{shown}");
    }
    // Reads every stored object, and finds any that has no trail.
    relay.assert_sound();
    println!("{kills} kills, {} files: 0 lost, 0 doubled", delivered.len());
}
