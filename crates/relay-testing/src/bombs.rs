//! How bombs are made, without ever unpacking what they unpack to.

mod quine;

use std::io::Write;

use flate2::{Compress, Compression, Crc, FlushCompress, write::DeflateEncoder, write::GzEncoder};

pub use quine::zip_quine;

use crate::packed::{bzip2, xz, xz_with_dictionary};

const PIECE_BYTES: u64 = 1 << 20;

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn crc_of(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

/// Deflated zeros: one piece, again and again, then the last block.
fn deflated_zeros(bytes: u64) -> Vec<u8> {
    let zeros = vec![0; PIECE_BYTES as usize];
    let mut piece = Vec::with_capacity(64 << 10);
    let mut compress = Compress::new(Compression::best(), false);
    compress.compress_vec(&zeros, &mut piece, FlushCompress::Full).unwrap();
    let mut deflated = piece.repeat((bytes / PIECE_BYTES) as usize);
    deflated.extend([3, 0]);
    deflated
}

struct Parts {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

struct Facts<'a> {
    name: &'a str,
    flags: u16,
    method: u16,
    crc32: u32,
    packed: u32,
    unpacked: u32,
}

impl Facts<'_> {
    fn put(&self, target: &mut Vec<u8>) {
        for field in [self.flags, self.method, 0, 0x21] {
            target.extend(field.to_le_bytes());
        }
        for field in [self.crc32, self.packed, self.unpacked] {
            target.extend(field.to_le_bytes());
        }
        target.extend((self.name.len() as u32).to_le_bytes());
    }

    fn local(&self) -> Vec<u8> {
        let mut header = b"PK\x03\x04\x14\0".to_vec();
        self.put(&mut header);
        header.extend(self.name.as_bytes());
        header
    }
}

impl Parts {
    const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            directory: Vec::new(),
            count: 0,
        }
    }

    fn record(&mut self, facts: &Facts<'_>, offset: usize) {
        self.count = self.count.wrapping_add(1);
        self.directory.extend(b"PK\x01\x02\x14\0\x14\0");
        facts.put(&mut self.directory);
        self.directory.extend([0; 10]);
        self.directory.extend((offset as u32).to_le_bytes());
        self.directory.extend(facts.name.as_bytes());
    }

    fn entry(&mut self, facts: &Facts<'_>, data: &[u8]) {
        let offset = self.bytes.len();
        self.bytes.extend(facts.local());
        self.bytes.extend(data);
        self.record(facts, offset);
    }

    fn deflated(&mut self, name: &str, content: &[u8]) {
        let data = deflate(content);
        let (packed, unpacked) = (data.len() as u32, content.len() as u32);
        let facts = Facts {
            name,
            flags: 0,
            method: 8,
            crc32: crc_of(content),
            packed,
            unpacked,
        };
        self.entry(&facts, &data);
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len() as u32;
        self.bytes.extend(&self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend((self.directory.len() as u32).to_le_bytes());
        self.bytes.extend(start.to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes
    }
}

/// A header that says nothing of sizes; they stand behind the content, which nobody will reach.
pub fn zip_of_zeros(bytes: u64) -> Vec<u8> {
    let facts = Facts {
        name: "zeros.csv",
        flags: 1 << 3,
        method: 8,
        crc32: 0,
        packed: 0,
        unpacked: 0,
    };
    let mut parts = Parts::new();
    parts.entry(&facts, &deflated_zeros(bytes));
    parts.finish()
}

/// In the manner of 42.zip: sixteen zips, each of sixteen zips, and so on; at the core 256 MiB of zeros.
pub fn zips_in_zips(levels: usize) -> Vec<u8> {
    let core = 256 << 20;
    let data = deflated_zeros(core);
    let mut crc = Crc::new();
    let zeros = vec![0; PIECE_BYTES as usize];
    for _ in 0..core / PIECE_BYTES {
        crc.update(&zeros);
    }
    let (packed, unpacked) = (data.len() as u32, core as u32);
    let mut parts = Parts::new();
    let facts = Facts {
        name: "0.dll",
        flags: 0,
        method: 8,
        crc32: crc.sum(),
        packed,
        unpacked,
    };
    parts.entry(&facts, &data);
    let mut zip = parts.finish();
    for _ in 0..levels {
        let mut parts = Parts::new();
        for index in 0..16 {
            parts.deflated(&format!("lib {index:x}.zip"), &zip);
        }
        zip = parts.finish();
    }
    zip
}

/// Like a zip that contains itself, but with an end: `levels` of it, each a little larger than the one within.
pub fn zip_in_itself(levels: usize) -> Vec<u8> {
    let mut zip = Parts::new().finish();
    for _ in 0..levels {
        let mut parts = Parts::new();
        parts.deflated("r/r.zip", &zip);
        zip = parts.finish();
    }
    zip
}

/// Fifield, "A better zip bomb" (2019), full overlap: one entry, many records.
pub fn full_overlap(records: usize) -> Vec<u8> {
    let content = vec![0; 1 << 20];
    let data = deflate(&content);
    let crc32 = crc_of(&content);
    let mut parts = Parts::new();
    let names: Vec<String> = (0..records).map(|index| format!("{index:06}")).collect();
    for (index, name) in names.iter().enumerate() {
        let (packed, unpacked) = (data.len() as u32, content.len() as u32);
        let facts = Facts {
            name,
            flags: 0,
            method: 8,
            crc32,
            packed,
            unpacked,
        };
        if index == 0 {
            parts.entry(&facts, &data);
        } else {
            parts.record(&facts, 0);
        }
    }
    parts.finish()
}

fn stored_block(content: &[u8]) -> Vec<u8> {
    let length = content.len() as u16;
    [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), content].concat()
}

