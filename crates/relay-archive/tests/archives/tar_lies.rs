//! Tars that are damaged, or in which two readers would see two archives.

use relay_archive::{ArchiveFormat, ArchiveLimits, ArchiveRule};

use crate::support::*;

fn rule(bytes: &[u8]) -> ArchiveRule {
    rule_of(bytes, ArchiveFormat::Tar)
}

fn file(name: &str) -> Vec<u8> {
    tar_entry(name, b'0', b"abc")
}

#[test]
fn a_header_must_have_its_checksum_and_numbers() {
    let mut damaged = tar_of(&[file("a")]);
    damaged[3] ^= 1;
    assert_eq!(rule(&damaged), ArchiveRule::TarHeaderInvalid);
    let sized = |field: &[u8; 12]| {
        let header = tar_header(b"a", 0, b'0', |block| block[124..136].copy_from_slice(field));
        rule(&tar_of(&[header.to_vec()]))
    };
    let fields = [
        b"00000000008\0",
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
        b"           \0",
        b"-0000000001\0",
        b"000000x0001\0",
        b"0000\x00000001\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\0\0\x01\0\0\0\0\0\0\0\0",
        b"\x81\0\0\0\0\0\0\0\0\0\0\0",
    ];
    for field in fields {
        assert_eq!(sized(field), ArchiveRule::TarHeaderInvalid, "{field:?}");
    }
    assert_eq!(sized(b"\x80\0\0\0\x7f\0\0\0\0\0\0\0"), ArchiveRule::Truncated);
}

#[test]
fn a_name_in_two_parts_needs_the_version_that_has_them() {
    let named = |magic: &[u8; 8], prefix: &[u8]| {
        tar_header(b"a", 0, b'0', |block| {
            block[257..265].copy_from_slice(magic);
            block[345..345 + prefix.len()].copy_from_slice(prefix);
        })
        .to_vec()
    };
    let entries = |header: Vec<u8>| entries(&tar_of(&[header]), ArchiveFormat::Tar);
    assert_eq!(entries(named(b"ustar\x0000", b"p"))[0].0, "p/a");
    assert_eq!(entries(named(b"ustar\0\0\0", b""))[0].0, "a");
    // GNU has times there.
    assert_eq!(entries(named(b"ustar  \0", b"p"))[0].0, "a");
    for version in [b"ustar\0\0\0", b"ustar\x000\0", b"ustar\x0001"] {
        assert_eq!(
            rule(&tar_of(&[named(version, b"p")])),
            ArchiveRule::TarHeaderInvalid,
            "{version:?}"
        );
    }
}

#[test]
fn what_speaks_of_the_next_entry_needs_the_magic_and_version_of_its_format() {
    let long = |magic: &[u8; 8]| {
        let mut header = tar_header(b"././@LongLink", 2, b'L', |block| {
            block[257..265].copy_from_slice(magic);
        })
        .to_vec();
        header.extend(b"b\0");
        header.resize(1024, 0);
        tar_of(&[header, file("a")])
    };
    for magic in [b"ustar\x0000", b"ustar  \0"] {
        assert_eq!(entries(&long(magic), ArchiveFormat::Tar)[0].0, "b", "{magic:?}");
    }
    for magic in [b"ustar\0\0\0", b"ustar   ", b"usta_\x0000", &[0; 8]] {
        let mut tar = vec![];
        // Behind an entry that makes it a tar.
        tar.extend(file("first"));
        tar.extend(long(magic));
        assert_eq!(rule(&tar), ArchiveRule::TarHeaderInvalid, "{magic:?}");
    }
}

#[test]
fn a_tar_ends_with_two_blocks_of_zeros_and_nothing_else() {
    let whole = tar_of(&[file("a")]);
    let entry = whole.len() - 1024;
    assert_eq!(rule(&whole[..entry]), ArchiveRule::Truncated);
    assert_eq!(rule(&whole[..entry + 512]), ArchiveRule::Truncated);
    assert_eq!(rule(&[&whole[..], &[0; 100]].concat()), ArchiveRule::Truncated);
    assert_eq!(
        rule(&[&whole[..], &file("hidden")].concat()),
        ArchiveRule::TrailingBytes
    );
    assert_eq!(
        rule(&[&whole[..], &[0; 8191], b"x"].concat()),
        ArchiveRule::TrailingBytes
    );
    let lone = [&whole[..entry], &[0; 512], &file("b"), &[0; 1024]].concat();
    assert_eq!(rule(&lone), ArchiveRule::ForeignBytes);
    let padded = [&whole[..], &[0; 9 * 512]].concat();
    assert_eq!(entries(&padded, ArchiveFormat::Tar).len(), 1);
    let mut garbage = whole;
    garbage[512 + 3] = 1;
    assert_eq!(rule(&garbage), ArchiveRule::ForeignBytes);
}

