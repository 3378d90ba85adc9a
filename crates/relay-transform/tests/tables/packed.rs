//! Packed tables: several members and frames, cut and damaged streams, and what may not follow them.

use std::io::Write;

use proptest::prelude::*;
use relay_model::ReasonCode;

use crate::support::{Dripping, Setup};

const TEXT: &str = "a,b\n1,x\n2,y\n3,z\n";

/// Made by xz 5.4 (`xz -0`), of [`TEXT`] and of its two parts.
const XZ: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x0c\x00\x00\x00\x8f\x98\x41\x9c\x01\x00\x0f\x61\x2c\x62\x0a\x31\x2c\x78\x0a\x32\x2c\x79\x0a\x33\x2c\x7a\x0a\x00\xfd\x90\xfd\x33\x34\x7f\x21\x48\x00\x01\x28\x10\xe5\x0b\x6c\x60\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
const XZ_PARTS: [&[u8]; 2] = [
    b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x0c\x00\x00\x00\x8f\x98\x41\x9c\x01\x00\x06\x61\x2c\x62\x0a\x31\x2c\x78\x00\x00\xec\x3b\x0f\xae\xf6\x80\x59\xdf\x00\x01\x1f\x07\x16\x2e\xb8\x73\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a",
    b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x0c\x00\x00\x00\x8f\x98\x41\x9c\x01\x00\x08\x0a\x32\x2c\x79\x0a\x33\x2c\x7a\x0a\x00\x00\x00\x00\xb8\xfa\x1e\xef\xad\xf2\x02\x1c\x00\x01\x21\x09\x6c\x18\xc5\xd5\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a",
];
/// The beginning of a stream that asks for a dictionary of 128 MiB.
const XZ_LARGE: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x1e\x00\x00\x00\x9b\x07\x51\x66\x01\x00\x0f\x61\x2c\x62\x0a\x31\x2c\x78\x0a\x32\x2c\x79\x0a\x33\x2c\x7a\x0a\x00\xfd\x90\xfd\x33\x34\x7f\x21\x48\x00\x01\x28\x10\xe5\x0b\x6c\x60\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zstd_frame(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).unwrap()
}

fn bzip2(text: &str) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn members_and_frames_are_read_to_the_end() {
    let plain = Setup::inferred().run(TEXT).table;
    for (name, pack) in [
        ("gzip", gzip as fn(&str) -> Vec<u8>),
        ("zstd", zstd_frame),
        ("bzip2", bzip2),
    ] {
        let (first, second) = TEXT.split_at(7);
        for packed in [pack(TEXT), [pack(first), pack(""), pack(second)].concat()] {
            for threads in [1, 2] {
                let ran = Setup::inferred().threads(threads).run(&packed);
                assert_eq!(ran.table, plain);
                assert_eq!(ran.summary().compression, name);
                assert_eq!(ran.summary().unpacked_bytes, TEXT.len() as u64);
            }
            assert_eq!(Setup::inferred().try_run(|| Dripping(&packed)).unwrap().table, plain);
        }
        let lines = pack("{\"a\":1}\n");
        assert_eq!(Setup::inferred().run(lines).summary().format, "json_lines");
    }
}

#[test]
fn a_stream_that_is_cut_anywhere_is_corrupt() {
    for (packed, magic) in [
        (gzip(TEXT), 2),
        (zstd_frame(TEXT), 4),
        ([gzip("a,b\n"), gzip("1,x\n")].concat(), 2),
        (bzip2(TEXT), 10),
        (XZ.to_vec(), 6),
    ] {
        for length in magic..packed.len() {
            let ran = Setup::inferred().run(&packed[..length]);
            let is_whole_member = length == gzip("a,b\n").len() && packed.starts_with(&gzip("a,b\n"));
            if !is_whole_member {
                assert_eq!(
                    ran.code(),
                    ReasonCode::CompressionCorrupt,
                    "cut after {length} of {}",
                    packed.len()
                );
            }
        }
    }
}

#[test]
fn what_follows_a_stream_makes_it_corrupt() {
    for packed in [gzip(TEXT), zstd_frame(TEXT), bzip2(TEXT), XZ.to_vec()] {
        let ran = Setup::inferred().run([packed.as_slice(), b"and more"].concat());
        assert_eq!(ran.code(), ReasonCode::CompressionCorrupt);
    }
}

#[test]
fn a_zstd_window_beyond_the_limit_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(TEXT.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    assert_eq!(Setup::inferred().run(packed).code(), ReasonCode::UnpackedTooLarge);
}

#[test]
fn xz_streams_are_read_to_the_end() {
    let plain = Setup::inferred().run(TEXT).table;
    for packed in [XZ.to_vec(), XZ_PARTS.concat(), [XZ, &[0; 8]].concat()] {
        let ran = Setup::inferred().run(&packed);
        assert_eq!((ran.summary().compression.as_str(), &ran.table), ("xz", &plain));
        assert_eq!(Setup::inferred().try_run(|| Dripping(&packed)).unwrap().table, plain);
    }
    let large = Setup::inferred().run(XZ_LARGE);
    assert_eq!(large.code(), ReasonCode::UnpackedTooLarge);
    assert!(large.reason().text.contains("xz -9"), "{}", large.reason().text);
}

#[test]
fn a_bomb_in_bzip2_is_refused_by_its_ratio() {
    let packed = bzip2(&"a,b\n1,2\n".repeat(1 << 17));
    let ran = Setup::inferred()
        .limit(|limits| {
            limits.unpacked_bytes_unchecked = 100_000;
            limits.unpacked_ratio_max = 100;
        })
        .run(packed);
    assert_eq!(ran.code(), ReasonCode::UnpackedTooLarge);
}

proptest! {
    #[test]
    fn a_damaged_stream_of_the_other_kinds_never_gives_another_table(at in 0_usize..1000, bit in 0_u8..8, is_xz in any::<bool>()) {
        let mut packed = if is_xz { XZ.to_vec() } else { bzip2(TEXT) };
        let at = at % packed.len();
        packed[at] ^= 1 << bit;
        let ran = Setup::inferred().run(&packed);
        let is_same = !ran.table.is_empty() && ran.table == Setup::inferred().run(TEXT).table;
        let is_complete = matches!(ran.outcome, relay_transform::TableOutcome::Complete(_));
        prop_assert!(is_same || !is_complete);
    }

    #[test]
    fn a_damaged_gzip_stream_never_gives_another_table(at in 10_usize..60, bit in 0_u8..8) {
        let mut packed = gzip(TEXT);
        let at = at % packed.len();
        packed[at] ^= 1 << bit;
        let ran = Setup::inferred().run(&packed);
        let is_same = !ran.table.is_empty() && ran.table == Setup::inferred().run(TEXT).table;
        let is_complete = matches!(ran.outcome, relay_transform::TableOutcome::Complete(_));
        // Header fields such as the time of day carry no content.
        prop_assert!(is_same || !is_complete);
    }
}