/// The same, quoted overlap: each entry's data is a stored block that quotes the next local header, then the next entry's
/// data. Every header is true. With a letter in front, no content begins with a header.
pub fn quoted_overlap(entries: usize, has_letter: bool) -> Vec<u8> {
    let letter: &[u8] = if has_letter { b"x" } else { b"" };
    let front = if has_letter { stored_block(letter) } else { Vec::new() };
    let mut content = vec![0; 1 << 20];
    let mut data = deflate(&content);
    let mut made = Vec::new();
    let mut bytes = Vec::new();
    for index in (0..entries).rev() {
        let name = format!("{index:06}");
        let (packed, unpacked, crc32) = (data.len() as u32, content.len() as u32, crc_of(&content));
        let local = Facts {
            name: &name,
            flags: 0,
            method: 8,
            crc32,
            packed,
            unpacked,
        }
        .local();
        bytes = [&local[..], &data].concat();
        made.push((name, crc32, packed, unpacked, bytes.len()));
        data = [&front[..], &stored_block(&local), &data].concat();
        content = [letter, &local, &content].concat();
    }
    let total = bytes.len();
    let mut parts = Parts::new();
    parts.bytes = bytes;
    for (name, crc32, packed, unpacked, length) in made.iter().rev() {
        let facts = Facts {
            name,
            flags: 0,
            method: 8,
            crc32: *crc32,
            packed: *packed,
            unpacked: *unpacked,
        };
        parts.record(&facts, total - length);
    }
    parts.finish()
}

/// A zip of so many empty files.
pub fn zip_of_many(entries: usize) -> Vec<u8> {
    let mut parts = Parts::new();
    for index in 0..entries {
        let name = format!("{index}");
        parts.entry(
            &Facts {
                name: &name,
                flags: 0,
                method: 0,
                crc32: 0,
                packed: 0,
                unpacked: 0,
            },
            &[],
        );
    }
    parts.finish()
}

/// Names of 495 bytes in 31 segments, no folder shared: what the limits on names and entries let through.
pub fn long_names(entries: usize) -> Vec<u8> {
    let mut parts = Parts::new();
    for index in 0..entries {
        let segment = format!("{index:0>14}A");
        let name = vec![segment.as_str(); 31].join("/");
        parts.entry(
            &Facts {
                name: &name,
                flags: 0,
                method: 0,
                crc32: 0,
                packed: 0,
                unpacked: 0,
            },
            &[],
        );
    }
    parts.finish()
}

/// The header of a file in a tar.
pub fn tar_header(name: &str, size: u64) -> Vec<u8> {
    typed_header(name, size, b'0')
}

fn typed_header(name: &str, size: u64, type_flag: u8) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    if size < 1 << 33 {
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    } else {
        block[124] = 0x80;
        block[128..136].copy_from_slice(&size.to_be_bytes());
    }
    block[148..156].fill(b' ');
    block[156] = type_flag;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

/// The header of a long name of 8 GiB.
pub fn long_name_header() -> Vec<u8> {
    typed_header("././@LongLink", (1 << 33) - 1, b'L')
}

