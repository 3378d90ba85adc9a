//! Packages and results in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read, Write};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use relay_contents::{Package, Request, Results, transform_package};
use relay_model::{ArchiveSummary, Limits, OrganizationSettings, Reason, Sha256Digest};
use relay_privacy::{PrivacyPolicy, Redactor, TokenKey};
use relay_transform::Watch;
use zip::write::SimpleFileOptions;

pub struct Bytes(pub Vec<u8>);

impl Package for Bytes {
    fn open(&self) -> Box<dyn Read + Send + '_> {
        Box::new(self.0.as_slice())
    }
}

/// Counts what is open, so that nothing is left behind.
#[derive(Default)]
pub struct Memory {
    open: Mutex<Vec<String>>,
}

pub struct Sink {
    pub name: String,
    pub bytes: Vec<u8>,
    is_sealed: bool,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(!self.is_sealed, "{} was sealed", self.name);
        self.bytes.extend_from_slice(bytes);
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
            bytes: Vec::new(),
            is_sealed: false,
        })
    }

    fn seal(&self, sink: &mut Sink) -> io::Result<()> {
        sink.is_sealed = true;
        Ok(())
    }

    fn abort(&self, sink: Sink) {
        let mut open = self.open.lock().unwrap();
        let at = open.iter().position(|name| *name == sink.name).unwrap();
        open.remove(at);
    }
}

/// What came of a package.
pub struct Outcome {
    pub contents: relay_contents::Outcome<()>,
    pub results: BTreeMap<String, Vec<u8>>,
}

impl Outcome {
    pub fn archive(&self) -> &ArchiveSummary {
        self.contents.summary.archive().expect("an archive")
    }

    pub fn names(&self) -> Vec<&str> {
        self.results.keys().map(String::as_str).collect()
    }

    pub fn reason(&self) -> &Reason {
        self.contents.quarantine.as_ref().expect("a reason")
    }

    pub fn rule(&self) -> &str {
        self.reason().rule.as_deref().expect("a rule")
    }
}

pub fn read(path: &str, bytes: &[u8]) -> Outcome {
    read_with(path, bytes, &OrganizationSettings::default(), &Limits::default())
}

pub fn read_with(path: &str, bytes: &[u8], settings: &OrganizationSettings, limits: &Limits) -> Outcome {
    let request = Request {
        path,
        settings,
        redactor: None,
        limits,
        threads: NonZeroUsize::MIN,
    };
    read_as(bytes, &request)
}

/// Personal data is treated by the default policy.
pub fn read_treated(path: &str, bytes: &[u8], settings: &OrganizationSettings) -> Outcome {
    read_under(path, bytes, settings, PrivacyPolicy::default())
}

/// Personal data is treated by a policy.
pub fn read_under(path: &str, bytes: &[u8], settings: &OrganizationSettings, policy: PrivacyPolicy) -> Outcome {
    let redactor = Redactor::new(policy, Some(TokenKey::new([7; 32]))).unwrap();
    let request = Request {
        path,
        settings,
        redactor: Some(&Arc::new(redactor)),
        limits: &Limits::default(),
        threads: NonZeroUsize::MIN,
    };
    read_as(bytes, &request)
}

fn read_as(bytes: &[u8], request: &Request<'_>) -> Outcome {
    let memory = Memory::default();
    let package = Bytes(bytes.to_vec());
    let mut contents = transform_package(&package, &memory, request, &Watch::none()).unwrap();
    assert_eq!(
        contents.digested.sha256,
        Sha256Digest::of(bytes),
        "every byte was hashed"
    );
    assert_eq!(contents.digested.size_bytes, bytes.len() as u64);
    let mut results = BTreeMap::new();
    for sink in contents.take_results() {
        assert!(sink.is_sealed, "{} is complete", sink.name);
        assert!(
            results.insert(sink.name.clone(), sink.bytes).is_none(),
            "{} came twice",
            sink.name
        );
    }
    let mut open = memory.open.into_inner().unwrap();
    open.sort();
    assert_eq!(
        open,
        results.keys().cloned().collect::<Vec<_>>(),
        "nothing else is left open"
    );
    Outcome {
        contents: contents.with_results(Vec::new()),
        results,
    }
}

pub fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Notes on which threads a package is read.
struct Threads<'a> {
    bytes: &'a [u8],
    seen: &'a Mutex<BTreeSet<String>>,
}

impl Read for Threads<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.seen
            .lock()
            .unwrap()
            .insert(format!("{:?}", std::thread::current().id()));
        self.bytes.read(buffer)
    }
}

struct Noted<'a>(&'a [u8], Mutex<BTreeSet<String>>);

impl Package for Noted<'_> {
    fn open(&self) -> Box<dyn Read + Send + '_> {
        Box::new(Threads {
            bytes: self.0,
            seen: &self.1,
        })
    }
}

/// How many threads read a package when four may work on it.
pub fn threads_that_read(bytes: &[u8]) -> usize {
    let package = Noted(bytes, Mutex::default());
    let request = Request {
        path: "a",
        settings: &OrganizationSettings::default(),
        redactor: None,
        limits: &Limits::default(),
        threads: NonZeroUsize::new(4).unwrap(),
    };
    let contents = transform_package(&package, &Memory::default(), &request, &Watch::none()).unwrap();
    assert_eq!(contents.quarantine, None);
    package.1.into_inner().unwrap().len()
}
