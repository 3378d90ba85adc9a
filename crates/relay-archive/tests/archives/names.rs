//! Names: each rule by itself, in zip and tar; and names that are one to some file system.

use relay_archive::{ArchiveFormat, ArchiveRule};

use crate::support::*;

fn zip_named(name: &str) -> Vec<u8> {
    zip_of(&[ZipEntry::stored(name, b"")])
}

fn tar_named(name: &str) -> Vec<u8> {
    tar_of(&[tar_entry(name, b'0', b"")])
}

#[test]
fn names_that_break_a_rule_are_refused_by_that_rule() {
    let too_long = "x/".repeat(15) + &"y".repeat(1_000);
    let too_deep = "x/".repeat(32) + "y";
    let table = [
        ("", ArchiveRule::NameEmpty),
        ("a\u{FFFD}b", ArchiveRule::NameNotUtf8),
        (too_long.as_str(), ArchiveRule::NameTooLong),
        ("a\nb", ArchiveRule::NameControlCharacter),
        ("a\u{85}b", ArchiveRule::NameControlCharacter),
        ("a\u{202E}vsc.exe", ArchiveRule::NameBidiControl),
        ("a\u{200B}b", ArchiveRule::NameInvisibleCharacter),
        ("a\u{308}", ArchiveRule::NameNotNormal),
        ("a\\b", ArchiveRule::NameBackslash),
        ("..\\b", ArchiveRule::NameBackslash),
        ("/etc/passwd", ArchiveRule::NameAbsolute),
        ("//server/share", ArchiveRule::NameAbsolute),
        ("C:evil", ArchiveRule::NameDriveLetter),
        ("c:/evil", ArchiveRule::NameDriveLetter),
        ("a//b", ArchiveRule::NameEmptySegment),
        ("..", ArchiveRule::NameDotSegment),
        ("../b", ArchiveRule::NameDotSegment),
        ("a/../../b", ArchiveRule::NameDotSegment),
        ("././a", ArchiveRule::NameDotSegment),
        ("a/./b", ArchiveRule::NameDotSegment),
        ("a/%2e%2e/b", ArchiveRule::NameEncodedTraversal),
        ("a%2fb", ArchiveRule::NameEncodedTraversal),
        ("a\u{2215}b", ArchiveRule::NameLookalikeSeparator),
        ("\u{FF0E}\u{FF0E}/b", ArchiveRule::NameLookalikeSeparator),
        ("outer.zip!/inner", ArchiveRule::NameReserved),
        (too_deep.as_str(), ArchiveRule::NameTooManySegments),
    ];
    for (name, rule) in table {
        assert_eq!(rule_of(&zip_named(name), ArchiveFormat::Zip), rule, "{name:?}");
        if name.len() < 100 {
            assert_eq!(rule_of(&tar_named(name), ArchiveFormat::Tar), rule, "{name:?}");
        }
        let long = tar_of(&[
            tar_entry("././@LongLink", b'L', &[name.as_bytes(), b"\0"].concat()),
            tar_entry("x", b'0', b""),
        ]);
        let pax = tar_of(&[
            tar_entry("x", b'x', &pax_field("path", name.as_bytes())),
            tar_entry("x", b'0', b""),
        ]);
        for bytes in [long, pax] {
            let expected = if name.is_empty() {
                ArchiveRule::TarMetadataInvalid
            } else {
                rule
            };
            assert_eq!(rule_of(&bytes, ArchiveFormat::Tar), expected, "{name:?}");
        }
    }
}

#[test]
fn folders_are_judged_without_the_slash_at_their_end() {
    assert_eq!(rule_of(&zip_named("/"), ArchiveFormat::Zip), ArchiveRule::NameEmpty);
    assert_eq!(
        rule_of(&zip_named("a//"), ArchiveFormat::Zip),
        ArchiveRule::NameEmptySegment
    );
    assert_eq!(
        rule_of(&zip_named("./"), ArchiveFormat::Zip),
        ArchiveRule::NameDotSegment
    );
    // In a zip nothing writes './'.
    assert_eq!(
        rule_of(&zip_named("./a"), ArchiveFormat::Zip),
        ArchiveRule::NameDotSegment
    );
    let folder = tar_of(&[tar_entry("../", b'5', b"")]);
    assert_eq!(rule_of(&folder, ArchiveFormat::Tar), ArchiveRule::NameDotSegment);
}

#[test]
fn ordinary_names_of_all_scripts_pass() {
    for name in [
        "a b.csv",
        "…",
        "données/été.csv",
        "数据/表.csv",
        "..a",
        "a..",
        "50% off.csv",
        "wow!",
        ".hidden",
        "12:30.csv",
    ] {
        let expected = [(name.to_owned(), Some(Vec::new()))];
        assert_eq!(entries(&zip_named(name), ArchiveFormat::Zip), expected);
        assert_eq!(entries(&tar_named(name), ArchiveFormat::Tar), expected);
    }
}

#[test]
fn names_in_utf_8_need_no_flag_in_a_zip() {
    let unflagged = ZipEntry::stored("\u{e4}.csv", b"").both(|head| head.flags = 0);
    let expected = [("\u{e4}.csv".to_owned(), Some(Vec::new()))];
    assert_eq!(entries(&zip_of(&[unflagged]), ArchiveFormat::Zip), expected);
}

