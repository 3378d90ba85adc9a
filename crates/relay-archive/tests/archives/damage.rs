//! Archives that lost bytes, or had one changed, on their way: refused, or read exactly as they were.
//!
//! Which changes are harmless, and why: times, versions, compression hints, permissions and comments, since no name and no
//! content hangs on them; and changes in a compressed stream that unpack to the same bytes (unused codes and bits, one run
//! of zeros copied instead of another), since that is what the checksum says. A plain tar protects its headers
//! only, so there a changed content stays unseen; its package has a hash of custody and, as a bag, its manifests.

use std::ops::Range;

use proptest::prelude::*;
use relay_archive::ArchiveFormat;

use crate::support::*;

const CSV: &[u8] = b"city,n\nRome,1\nRome,2\nParis,3\n";

fn sample_entries() -> Vec<ZipEntry> {
    let mut folder = ZipEntry::stored("d/", b"");
    folder.attributes = 0o040_755 << 16 | 0x10;
    vec![
        folder,
        ZipEntry::deflated("d/a.csv", CSV),
        ZipEntry::stored("d/b.csv", CSV),
        ZipEntry::deflated("\u{e4}.csv", CSV).streamed(true, false),
    ]
}

fn sample_zip() -> Vec<u8> {
    zip_with(&sample_entries(), |end| {
        end.comment = b"hello".to_vec();
        end.comment_bytes = 5;
    })
}

fn sample_tar() -> Vec<u8> {
    let long = tar_entry("././@LongLink", b'L', b"a-long-name.csv\0");
    let pax = tar_entry("x", b'x', &pax_field("path", b"d/b.csv"));
    tar_of(&[
        tar_entry("d/", b'5', b""),
        long,
        tar_entry("a", b'0', CSV),
        pax,
        tar_entry("b", b'0', CSV),
    ])
}

fn samples() -> [(ArchiveFormat, Vec<u8>); 6] {
    [
        (ArchiveFormat::Zip, sample_zip()),
        (ArchiveFormat::Tar, sample_tar()),
        (ArchiveFormat::TarGzip, gzip(&sample_tar())),
        (ArchiveFormat::TarZstd, zstd(&sample_tar())),
        (ArchiveFormat::TarBzip2, bzip2(&sample_tar())),
        (ArchiveFormat::TarXz, xz(&sample_tar())),
    ]
}

#[test]
fn every_truncation_is_refused() {
    for (format, whole) in samples() {
        assert!(read(&whole, format).is_ok());
        for length in 0..whole.len() {
            let refusal = refusal_of(&whole[..length], format);
            assert!(refusal.rule.name().starts_with("archive_"), "{length}: {refusal}");
        }
    }
}

/// Fields of a zip's headers that no name and no content hangs on, as offsets from a signature.
fn harmless_in_zip(bytes: &[u8]) -> Vec<Range<usize>> {
    let comment = bytes.len() - 5..bytes.len();
    let mut ranges = Vec::from([comment]);
    // What still unpacks to the same bytes has the same checksum; the contents are compared.
    for entry in sample_entries().iter().filter(|entry| entry.local.method == 8) {
        let is_data = |at: &usize| bytes[*at..].starts_with(&entry.data);
        ranges.extend((0..bytes.len()).filter(is_data).map(|at| at..at + entry.data.len()));
    }
    for at in 0..bytes.len() - 4 {
        let fields: &[Range<usize>] = match &bytes[at..at + 4] {
            // Version; flags for hints; time and date.
            b"PK\x03\x04" => &[4..8, 10..14],
            // Versions; flags; time and date; attributes.
            b"PK\x01\x02" => &[4..10, 12..16, 36..42],
            _ => &[],
        };
        ranges.extend(fields.iter().map(|field| at + field.start..at + field.end));
    }
    ranges
}

fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let masks = (0..8).map(|bit| 1u8 << bit).chain([0xff]);
    (0..bytes.len()).flat_map(move |at| {
        masks.clone().map(move |mask| {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= mask;
            (at, flipped)
        })
    })
}

