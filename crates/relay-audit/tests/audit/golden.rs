//! Golden vectors: `tests/fixtures/trail/golden.jsonl` in the repository, one stored event a line, with its hash, and
//! the package ids and the head of the log. Any language can check them: see `tests/fixtures/trail/check.py`.

use std::path::PathBuf;

use relay_audit::StoredEvent;
use relay_model::{SealedEvent, SealedOrganizationEvent};

use crate::support::sample_with_organizations;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/trail/golden.jsonl")
}

fn line(event: &StoredEvent) -> String {
    let value: serde_json::Value = serde_json::from_str(&event.canonical).unwrap();
    serde_json::json!({ "hash": event.hash, "canonical": event.canonical, "event": value }).to_string()
}

#[test]
fn the_golden_vectors_are_what_this_code_writes() {
    let log = sample_with_organizations();
    let mut lines: Vec<String> = log.events.iter().map(line).collect();
    lines.push(serde_json::json!({ "head": log.verify().head.to_string() }).to_string());
    let current = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("golden.jsonl");
    std::fs::write(&current, lines.join("\n") + "\n").unwrap();
    let golden = std::fs::read_to_string(fixture()).unwrap_or_default();
    assert!(
        golden.lines().eq(lines.iter()),
        "the wire format changed, which needs a new format version; what this code writes is in {}",
        current.display()
    );
}

#[test]
fn the_golden_vectors_read_back() {
    for line in std::fs::read_to_string(fixture()).unwrap().lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        if let (Some(canonical), Some(hash)) = (value["canonical"].as_str(), value["hash"].as_str()) {
            let read = if value["event"]["package_id"].is_null() {
                SealedOrganizationEvent::from_canonical(canonical).unwrap().hash()
            } else {
                SealedEvent::from_canonical(canonical).unwrap().hash()
            };
            assert_eq!(read.to_string(), hash);
        }
    }
}
