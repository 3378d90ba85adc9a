//! Limits: the last that is allowed passes, one more is refused; and all levels of nesting are counted together.

use relay_archive::{ArchiveFormat, ArchiveLimits, ArchiveRule, ArchiveSurvey};

use crate::support::*;

const ZIP: ArchiveFormat = ArchiveFormat::Zip;

fn outcome(bytes: &[u8], format: ArchiveFormat, limits: &ArchiveLimits) -> Result<ArchiveSurvey, ArchiveRule> {
    match read_with(bytes, format, limits) {
        Ok((_, survey)) => Ok(survey),
        Err(refusal) => Err(refusal.rule),
    }
}

fn with(change: impl FnOnce(&mut ArchiveLimits)) -> ArchiveLimits {
    let mut limits = ArchiveLimits::default();
    change(&mut limits);
    limits
}

#[test]
fn entries_are_counted_over_all_levels() {
    let inner = zip_of(&[ZipEntry::stored("a", b""), ZipEntry::stored("b/", b"")]);
    let outer = zip_of(&[ZipEntry::stored("1.zip", &inner), ZipEntry::stored("2.zip", &inner)]);
    let survey = outcome(&outer, ZIP, &with(|limits| limits.entries_max = 6)).unwrap();
    assert_eq!(
        (survey.entries, survey.files, survey.nested_archives, survey.depth),
        (6, 4, 2, 1)
    );
    let refused = outcome(&outer, ZIP, &with(|limits| limits.entries_max = 5));
    assert_eq!(refused, Err(ArchiveRule::TooManyEntries));
}

#[test]
fn an_entry_is_limited_by_what_comes_out_of_it() {
    let content = vec![7; 100_000];
    let tar = tar_of(&[tar_entry("a", b'0', &content)]);
    let mut archives = vec![
        (zip_of(&[ZipEntry::stored("a", &content)]), ZIP),
        (zip_of(&[ZipEntry::deflated("a", &content)]), ZIP),
        (zip_of(&[ZipEntry::deflated("a", &content).streamed(true, true)]), ZIP),
    ];
    archives.extend(packed(&tar));
    for (bytes, format) in archives {
        assert!(outcome(&bytes, format, &with(|limits| limits.entry_bytes_max = 100_000)).is_ok());
        let refused = outcome(&bytes, format, &with(|limits| limits.entry_bytes_max = 99_999));
        assert_eq!(refused, Err(ArchiveRule::EntryTooLarge));
    }
}

#[test]
fn unpacked_bytes_are_counted_over_all_levels() {
    let inner = zip_of(&[ZipEntry::deflated("a", &vec![7; 50_000])]);
    let outer = zip_of(&[ZipEntry::deflated("1.zip", &inner), ZipEntry::deflated("2.zip", &inner)]);
    let total = 2 * (50_000 + inner.len() as u64);
    let survey = outcome(&outer, ZIP, &with(|limits| limits.unpacked_bytes_max = total)).unwrap();
    assert_eq!(survey.unpacked_bytes, total);
    let refused = outcome(&outer, ZIP, &with(|limits| limits.unpacked_bytes_max = total - 1));
    assert_eq!(refused, Err(ArchiveRule::UnpackedTooLarge));
    // A tar's own blocks come out of its decoder, once.
    let tar = tar_of(&[tar_entry("a", b'0', &vec![7; 50_000])]);
    let total = tar.len() as u64;
    for (format, pack) in COMPRESSED {
        let packed = pack(&tar);
        let survey = outcome(&packed, format, &with(|limits| limits.unpacked_bytes_max = total)).unwrap();
        assert_eq!(survey.unpacked_bytes, total);
        let refused = outcome(&packed, format, &with(|limits| limits.unpacked_bytes_max = total - 1));
        assert_eq!(refused, Err(ArchiveRule::UnpackedTooLarge));
    }
    assert_eq!(
        outcome(&tar, ArchiveFormat::Tar, &ArchiveLimits::default())
            .unwrap()
            .unpacked_bytes,
        50_000
    );
}