/// A tar of so many empty files.
pub fn tar_of_many(entries: usize) -> Vec<u8> {
    (0..entries)
        .flat_map(|index| tar_header(&index.to_string(), 0))
        .collect()
}

/// `start`, then as many MiB of letters.
pub fn endless(start: Vec<u8>, mebibytes: usize) -> Box<dyn Iterator<Item = Vec<u8>>> {
    let letters = std::iter::repeat_n(vec![b'x'; 1 << 20], mebibytes);
    Box::new(std::iter::once(start).chain(letters))
}

const GZIP_HEADER: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";

/// Without a trailer, which nobody will reach.
pub fn gzip_of_zeros(start: &[u8], bytes: u64) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(start).unwrap();
    [encoder.finish().unwrap(), GZIP_HEADER.to_vec(), deflated_zeros(bytes)].concat()
}

/// So many gzip members without content.
pub fn empty_members(members: usize) -> Vec<u8> {
    let encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.finish().unwrap().repeat(members)
}

/// So many bzip2 streams without content, each of which asks for the largest blocks.
pub fn empty_bzip2_streams(streams: usize) -> Vec<u8> {
    bzip2(b"").repeat(streams)
}

/// So many xz streams without content.
pub fn empty_xz_streams(streams: usize) -> Vec<u8> {
    xz(b"").repeat(streams)
}

/// A tar.gz of so many global pax records.
pub fn global_records(records: usize) -> Vec<u8> {
    let record = [typed_header("g", 12, b'g'), b"12 comment=\n".to_vec(), vec![0; 500]].concat();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..records {
        encoder.write_all(&record).unwrap();
    }
    encoder.finish().unwrap()
}

/// RFC 8878, section 3.1.1.2: blocks of one byte that is repeated, 128 KiB out of four bytes.
pub fn zstd_of_zeros(bytes: u64) -> Vec<u8> {
    let repeated = 128 << 10;
    let block = ((repeated << 3) | (1 << 1)) as u32;
    let blocks = [&block.to_le_bytes()[..3], &[0]]
        .concat()
        .repeat((bytes / repeated) as usize);
    // A tar's header in a raw block, then the zeros; a window of 8 MiB.
    let raw = 512u32 << 3;
    let header = tar_header("a", bytes);
    [b"\x28\xb5\x2f\xfd\0\x68", &raw.to_le_bytes()[..3], &header, &blocks].concat()
}

/// A frame whose window is 1 GiB, and plenty of zeros in it.
pub fn zstd_with_large_window() -> Vec<u8> {
    let mut bomb = zstd_of_zeros(2 << 30);
    bomb[5] = 0xa0;
    bomb
}

/// A tar of so many zeros, in streams of `pack` of 64 MiB each.
fn streams_of_zeros(pack: fn(&[u8]) -> Vec<u8>, bytes: u64) -> Vec<u8> {
    let piece = 64 << 20;
    let zeros = pack(&vec![0; piece]).repeat((bytes / piece as u64) as usize);
    [pack(&tar_header("a", bytes)), zeros].concat()
}

/// A tar.bz2 of so many zeros.
pub fn bzip2_of_zeros(bytes: u64) -> Vec<u8> {
    streams_of_zeros(bzip2, bytes)
}

/// A tar.xz of so many zeros, with the largest dictionary that is allowed.
pub fn xz_of_zeros(bytes: u64) -> Vec<u8> {
    streams_of_zeros(|content| xz_with_dictionary(content, 26), bytes)
}

/// A tar.xz of zeros that asks for a dictionary of 1 GiB.
pub fn xz_with_large_dictionary() -> Vec<u8> {
    let mut tar = tar_header("a", 2 << 30);
    tar.resize(64 << 20, 0);
    xz_with_dictionary(&tar, 30)
}

/// A tar.xz with the largest dictionary that is allowed, behind as much as nearly fills the one around it.
pub fn xz_in_xz() -> Vec<u8> {
    let around = |inner: &[u8]| {
        let filling = 60 << 20;
        let mut tar = tar_header("zeros", filling);
        tar.resize(tar.len() + filling as usize, 0);
        tar.extend(tar_header("in", inner.len() as u64));
        tar.extend(inner);
        tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
        xz_with_dictionary(&tar, 26)
    };
    around(&around(b"a,b\n"))
}
