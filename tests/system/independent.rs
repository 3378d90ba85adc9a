//! An independent reader (DuckDB, pyarrow) against what the relay wrote: every value of every row.

use std::path::Path;
use std::process::Command;

use system_tests::{Relay, python, repository, sample_packages};

fn compare(original: &Path, parquet: &Path) {
    let script = repository().join("tests/fixtures/compare_table.py");
    let output = Command::new(python())
        .arg(script)
        .arg(original)
        .arg(parquet)
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{}: {said}", original.display());
}

// By pyarrow: the same types, and the same value in each row.
fn has_the_same_rows(arrow: &Path, parquet: &Path) {
    const SCRIPT: &str = "import sys, pyarrow as pa, pyarrow.parquet as pq\n\
        stream = pa.ipc.open_stream(sys.argv[1]).read_all()\n\
        table = pq.read_table(sys.argv[2])\n\
        assert stream.schema.equals(table.schema), (stream.schema, table.schema)\n\
        assert stream.equals(table)";
    let output = Command::new(python())
        .args(["-c", SCRIPT])
        .args([arrow, parquet])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", arrow.display());
}

#[test]
fn the_parquet_files_hold_every_value_of_the_originals() {
    let relay = Relay::new().with_organizations(&["org-001", "org-002", "org-003"]);
    let _ = relay.run(["run", sample_packages().to_str().unwrap()]).expect_status(1);
    let mut compared = 0;
    for package in relay.json(["packages", "list", "--state", "processed"]) {
        let key = package["key"].as_str().unwrap();
        let id = package["package_id"].as_str().unwrap();
        // Files of archives have tests of their own.
        if key.contains("/archive/") {
            continue;
        }
        assert_eq!(package["results"][0]["name"], "data.parquet", "{package}");
        let to = relay.outside().join(format!("{compared}.parquet"));
        let _ = relay
            .run([
                "packages",
                "fetch",
                id,
                "--result",
                "data.parquet",
                "--to",
                to.to_str().unwrap(),
            ])
            .expect_status(0);
        compare(&sample_packages().join(key), &to);
        let arrow = relay.outside().join(format!("{compared}.arrows"));
        let fetched = relay.json([
            "packages",
            "fetch",
            id,
            "--result",
            "data.parquet",
            "--as",
            "arrow",
            "--to",
            arrow.to_str().unwrap(),
        ]);
        assert_eq!(fetched[0]["rows"], package["contents"]["rows"], "{fetched:?}");
        has_the_same_rows(&arrow, &to);
        compared += 1;
    }
    // With no declared table, the readings with units in them are text, and lose nothing either.
    assert_eq!(compared, 9);
}
