//! Packed tables: several members and frames, cut and damaged streams, and what may not follow them.

use std::io::Write;

use proptest::prelude::*;
use relay_model::ReasonCode;

use crate::support::{Dripping, Setup};

const TEXT: &str = "a,b\n1,x\n2,y\n3,z\n";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zstd_frame(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).unwrap()
}

#[test]
fn members_and_frames_are_read_to_the_end() {
    let plain = Setup::inferred().run(TEXT).table;
    for (name, pack) in [("gzip", gzip as fn(&str) -> Vec<u8>), ("zstd", zstd_frame)] {
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
    for packed in [gzip(TEXT), zstd_frame(TEXT)] {
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

proptest! {
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
