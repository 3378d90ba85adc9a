//! Archives within archives: their entries, their own bytes, and faults in them.

use std::io::{Cursor, Read as _};

use relay_archive::{
    ArchiveFormat, ArchiveLimits, ArchiveRule, Content, Entry, NESTING_SEPARATOR, Nesting, Visitor, read_archive,
};
use relay_testing::bombs;

use crate::support::*;

fn inner_zip() -> Vec<u8> {
    zip_of(&[
        ZipEntry::deflated("a.csv", b"1\n2\n"),
        ZipEntry::stored("b.csv", b"3\n"),
    ])
}

#[test]
fn every_format_is_found_in_every_other() {
    let inner_tar = tar_of(&[tar_entry("a.csv", b'0', b"1\n2\n"), tar_entry("b.csv", b'0', b"3\n")]);
    let mut inners = vec![inner_zip()];
    inners.extend(packed(&inner_tar).into_iter().map(|(bytes, _)| bytes));
    let around = |inner: &[u8]| {
        let tar = tar_of(&[tar_entry("d/in.bin", b'0', inner), tar_entry("z", b'0', b"last")]);
        let behind = |entry: ZipEntry| zip_of(&[entry, ZipEntry::stored("z", b"last")]);
        let mut all = vec![
            (behind(ZipEntry::stored("d/in.bin", inner)), ArchiveFormat::Zip),
            (
                behind(ZipEntry::deflated("d/in.bin", inner).streamed(true, false)),
                ArchiveFormat::Zip,
            ),
        ];
        all.extend(packed(&tar));
        all
    };
    for inner in &inners {
        for (bytes, format) in around(inner) {
            let (collector, survey) = read(&bytes, format).unwrap();
            let paths: Vec<_> = collector
                .visited
                .iter()
                .map(|entry| (entry.path.as_str(), entry.index, entry.depth))
                .collect();
            assert_eq!(
                paths,
                [("d/in.bin!/a.csv", 1, 1), ("d/in.bin!/b.csv", 2, 1), ("z", 3, 0)]
            );
            assert_eq!(collector.entries[0].1.as_deref(), Some(&b"1\n2\n"[..]));
            assert_eq!(collector.nested, [("d/in.bin".to_owned(), inner.clone())]);
            assert_eq!((survey.nested_archives, survey.depth, survey.files), (1, 1, 4));
        }
    }
}

#[test]
fn the_path_of_a_nested_entry_has_one_reading() {
    // Files may end with an exclamation mark; the first separator still ends the outer archive's path.
    let bytes = zip_of(&[ZipEntry::stored("wow!", &inner_zip())]);
    let (collector, _) = read(&bytes, ArchiveFormat::Zip).unwrap();
    let (archive, inner) = collector.entries[0].0.split_once(NESTING_SEPARATOR).unwrap();
    assert_eq!((archive, inner), ("wow!", "a.csv"));
}

#[test]
fn compressed_tables_are_no_archives() {
    let csv = b"city,n\nRome,1\n".repeat(2_000);
    for packed in [
        gzip(&csv),
        zstd(&csv),
        bzip2(&csv),
        xz(&csv),
        gzip(&inner_zip()),
        b"\x1f\x8b\x08".to_vec(),
        b"\x28\xb5\x2f\xfd".to_vec(),
        b"BZh91AY&SY".to_vec(),
        b"\xfd7zXZ\0".to_vec(),
    ] {
        let bytes = zip_of(&[ZipEntry::stored("x", &packed)]);
        assert_eq!(entries(&bytes, ArchiveFormat::Zip), [("x".to_owned(), Some(packed))]);
    }
}

#[test]
fn what_shows_itself_late_is_found_all_the_same() {
    // A block of bzip2 is longer than what is read of any other file to tell what it is.
    let inner = tar_of(&[
        tar_entry("noise", b'0', &noise(2_000_000)),
        tar_entry("a.csv", b'0', b"1\n"),
    ]);
    for (packed, _) in packed(&inner) {
        let bytes = zip_of(&[ZipEntry::stored("x", &packed)]);
        let found: Vec<String> = entries(&bytes, ArchiveFormat::Zip)
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        assert_eq!(found, ["x!/noise", "x!/a.csv"]);
    }
}

