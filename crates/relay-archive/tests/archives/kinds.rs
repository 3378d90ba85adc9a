//! What is neither a file nor a folder, or both, or cannot be read.

use relay_archive::{ArchiveFormat, ArchiveRule};

use crate::support::*;

fn with_mode(name: &str, mode: u32) -> Vec<u8> {
    let mut entry = ZipEntry::stored(name, b"");
    entry.attributes = mode << 16;
    zip_of(&[entry])
}

#[test]
fn zip_attributes_say_what_an_entry_is() {
    let table = [
        ("a", 0o120_777, ArchiveRule::Link),
        ("a", 0o020_666, ArchiveRule::Device),
        ("a", 0o060_666, ArchiveRule::Device),
        ("a", 0o010_666, ArchiveRule::Device),
        ("a", 0o140_666, ArchiveRule::Device),
        ("a", 0o040_755, ArchiveRule::KindContradictory),
        ("a/", 0o100_644, ArchiveRule::KindContradictory),
        ("a/", 0o120_777, ArchiveRule::Link),
    ];
    for (name, mode, rule) in table {
        let refusal = refusal_of(&with_mode(name, mode), ArchiveFormat::Zip);
        assert_eq!((refusal.rule, refusal.place.as_deref()), (rule, Some("a")), "{mode:o}");
    }
    for (name, mode) in [("a", 0o100_644), ("a/", 0o040_755), ("a", 0o644), ("a/", 0)] {
        assert_eq!(entries(&with_mode(name, mode), ArchiveFormat::Zip).len(), 1);
    }
    // Whatever system is said to have made it: some readers do not look.
    let mut link = ZipEntry::stored("a", b"/etc/passwd");
    (link.made_by, link.attributes) = (20, 0o120_777 << 16);
    assert_eq!(rule_of(&zip_of(&[link]), ArchiveFormat::Zip), ArchiveRule::Link);
    let mut folder = ZipEntry::stored("a", b"");
    (folder.made_by, folder.attributes) = (20, 0x10);
    assert_eq!(
        rule_of(&zip_of(&[folder]), ArchiveFormat::Zip),
        ArchiveRule::KindContradictory
    );
}

#[test]
fn tar_types_other_than_file_and_folder_are_refused() {
    let table = [
        (b'1', ArchiveRule::Link),
        (b'2', ArchiveRule::Link),
        (b'3', ArchiveRule::Device),
        (b'4', ArchiveRule::Device),
        (b'6', ArchiveRule::Device),
        (b'7', ArchiveRule::KindUnknown),
        (b'S', ArchiveRule::SparseFile),
        (b'D', ArchiveRule::KindUnknown),
        (b'M', ArchiveRule::KindUnknown),
        (b'V', ArchiveRule::KindUnknown),
        (b'Z', ArchiveRule::KindUnknown),
    ];
    for (flag, rule) in table {
        let refusal = refusal_of(&tar_of(&[tar_entry("d/a", flag, b"")]), ArchiveFormat::Tar);
        assert_eq!((refusal.rule, refusal.place.as_deref()), (rule, Some("d/a")), "{flag}");
    }
    for field in [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.realsize", "9"),
        ("SCHILY.realsize", "9"),
    ] {
        let record = tar_entry("x", b'x', &pax_field(field.0, field.1.as_bytes()));
        let bytes = tar_of(&[record, tar_entry("a", b'0', b"")]);
        assert_eq!(rule_of(&bytes, ArchiveFormat::Tar), ArchiveRule::SparseFile);
    }
    let slashed = tar_of(&[tar_entry("a/", b'0', b"")]);
    assert_eq!(rule_of(&slashed, ArchiveFormat::Tar), ArchiveRule::KindContradictory);
}

#[test]
fn a_folder_has_no_content() {
    let stored = zip_of(&[ZipEntry::stored("a/", b"1")]);
    let deflated = zip_of(&[ZipEntry::deflated("a/", b"1")]);
    let streamed = zip_of(&[ZipEntry::deflated("a/", b"1").streamed(true, false)]);
    for bytes in [stored, deflated, streamed] {
        assert_eq!(rule_of(&bytes, ArchiveFormat::Zip), ArchiveRule::FolderWithContent);
    }
    let tar = tar_of(&[tar_entry("a/", b'5', b"1")]);
    assert_eq!(rule_of(&tar, ArchiveFormat::Tar), ArchiveRule::FolderWithContent);
    // Some writers deflate the nothing of a folder.
    let nothing = zip_of(&[ZipEntry::deflated("a/", b"").streamed(true, false)]);
    assert_eq!(entries(&nothing, ArchiveFormat::Zip), [("a".to_owned(), None)]);
}

#[test]
fn encrypted_entries_and_other_methods_are_refused() {
    for flag in [1u16, 1 << 6, 1 << 13] {
        let entry = ZipEntry::stored("a", b"x").both(|head| head.flags |= flag);
        assert_eq!(
            rule_of(&zip_of(&[entry]), ArchiveFormat::Zip),
            ArchiveRule::Encrypted,
            "{flag}"
        );
    }
    let table = [
        (99, ArchiveRule::Encrypted),
        (1, ArchiveRule::MethodUnknown),
        (9, ArchiveRule::MethodUnknown),
        (12, ArchiveRule::MethodUnknown),
        (14, ArchiveRule::MethodUnknown),
        (93, ArchiveRule::MethodUnknown),
    ];
    for (method, rule) in table {
        let entry = ZipEntry::stored("a", b"x").both(|head| head.method = method);
        assert_eq!(rule_of(&zip_of(&[entry]), ArchiveFormat::Zip), rule, "{method}");
    }
    let patch = ZipEntry::stored("a", b"x").both(|head| head.flags |= 1 << 5);
    assert_eq!(
        rule_of(&zip_of(&[patch]), ArchiveFormat::Zip),
        ArchiveRule::MethodUnknown
    );
    let mut encrypted_directory = zip_of(&[ZipEntry::stored("a", b"x")]);
    let at = encrypted_directory
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    encrypted_directory[at + 2..at + 4].copy_from_slice(b"\x06\x08");
    assert_eq!(
        rule_of(&encrypted_directory, ArchiveFormat::Zip),
        ArchiveRule::Encrypted
    );
}
