//! The texts that mean "no value".

use crate::schema::MissingValue;

/// The texts that mean "no value", arranged so that nearly every cell is told from them by its length and first byte.
#[derive(Clone, Debug)]
pub(crate) struct MissingTexts {
    texts: Box<[Box<[u8]>]>,
    /// Bit n: one of the texts has n bytes (63: or more).
    lengths: u64,
    /// Bit n of word m: one of the texts begins with the byte 64 m + n.
    first_bytes: [u64; 4],
}

impl MissingTexts {
    pub(crate) fn new(values: &[MissingValue]) -> Self {
        let texts: Box<[Box<[u8]>]> = values.iter().map(|value| value.text().as_bytes().into()).collect();
        let mut lengths = 0;
        let mut first_bytes = [0; 4];
        for text in &texts {
            lengths |= 1_u64 << text.len().min(63);
            if let Some(first) = text.first() {
                first_bytes[usize::from(*first >> 6)] |= 1_u64 << (first & 63);
            }
        }
        Self {
            texts,
            lengths,
            first_bytes,
        }
    }

    #[inline]
    pub(crate) fn contains(&self, text: &[u8]) -> bool {
        let begins_alike = |first: &u8| (self.first_bytes[usize::from(*first >> 6)] >> (first & 63)) & 1 == 1;
        (self.lengths >> text.len().min(63)) & 1 == 1
            && text.first().is_none_or(begins_alike)
            && self.texts.iter().any(|missing| **missing == *text)
    }
}
