//! A program becomes the zip of a Lambda function: one file, the same bytes each time.

use std::io::{Cursor, Write as _};

use anyhow::Context as _;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// What the runtime `provided.al2023` starts (AWS Lambda Developer Guide, "Building a custom runtime").
const ENTRY: &str = "bootstrap";
/// Readable and executable for everybody: Lambda does not run it as the user who made it.
const MODE: u32 = 0o755;
/// The strongest of deflate: written once, unpacked at every cold start.
const LEVEL: i64 = 9;

/// The bytes of the zip. They depend on `program` and on the versions in Cargo.lock, and on nothing else: the entry's
/// time is the earliest that the format knows, 1980-01-01.
pub fn of_program(program: &[u8]) -> anyhow::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(MODE);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(ENTRY, options).context("the zip could not be begun")?;
    zip.write_all(program).context("the zip could not be written")?;
    let bytes = zip.finish().context("the zip could not be finished")?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn it_holds_one_executable_file_of_1980() {
        let program = b"\x7fELF and so on".repeat(1000);
        let bytes = of_program(&program).unwrap();
        assert!(
            bytes.len() < program.len() / 10,
            "{} bytes: not compressed",
            bytes.len()
        );
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(zip.len(), 1);
        let mut entry = zip.by_index(0).unwrap();
        assert_eq!(entry.name().unwrap(), "bootstrap");
        assert_eq!(entry.unix_mode(), Some(0o100_755));
        let time = entry.last_modified().unwrap();
        assert_eq!((time.year(), time.month(), time.day(), time.hour()), (1980, 1, 1, 0));
        let mut unpacked = Vec::new();
        entry.read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, program);
    }

    #[test]
    fn it_is_the_same_twice_and_another_for_another_program() {
        assert_eq!(of_program(b"a program").unwrap(), of_program(b"a program").unwrap());
        assert_ne!(of_program(b"a program").unwrap(), of_program(b"b program").unwrap());
    }
}
