//! One table in each kind of package, beside the plain table.

use std::fs;
use std::process::Command;

use system_tests::{Usage, python, repository, run_measured, write_repeated};

use crate::{MB, Report, mebibytes, median, run_one, seconds};

const TABLE_BYTES: u64 = 200 * MB;
const RUNS: usize = 3;
/// File name and what it is, as tests/baseline/kinds.py makes them; the plain table first.
const KINDS: [(&str, &str); 12] = [
    ("flights.csv", "CSV"),
    ("flights.csv.gz", "CSV, gzip"),
    ("flights.csv.zst", "CSV, zstd"),
    ("flights.jsonl", "JSON Lines"),
    ("deflated.zip", "zip, deflated"),
    ("stored.zip", "zip, stored"),
    ("flights.tar", "tar"),
    ("flights.tar.gz", "tar.gz"),
    ("flights.tar.zst", "tar.zst"),
    ("bag.zip", "BagIt bag, SHA-256 and MD5, zip, stored"),
    ("package.zip", "Data Package, every column typed, SHA-256, zip, stored"),
    (
        "people.csv",
        "CSV with personal data: two columns tokenized, two masked",
    ),
];

pub fn measure(text: &str, report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    write_repeated(text, &folder.path().join("flights.csv"), TABLE_BYTES);
    let made = Command::new(python())
        .arg(repository().join("tests/baseline/kinds.py"))
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(made.success(), "the kinds could not be made");
    report.push(format!(
        "\n## Kinds of packages: the same {} MB of CSV, one thread, median of {RUNS}\n",
        TABLE_BYTES / MB
    ));
    report
        .push("| | package MB | wall s | CPU s | peak MiB | CPU to plain CSV |\n|---|---|---|---|---|---|".to_owned());
    let mut plain: Option<Usage> = None;
    for (name, what) in KINDS {
        let path = folder.path().join(name);
        let runs = (0..RUNS).map(|_| {
            let (relay, usage) = run_one(&path, 1);
            assert_eq!(relay.packages()[0]["state"], "processed", "{name}");
            usage
        });
        let usage = median(runs.collect());
        let plain = *plain.get_or_insert(usage);
        report.push(format!(
            "| {what} | {} | {} | {} | {} | {:.2} |",
            fs::metadata(&path).unwrap().len() / MB,
            seconds(usage.elapsed),
            seconds(usage.cpu),
            mebibytes(usage.resident_bytes),
            usage.cpu.as_secs_f64() / plain.cpu.as_secs_f64()
        ));
    }
    // What the decoder and the hashes alone cost, by tools that everybody has.
    let mut beside = |what: &str, program: &str, arguments: &[&str]| {
        let path = folder.path().join(arguments[arguments.len() - 1]);
        let mut command = Command::new(program);
        command.args(&arguments[..arguments.len() - 1]).arg(path);
        let (ran, usage) = run_measured(&mut command);
        let _ = ran.expect_status(0);
        report.push(format!(
            "| *for scale:* {what} | | {} | {} | {} | |",
            seconds(usage.elapsed),
            seconds(usage.cpu),
            mebibytes(usage.resident_bytes)
        ));
    };
    beside("`gzip -t` of the gzip", "gzip", &["-t", "flights.csv.gz"]);
    beside(
        "`openssl dgst -sha256` of the CSV",
        "openssl",
        &["dgst", "-sha256", "flights.csv"],
    );
}
