//! Measures speed and memory of the release build, beside what a user would pick instead, in one run; prints Markdown.
//! `scripts/measure [FLIGHTS.CSV]`: without a file, the flights of January from the samples are repeated.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "its output is a document")]

mod kinds;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use system_tests::{Relay, Usage, january, python, repository, run_measured, write_repeated};

const MB: u64 = 1_000_000;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const RUNS: usize = 3;
const COMPARED_BYTES: u64 = 1_000 * MB;

type Report = Vec<String>;

fn main() {
    assert_eq!(
        system_tests::cargo_profile(),
        "release",
        "figures are those of the release build: scripts/measure"
    );
    let text = std::env::args()
        .nth(1)
        .map_or_else(january, |path| fs::read_to_string(path).unwrap());
    let mut report = Report::new();
    tables_by_size(&text, &mut report);
    beside_duckdb(&text, &mut report);
    kinds::measure(&text, &mut report);
    opaque(&mut report);
    many_files(&mut report);
    println!("{}", report.join("\n"));
}

fn seconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64())
}

fn mebibytes(bytes: u64) -> String {
    format!("{}.{}", bytes / MIB, bytes % MIB * 10 / MIB)
}

fn median(mut usages: Vec<Usage>) -> Usage {
    usages.sort_by_key(|usage| usage.elapsed);
    usages[usages.len() / 2]
}

// A fresh relay takes in one file.
fn run_one(path: &Path, threads: u32) -> (Relay, Usage) {
    let relay = Relay::new()
        .with("RELAY_TRANSFORM_THREADS", threads)
        .with_organizations(&["org-001"]);
    let (ran, usage) = run_measured(&mut relay.command(["run", "--org", "org-001", path.to_str().unwrap()]));
    let _ = ran.expect_status(0);
    (relay, usage)
}

fn tables_by_size(text: &str, report: &mut Report) {
    report.push("\n## Tables by size: `relay run`, one file, everything included\n".to_owned());
    report.push(
        "| CSV | rows | wall s | CPU s | peak MiB | Parquet MB | read back by DuckDB |\n|---|---|---|---|---|---|---|"
            .to_owned(),
    );
    for megabytes in [100, 2_000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flights.csv");
        let rows = write_repeated(text, &path, megabytes * MB);
        let (relay, usage) = run_one(&path, 1);
        let package = relay.packages().remove(0);
        assert_eq!(
            (&package["table"]["rows"], &package["table"]["bad_rows"]),
            (&rows.into(), &0.into())
        );
        let parquet = folder.path().join("data.parquet");
        let id = package["package_id"].as_str().unwrap();
        let _ = relay
            .run([
                "packages",
                "fetch",
                id,
                "--result",
                "data.parquet",
                "--to",
                parquet.to_str().unwrap(),
            ])
            .expect_status(0);
        let compared = Command::new(python())
            .args([
                repository().join("tests/fixtures/compare_table.py").as_os_str(),
                path.as_os_str(),
                parquet.as_os_str(),
            ])
            .status()
            .unwrap();
        assert!(compared.success(), "the Parquet file differs from the CSV");
        report.push(format!(
            "| {megabytes} MB | {rows} | {} | {} | {} | {} | equal, every value |",
            seconds(usage.elapsed),
            seconds(usage.cpu),
            mebibytes(usage.resident_bytes),
            fs::metadata(&parquet).unwrap().len() / MB
        ));
    }
}

fn beside_duckdb(text: &str, report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flights.csv");
    write_repeated(text, &path, COMPARED_BYTES);
    let parquet = folder.path().join("duckdb.parquet");
    report.push(format!(
        "\n## Beside DuckDB: {} MB of CSV to zstd Parquet, median of {RUNS}\n",
        COMPARED_BYTES / MB
    ));
    report.push(
        "relay also takes the file in (a durable copy), hashes it twice and writes the trail; DuckDB only converts.\n"
            .to_owned(),
    );
    report.push("| | wall s | CPU s | peak MiB | Parquet MB |\n|---|---|---|---|---|".to_owned());
    for threads in [1, 2] {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        let mut size = 0;
        for _ in 0..RUNS {
            let (relay, usage) = run_one(&path, threads);
            size = relay.packages()[0]["results"][0]["size_bytes"].as_u64().unwrap();
            ours.push(usage);
            let script = format!(
                "import duckdb; d = duckdb.connect(); d.execute('SET threads = {threads}'); d.execute(\"COPY (SELECT * FROM \
                 read_csv('{}', nullstr = ['', 'NA'])) TO '{}' (FORMAT parquet, COMPRESSION zstd)\")",
                path.display(),
                parquet.display()
            );
            let (ran, usage) = run_measured(Command::new(python()).args(["-c", &script]));
            let _ = ran.expect_status(0);
            theirs.push(usage);
        }
        let row = |name: &str, usage: Usage, bytes: u64| {
            let peak = mebibytes(usage.resident_bytes);
            format!(
                "| {name}, {threads} threads | {} | {} | {peak} | {} |",
                seconds(usage.elapsed),
                seconds(usage.cpu),
                bytes / MB
            )
        };
        let (ours, theirs) = (median(ours), median(theirs));
        report.push(row("relay run", ours, size));
        report.push(row("DuckDB", theirs, fs::metadata(&parquet).unwrap().len()));
        let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
        report.push(format!(
            "| ratio | {:.2} | {:.2} | | |",
            ratio(ours.elapsed, theirs.elapsed),
            ratio(ours.cpu, theirs.cpu)
        ));
    }
}

