//! Zip, read forward by its local headers; the directory at the end is held against what was seen.
//!
//! Source: APPNOTE.TXT 6.3.10 (PKWARE); numbers in this module's comments are its sections.
//!
//! *Why the headers are read here and by no library*: libraries read the directory first and seek by it, or read forward and
//! never compare. What two readers see differently in one file is how a zip gets past a check; here both views must be one.

mod descriptor;
mod directory;
mod end;
mod fields;
mod hint;
mod local;
mod stream;

use std::collections::BTreeMap;
use std::io;

use crate::error::{Failure, refuse};
use crate::input::{Input, Shared};
use crate::rule::ArchiveRule;
use crate::visit::{Entries, EntryKind, Found};

pub use hint::DirectoryHint;
use local::LocalHeader;
use stream::Inflater;

const LOCAL_SIGNATURE: [u8; 4] = *b"PK\x03\x04";
const CENTRAL_SIGNATURE: [u8; 4] = *b"PK\x01\x02";
const END_SIGNATURE: [u8; 4] = *b"PK\x05\x06";
const ZIP64_END_SIGNATURE: [u8; 4] = *b"PK\x06\x06";
const ZIP64_LOCATOR_SIGNATURE: [u8; 4] = *b"PK\x06\x07";
const DESCRIPTOR_SIGNATURE: [u8; 4] = *b"PK\x07\x08";
/// 4.3.11: in front of an encrypted directory.
const EXTRA_DATA_SIGNATURE: [u8; 4] = *b"PK\x06\x08";
/// 8.5.5: marks a split archive that ended up in one part.
const SPLIT_MARK: [u8; 4] = *b"PK00";

/// What an entry was found to be; the directory must say the same.
struct Record {
    flags: u16,
    method: u16,
    crc32: u32,
    packed_bytes: u64,
    unpacked_bytes: u64,
    raw_name: Vec<u8>,
    path: String,
    kind: EntryKind,
}

/// The entries of a zip.
pub(crate) struct ZipEntries<'a> {
    input: Input<'a>,
    shared: &'a Shared<'a>,
    hint: Option<&'a DirectoryHint>,
    /// By the offset of the local header. Names are as long as `name_bytes_max` at most: longer ones stop the reading.
    records: BTreeMap<u64, Record>,
    current: Option<stream::Current>,
    inflater: Inflater,
}

impl<'a> ZipEntries<'a> {
    pub(crate) fn new(input: Input<'a>, shared: &'a Shared<'a>, hint: Option<&'a DirectoryHint>) -> Self {
        Self {
            input,
            shared,
            hint,
            records: BTreeMap::new(),
            current: None,
            inflater: Inflater::new(),
        }
    }

    fn open(&mut self) -> Result<Found, Failure> {
        let offset = self.input.position();
        let header = LocalHeader::read(&mut self.input, self.shared.limits)?;
        let announced_bytes = header.announced_bytes();
        let found = Found {
            name: header.path.clone(),
            kind: header.kind,
            announced_bytes,
        };
        let hinted = self.hint.and_then(|hint| hint.packed_bytes(offset));
        let current = stream::Current::open(header, offset, hinted, &mut self.input)?;
        self.inflater.reset();
        self.current = Some(current);
        Ok(found)
    }
}

impl Entries for ZipEntries<'_> {
    fn next(&mut self) -> Result<Option<Found>, Failure> {
        let offset = self.input.position();
        let signature = self.input.peek(4)?;
        match <[u8; 4]>::try_from(signature) {
            Ok(LOCAL_SIGNATURE) => self.open().map(Some),
            Ok(CENTRAL_SIGNATURE | END_SIGNATURE | ZIP64_END_SIGNATURE) => {
                let records = std::mem::take(&mut self.records);
                directory::check(&mut self.input, self.shared.limits, records)?;
                Ok(None)
            }
            Ok(EXTRA_DATA_SIGNATURE) => refuse(ArchiveRule::Encrypted, "the directory is encrypted"),
            Ok(DESCRIPTOR_SIGNATURE | SPLIT_MARK) if offset == 0 => {
                refuse(ArchiveRule::MultiDisk, "it starts with the mark of a split archive")
            }
            Ok(_) => {
                let text = format!("what stands at byte {offset} is neither an entry nor the directory");
                refuse(ArchiveRule::ForeignBytes, text)
            }
            Err(_) => refuse(ArchiveRule::Truncated, "the archive ends before its directory"),
        }
    }

    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let Some(current) = &mut self.current else {
            return Ok(0);
        };
        let read = current.read(&mut self.input, &mut self.inflater, target);
        let read = read.map_err(|failure| self.shared.fail(failure))?;
        if read == 0
            && let Some(current) = self.current.take()
        {
            let (offset, record) = current
                .finish(&mut self.input)
                .map_err(|failure| self.shared.fail(failure))?;
            self.records.insert(offset, record);
        }
        Ok(read)
    }

    fn counts_content(&self) -> bool {
        true
    }
}
