//! How long an archive of very many tiny tables takes, without a store: `many_tables [TABLES]`, 9,000 if none is given.
#![expect(clippy::expect_used, reason = "a measurement ends when something fails")]
#![expect(clippy::print_stdout, reason = "it is what a measurement is for")]

use std::fmt::Write as _;
use std::io::{self, Cursor, Read, Write as _};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use relay_contents::{Package, Request, Results, transform_package};
use relay_model::{Limits, OrganizationSettings};
use relay_privacy::{PrivacyPolicy, Redactor, TokenKey};
use relay_transform::Watch;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const TABLES: usize = 9_000;
const ROWS: usize = 5;

struct Bytes(Vec<u8>);

impl Package for Bytes {
    fn open(&self) -> Box<dyn Read + Send + '_> {
        Box::new(self.0.as_slice())
    }
}

struct Memory;

impl Results for Memory {
    type Sink = Vec<u8>;

    fn open(&self, _name: &str) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn seal(&self, _sink: &mut Vec<u8>) -> io::Result<()> {
        Ok(())
    }

    fn abort(&self, _sink: Vec<u8>) {}
}

fn main() {
    let tables = std::env::args()
        .nth(1)
        .map_or(TABLES, |text| text.parse().expect("a number"));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for table in 0..tables {
        let name = format!("d{:02}/t{table:05}.csv", table % 50);
        zip.start_file(name, SimpleFileOptions::default()).expect("a file");
        let mut text = String::from("id,temp,when,station\n");
        for row in 0..ROWS {
            let (id, day) = (table * 10 + row, row + 1);
            writeln!(text, "{id},{row}.5,2024-01-{day:02},LGA").expect("a text");
        }
        zip.write_all(text.as_bytes()).expect("its bytes");
    }
    let package = Bytes(zip.finish().expect("a zip").into_inner());
    let redactor = Redactor::new(PrivacyPolicy::default(), Some(TokenKey::new([7; 32]))).expect("a key");
    let request = Request {
        path: "many.zip",
        settings: &OrganizationSettings::default(),
        redactor: Some(&Arc::new(redactor)),
        limits: &Limits::default(),
        threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    let watch = Watch {
        is_cancelled: &|| false,
        on_progress: &|_| {},
    };
    let begun = Instant::now();
    let contents = transform_package(&package, &Memory, &request, &watch).expect("a reading");
    let ms = begun.elapsed().as_millis();
    println!("{tables} tables, {} results, {ms} ms", contents.results.len());
}
