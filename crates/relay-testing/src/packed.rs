//! Bytes in bzip2 and xz, which no library that the tests use besides writes.

use std::io::Write;

use lzma_rust2::{XzOptions, XzWriter};

/// A bzip2 stream of the largest blocks, which are what the tool writes unless it is told otherwise.
pub fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An xz stream.
pub fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The same, which asks for a dictionary of `1 << exponent` bytes, however few it needs.
pub fn xz_with_dictionary(content: &[u8], exponent: u8) -> Vec<u8> {
    let mut stream = xz(content);
    // The .xz file format, sections 3.1 and 5.3.1: behind 12 bytes of the stream a header of 12 bytes, one filter, the
    // dictionary as two bits of mantissa and an exponent, and a checksum.
    assert_eq!(&stream[12..16], [2, 0, 0x21, 1], "a header of one filter");
    stream[16] = 2 * (exponent - 12);
    let mut crc = flate2::Crc::new();
    crc.update(&stream[12..20]);
    stream[20..24].copy_from_slice(&crc.sum().to_le_bytes());
    stream
}
