//! Which bytes begin an archive.

use std::io::Write as _;

use relay_archive::{ArchiveFormat, ArchiveRule, RECOGNITION_BYTES, recognize};

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
        (gzip(b"a,b\n1,2\n"), None),
        (zstd(&b"a,b\n1,2\n".repeat(500)), None),
        (gzip(&zip_of(&[])), None),
        (b"".to_vec(), None),
        (b"PK".to_vec(), None),
        (b"PK\x01\x02".to_vec(), None),
        (b"\x1f\x8b".to_vec(), None),
        (b"\x28\xb5\x2f\xfd".to_vec(), None),
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
    let mut state = 1u64;
    let noise: Vec<u8> = (0..400_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    let packed = zstd(&tar_of(&[tar_entry("noise", b'0', &noise)]));
    assert!(packed.len() > 2 * RECOGNITION_BYTES);
    assert_eq!(recognize(&packed[..RECOGNITION_BYTES]), Some(ArchiveFormat::TarZstd));
    let packed = gzip(&tar_of(&[tar_entry("noise", b'0', &noise)]));
    assert_eq!(recognize(&packed[..4096]), Some(ArchiveFormat::TarGzip));
}

#[test]
fn a_split_zip_is_a_zip_so_that_its_fault_has_a_name() {
    assert_eq!(recognize(b"PK\x07\x08PK\x03\x04"), Some(ArchiveFormat::Zip));
    assert_eq!(recognize(b"PK\x07\x08...."), None);
}

#[test]
fn formats_have_names() {
    let formats = [
        ArchiveFormat::Zip,
        ArchiveFormat::Tar,
        ArchiveFormat::TarGzip,
        ArchiveFormat::TarZstd,
    ];
    assert_eq!(formats.map(ArchiveFormat::name), ["zip", "tar", "tar.gz", "tar.zst"]);
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
