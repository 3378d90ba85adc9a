//! Numbers by chance that are the same on every machine: `SplitMix64` (Steele, Lea, Flood 2014).

/// A generator; its seed is all of its state.
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From `first` to `last`, both included.
    pub fn range(&mut self, first: u64, last: u64) -> u64 {
        first + self.bits() % (last - first + 1)
    }

    /// True in so many of a thousand.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.bits() % 1_000 < permille
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[(self.bits() % of.len() as u64) as usize]
    }

    /// So many digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.range(0, 9) as u8)).collect()
    }

    /// So many characters of these.
    pub fn text(&mut self, of: &str, count: usize) -> String {
        (0..count).map(|_| char::from(*self.pick(of.as_bytes()))).collect()
    }
}
