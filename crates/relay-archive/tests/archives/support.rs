//! A visitor that keeps everything, and archives made byte by byte, so that each can lie in one place.

use std::io::{Read, Write};

use flate2::{Compression, Crc, write::DeflateEncoder, write::GzEncoder};
use relay_archive::{
    ArchiveError, ArchiveFormat, ArchiveLimits, ArchiveRule, ArchiveSurvey, Content, Entry, EntryKind, PackedSink,
    Refusal, Visitor, read_archive,
};
pub use relay_testing::packed::{bzip2, xz};

/// Keeps every entry: path, content (`None` for folders).
#[derive(Default)]
pub struct Collector {
    pub entries: Vec<(String, Option<Vec<u8>>)>,
    pub visited: Vec<Entry>,
    /// Nested archives, with their packed bytes.
    pub nested: Vec<(String, Vec<u8>)>,
}

#[derive(Default)]
pub struct Packed(Vec<u8>);

impl PackedSink for Packed {
    fn packed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

impl Visitor for Collector {
    type Error = std::io::Error;
    type Packed = Packed;

    fn file(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), Self::Error> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        assert_eq!(entry.kind, EntryKind::File);
        assert!(
            entry
                .announced_bytes
                .is_none_or(|announced| announced == bytes.len() as u64)
        );
        self.entries.push((entry.path.clone(), Some(bytes)));
        self.visited.push(entry.clone());
        Ok(())
    }

    fn folder(&mut self, entry: &Entry) -> Result<(), Self::Error> {
        assert_eq!(entry.kind, EntryKind::Folder);
        self.entries.push((entry.path.clone(), None));
        self.visited.push(entry.clone());
        Ok(())
    }

    fn leave(&mut self, entry: &Entry, packed: Packed, packed_bytes: u64) -> Result<(), Self::Error> {
        assert_eq!(packed.0.len() as u64, packed_bytes);
        self.nested.push((entry.path.clone(), packed.0));
        Ok(())
    }
}

pub type Outcome = Result<(Collector, ArchiveSurvey), Refusal>;

pub fn read_with(bytes: &[u8], format: ArchiveFormat, limits: &ArchiveLimits) -> Outcome {
    let mut collector = Collector::default();
    let mut input = bytes;
    match read_archive(input.by_ref(), format, limits, &mut collector) {
        Ok(survey) => {
            assert!(input.is_empty(), "the whole input is consumed");
            assert_eq!(survey.packed_bytes, bytes.len() as u64);
            assert_eq!(
                survey.entries,
                (collector.entries.len() + collector.nested.len()) as u64
            );
            Ok((collector, survey))
        }
        Err(ArchiveError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error:?}"),
    }
}

pub fn read(bytes: &[u8], format: ArchiveFormat) -> Outcome {
    read_with(bytes, format, &ArchiveLimits::default())
}

pub fn entries(bytes: &[u8], format: ArchiveFormat) -> Vec<(String, Option<Vec<u8>>)> {
    match read(bytes, format) {
        Ok((collector, _)) => collector.entries,
        Err(refusal) => panic!("{refusal}"),
    }
}

pub fn rule_of(bytes: &[u8], format: ArchiveFormat) -> ArchiveRule {
    refusal_of(bytes, format).rule
}

pub fn refusal_of(bytes: &[u8], format: ArchiveFormat) -> Refusal {
    match read(bytes, format) {
        Ok((collector, _)) => panic!("accepted, with {} entries", collector.entries.len()),
        Err(refusal) => refusal,
    }
}

pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A tar in every way in which it may be packed, and as it is.
pub fn packed(tar: &[u8]) -> Vec<(Vec<u8>, ArchiveFormat)> {
    let mut all = vec![(tar.to_vec(), ArchiveFormat::Tar)];
    all.extend(COMPRESSED.map(|(format, pack)| (pack(tar), format)));
    all
}

type Pack = fn(&[u8]) -> Vec<u8>;
/// The formats of compressed tars.
pub const COMPRESSED: [(ArchiveFormat, Pack); 4] = [
    (ArchiveFormat::TarGzip, gzip),
    (ArchiveFormat::TarZstd, zstd),
    (ArchiveFormat::TarBzip2, bzip2),
    (ArchiveFormat::TarXz, xz),
];

/// Bytes that no encoder makes fewer.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u64;
    let byte = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..length).map(byte).collect()
}

