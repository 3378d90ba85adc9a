//! The texts that mean "no value".

/// The texts that mean "no value", arranged so that nearly every cell is told from them by its length and first byte.
#[derive(Clone, Debug)]
pub struct MissingTexts {
    texts: Box<[Box<str>]>,
    /// Bit n: one of the texts has n bytes (63: or more).
    lengths: u64,
    /// Bit n of word m: one of the texts begins with the byte 64 m + n.
    first_bytes: [u64; 4],
}

impl MissingTexts {
    /// Arranges texts.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let texts: Box<[Box<str>]> = texts.into_iter().map(|text| text.as_ref().into()).collect();
        let mut lengths = 0;
        let mut first_bytes = [0; 4];
        for text in texts.iter().map(|text| text.as_bytes()) {
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

    /// Whether a whole text is one of them.
    #[inline]
    pub fn contains(&self, text: &[u8]) -> bool {
        let begins_alike = |first: &u8| (self.first_bytes[usize::from(*first >> 6)] >> (first & 63)) & 1 == 1;
        (self.lengths >> text.len().min(63)) & 1 == 1
            && text.first().is_none_or(begins_alike)
            && self.texts.iter().any(|missing| missing.as_bytes() == text)
    }

    /// The texts.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }
}
