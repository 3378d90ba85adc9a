//! Whole packages: whatever they are, there is a verdict; a bad one leaves no result but what explains it, nothing stays open,
//! and every byte was hashed.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::sync::Mutex;

use relay_contents::{Outcome, Package, Request, Results, rule_named, transform_package};
use relay_model::{Limits, OrganizationSettings, ReasonCode, Sha256Digest, StandardOutcome, TableLimits, TableRule};
use relay_transform::Watch;

use crate::choices::Choices;
use crate::made::data_package::{self, Known};
use crate::text::assert_shown;
use crate::{archives, made, seeds as common, tables};

pub const WORDS: &[&[u8]] = &[
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"ustar\x0000",
    b"\x1f\x8b\x08\0",
    b"\x28\xb5\x2f\xfd",
    b"a,b\n",
    b"{\"a\":1}\n",
    b"#!/bin/sh\n",
    b"\x7fELF",
    b"%PDF-1.7",
    b"\"",
    b"\0",
];
const PATHS: [&str; 5] = ["a.csv", "data/x.zip", "b/t.tar.gz", "readings/x.jsonl", "document.bin"];
const SCHEMA: &str = r#"{"fields":[{"name":"city"},{"name":"n","type":"integer"}]}"#;

pub fn seeds() -> Vec<Vec<u8>> {
    let decisions = common::decisions();
    let made = decisions
        .iter()
        .zip(0..)
        .map(|(bytes, number): (_, u8)| [&[number % 5, 1 + number % 7, 0][..], bytes].concat());
    let archives = common::zips().into_iter().chain(common::tars());
    let raw = archives
        .filter(|bytes| bytes.len() < 3_000)
        .map(|bytes| [&[1, 0, 0][..], &bytes].concat());
    let tables = tables::seeds()
        .into_iter()
        .map(|seed| [&[0, 0, seed[1]][..], &seed[5..]].concat());
    made.chain(raw).chain(tables).collect()
}

/// Three bytes of decisions, and a package or further decisions from which it is made.
pub fn check(input: &[u8]) {
    let mut choices = Choices::new(input);
    let path = *choices.pick(&PATHS);
    let kind = choices.byte();
    let has_rule = choices.byte() >= 128;
    let mut data_package = None;
    let bytes = match kind % 8 {
        1 => made::zip::make(&mut choices, 0),
        2 => made::tar::make(&mut choices, 0),
        3 => made::gzip(&made::tar::make(&mut choices, 0)),
        4 => {
            let files = made::bag::files(&mut choices);
            made::zip::of_files(&mut choices, &files)
        }
        5 => {
            let files = made::bag::files(&mut choices);
            made::zstd(&made::tar::of_files(&mut choices, &files))
        }
        6 => {
            let made = data_package::make(&mut choices);
            // Packed without a lie, so that what is known of the package holds for its archive.
            let packed = made::zip::of_files(&mut Choices::new(&[]), &made.files);
            data_package = Some(made);
            packed
        }
        7 => {
            let made = data_package::make(&mut choices);
            made::gzip(&made::tar::of_files(&mut choices, &made.files))
        }
        _ => choices.rest().to_vec(),
    };
    let mut settings = OrganizationSettings::default();
    if has_rule {
        settings.tables.push(TableRule::new("**/*.csv", tables::schema(SCHEMA)));
    }
    let contents = package(path, &bytes, &settings);
    // A registered schema may refuse what the package's own allows.
    if let Some(made) = data_package
        && !has_rule
    {
        check_verdict(&made, &contents);
    }
}

/// Whoever made a Data Package knows whether it is one.
fn check_verdict(made: &data_package::Made, contents: &Outcome<Sink>) {
    let reason = contents.quarantine.as_ref();
    let summary = contents
        .summary
        .archive()
        .and_then(|archive| archive.data_package.as_ref());
    match made.known {
        Known::Valid => {
            assert!(reason.is_none(), "a valid package is set aside: {reason:?}");
            let summary = summary.expect("it is read as a Data Package");
            assert_eq!(summary.outcome, StandardOutcome::Valid, "{summary:?}");
            assert_eq!(summary.described_tables, made.tables);
        }
        Known::Invalid => {
            let reason = reason.expect("an invalid package passes");
            assert_eq!(reason.code, ReasonCode::DataPackageInvalid, "{reason:?}");
        }
        Known::Nothing => {}
    }
}

