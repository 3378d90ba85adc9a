//! Archives made of decisions: sound where the bytes decide nothing, with lies where they decide to lie. Checksums are right
//! unless that is the lie, so that what stands behind them is reached.

pub mod bag;
pub mod data_package;
pub mod tar;
pub mod zip;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

pub use relay_testing::packed::{bzip2, xz};

use crate::choices::Choices;

type Pack = fn(&[u8]) -> Vec<u8>;
/// Every way to pack a stream.
pub const PACKERS: [Pack; 4] = [gzip, zstd, bzip2, xz];

/// Names that a reader has to have an opinion on.
const NAMES: [&str; 32] = [
    "a.csv",
    "b.csv",
    "d/a.csv",
    "d/b.jsonl",
    "d/",
    "d",
    "D/A.CSV",
    "in.zip",
    "in.tar",
    "in.tar.xz",
    "x/y/z/w.txt",
    "é.csv",
    "e\u{301}.csv",
    "ß.txt",
    "SS.txt",
    "../a",
    "/a",
    "./a.csv",
    ".",
    "a//b",
    "a\\b",
    "c:a",
    "wow!/a",
    "%2e%2e/a",
    "a\u{202e}b",
    "a\nb",
    "mimetype",
    "data/a.csv",
    "bagit.txt",
    "base/bagit.txt",
    "manifest-md5.txt",
    "datapackage.json",
];
/// How long a run of one byte may be made, in bytes.
const RUN_BYTES: [usize; 6] = [1, 64, 511, 5_000, 70_000, 300_000];
/// Archives within archives that are made, one more than are allowed.
const DEPTH_MAX: u32 = 4;

fn name(choices: &mut Choices<'_>) -> Vec<u8> {
    let is_raw = choices.is_rare();
    let is_long = !is_raw && choices.is_rare();
    if is_raw {
        choices.bytes(40).to_vec()
    } else if is_long {
        let length = choices.below(256) * 3;
        vec![b'n'; length]
    } else {
        choices.pick(&NAMES).as_bytes().to_vec()
    }
}

fn content(choices: &mut Choices<'_>, depth: u32) -> Vec<u8> {
    match choices.below(16) {
        0 | 1 => b"city,n\nRome,1\nRome,2\nParis,3\n".to_vec(),
        2 => b"{\"a\":1}\n{\"a\":2.5,\"b\":\"x\"}\n".to_vec(),
        3 => Vec::new(),
        4 => {
            let byte = choices.byte();
            vec![byte; *choices.pick(&RUN_BYTES)]
        }
        5 => b"#!/bin/sh\n".to_vec(),
        6 => gzip(choices.bytes(200)),
        7 => zstd(choices.bytes(200)),
        8 if depth < DEPTH_MAX => zip::make(choices, depth + 1),
        9 if depth < DEPTH_MAX => tar::make(choices, depth + 1),
        10 if depth < DEPTH_MAX => gzip(&tar::make(choices, depth + 1)),
        11 if depth < DEPTH_MAX => zstd(&tar::make(choices, depth + 1)),
        12 if depth < DEPTH_MAX => bzip2(&tar::make(choices, depth + 1)),
        13 if depth < DEPTH_MAX => xz(&tar::make(choices, depth + 1)),
        _ => choices.bytes(250).to_vec(),
    }
}

/// A raw deflate stream.
pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A gzip member.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A zstd frame with a checksum.
pub fn zstd(content: &[u8]) -> Vec<u8> {
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