pub fn crc32(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

/// What both headers of a zip entry say.
#[derive(Clone)]
pub struct Head {
    pub flags: u16,
    pub method: u16,
    pub crc32: u32,
    pub packed: u32,
    pub unpacked: u32,
    pub name: Vec<u8>,
    pub extra: Vec<u8>,
}

/// A zip entry, each part of which can be changed.
#[derive(Clone)]
pub struct ZipEntry {
    pub local: Head,
    pub data: Vec<u8>,
    pub descriptor: Vec<u8>,
    pub central: Head,
    pub made_by: u16,
    pub attributes: u32,
    pub disk: u16,
    pub offset: Option<u32>,
    /// How many records the directory has for it.
    pub records: usize,
}

impl ZipEntry {
    pub fn new(name: &str, content: &[u8], method: u16) -> Self {
        let data = if method == 8 {
            deflate(content)
        } else {
            content.to_vec()
        };
        let head = Head {
            flags: if name.is_ascii() { 0 } else { 1 << 11 },
            method,
            crc32: crc32(content),
            packed: data.len() as u32,
            unpacked: content.len() as u32,
            name: name.as_bytes().to_vec(),
            extra: Vec::new(),
        };
        Self {
            local: head.clone(),
            data,
            descriptor: Vec::new(),
            central: head,
            made_by: 0x0314,
            attributes: 0,
            disk: 0,
            offset: None,
            records: 1,
        }
    }

    pub fn stored(name: &str, content: &[u8]) -> Self {
        Self::new(name, content, 0)
    }

    pub fn deflated(name: &str, content: &[u8]) -> Self {
        Self::new(name, content, 8)
    }

    /// The same change in both headers.
    pub fn both(mut self, change: impl Fn(&mut Head)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }

    /// With sizes and checksum behind the content.
    pub fn streamed(mut self, has_signature: bool, is_long: bool) -> Self {
        let mut descriptor = if has_signature {
            b"PK\x07\x08".to_vec()
        } else {
            Vec::new()
        };
        descriptor.extend(self.local.crc32.to_le_bytes());
        for size in [self.local.packed, self.local.unpacked] {
            if is_long {
                descriptor.extend(u64::from(size).to_le_bytes());
            } else {
                descriptor.extend(size.to_le_bytes());
            }
        }
        self.descriptor = descriptor;
        self = self.both(|head| head.flags |= 1 << 3);
        (self.local.crc32, self.local.packed, self.local.unpacked) = (0, 0, 0);
        self
    }
}

/// The record that ends a zip.
pub struct End {
    pub disks: [u16; 2],
    pub counts: [u16; 2],
    pub size: u32,
    pub start: u32,
    pub comment_bytes: u16,
    pub comment: Vec<u8>,
    /// What stands between the directory and this record.
    pub before: Vec<u8>,
}

pub fn zip_of(entries: &[ZipEntry]) -> Vec<u8> {
    zip_with(entries, |_| {})
}

pub fn zip_with(entries: &[ZipEntry], change: impl FnOnce(&mut End)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = entry.offset.unwrap_or(bytes.len() as u32);
        bytes.extend(b"PK\x03\x04\x14\0");
        put_head(&mut bytes, &entry.local);
        for part in [&entry.local.name, &entry.local.extra, &entry.data, &entry.descriptor] {
            bytes.extend(part);
        }
        for _ in 0..entry.records {
            directory.extend(b"PK\x01\x02");
            directory.extend(entry.made_by.to_le_bytes());
            directory.extend(20u16.to_le_bytes());
            put_head(&mut directory, &entry.central);
            directory.extend([0, 0]);
            directory.extend(entry.disk.to_le_bytes());
            directory.extend([0, 0]);
            directory.extend(entry.attributes.to_le_bytes());
            directory.extend(offset.to_le_bytes());
            directory.extend(&entry.central.name);
            directory.extend(&entry.central.extra);
        }
    }
    let count = entries.iter().map(|entry| entry.records as u16).sum();
    let mut end = End {
        disks: [0; 2],
        counts: [count; 2],
        size: directory.len() as u32,
        start: bytes.len() as u32,
        comment_bytes: 0,
        comment: Vec::new(),
        before: Vec::new(),
    };
    change(&mut end);
    bytes.extend(directory);
    bytes.extend(&end.before);
    bytes.extend(b"PK\x05\x06");
    for field in [end.disks, end.counts].concat() {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(end.size.to_le_bytes());
    bytes.extend(end.start.to_le_bytes());
    bytes.extend(end.comment_bytes.to_le_bytes());
    bytes.extend(&end.comment);
    bytes
}

fn put_head(bytes: &mut Vec<u8>, head: &Head) {
    bytes.extend(head.flags.to_le_bytes());
    bytes.extend(head.method.to_le_bytes());
    bytes.extend([0x21, 0x6c, 0x21, 0x5a]);
    for field in [head.crc32, head.packed, head.unpacked] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend((head.name.len() as u16).to_le_bytes());
    bytes.extend((head.extra.len() as u16).to_le_bytes());
}

/// An extra field.
pub fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// A tar's header block with a correct checksum, changed before the checksum is taken.
pub fn tar_header(name: &[u8], size: u64, type_flag: u8, change: impl FnOnce(&mut [u8; 512])) -> [u8; 512] {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[136..147].copy_from_slice(b"14371573450");
    block[156] = type_flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    change(&mut block);
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A header with content behind it, filled up to whole blocks.
pub fn tar_entry(name: &str, type_flag: u8, content: &[u8]) -> Vec<u8> {
    let header = tar_header(name.as_bytes(), content.len() as u64, type_flag, |_| {});
    padded(&[&header, content].concat())
}

pub fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// Parts of a tar, and its end.
pub fn tar_of(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), vec![0; 1024]].concat()
}

/// A pax record of one field.
pub fn pax_field(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length += 1;
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}
