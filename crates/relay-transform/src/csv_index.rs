//! The places in CSV text that matter: delimiters, line breaks and quotes, found sixteen bytes at a time.

use wide::u8x16;

const LANES: usize = 16;
const STRIDE: usize = 4 * LANES;

/// Appends to `positions` where `data[from..]` has a delimiter, a line break or a quote.
pub(crate) fn index(data: &[u8], from: usize, delimiter: u8, positions: &mut Vec<u32>) {
    let needles = Needles {
        delimiter: u8x16::splat(delimiter),
        line_break: u8x16::splat(b'\n'),
        quote: u8x16::splat(b'"'),
    };
    let (strides, rest) = data[from..].as_chunks::<STRIDE>();
    let mut base = from as u32;
    for stride in strides {
        let (lanes, _) = stride.as_chunks::<LANES>();
        let mut hits = 0_u64;
        for (number, lane) in lanes.iter().enumerate() {
            hits |= needles.hits(*lane) << (number * LANES);
        }
        positions.reserve(STRIDE);
        while hits != 0 {
            positions.push(base + hits.trailing_zeros());
            hits &= hits - 1;
        }
        base += STRIDE as u32;
    }
    let is_hit = |byte: u8| byte == delimiter || byte == b'\n' || byte == b'"';
    let hits = rest.iter().zip(base..).filter(|(byte, _)| is_hit(**byte));
    positions.extend(hits.map(|(_, position)| position));
}

struct Needles {
    delimiter: u8x16,
    line_break: u8x16,
    quote: u8x16,
}

impl Needles {
    #[inline]
    fn hits(&self, lane: [u8; LANES]) -> u64 {
        let lane = u8x16::new(lane);
        let hits = lane.simd_eq(self.delimiter) | lane.simd_eq(self.line_break) | lane.simd_eq(self.quote);
        u64::from(hits.to_bitmask())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_once_wherever_it_stands() {
        for length in 0..200 {
            let data: Vec<u8> = (0..length).map(|at| b"a;b\"c\n;;"[(at * 7 + at / 13) % 8]).collect();
            for from in [0, length / 3] {
                let mut positions = Vec::new();
                index(&data, from, b';', &mut positions);
                let expected: Vec<u32> = (from..length)
                    .filter(|at| b";\"\n".contains(&data[*at]))
                    .map(|at| at as u32)
                    .collect();
                assert_eq!(positions, expected);
            }
        }
    }
}