fn limits() -> Limits {
    Limits {
        archive: archives::limits(),
        table: TableLimits {
            row_bytes_max: 4_096,
            columns_max: 64,
            bad_rows_max: 50,
            unpacked_bytes_max: 1 << 20,
            unpacked_ratio_max: 100,
            unpacked_bytes_unchecked: 64 << 10,
            ..TableLimits::default()
        },
        ..Limits::default()
    }
}

fn package(path: &str, bytes: &[u8], settings: &OrganizationSettings) -> Outcome<Sink> {
    let request = Request {
        path,
        settings,
        redactor: None,
        limits: &limits(),
        threads: NonZeroUsize::MIN,
    };
    let memory = Memory::default();
    let contents = transform_package(&InMemory(bytes), &memory, &request, &Watch::none());
    let mut contents = contents.expect("package and results are in memory");
    assert_eq!(
        contents.digested.sha256,
        Sha256Digest::of(bytes),
        "every byte is hashed"
    );
    assert_eq!(contents.digested.size_bytes, bytes.len() as u64);
    check_reason(&contents);
    let results = contents.take_results();
    let mut names: Vec<&str> = results.iter().map(|sink| sink.name.as_str()).collect();
    names.sort_unstable();
    let mut open = memory.open.into_inner().unwrap();
    open.sort();
    assert_eq!(open, names, "something else is left open");
    assert_eq!(
        names.iter().collect::<BTreeSet<_>>().len(),
        names.len(),
        "a name came twice"
    );
    for sink in &results {
        assert!(sink.is_sealed, "{} is not complete", sink.name);
        let explains = sink.name.starts_with("bad-rows");
        assert!(
            contents.quarantine.is_none() || explains,
            "{} stays of a bad package",
            sink.name
        );
        assert!(
            sink.name.split('/').all(|segment| !matches!(segment, "" | "." | "..")),
            "{}",
            sink.name
        );
    }
    let unpacked: u64 = results.iter().map(|sink| sink.bytes).sum();
    // A file of many columns without rows is mostly footer; each file has one.
    let allowed = (bytes.len() as u64 + archives::limits().unpacked_bytes_max) * 4 + (1 << 20);
    assert!(unpacked <= allowed, "{unpacked} bytes came out");
    if contents.summary.transform() == "opaque" && contents.quarantine.is_none() {
        assert_eq!(unpacked, bytes.len() as u64);
    }
    contents
}

fn check_reason<S>(contents: &Outcome<S>) {
    let Some(reason) = &contents.quarantine else {
        return;
    };
    assert_shown(&reason.text);
    if let Some(rule) = &reason.rule {
        assert!(rule_named(rule).is_some(), "{rule} is no rule");
    }
}

struct InMemory<'b>(&'b [u8]);

impl Package for InMemory<'_> {
    fn open(&self) -> Box<dyn Read + Send + '_> {
        Box::new(self.0)
    }
}

/// Names of results that are open or complete.
#[derive(Default)]
struct Memory {
    open: Mutex<Vec<String>>,
}

struct Sink {
    name: String,
    bytes: u64,
    is_sealed: bool,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(!self.is_sealed, "{} was sealed", self.name);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Results for Memory {
    type Sink = Sink;

    fn open(&self, name: &str) -> io::Result<Sink> {
        self.open.lock().unwrap().push(name.to_owned());
        Ok(Sink {
            name: name.to_owned(),
            bytes: 0,
            is_sealed: false,
        })
    }

    fn seal(&self, sink: &mut Sink) -> io::Result<()> {
        sink.is_sealed = true;
        Ok(())
    }

    fn abort(&self, sink: Sink) {
        let mut open = self.open.lock().unwrap();
        let at = open.iter().position(|name| *name == sink.name).expect("it was opened");
        open.remove(at);
    }
}