#[test]
fn a_fault_in_a_nested_archive_is_named_with_its_place() {
    let mut damaged = inner_zip();
    let at = damaged.len() - 25;
    damaged[at] ^= 1;
    let table = [
        (damaged, ArchiveRule::ZipDirectoryMismatch, "d/in.zip!/b.csv"),
        (inner_zip()[..38].to_vec(), ArchiveRule::Truncated, "d/in.zip!/a.csv"),
        (
            [inner_zip(), b"x".to_vec()].concat(),
            ArchiveRule::TrailingBytes,
            "d/in.zip",
        ),
        (
            zip_of(&[ZipEntry::stored("../x", b"")]),
            ArchiveRule::NameDotSegment,
            "d/in.zip!/../x",
        ),
    ];
    for (inner, rule, place) in table {
        let bytes = zip_of(&[ZipEntry::deflated("d/in.zip", &inner)]);
        let refusal = refusal_of(&bytes, ArchiveFormat::Zip);
        assert_eq!(refusal.rule, rule);
        assert_eq!(refusal.place.as_deref(), Some(place), "{refusal}");
    }
    // A fault of the archive around is not the inner one's.
    let mut outer = ZipEntry::deflated("in.zip", &inner_zip());
    outer = outer.both(|head| head.crc32 ^= 1);
    let refusal = refusal_of(&zip_of(&[outer]), ArchiveFormat::Zip);
    assert_eq!(
        (refusal.rule, refusal.place.as_deref()),
        (ArchiveRule::ChecksumMismatch, Some("in.zip"))
    );
}

#[test]
fn names_are_unique_within_their_own_archive() {
    let bytes = zip_of(&[
        ZipEntry::stored("1.zip", &inner_zip()),
        ZipEntry::stored("2.zip", &inner_zip()),
        ZipEntry::stored("a.csv", b"top"),
    ]);
    assert_eq!(entries(&bytes, ArchiveFormat::Zip).len(), 5);
}

/// Keeps nested archives as files.
#[derive(Default)]
struct Keeper(Vec<(String, Vec<u8>)>);

impl Visitor for Keeper {
    type Error = std::io::Error;
    type Packed = ();

    fn file(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), Self::Error> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        self.0.push((entry.path.clone(), bytes));
        Ok(())
    }

    fn enter(&mut self, _entry: &Entry, format: ArchiveFormat) -> Result<Nesting, Self::Error> {
        assert_eq!(format, ArchiveFormat::Zip);
        Ok(Nesting::Keep)
    }
}

#[test]
fn a_visitor_may_keep_a_nested_archive_as_it_is() {
    let bytes = zip_of(&[ZipEntry::deflated("book.xlsx", &inner_zip())]);
    let limits = ArchiveLimits {
        depth_max: 0,
        ..ArchiveLimits::default()
    };
    let mut keeper = Keeper::default();
    let survey = read_archive(&bytes[..], ArchiveFormat::Zip, &limits, &mut keeper).unwrap();
    assert_eq!(keeper.0, [("book.xlsx".to_owned(), inner_zip())]);
    assert_eq!((survey.entries, survey.nested_archives), (1, 0));
}

#[test]
fn the_archive_that_contains_itself_is_the_same_at_every_level() {
    let quine = bombs::zip_quine();
    let mut unpacked = quine.clone();
    for level in 0..20 {
        let mut archive = zip::ZipArchive::new(Cursor::new(unpacked)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut content = Vec::new();
        archive.by_index(0).unwrap().read_to_end(&mut content).unwrap();
        assert!(content == quine, "level {level}");
        unpacked = content;
    }
}

#[test]
fn an_archive_without_an_innermost_one_ends_where_the_limits_say() {
    let quine = bombs::zip_quine();
    for depth_max in [0, 1, 3] {
        let limits = ArchiveLimits {
            depth_max,
            ..ArchiveLimits::default()
        };
        let refusal = read_with(&quine, ArchiveFormat::Zip, &limits).err().unwrap();
        assert_eq!(refusal.rule, ArchiveRule::TooDeep);
        let separators = refusal.place.unwrap().matches(NESTING_SEPARATOR).count();
        assert_eq!(
            separators, depth_max as usize,
            "the archive that is one too deep is named"
        );
    }
    // Nobody should allow that, and then the paths become too long.
    let limits = ArchiveLimits {
        depth_max: u32::MAX,
        ..ArchiveLimits::default()
    };
    let refusal = read_with(&quine, ArchiveFormat::Zip, &limits).err().unwrap();
    assert_eq!(refusal.rule, ArchiveRule::NameTooLong);
}