#[test]
fn a_tar_may_start_at_its_own_top() {
    let root = || tar_entry("./", b'5', b"");
    let tar = tar_of(&[root(), tar_entry("./a.csv", b'0', b"x"), tar_entry("./d/", b'5', b"")]);
    let expected = [("a.csv".to_owned(), Some(b"x".to_vec())), ("d".to_owned(), None)];
    assert_eq!(entries(&tar, ArchiveFormat::Tar), expected);
    for (entries, rule) in [
        (vec![root(), root()], ArchiveRule::NameDuplicate),
        (
            vec![tar_entry("./a", b'0', b""), tar_entry("a", b'0', b"")],
            ArchiveRule::NameDuplicate,
        ),
        (vec![tar_entry(".//etc/passwd", b'0', b"")], ArchiveRule::NameAbsolute),
        (vec![tar_entry("./../a", b'0', b"")], ArchiveRule::NameDotSegment),
        (vec![tar_entry(".", b'0', b"")], ArchiveRule::NameDotSegment),
    ] {
        assert_eq!(rule_of(&tar_of(&entries), ArchiveFormat::Tar), rule);
    }
}

#[test]
fn a_name_must_say_its_encoding_and_keep_to_it() {
    let flagged = ZipEntry::stored("x", b"").both(|head| {
        head.name = b"a\xff".to_vec();
        head.flags = 1 << 11;
    });
    let unflagged = ZipEntry::stored("x", b"").both(|head| {
        head.name = b"\x84.csv".to_vec();
        head.flags = 0;
    });
    let cases = [
        (flagged, ArchiveRule::NameNotUtf8),
        (unflagged, ArchiveRule::NameEncodingUnknown),
    ];
    for (entry, rule) in cases {
        assert_eq!(rule_of(&zip_of(&[entry]), ArchiveFormat::Zip), rule);
    }
    let header = tar_header(b"a\xff", 0, b'0', |_| {}).to_vec();
    assert_eq!(
        rule_of(&tar_of(&[header]), ArchiveFormat::Tar),
        ArchiveRule::NameNotUtf8
    );
}

#[test]
fn a_unicode_path_that_gives_a_second_name_is_refused() {
    let field = |version: u8, of: &[u8], name: &str| {
        extra(
            0x7075,
            &[&[version][..], &crc32(of).to_le_bytes(), name.as_bytes()].concat(),
        )
    };
    let extras = [
        field(1, b"a.csv", "b.csv"),
        field(1, b"renamed", "a.csv"),
        field(2, b"a.csv", "a.csv"),
        extra(0x7075, b"\x01"),
        [field(1, b"a.csv", "a.csv"), field(1, b"a.csv", "a.csv")].concat(),
    ];
    for extra in extras {
        let entry = ZipEntry::stored("a.csv", b"").both(|head| head.extra.clone_from(&extra));
        assert_eq!(
            rule_of(&zip_of(&[entry]), ArchiveFormat::Zip),
            ArchiveRule::ZipHeaderInvalid
        );
    }
    let mut entry = ZipEntry::stored("a.csv", b"");
    entry.central.extra = field(1, b"a.csv", "a.csv");
    assert_eq!(entries(&zip_of(&[entry]), ArchiveFormat::Zip).len(), 1);
}

#[test]
fn names_that_some_file_system_takes_for_one_are_refused() {
    let table: [(&[&str], ArchiveRule); 12] = [
        (&["a", "a"], ArchiveRule::NameDuplicate),
        (&["d/", "d/"], ArchiveRule::NameDuplicate),
        (&["a", "A"], ArchiveRule::NameCaseDuplicate),
        (&["straße", "STRASSE"], ArchiveRule::NameCaseDuplicate),
        (&["\u{3a3}", "\u{3c2}"], ArchiveRule::NameCaseDuplicate),
        (&["\u{fb01}le", "file"], ArchiveRule::NameCaseDuplicate),
        (&["\u{e4}", "\u{c4}"], ArchiveRule::NameCaseDuplicate),
        (&["Data/a", "data/b"], ArchiveRule::NameCaseDuplicate),
        (&["d/", "D"], ArchiveRule::NameCaseDuplicate),
        (&["a", "a/b"], ArchiveRule::FileAsFolder),
        (&["a/b", "a"], ArchiveRule::FileAsFolder),
        (&["a", "a/"], ArchiveRule::FileAsFolder),
    ];
    for (names, rule) in table {
        let zip: Vec<_> = names.iter().map(|name| ZipEntry::stored(name, b"")).collect();
        let refusal = refusal_of(&zip_of(&zip), ArchiveFormat::Zip);
        assert_eq!(refusal.rule, rule, "{names:?}");
        let last = names.last().unwrap().trim_end_matches('/');
        assert_eq!(refusal.place.as_deref(), Some(last));
        let kind = |name: &&str| if name.ends_with('/') { b'5' } else { b'0' };
        let tar: Vec<_> = names.iter().map(|name| tar_entry(name, kind(name), b"")).collect();
        assert_eq!(rule_of(&tar_of(&tar), ArchiveFormat::Tar), rule, "{names:?}");
    }
    // A folder may come behind what is in it; the same name in two folders is two names.
    let fine = ["d/a", "d/", "e/a", "e/b/a", "e/b/"].map(|name| ZipEntry::stored(name, b""));
    assert_eq!(entries(&zip_of(&fine), ArchiveFormat::Zip).len(), 5);
}

#[test]
fn a_refusal_shows_names_escaped_and_cut() {
    let name = format!("{}\u{1b}[2J", "x".repeat(20));
    let refusal = refusal_of(&zip_named(&name), ArchiveFormat::Zip);
    let shown = refusal.to_string();
    assert!(!shown.contains('\u{1b}') && shown.contains("\\u{1b}[2J"), "{shown}");
    let refusal = refusal_of(&zip_named(&"\u{1}".repeat(900)), ArchiveFormat::Zip);
    assert!(refusal.place.unwrap().chars().count() < 1_300);
}