#[test]
fn every_flip_in_a_zip_is_refused_or_harmless() {
    let whole = sample_zip();
    let expected = entries(&whole, ArchiveFormat::Zip);
    let harmless = harmless_in_zip(&whole);
    let mut accepted = 0;
    for (at, flipped) in flips(&whole) {
        if let Ok((collector, _)) = read(&flipped, ArchiveFormat::Zip) {
            assert_eq!(collector.entries, expected, "byte {at}");
            assert!(
                harmless.iter().any(|range| range.contains(&at)),
                "byte {at} is not harmless"
            );
            accepted += 1;
        }
    }
    assert!(accepted > 100, "times and comments are free: {accepted}");
}

#[test]
fn every_flip_in_a_tar_is_refused_but_in_contents() {
    let whole = sample_tar();
    let contents: Vec<Range<usize>> = (0..whole.len() - CSV.len())
        .filter(|at| whole[*at..].starts_with(CSV))
        .map(|at| at..at + CSV.len())
        .collect();
    assert_eq!(contents.len(), 2);
    // The text of long-name and pax records is content too: it names the entry behind it.
    let is_content = |at: usize| contents.iter().any(|range| range.contains(&at));
    let records: [&[u8]; 2] = [b"a-long-name.csv\0", b"16 path=d/b.csv\n"];
    let is_name = |at: usize| {
        records.iter().any(|record| {
            let start = whole.windows(16).position(|window| window == *record).unwrap();
            (start..start + 16).contains(&at)
        })
    };
    let expected = entries(&whole, ArchiveFormat::Tar);
    for (at, flipped) in flips(&whole) {
        match read(&flipped, ArchiveFormat::Tar) {
            Ok(_) if is_content(at) || is_name(at) => {}
            Ok((collector, _)) => {
                // Of the checksum itself only the number counts, not how it is filled up.
                assert!((148..156).contains(&(at % 512)), "byte {at}");
                assert_eq!(collector.entries, expected, "byte {at}");
            }
            Err(refusal) => assert!(!is_content(at), "byte {at}: {refusal}"),
        }
    }
}

#[test]
fn every_flip_in_a_compressed_tar_is_refused_or_harmless() {
    for (format, whole) in &samples()[2..] {
        let expected = entries(whole, *format);
        let mut accepted = Vec::new();
        for (at, flipped) in flips(whole) {
            if let Ok((collector, _)) = read(&flipped, *format) {
                assert_eq!(collector.entries, expected, "{} byte {at}", format.name());
                accepted.push(at);
            }
        }
        if *format == ArchiveFormat::TarGzip {
            // RFC 1952: magic and method, CRC-32 and length.
            let must_be = |at: &usize| *at < 3 || *at >= whole.len() - 8;
            assert!(!accepted.iter().any(must_be), "{accepted:?}");
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Set(usize, u8),
    Remove(usize, usize),
    Insert(usize, Vec<u8>),
    Repeat(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<usize>(), 1..40usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<usize>(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<usize>(), 1..200usize).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len().max(1);
    match change {
        Change::Set(at, byte) => bytes[at % length] = *byte,
        Change::Remove(at, count) => {
            let at = at % length;
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        Change::Insert(at, new) => {
            let at = at % length;
            bytes.splice(at..at, new.iter().copied());
        }
        Change::Repeat(at, count) => {
            let at = at % length;
            let again = bytes[at..(at + count).min(bytes.len())].to_vec();
            bytes.splice(at..at, again);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn changed_archives_are_refused_or_read_as_they_were(
        which in 0..6usize,
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let (format, whole) = samples()[which].clone();
        let mut changed = whole.clone();
        for change in &changes {
            if !changed.is_empty() {
                apply(&mut changed, change);
            }
        }
        if let Ok((collector, _)) = read(&changed, format) && format != ArchiveFormat::Tar {
            prop_assert_eq!(collector.entries, entries(&whole, format));
        }
    }

    #[test]
    fn noise_is_never_an_archive_and_never_a_panic(which in 0..6usize, noise in prop::collection::vec(any::<u8>(), 0..2000)) {
        let format = samples()[which].0;
        let magic: &[u8] = match format {
            ArchiveFormat::Zip => b"PK\x03\x04",
            ArchiveFormat::Tar => b"",
            ArchiveFormat::TarGzip => b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
            ArchiveFormat::TarZstd => b"\x28\xb5\x2f\xfd",
            ArchiveFormat::TarBzip2 => b"BZh11AY&SY",
            ArchiveFormat::TarXz => b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46\x02\0\x21\x01\x0c\0\0\0\x8f\x98\x41\x9c",
        };
        prop_assert!(read(&[magic, &noise].concat(), format).is_err());
    }
}