#[test]
fn the_ratio_is_judged_once_enough_has_come_out() {
    let bytes = zip_of(&[ZipEntry::deflated("a", &vec![0; 1_000_000])]);
    let ratio = 1_000_000 / bytes.len() as u64;
    let limits = |ratio: u64, unchecked: u64| {
        with(|limits| {
            limits.unpacked_ratio_max = ratio;
            limits.unpacked_bytes_unchecked = unchecked;
        })
    };
    assert!(outcome(&bytes, ZIP, &limits(ratio + 1, 0)).is_ok());
    assert!(outcome(&bytes, ZIP, &limits(10, 1_000_000)).is_ok());
    assert_eq!(outcome(&bytes, ZIP, &limits(ratio, 0)), Err(ArchiveRule::UnpackedRatio));
    assert_eq!(
        outcome(&bytes, ZIP, &limits(10, 999_999)),
        Err(ArchiveRule::UnpackedRatio)
    );
    let tar = tar_of(&[tar_entry("a", b'0', &vec![0; 1_000_000])]);
    for (format, pack) in COMPRESSED {
        let packed = pack(&tar);
        let ratio = tar.len() as u64 / packed.len() as u64;
        assert!(outcome(&packed, format, &limits(ratio + 1, 0)).is_ok());
        assert!(outcome(&packed, format, &limits(10, tar.len() as u64)).is_ok());
        let refused = outcome(&packed, format, &limits(10, tar.len() as u64 - 1));
        assert_eq!(refused, Err(ArchiveRule::UnpackedRatio));
    }
}

#[test]
fn depth_is_limited() {
    let mut bytes = zip_of(&[ZipEntry::stored("core.csv", b"1")]);
    for _ in 0..3 {
        bytes = zip_of(&[ZipEntry::stored("z", &bytes)]);
    }
    let survey = outcome(&bytes, ZIP, &ArchiveLimits::default()).unwrap();
    assert_eq!((survey.depth, survey.nested_archives), (3, 3));
    let deeper = zip_of(&[ZipEntry::stored("z", &bytes)]);
    assert_eq!(
        outcome(&deeper, ZIP, &ArchiveLimits::default()),
        Err(ArchiveRule::TooDeep)
    );
    let none = with(|limits| limits.depth_max = 0);
    assert_eq!(outcome(&bytes, ZIP, &none), Err(ArchiveRule::TooDeep));
    assert!(outcome(&zip_of(&[ZipEntry::stored("a", b"1")]), ZIP, &none).is_ok());
}

#[test]
fn paths_are_limited_with_the_archives_around_them() {
    let inner = zip_of(&[ZipEntry::stored("inner/name.csv", b"1")]);
    let outer = zip_of(&[ZipEntry::stored("outer.zip", &inner)]);
    let length = "outer.zip!/inner/name.csv".len();
    assert!(outcome(&outer, ZIP, &with(|limits| limits.name_bytes_max = length)).is_ok());
    let refused = outcome(&outer, ZIP, &with(|limits| limits.name_bytes_max = length - 1));
    assert_eq!(refused, Err(ArchiveRule::NameTooLong));
    assert!(outcome(&outer, ZIP, &with(|limits| limits.name_segments_max = 3)).is_ok());
    let refused = outcome(&outer, ZIP, &with(|limits| limits.name_segments_max = 2));
    assert_eq!(refused, Err(ArchiveRule::NameTooManySegments));
}

#[test]
fn extra_fields_are_limited() {
    let entry = ZipEntry::stored("a", b"").both(|head| head.extra = extra(0x9999, &[0; 96]));
    let bytes = zip_of(&[entry]);
    assert!(outcome(&bytes, ZIP, &with(|limits| limits.metadata_bytes_max = 100)).is_ok());
    let refused = outcome(&bytes, ZIP, &with(|limits| limits.metadata_bytes_max = 99));
    assert_eq!(refused, Err(ArchiveRule::MetadataTooLarge));
}
