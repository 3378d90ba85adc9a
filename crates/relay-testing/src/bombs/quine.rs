//! A zip that contains itself, byte for byte: whoever unpacks it holds the same file again, however often.
//!
//! Its deflated data is a program that prints what stands before it, itself, and what stands behind it. Only two kinds of
//! instruction are needed (the idea: Russ Cox, "Zip Files All The Way Down", 2010): a stored block prints what it quotes,
//! and a block that copies prints what was printed last. All of them but the last have [`UNIT`] bytes, so that four units
//! can be printed wherever four are needed.

use super::{Facts, Parts, crc_of};

/// The length of a stored block's header, and of a copying block, in bytes.
const UNIT: usize = 5;
/// So long that a copy of the local header and one unit has [`UNIT`] bytes.
const NAME: &str = "the same archive once more.zip";
const CRC_BITS: usize = 32;

/// A zip with one entry, which is this zip.
pub fn zip_quine() -> Vec<u8> {
    let (packed, unpacked) = quine(0, 0, 0).1;
    let with_crc = |crc32| quine(crc32, packed, unpacked).0;
    with_crc(fixed_point(|crc32| crc_of(&with_crc(crc32))))
}

/// The zip whose headers say this, and the lengths that they should say. No length depends on what they say.
fn quine(crc32: u32, packed: u32, unpacked: u32) -> (Vec<u8>, (u32, u32)) {
    let facts = Facts {
        name: NAME,
        flags: 0,
        method: 8,
        crc32,
        packed,
        unpacked,
    };
    let before = facts.local();
    // The directory says where it starts, so it is made behind data of the right length.
    let length = program(&before, &behind(&facts, 0)).len();
    let data = program(&before, &behind(&facts, length));
    let zip = [&before[..], &data, &behind(&facts, length)].concat();
    let lengths = (length as u32, zip.len() as u32);
    (zip, lengths)
}

/// The directory behind one entry of so many packed bytes.
fn behind(facts: &Facts<'_>, packed_bytes: usize) -> Vec<u8> {
    let mut parts = Parts::new();
    parts.entry(facts, &vec![0; packed_bytes]);
    let start = parts.bytes.len();
    parts.finish().split_off(start)
}

/// Deflated data that unpacks to `before`, itself and `behind`.
fn program(before: &[u8], behind: &[u8]) -> Vec<u8> {
    let nothing = print(0);
    let unit = print(UNIT);
    let four = print(4 * UNIT);
    let again = copy(4 * UNIT, 2, false);
    let first = print(before.len() + UNIT);
    let first_again = copy(before.len() + UNIT, 1, false);
    let last_again = last_copy(behind.len());
    let last = print(last_again.len() + behind.len());
    [
        // What is printed is always the file's own next bytes. The distance between what was printed and what was read
        // grows with each quotation; copies make it up again.
        &[&first, before, &first][..],
        &[&first_again],
        &[&unit, &first_again],
        &[&unit, &unit],
        &[&four, &first_again, &unit, &unit, &four],
        &[&again],
        // The distance is one copying block. Two rounds more, and it is nothing.
        &[&four, &again, &four, &again, &four],
        &[&again],
        // The last round prints ahead of what is read, up to the header of the block that quotes the end.
        &[&four, &again, &nothing, &nothing, &last],
        &[&again],
        &[&nothing, &nothing],
        &[&last, &last_again, behind],
        &[&last_again],
    ]
    .concat()
    .concat()
}

/// The header of a stored block (RFC 1951, section 3.2.4): prints the next `length` bytes.
fn print(length: usize) -> Vec<u8> {
    let length = length as u16;
    [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes()].concat()
}

/// Prints the `length` bytes that were printed last, and ends the data with it. It is no part of a group of units, so it
/// may be of any length; but its own length is a part of what it copies.
fn last_copy(behind_bytes: usize) -> Vec<u8> {
    let fitting = (1..=UNIT).map(|bytes| copy(bytes + behind_bytes, 1, true));
    let fitting = fitting.zip(1..).find(|(copy, bytes)| copy.len() == *bytes);
    fitting.expect("a copy of its own length").0
}

