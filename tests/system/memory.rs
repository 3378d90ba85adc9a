//! Memory does not grow with the object. The long version, with gigabytes and the release build, is `scripts/measure`.

use std::fs::File;
use std::io::Write;

use system_tests::{Relay, Usage, run_measured, write_repeated_csv};

const MB: u64 = 1_000_000;
const MIB: u64 = 1 << 20;

fn peak_of_table(bytes: u64) -> Usage {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let path = relay.outside().join("flights.csv");
    let rows = write_repeated_csv(&path, bytes);
    let (ran, peak) = run_measured(&mut relay.command(["run", "--org", "org-001", path.to_str().unwrap()]));
    let _ = ran.expect_status(0);
    assert_eq!(relay.packages()[0]["table"]["rows"], rows);
    peak
}

#[test]
fn a_table_three_times_the_size_takes_no_more_memory() {
    let (small, large) = (peak_of_table(50 * MB), peak_of_table(150 * MB));
    let may_be = small.resident_bytes * 115 / 100;
    assert!(
        large.resident_bytes < may_be && large.resident_bytes < 96 * MIB,
        "{small:?} {large:?}"
    );
}

#[test]
fn an_opaque_object_takes_little_memory() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let path = relay.outside().join("large.bin");
    let mut out = File::create(&path).unwrap();
    let chunk: Vec<u8> = (0..MIB as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 9) as u8)
        .collect();
    for _ in 0..256 {
        out.write_all(&chunk).unwrap();
    }
    let (ran, peak) = run_measured(&mut relay.command(["run", "--org", "org-001", path.to_str().unwrap()]));
    let _ = ran.expect_status(0);
    assert!(peak.resident_bytes < 48 * MIB, "{peak:?}");
}
