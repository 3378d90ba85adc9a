//! Zips in which two places say two things, or bytes belong to nobody.

use relay_archive::{ArchiveFormat, ArchiveRule};

use crate::support::*;

const CONTENT: &[u8] = b"one,two\n1,2\n1,2\n1,2\n1,2\n";

/// A change, and the rule it breaks.
type EndCase = (fn(&mut End), ArchiveRule);
type Zip64Case = (fn(&mut Vec<u8>, &mut Vec<u8>), ArchiveRule);

fn pair() -> [ZipEntry; 2] {
    [ZipEntry::deflated("a.csv", CONTENT), ZipEntry::stored("b.csv", CONTENT)]
}

fn rule(bytes: &[u8]) -> ArchiveRule {
    rule_of(bytes, ArchiveFormat::Zip)
}

/// The rule that a change in the first entry (deflated), then in the second (stored), is refused by.
fn rules(change: impl Fn(&mut ZipEntry)) -> [ArchiveRule; 2] {
    [0, 1].map(|index| {
        let mut entries = pair();
        change(&mut entries[index]);
        rule(&zip_of(&entries))
    })
}

#[test]
fn the_directory_must_say_what_the_entries_are() {
    let mismatch = [ArchiveRule::ZipDirectoryMismatch; 2];
    assert_eq!(rules(|entry| entry.central.name = b"c.csv".to_vec()), mismatch);
    assert_eq!(rules(|entry| entry.central.name = b"a.csv/".to_vec()), mismatch);
    assert_eq!(rules(|entry| entry.central.name = b"../evil".to_vec()), mismatch);
    assert_eq!(rules(|entry| entry.central.method ^= 8), mismatch);
    assert_eq!(rules(|entry| entry.central.flags |= 1 << 11), mismatch);
    assert_eq!(rules(|entry| entry.central.crc32 ^= 1), mismatch);
    assert_eq!(rules(|entry| entry.central.packed += 1), mismatch);
    assert_eq!(rules(|entry| entry.central.unpacked += 1), mismatch);
    assert_eq!(rules(|entry| entry.offset = Some(1)), mismatch);
    assert_eq!(rules(|entry| entry.records = 0), mismatch);
    assert_eq!(rules(|entry| entry.records = 2), mismatch);
    assert_eq!(rules(|entry| entry.central.flags |= 1), [ArchiveRule::Encrypted; 2]);
    assert_eq!(rules(|entry| entry.disk = 1), [ArchiveRule::MultiDisk; 2]);
}

#[test]
fn the_order_of_the_directory_is_free() {
    let entries_in_order = zip_of(&pair());
    let start = entries_in_order
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    let end = entries_in_order
        .windows(4)
        .position(|window| window == b"PK\x05\x06")
        .unwrap();
    let (records, length) = (&entries_in_order[start..end], (end - start) / 2);
    let turned = [
        &entries_in_order[..start],
        &records[length..],
        &records[..length],
        &entries_in_order[end..],
    ]
    .concat();
    assert_eq!(
        entries(&turned, ArchiveFormat::Zip),
        entries(&entries_in_order, ArchiveFormat::Zip)
    );
}

#[test]
fn the_header_must_say_what_the_content_is() {
    let size = [ArchiveRule::SizeMismatch; 2];
    let both = |change: fn(&mut Head)| {
        rules(move |entry| {
            change(&mut entry.local);
            change(&mut entry.central);
        })
    };
    assert_eq!(both(|head| head.crc32 ^= 1), [ArchiveRule::ChecksumMismatch; 2]);
    assert_eq!(both(|head| head.unpacked += 1), size);
    assert_eq!(both(|head| head.unpacked -= 1), size);
    assert_eq!(both(|head| head.unpacked = 0), size);
    assert_eq!(both(|head| head.packed += 1), size);
    assert_eq!(both(|head| head.packed -= 1), size);
    let stored_shorter = |head: &mut Head| {
        head.packed -= 1;
        head.unpacked -= 1;
    };
    assert_eq!(both(stored_shorter)[1], ArchiveRule::ChecksumMismatch);
    let mut damaged = pair();
    damaged[0].data[0] = 0xff;
    assert_eq!(rule(&zip_of(&damaged)), ArchiveRule::Corrupt);
}