/// A block with fixed codes (RFC 1951, section 3.2.6) that copies in `pieces` equal pieces; unless it is the last of the
/// data, filled up to one unit by an empty block.
fn copy(length: usize, pieces: usize, is_last: bool) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.fixed_block(is_last);
    for _ in 0..pieces {
        bits.length(length / pieces);
        bits.distance(length);
    }
    bits.end_of_block();
    if !is_last && bits.count() < UNIT * 8 {
        bits.fixed_block(false);
        bits.end_of_block();
    }
    assert!(
        is_last || bits.count() == UNIT * 8,
        "a copy of {length} bytes is no unit"
    );
    bits.bytes()
}

/// Bits, the first of each byte being its lowest (RFC 1951, section 3.1.1).
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn number(&mut self, value: usize, count: usize) {
        self.0.extend((0..count).map(|bit| value >> bit & 1 == 1));
    }

    /// Codes are packed from their highest bit.
    fn code(&mut self, code: usize, count: usize) {
        self.0.extend((0..count).rev().map(|bit| code >> bit & 1 == 1));
    }

    fn fixed_block(&mut self, is_last: bool) {
        self.number(usize::from(is_last), 1);
        self.number(1, 2);
    }

    fn end_of_block(&mut self) {
        self.code(0, 7);
    }

    /// Lengths from 3 to 114 (section 3.2.5): codes 257 to 279, which have seven bits; four codes for each count of extra bits.
    fn length(&mut self, length: usize) {
        assert!((3..=114).contains(&length), "a copy of {length} bytes");
        let (index, extra, extra_bits) = bucket(length - 3, 4);
        self.code(index + 1, 7);
        self.number(extra, extra_bits);
    }

    /// Distances: two codes for each count of extra bits, each of five bits.
    fn distance(&mut self, distance: usize) {
        let (code, extra, extra_bits) = bucket(distance - 1, 2);
        self.code(code, 5);
        self.number(extra, extra_bits);
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        self.0.chunks(8).map(byte).collect()
    }
}

/// Code, extra bits and their count for a value: codes come in groups of `group` with the same count of extra bits, the first
/// two groups with none.
fn bucket(value: usize, group: usize) -> (usize, usize, usize) {
    let (mut code, mut start, mut extra_bits) = (0, 0, 0);
    while value >= start + (1 << extra_bits) {
        start += 1 << extra_bits;
        code += 1;
        extra_bits = (code / group).saturating_sub(1);
    }
    (code, value - start, extra_bits)
}

/// The number that `crc_with` gives back when it is told it.
///
/// CRC-32 is affine over the field of two elements: what the number's bits do to the checksum does not hang on each other.
/// So there are 32 equations for 32 bits, solved by elimination.
fn fixed_point(crc_with: impl Fn(u32) -> u32) -> u32 {
    let constant = crc_with(0);
    // One equation in each row: the bits that take part, and above them what they must add up to.
    let columns: Vec<u32> = (0..CRC_BITS)
        .map(|bit| crc_with(1 << bit) ^ constant ^ (1 << bit))
        .collect();
    let mut rows: Vec<u64> = (0..CRC_BITS)
        .map(|row| {
            let bits = columns.iter().enumerate();
            let left = bits
                .map(|(bit, column)| u64::from(column >> row & 1) << bit)
                .sum::<u64>();
            left | u64::from(constant >> row & 1) << CRC_BITS
        })
        .collect();
    for bit in 0..CRC_BITS {
        let pivot = (bit..CRC_BITS).find(|row| rows[*row] >> bit & 1 == 1);
        rows.swap(
            bit,
            pivot.expect("another name of the entry gives equations that have one solution"),
        );
        let pivot = rows[bit];
        for (row, equation) in rows.iter_mut().enumerate() {
            if row != bit && *equation >> bit & 1 == 1 {
                *equation ^= pivot;
            }
        }
    }
    let solved = rows.iter().enumerate();
    solved.fold(0, |crc, (bit, row)| crc | ((row >> CRC_BITS) as u32 & 1) << bit)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn its_data_unpacks_to_the_whole_of_it() {
        let zip = zip_quine();
        let mut unpacked = Vec::new();
        let mut data = flate2::read::DeflateDecoder::new(&zip[30 + NAME.len()..]);
        data.read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, zip);
        assert_eq!(zip[14..18], crc_of(&zip).to_le_bytes(), "the CRC-32 in it is its own");
        assert_eq!(zip[22..26], (zip.len() as u32).to_le_bytes());
    }
}