// Text is looked through for personal data, other bytes are not.
fn opaque_text(report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.log");
    let line = |row: u64| {
        let (host, second) = (row % 256, row % 60);
        format!("203.0.113.{host} - - [10/Oct/2000:13:55:{second:02} +0000] \"GET /item/{row} HTTP/1.1\" 200 {row}\n")
    };
    let mut out = std::io::BufWriter::new(File::create(&path).unwrap());
    let mut written = 0;
    for row in 0.. {
        if written >= GIB {
            break;
        }
        let line = line(row);
        out.write_all(line.as_bytes()).unwrap();
        written += line.len() as u64;
    }
    drop(out);
    let (relay, usage) = run_one(&path, 1);
    assert_eq!(relay.packages()[0]["contents"]["opaque_files"], 1);
    report.push(format!(
        "| relay run of 1 GiB of text, a log | {} | {} | {} |",
        seconds(usage.elapsed),
        seconds(usage.cpu),
        mebibytes(usage.resident_bytes)
    ));
}

fn opaque(report: &mut Report) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.bin");
    let mut out = File::create(&path).unwrap();
    let mut chunk: Vec<u8> = (0..MIB as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 9) as u8)
        .collect();
    for number in 0..4 * GIB / MIB {
        chunk[..8].copy_from_slice(&number.to_le_bytes());
        out.write_all(&chunk).unwrap();
    }
    drop(out);
    let (_relay, usage) = run_one(&path, 1);
    let (ran, openssl) = run_measured(Command::new("openssl").args(["dgst", "-sha256"]).arg(&path));
    let _ = ran.expect_status(0);
    report.push("\n## Opaque: 4 GiB, taken in, hashed, copied, hashed again\n".to_owned());
    report.push("| | wall s | CPU s | peak MiB |\n|---|---|---|---|".to_owned());
    for (name, usage) in [("relay run", usage), ("openssl dgst -sha256, for scale", openssl)] {
        let peak = mebibytes(usage.resident_bytes);
        report.push(format!(
            "| {name} | {} | {} | {peak} |",
            seconds(usage.elapsed),
            seconds(usage.cpu)
        ));
    }
    opaque_text(report);
}

fn many_files(report: &mut Report) {
    const FILES: u32 = 10_000;
    const ORGANIZATIONS: u32 = 20;
    let ids: Vec<String> = (0..ORGANIZATIONS).map(|number| format!("org-{number:03}")).collect();
    report.push(format!(
        "\n## {FILES} files of 1 KB from {ORGANIZATIONS} organizations: one `relay run`\n"
    ));
    report.push("| | wall s | CPU s | peak MiB | packages/s |\n|---|---|---|---|---|".to_owned());
    for jobs in ["2", "8", "32"] {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let relay = Relay::new().with_organizations(&ids);
        for number in 0..FILES {
            let folder = relay.outside().join(ids[(number % ORGANIZATIONS) as usize]);
            fs::create_dir_all(&folder).unwrap();
            let mut text = String::from("station,reading,at\n");
            while text.len() < 1_000 {
                let row = format!("S{:05},{}.25,2013-01-01T05:00:00Z\n", number, text.len());
                text.push_str(&row);
            }
            fs::write(folder.join(format!("{number}.csv")), text).unwrap();
        }
        let (ran, usage) = run_measured(&mut relay.command(["run", "--jobs", jobs, relay.outside().to_str().unwrap()]));
        let _ = ran.expect_status(0);
        relay.assert_sound();
        report.push(format!(
            "| --jobs {jobs} | {} | {} | {} | {:.0} |",
            seconds(usage.elapsed),
            seconds(usage.cpu),
            mebibytes(usage.resident_bytes),
            f64::from(FILES) / usage.elapsed.as_secs_f64()
        ));
    }
}