#[test]
fn nothing_may_follow_the_compressed_stream() {
    let plain = tar_of(&[file("a")]);
    for (format, pack) in COMPRESSED {
        let packed = pack(&plain);
        for behind in [&b"x"[..], &[0; 513], b"\x1f\x8b", &plain] {
            let bytes = [&packed[..], behind].concat();
            let rule = rule_of(&bytes, format);
            assert!(matches!(rule, ArchiveRule::Corrupt | ArchiveRule::Truncated), "{rule}");
        }
        // Behind the end of the tar, but within a stream of its own.
        let again = pack(&plain);
        assert_eq!(rule_of(&[packed, again].concat(), format), ArchiveRule::TrailingBytes);
    }
}

#[test]
fn long_names_and_pax_records_say_each_thing_once() {
    let long = |name: &str| tar_entry("././@LongLink", b'L', &[name.as_bytes(), b"\0"].concat());
    let pax = |fields: &[Vec<u8>]| tar_entry("x", b'x', &fields.concat());
    let global = |field: Vec<u8>| tar_entry("g", b'g', &field);
    let path = |path: &str| pax_field("path", path.as_bytes());
    let invalid: [Vec<Vec<u8>>; 16] = [
        vec![long("a"), long("b"), file("c")],
        vec![long("a"), pax(&[path("b")]), file("c")],
        vec![pax(&[path("a")]), pax(&[path("b")]), file("c")],
        vec![pax(&[path("a"), path("b")]), file("c")],
        vec![pax(&[pax_field("size", b"3"), pax_field("size", b"3")]), file("c")],
        vec![pax(&[pax_field("size", b"-3")]), file("c")],
        vec![pax(&[pax_field("size", b"99999999999999999999")]), file("c")],
        vec![pax(&[pax_field("linkpath", b"/etc/passwd")]), file("c")],
        vec![tar_entry("././@LongLink", b'K', b"/etc/passwd\0"), file("c")],
        vec![tar_entry("././@LongLink", b'L', b"a\0b\0"), file("c")],
        vec![global(path("a")), file("c")],
        vec![global(pax_field("size", b"9")), file("c")],
        vec![global(pax_field("GNU.sparse.major", b"1")), file("c")],
        vec![pax(&[path("a")]), global(pax_field("comment", b"x")), file("c")],
        vec![file("c"), pax(&[path("a")])],
        vec![file("c"), long("a")],
    ];
    for (index, parts) in invalid.into_iter().enumerate() {
        assert_eq!(rule(&tar_of(&parts)), ArchiveRule::TarMetadataInvalid, "{index}");
    }
    for record in [
        &b"x"[..],
        b"11 path=a\n",
        b"8 path=a\n",
        b"10 pathxa\n\n",
        b"+9 path=a\n",
        b"8 path=aa",
        b"6 =ab\n",
    ] {
        let parts = [tar_entry("x", b'x', record), file("c")];
        assert_eq!(rule(&tar_of(&parts)), ArchiveRule::TarMetadataInvalid, "{record:?}");
    }
    for field in [pax_field("path", b"\xff"), pax_field("hdrcharset", b"BINARY")] {
        assert_eq!(rule(&tar_of(&[pax(&[field]), file("c")])), ArchiveRule::NameNotUtf8);
    }
}

#[test]
fn a_pax_size_is_not_a_second_size() {
    // A reader that takes the header's size would find an entry in the content; one that takes the record's would not.
    let inner = file("smuggled");
    let header = tar_header(b"a", 0, b'0', |_| {}).to_vec();
    let record = tar_entry("x", b'x', &pax_field("size", inner.len().to_string().as_bytes()));
    assert_eq!(
        rule(&tar_of(&[record, header.clone(), inner])),
        ArchiveRule::SizeMismatch
    );
    // Beyond what the header has room for, the record alone says it.
    let record = tar_entry("x", b'x', &pax_field("size", b"8589934592"));
    let refusal = refusal_of(&tar_of(&[record, header]), ArchiveFormat::Tar);
    assert_eq!(refusal.rule, ArchiveRule::Truncated);
}

#[test]
fn records_about_an_entry_are_limited_in_length() {
    let announced = tar_header(b"././@LongLink", 1 << 32, b'L', |_| {}).to_vec();
    assert_eq!(rule(&tar_of(&[announced])), ArchiveRule::MetadataTooLarge);
    let limits = ArchiveLimits {
        metadata_bytes_max: 64,
        ..ArchiveLimits::default()
    };
    let long = tar_entry("././@LongLink", b'L', b"a-long-name-that-would-be-fine-by-itself\0");
    let record = tar_entry("x", b'x', &pax_field("comment", b"that makes it too much"));
    for parts in [
        vec![record.clone(), long.clone(), file("a")],
        vec![long, record, file("a")],
    ] {
        let refused = read_with(&tar_of(&parts), ArchiveFormat::Tar, &limits).map(|_| ());
        assert_eq!(refused.unwrap_err().rule, ArchiveRule::MetadataTooLarge);
    }
}
