//! Decisions read from bytes: the same bytes decide the same, and an engine that changes bytes changes decisions.

/// Bytes that have not decided anything yet. At their end every decision is the plainest one.
pub struct Choices<'a>(&'a [u8]);

/// Bytes from here on say yes where something is to be rare.
const RARE: u8 = 240;

impl<'a> Choices<'a> {
    /// All of these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// One byte; 0 at the end.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// One of two.
    pub fn is(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// True for one byte of sixteen.
    pub fn is_rare(&mut self) -> bool {
        self.byte() >= RARE
    }

    /// 32 bits.
    pub fn number(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    /// One of these.
    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    /// Up to `length_max` of the bytes themselves.
    pub fn bytes(&mut self, length_max: usize) -> &'a [u8] {
        let length = self.below(length_max + 1).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}
