//! Which bytes begin an archive.

use std::io::Write as _;

use relay_archive::{ArchiveFormat, ArchiveRule, RECOGNITION_BYTES, recognition_bytes, recognize};
use relay_testing::packed::xz_with_dictionary;

use crate::support::*;

#[test]
fn archives_are_told_from_everything_else() {
    let tar = tar_of(&[tar_entry("a", b'0', b"abc")]);
    let table = [
        (zip_of(&[ZipEntry::stored("a", b"")]), Some(ArchiveFormat::Zip)),
        (zip_of(&[]), Some(ArchiveFormat::Zip)),
        (b"PK00PK\x03\x04".to_vec(), Some(ArchiveFormat::Zip)),
        (tar.clone(), Some(ArchiveFormat::Tar)),
        (gzip(&tar), Some(ArchiveFormat::TarGzip)),
        ([gzip(b""), gzip(&tar)].concat(), Some(ArchiveFormat::TarGzip)),
        (zstd(&tar), Some(ArchiveFormat::TarZstd)),
        (bzip2(&tar), Some(ArchiveFormat::TarBzip2)),
        ([bzip2(b""), bzip2(&tar)].concat(), Some(ArchiveFormat::TarBzip2)),
        (xz(&tar), Some(ArchiveFormat::TarXz)),
        ([xz(b""), vec![0; 4], xz(&tar)].concat(), Some(ArchiveFormat::TarXz)),
        (gzip(b"a,b\n1,2\n"), None),
        (zstd(&b"a,b\n1,2\n".repeat(500)), None),
        (bzip2(&b"a,b\n1,2\n".repeat(500)), None),
        (xz(&b"a,b\n1,2\n".repeat(500)), None),
        (gzip(&zip_of(&[])), None),
        (bzip2(&zip_of(&[])), None),
        (xz(&zip_of(&[])), None),
        (b"".to_vec(), None),
        (b"PK".to_vec(), None),
        (b"PK\x01\x02".to_vec(), None),
        (b"\x1f\x8b".to_vec(), None),
        (b"\x28\xb5\x2f\xfd".to_vec(), None),
        (b"BZh9".to_vec(), None),
        (b"BZh9 is how a bzip2 stream begins, and a text".repeat(20), None),
        (b"BZh91AY&SY".to_vec(), None),
        (b"\xfd7zXZ\0".to_vec(), None),
        (b"a,b\n1,2\n".repeat(100), None),
        (vec![0; 4096], None),
        (vec![b' '; 4096], None),
        (b"PAR1".repeat(200), None),
    ];
    for (index, (bytes, format)) in table.into_iter().enumerate() {
        assert_eq!(recognize(&bytes), format, "{index}");
    }
}

#[test]
fn a_v7_header_is_known_by_its_checksum() {
    let header = tar_header(b"old.csv", 0, 0, |block| block[257..265].fill(0));
    assert_eq!(recognize(&header), Some(ArchiveFormat::Tar));
    let mut other = header;
    other[0] ^= 1;
    assert_eq!(recognize(&other), None);
    assert_eq!(recognize(&header[..511]), None);
}

#[test]
fn the_prefix_is_long_enough_for_a_full_zstd_block_of_noise() {
    let packed = zstd(&tar_of(&[tar_entry("noise", b'0', &noise(400_000))]));
    assert!(packed.len() > 2 * RECOGNITION_BYTES);
    assert_eq!(recognize(&packed[..RECOGNITION_BYTES]), Some(ArchiveFormat::TarZstd));
    let packed = gzip(&tar_of(&[tar_entry("noise", b'0', &noise(400_000))]));
    assert_eq!(recognize(&packed[..4096]), Some(ArchiveFormat::TarGzip));
}

#[test]
fn the_prefix_is_long_enough_for_a_full_block_of_noise_in_bzip2_and_for_a_chunk_in_xz() {
    let tar = tar_of(&[tar_entry("noise", b'0', &noise(2_000_000))]);
    for size in 1..=9 {
        let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::new(size));
        encoder.write_all(&tar).unwrap();
        let packed = encoder.finish().unwrap();
        let wanted = recognition_bytes(&packed[..10]);
        assert!(wanted < packed.len() / 2 && wanted <= 920_000, "{size}: {wanted}");
        assert_eq!(recognize(&packed[..wanted]), Some(ArchiveFormat::TarBzip2), "{size}");
        // Which is why so much is asked for, and only there.
        let is_shown_early = recognize(&packed[..RECOGNITION_BYTES]).is_some();
        assert_eq!(is_shown_early, size == 1);
    }
    let packed = xz(&tar);
    assert_eq!(recognition_bytes(&packed[..10]), RECOGNITION_BYTES);
    assert_eq!(recognize(&packed[..RECOGNITION_BYTES]), Some(ArchiveFormat::TarXz));
    for other in [
        &b""[..],
        b"BZh9",
        b"BZh9, a text",
        b"PK\x03\x04",
        &gzip(&tar)[..10],
        &zstd(&tar)[..10],
    ] {
        assert_eq!(recognition_bytes(other), RECOGNITION_BYTES);
    }
}

