//! Real data: the packages in `tests/samples`, and files made of them.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// The repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `tests/samples`.
pub fn samples() -> PathBuf {
    repository().join("tests/samples")
}

/// `tests/samples/packages`: its first level names organizations.
pub fn sample_packages() -> PathBuf {
    samples().join("packages")
}

/// The flights of January, unpacked.
pub fn january() -> String {
    let packed = File::open(sample_packages().join("org-001/flights/2013-01.csv.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}

/// Writes the flights of January over and over, under one header, until the file has at least `bytes` bytes.
/// Returns how many rows it has.
pub fn write_repeated_csv(path: &Path, bytes: u64) -> u64 {
    write_repeated(&january(), path, bytes)
}

/// Writes the rows of `text` over and over, under its header, until the file has at least `bytes` bytes. Returns how
/// many rows it has.
pub fn write_repeated(text: &str, path: &Path, bytes: u64) -> u64 {
    let (header, rows) = text.split_once('\n').unwrap();
    let rows_each = rows.lines().count() as u64;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    writeln!(out, "{header}").unwrap();
    let (mut written, mut count) = (header.len() as u64 + 1, 0);
    while written < bytes {
        out.write_all(rows.as_bytes()).unwrap();
        written += rows.len() as u64;
        count += rows_each;
    }
    out.flush().unwrap();
    count
}
