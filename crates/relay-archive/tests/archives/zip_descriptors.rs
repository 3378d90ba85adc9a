//! Sizes behind the content: the four forms, what lies in them, and stored entries that nobody can delimit.

use relay_archive::{ArchiveError, ArchiveFormat, ArchiveLimits, ArchiveRule, DirectoryHint, read_archive_with_hint};

use crate::support::*;

const CONTENT: &[u8] = b"one,two\n1,2\n1,2\n1,2\n1,2\n";

fn rule(bytes: &[u8]) -> ArchiveRule {
    rule_of(bytes, ArchiveFormat::Zip)
}

#[test]
fn all_forms_are_read_whatever_follows() {
    let forms = [(true, false), (true, true), (false, false), (false, true)];
    for content in [CONTENT, b""] {
        let all: Vec<_> = forms
            .iter()
            .enumerate()
            .map(|(index, (has_signature, is_long))| {
                ZipEntry::deflated(&index.to_string(), content).streamed(*has_signature, *is_long)
            })
            .collect();
        let found = entries(&zip_of(&all), ArchiveFormat::Zip);
        assert_eq!(found.len(), 4);
        assert!(found.iter().all(|(_, found)| found.as_deref() == Some(content)));
    }
}

#[test]
fn a_descriptor_must_be_true() {
    let lying = |change: fn(&mut Vec<u8>)| {
        let mut entry = ZipEntry::deflated("a", CONTENT).streamed(true, false);
        change(&mut entry.descriptor);
        rule(&zip_of(&[entry]))
    };
    assert_eq!(lying(|bytes| bytes[4] ^= 1), ArchiveRule::ChecksumMismatch);
    assert_eq!(lying(|bytes| bytes[8] ^= 1), ArchiveRule::SizeMismatch);
    assert_eq!(lying(|bytes| bytes[12] ^= 1), ArchiveRule::SizeMismatch);
    assert_eq!(lying(|bytes| bytes.push(0)), ArchiveRule::ForeignBytes);
    assert_eq!(lying(Vec::clear), ArchiveRule::SizeMismatch);
    // What the header says before its time must be true as well.
    let early = |change: fn(&mut Head)| {
        let mut entry = ZipEntry::deflated("a", CONTENT).streamed(true, false);
        change(&mut entry.local);
        rule(&zip_of(&[entry]))
    };
    assert_eq!(early(|head| head.crc32 = 7), ArchiveRule::ChecksumMismatch);
    assert_eq!(early(|head| head.packed = 7), ArchiveRule::SizeMismatch);
    assert_eq!(early(|head| head.unpacked = 7), ArchiveRule::SizeMismatch);
}

#[test]
fn a_stored_entry_needs_its_length_in_front() {
    let bytes = zip_of(&[ZipEntry::stored("a", CONTENT).streamed(true, false)]);
    assert_eq!(rule(&bytes), ArchiveRule::StoredWithoutLength);
    let nothing = zip_of(&[
        ZipEntry::stored("d/", b"").streamed(true, false),
        ZipEntry::stored("a", b"").streamed(false, true),
    ]);
    assert_eq!(entries(&nothing, ArchiveFormat::Zip).len(), 2);
    // Content that pretends to be the descriptor of nothing, with an entry behind it.
    let inner = zip_of(&[ZipEntry::stored("inner", b"x")]);
    let pretending = [&b"PK\x07\x08\0\0\0\0\0\0\0\0\0\0\0\0"[..], &inner[..32]].concat();
    let bytes = zip_of(&[ZipEntry::stored("a", &pretending).streamed(true, false)]);
    assert!(read(&bytes, ArchiveFormat::Zip).is_err());
}

#[test]
fn a_hint_gives_the_length_and_is_not_believed() {
    let contents = [CONTENT, b"PK\x07\x08\0\0\0\0\0\0\0\0\0\0\0\0PK\x03\x04", b""];
    let all: Vec<_> = contents
        .iter()
        .enumerate()
        .map(|(index, content)| ZipEntry::stored(&index.to_string(), content).streamed(true, index == 1))
        .collect();
    let bytes = zip_of(&all);
    let read_hinted = |wrong: u64| {
        let mut hint = DirectoryHint::default();
        let mut offset = 0;
        for (entry, content) in all.iter().zip(contents) {
            hint.add(offset, content.len() as u64 + wrong);
            offset += (30 + entry.local.name.len() + entry.data.len() + entry.descriptor.len()) as u64;
        }
        let mut collector = Collector::default();
        let limits = ArchiveLimits::default();
        let result = read_archive_with_hint(&bytes[..], ArchiveFormat::Zip, &limits, Some(&hint), &mut collector);
        result.map(|_| collector.entries)
    };
    let found: Vec<_> = read_hinted(0)
        .unwrap()
        .into_iter()
        .filter_map(|(_, content)| content)
        .collect();
    assert_eq!(found, contents);
    for wrong in [1, 16, 1_000_000, u64::MAX / 2] {
        assert!(matches!(read_hinted(wrong), Err(ArchiveError::Refused(_))), "{wrong}");
    }
}