#[test]
fn a_split_zip_is_a_zip_so_that_its_fault_has_a_name() {
    assert_eq!(recognize(b"PK\x07\x08PK\x03\x04"), Some(ArchiveFormat::Zip));
    assert_eq!(recognize(b"PK\x07\x08...."), None);
}

#[test]
fn formats_have_names() {
    assert_eq!(
        ArchiveFormat::ALL.map(ArchiveFormat::name),
        ["zip", "tar", "tar.gz", "tar.zst", "tar.bz2", "tar.xz"]
    );
}

#[test]
fn a_window_that_is_too_large_has_a_name_too() {
    let tar = tar_of(&[tar_entry("a", b'0', &vec![7; 300_000])]);
    let packed = |window_log: u32, pledged: Option<u64>| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.window_log(window_log).unwrap();
        encoder.set_pledged_src_size(pledged).unwrap();
        encoder.write_all(&tar).unwrap();
        encoder.finish().unwrap()
    };
    let large = packed(27, None);
    assert_eq!(recognize(&large), Some(ArchiveFormat::TarZstd));
    assert_eq!(rule_of(&large, ArchiveFormat::TarZstd), ArchiveRule::WindowTooLarge);
    let fitting = [packed(23, None), packed(27, Some(tar.len() as u64))];
    for fitting in fitting {
        assert_eq!(recognize(&fitting), Some(ArchiveFormat::TarZstd));
        assert_eq!(entries(&fitting, ArchiveFormat::TarZstd).len(), 1);
    }
}

#[test]
fn a_dictionary_that_is_too_large_has_a_name_too() {
    let tar = tar_of(&[tar_entry("a", b'0', &vec![7; 300_000])]);
    for (exponent, is_fitting) in [(23, true), (26, true), (27, false), (31, false)] {
        let packed = xz_with_dictionary(&tar, exponent);
        assert_eq!(recognize(&packed), Some(ArchiveFormat::TarXz));
        if is_fitting {
            assert_eq!(entries(&packed, ArchiveFormat::TarXz).len(), 1);
        } else {
            let refusal = refusal_of(&packed, ArchiveFormat::TarXz);
            assert_eq!(refusal.rule, ArchiveRule::WindowTooLarge);
            assert!(refusal.text.contains("64 MiB"), "{refusal}");
        }
    }
}

#[test]
fn dictionaries_within_each_other_are_smaller() {
    let around = |inner: Vec<u8>| tar_of(&[tar_entry("in.tar.xz", b'0', &inner)]);
    let tar = tar_of(&[tar_entry("a", b'0', b"1")]);
    // Beside another, not within it.
    let large = xz_with_dictionary(&tar, 26);
    let beside = tar_of(&[tar_entry("1", b'0', &large), tar_entry("2", b'0', &large)]);
    assert_eq!(entries(&beside, ArchiveFormat::Tar).len(), 2);
    assert_eq!(entries(&bzip2(&beside), ArchiveFormat::TarBzip2).len(), 2);
    let refusal = refusal_of(&xz(&around(large)), ArchiveFormat::TarXz);
    assert_eq!(
        (refusal.rule, refusal.place.as_deref()),
        (ArchiveRule::WindowTooLarge, Some("in.tar.xz"))
    );
    assert!(refusal.text.contains("8 MiB"), "{refusal}");
    let refused = xz(&around(zstd(&around(xz_with_dictionary(&tar, 24)))));
    assert_eq!(rule_of(&refused, ArchiveFormat::TarXz), ArchiveRule::WindowTooLarge);
    let fitting = xz_with_dictionary(&around(xz_with_dictionary(&tar, 23)), 26);
    assert_eq!(entries(&fitting, ArchiveFormat::TarXz).len(), 1);
}