#[test]
fn bytes_that_belong_to_nobody_are_refused() {
    let whole = zip_of(&pair());
    let foreign = ArchiveRule::ForeignBytes;
    assert_eq!(rule(&[b"#!/bin/sh\n", &whole[..]].concat()), foreign);
    let mut gap = pair();
    gap[0].data.push(0);
    assert_eq!(rule(&zip_of(&gap)), foreign);
    let mut gap = pair();
    gap[1].data.extend(b"hidden");
    assert_eq!(rule(&zip_of(&gap)), foreign);
    // A whole entry that the directory does not know, and one that only the directory knows.
    let mut hidden = pair();
    hidden[1].records = 0;
    let refusal = refusal_of(&zip_of(&hidden), ArchiveFormat::Zip);
    assert_eq!(refusal.rule, ArchiveRule::ZipDirectoryMismatch);
    assert_eq!(refusal.place.as_deref(), Some("b.csv"));
    let before_end = zip_with(&pair(), |end| end.before = b"PK\x05\x05\0\0".to_vec());
    assert_eq!(rule(&before_end), ArchiveRule::ZipDirectoryInvalid);
    assert_eq!(rule(&[&whole[..], b"\0"].concat()), ArchiveRule::TrailingBytes);
    assert_eq!(rule(&[&whole[..], &whole[..]].concat()), ArchiveRule::TrailingBytes);
}

#[test]
fn the_end_record_must_be_true() {
    let mismatch = ArchiveRule::ZipDirectoryMismatch;
    let changes: [EndCase; 9] = [
        (|end| end.counts[0] += 1, mismatch),
        (|end| end.counts[1] -= 1, mismatch),
        (|end| end.counts = [u16::MAX; 2], mismatch),
        (|end| end.size += 1, mismatch),
        (|end| end.start -= 1, mismatch),
        (|end| end.start = u32::MAX, mismatch),
        (|end| end.disks = [1, 0], ArchiveRule::MultiDisk),
        (|end| end.disks = [0, 1], ArchiveRule::MultiDisk),
        (|end| end.comment_bytes = 1, ArchiveRule::Truncated),
    ];
    for (index, (change, expected)) in changes.into_iter().enumerate() {
        assert_eq!(rule(&zip_with(&pair(), change)), expected, "{index}");
    }
    for mark in [&b"PK\x07\x08"[..], b"PK00"] {
        assert_eq!(rule(&[mark, &zip_of(&pair())].concat()), ArchiveRule::MultiDisk);
    }
}

#[test]
fn a_comment_hides_nothing() {
    let with_comment = |comment: &[u8]| {
        zip_with(&pair(), |end| {
            end.comment = comment.to_vec();
            end.comment_bytes = comment.len() as u16;
        })
    };
    assert_eq!(entries(&with_comment(b"made on a Monday"), ArchiveFormat::Zip).len(), 2);
    let second = with_comment(&zip_of(&[ZipEntry::stored("other.csv", b"2")]));
    assert_eq!(rule(&second), ArchiveRule::CommentInvalid);
    // The mark may begin within the length of the comment itself: 0x4b50 bytes, "\x05\x06" the first of them.
    let mut comment = vec![0; 0x4b50];
    comment[..2].copy_from_slice(b"\x05\x06");
    assert_eq!(rule(&with_comment(&comment)), ArchiveRule::CommentInvalid);
    let longer = zip_with(&pair(), |end| end.comment = b"not announced".to_vec());
    assert_eq!(rule(&longer), ArchiveRule::TrailingBytes);
}

