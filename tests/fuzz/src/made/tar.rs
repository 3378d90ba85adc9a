//! Tars made of decisions (POSIX.1-2017, pax; GNU tar manual), and tars whose checksums are made right again.

use super::{content, name};
use crate::choices::Choices;

/// The most headers.
const HEADERS_MAX: usize = 7;
const BLOCK_BYTES: usize = 512;
const CHECKSUM: std::ops::Range<usize> = 148..156;
/// Files and folders first; then links, devices, sparse files, and what nobody knows.
const KINDS: &[u8] = b"0005\x00000511234567SLKxgMVZ";
const PAX_KEYS: [&str; 9] = [
    "path",
    "size",
    "mtime",
    "comment",
    "linkpath",
    "hdrcharset",
    "GNU.sparse.major",
    "SCHILY.realsize",
    "path",
];

/// A tar of whatever the bytes decide.
pub fn make(choices: &mut Choices<'_>, depth: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..choices.below(HEADERS_MAX) {
        let name = name(choices);
        match choices.below(10) {
            7 => {
                record(choices, &mut bytes, b'L', &[&name[..], b"\0"].concat());
                entry(choices, &mut bytes, b"short", b'0', b"1\n");
            }
            8 => {
                let fields = pax(choices, &name);
                record(choices, &mut bytes, b'x', &fields);
                entry(choices, &mut bytes, b"short", b'0', b"1\n");
            }
            9 => {
                let kind = *choices.pick(KINDS);
                let content = content(choices, depth);
                entry(choices, &mut bytes, &name, kind, &content);
            }
            _ => {
                let content = content(choices, depth);
                let is_folder = name.ends_with(b"/");
                let kind = if is_folder { b'5' } else { b'0' };
                entry(choices, &mut bytes, &name, kind, if is_folder { b"" } else { &content });
            }
        }
    }
    finish(choices, bytes)
}

/// A tar of these files.
pub fn of_files(choices: &mut Choices<'_>, files: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files {
        entry(choices, &mut bytes, name, b'0', content);
    }
    finish(choices, bytes)
}

fn finish(choices: &mut Choices<'_>, mut bytes: Vec<u8>) -> Vec<u8> {
    let blocks = if choices.is_rare() { choices.below(4) } else { 2 };
    bytes.resize(bytes.len() + blocks * BLOCK_BYTES, 0);
    if choices.is_rare() {
        let at = choices.number() as usize % bytes.len().max(1);
        bytes.truncate(at);
    }
    bytes
}

fn record(choices: &mut Choices<'_>, bytes: &mut Vec<u8>, kind: u8, content: &[u8]) {
    entry(choices, bytes, b"././@LongLink", kind, content);
}

fn entry(choices: &mut Choices<'_>, bytes: &mut Vec<u8>, name: &[u8], kind: u8, content: &[u8]) {
    let mut block = [0; BLOCK_BYTES];
    let length = name.len().min(100);
    block[..length].copy_from_slice(&name[..length]);
    block[100..107].copy_from_slice(b"0000644");
    let size = if choices.is_rare() {
        u64::from(choices.number())
    } else {
        content.len() as u64
    };
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[257..265].copy_from_slice(if choices.is_rare() {
        b"ustar  \0"
    } else {
        b"ustar\x0000"
    });
    if choices.is_rare() {
        let at = choices.below(256) + choices.below(256);
        block[at] = choices.byte();
    }
    set_checksum(&mut block);
    bytes.extend(block);
    bytes.extend(content);
    let padding = u8::from(choices.is_rare());
    bytes.resize(bytes.len().next_multiple_of(BLOCK_BYTES), padding);
}

fn pax(choices: &mut Choices<'_>, name: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    for _ in 0..=choices.below(3) {
        let key = *choices.pick(&PAX_KEYS);
        let number = choices.below(6).to_string();
        let value = match key {
            "path" => name,
            "size" => number.as_bytes(),
            "hdrcharset" => b"ISO-IR 10646 2000 UTF-8",
            _ => choices.bytes(12),
        };
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length += 1;
        }
        record.extend([format!("{length} {key}=").as_bytes(), value, b"\n"].concat());
    }
    if choices.is_rare() {
        record.truncate(choices.below(256));
    }
    record
}

fn set_checksum(block: &mut [u8; BLOCK_BYTES]) {
    block[CHECKSUM].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// The same bytes with a right checksum in every block that looks like a header.
pub fn repaired(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let (blocks, _) = bytes.as_chunks_mut::<BLOCK_BYTES>();
    let is_header = |block: &&mut [u8; BLOCK_BYTES]| block[257..262] == *b"ustar";
    blocks.iter_mut().filter(is_header).for_each(set_checksum);
    bytes
}
