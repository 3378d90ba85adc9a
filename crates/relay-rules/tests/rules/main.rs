//! The rules from outside: the corpora in tests/fixtures, properties against an independent oracle, real-shaped files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod content;
mod envelope;
mod keys;
mod notifications;
mod oracle;
mod system_files;
mod table_rules;

fn fixture(path: &str) -> serde_json::Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures")
        .join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