#[test]
fn zip64_fields_stand_where_they_are_needed() {
    let sizes = |unpacked: u64, packed: u64| extra(1, &[unpacked.to_le_bytes(), packed.to_le_bytes()].concat());
    let length = CONTENT.len() as u64;
    let in_local = |packed: u32, unpacked: u32, extra: Vec<u8>| {
        let mut entry = ZipEntry::stored("a.csv", CONTENT);
        (entry.local.packed, entry.local.unpacked, entry.local.extra) = (packed, unpacked, extra);
        zip_of(&[entry])
    };
    let ones = u32::MAX;
    assert_eq!(
        entries(&in_local(ones, ones, sizes(length, length)), ArchiveFormat::Zip).len(),
        1
    );
    let short = CONTENT.len() as u32;
    assert_eq!(
        entries(&in_local(short, short, sizes(length, length)), ArchiveFormat::Zip).len(),
        1
    );
    let invalid = ArchiveRule::Zip64Invalid;
    assert_eq!(rule(&in_local(ones, ones, Vec::new())), invalid);
    assert_eq!(rule(&in_local(ones, short, extra(1, &length.to_le_bytes()))), invalid);
    assert_eq!(rule(&in_local(short, short, sizes(length, length + 1))), invalid);
    assert_eq!(rule(&in_local(short, short, sizes(0, 0))), invalid);
    let twice = [sizes(length, length), sizes(length, length)].concat();
    assert_eq!(rule(&in_local(ones, ones, twice)), ArchiveRule::ZipHeaderInvalid);

    let in_central = |packed: u32, unpacked: u32, extra: Vec<u8>| {
        let mut entry = ZipEntry::stored("a.csv", CONTENT);
        (entry.central.packed, entry.central.unpacked, entry.central.extra) = (packed, unpacked, extra);
        zip_of(&[entry])
    };
    assert_eq!(
        entries(&in_central(ones, ones, sizes(length, length)), ArchiveFormat::Zip).len(),
        1
    );
    assert_eq!(
        entries(
            &in_central(short, ones, extra(1, &length.to_le_bytes())),
            ArchiveFormat::Zip
        )
        .len(),
        1
    );
    assert_eq!(
        entries(&in_central(short, short, sizes(length, length)), ArchiveFormat::Zip).len(),
        1
    );
    assert_eq!(rule(&in_central(ones, ones, extra(1, &length.to_le_bytes()))), invalid);
    assert_eq!(rule(&in_central(short, ones, sizes(length, length))), invalid);
    assert_eq!(rule(&in_central(short, short, sizes(length, 7))), invalid);
    let lie = in_central(ones, ones, sizes(length, 7));
    assert_eq!(rule(&lie), ArchiveRule::ZipDirectoryMismatch);
}

#[test]
fn the_zip64_end_must_be_true_and_have_its_locator() {
    let make = |change: fn(&mut Vec<u8>, &mut Vec<u8>)| {
        let base = zip_of(&pair());
        let start = base.windows(4).position(|window| window == b"PK\x01\x02").unwrap() as u64;
        let end = base.len() as u64 - 22;
        let mut record = b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\x03\x2d\0\0\0\0\0\0\0\0\0".to_vec();
        for field in [2, 2, end - start, start] {
            record.extend(field.to_le_bytes());
        }
        let mut locator = b"PK\x06\x07\0\0\0\0".to_vec();
        locator.extend(end.to_le_bytes());
        locator.extend(1u32.to_le_bytes());
        change(&mut record, &mut locator);
        zip_with(&pair(), |end| {
            end.before = [record, locator].concat();
            (end.counts, end.size, end.start) = ([u16::MAX; 2], u32::MAX, u32::MAX);
        })
    };
    assert_eq!(entries(&make(|_, _| {}), ArchiveFormat::Zip).len(), 2);
    let cases: [Zip64Case; 9] = [
        (|record, _| record[4] += 1, ArchiveRule::Zip64Invalid),
        (|record, _| record[16] = 1, ArchiveRule::MultiDisk),
        (|record, _| record[24] += 1, ArchiveRule::ZipDirectoryMismatch),
        (|record, _| record[32] += 1, ArchiveRule::ZipDirectoryMismatch),
        (|record, _| record[40] += 1, ArchiveRule::ZipDirectoryMismatch),
        (|record, _| record[48] += 1, ArchiveRule::ZipDirectoryMismatch),
        (|_, locator| locator[8] += 1, ArchiveRule::Zip64Invalid),
        (|_, locator| locator[16] = 2, ArchiveRule::MultiDisk),
        (|_, locator| locator.clear(), ArchiveRule::Zip64Invalid),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        assert_eq!(rule(&make(change)), expected, "{index}");
    }
}

#[test]
fn malformed_extra_fields_are_refused() {
    for extra in [&b"\x01"[..], b"\x99\x99\x05\0abc", b"\x99\x99\0\0\0\0"] {
        assert_eq!(
            rules(|entry| entry.local.extra = extra.to_vec()),
            [ArchiveRule::ZipHeaderInvalid; 2]
        );
        assert_eq!(
            rules(|entry| entry.central.extra = extra.to_vec()),
            [ArchiveRule::ZipHeaderInvalid; 2]
        );
    }
}
