//! Zips made of decisions (APPNOTE.TXT 6.3.10).

use flate2::Crc;

use super::{content, deflate, name};
use crate::choices::Choices;

/// The most entries.
const ENTRIES_MAX: usize = 6;
const DESCRIPTOR_FLAG: u16 = 1 << 3;
const UTF8_FLAG: u16 = 1 << 11;
const ZIP64: u16 = 1;
const UNICODE_PATH: u16 = 0x7075;

/// What a header says of an entry.
#[derive(Clone)]
struct Head {
    flags: u16,
    method: u16,
    crc32: u32,
    packed: u32,
    unpacked: u32,
    name: Vec<u8>,
    extra: Vec<u8>,
}

/// A zip of whatever the bytes decide.
pub fn make(choices: &mut Choices<'_>, depth: u32) -> Vec<u8> {
    let count = choices.below(ENTRIES_MAX);
    let files: Vec<(Vec<u8>, Vec<u8>)> = (0..count).map(|_| (name(choices), content(choices, depth))).collect();
    of_files(choices, &files)
}

/// A zip of these files.
pub fn of_files(choices: &mut Choices<'_>, files: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut records = Vec::new();
    for (name, content) in files {
        let offset = bytes.len() as u32;
        let central = entry(choices, name, content, &mut bytes);
        records.push(record(choices, &central, offset));
    }
    if choices.is_rare() {
        records.reverse();
    }
    if choices.is_rare() {
        records.pop();
    }
    if choices.is_rare() {
        records.extend(records.first().cloned());
    }
    end(choices, &mut bytes, &records);
    if choices.is_rare() {
        lie(choices, &mut bytes);
    }
    bytes
}

/// Writes one entry; returns what the directory says of it.
fn entry(choices: &mut Choices<'_>, name: &[u8], content: &[u8], bytes: &mut Vec<u8>) -> Head {
    let is_stored = choices.is();
    let data = if is_stored { content.to_vec() } else { deflate(content) };
    let mut crc = Crc::new();
    crc.update(content);
    let mut local = Head {
        flags: if name.is_ascii() || choices.is_rare() {
            0
        } else {
            UTF8_FLAG
        },
        method: if is_stored { 0 } else { 8 },
        crc32: crc.sum(),
        packed: data.len() as u32,
        unpacked: content.len() as u32,
        name: name.to_vec(),
        extra: Vec::new(),
    };
    let mut central = local.clone();
    let true_head = local.clone();
    match choices.below(16) {
        12 => local.extra = extra(UNICODE_PATH, &unicode_path(name)),
        13 => {
            let sizes = [local.unpacked, local.packed].map(|size| u64::from(size).to_le_bytes());
            local.extra = extra(ZIP64, &sizes.concat());
            (local.packed, local.unpacked) = (u32::MAX, u32::MAX);
        }
        14 => central.extra = extra(ZIP64, choices.bytes(28)),
        15 => local.extra = choices.bytes(60).to_vec(),
        _ => {}
    }
    let has_descriptor = choices.below(4) == 3;
    if has_descriptor {
        local.flags |= DESCRIPTOR_FLAG;
        central.flags |= DESCRIPTOR_FLAG;
        (local.crc32, local.packed, local.unpacked) = (0, 0, 0);
    }
    if choices.is_rare() {
        falsify(choices, &mut local);
    }
    if choices.is_rare() {
        falsify(choices, &mut central);
    }
    bytes.extend(b"PK\x03\x04\x14\0");
    put(&local, bytes);
    bytes.extend([&local.name[..], &local.extra, &data].concat());
    if has_descriptor {
        descriptor(choices, &true_head, bytes);
    }
    central
}

fn falsify(choices: &mut Choices<'_>, head: &mut Head) {
    let by = choices.number();
    match choices.below(7) {
        0 => head.flags ^= 1 << (by % 16),
        1 => head.method ^= by as u16 & 0x6f,
        2 => head.crc32 ^= by,
        3 => head.packed = head.packed.wrapping_add(by),
        4 => head.unpacked = head.unpacked.wrapping_add(by),
        5 => head.name = name(choices),
        _ => head.extra = extra(choices.byte().into(), choices.bytes(30)),
    }
}

fn put(head: &Head, bytes: &mut Vec<u8>) {
    for field in [head.flags, head.method, 0, 0x21] {
        bytes.extend(field.to_le_bytes());
    }
    for field in [head.crc32, head.packed, head.unpacked] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend((head.name.len() as u16).to_le_bytes());
    bytes.extend((head.extra.len() as u16).to_le_bytes());
}

fn descriptor(choices: &mut Choices<'_>, head: &Head, bytes: &mut Vec<u8>) {
    if !choices.is() {
        bytes.extend(b"PK\x07\x08");
    }
    bytes.extend(head.crc32.to_le_bytes());
    let is_long = choices.is();
    for size in [head.packed, head.unpacked] {
        if is_long {
            bytes.extend(u64::from(size).to_le_bytes());
        } else {
            bytes.extend(size.to_le_bytes());
        }
    }
}

fn record(choices: &mut Choices<'_>, head: &Head, offset: u32) -> Vec<u8> {
    let offset = if choices.is_rare() { choices.number() } else { offset };
    let attributes = match choices.below(16) {
        13 => 0o120_777 << 16,
        14 => 0o040_755 << 16 | 0x10,
        15 => choices.number(),
        _ => 0,
    };
    let disk = u16::from(choices.is_rare());
    let mut bytes = b"PK\x01\x02\x14\x03\x14\0".to_vec();
    put(head, &mut bytes);
    bytes.extend([0, 0]);
    bytes.extend(disk.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(attributes.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend(&head.name);
    bytes.extend(&head.extra);
    bytes
}

fn end(choices: &mut Choices<'_>, bytes: &mut Vec<u8>, records: &[Vec<u8>]) {
    let start = bytes.len();
    bytes.extend(records.concat());
    let size = bytes.len() - start;
    let mut count = records.len();
    if choices.is_rare() {
        let end = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
        for field in [count, count, size, start] {
            bytes.extend((field as u64).to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(end.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
    }
    if choices.is_rare() {
        count += choices.below(3);
    }
    let comment = if choices.is_rare() { choices.bytes(40) } else { &[] };
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend((count as u16).to_le_bytes());
    bytes.extend((count as u16).to_le_bytes());
    bytes.extend((size as u32).to_le_bytes());
    bytes.extend((start as u32).to_le_bytes());
    bytes.extend((comment.len() as u16).to_le_bytes());
    bytes.extend(comment);
}

/// Changes, takes out or adds something anywhere.
fn lie(choices: &mut Choices<'_>, bytes: &mut Vec<u8>) {
    let at = choices.number() as usize % bytes.len().max(1);
    match choices.below(4) {
        0 => bytes.truncate(at),
        1 => bytes.extend(choices.bytes(20)),
        2 => drop(bytes.splice(at..at, choices.bytes(20).iter().copied())),
        _ => {
            let by = choices.byte();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= by;
            }
        }
    }
}

fn extra(id: u16, data: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

fn unicode_path(name: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(name);
    [&[1][..], &crc.sum().to_le_bytes(), name].concat()
}
