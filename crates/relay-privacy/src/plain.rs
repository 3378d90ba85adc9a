//! Characters that stand for ASCII's in numbers and addresses: wide digits and marks (East Asian keyboards), Arabic and
//! Devanagari digits, spaces that do not break, and the dashes of word processors.

use std::borrow::Cow;

/// A text in which such characters are ASCII, and where each of its bytes came from.
pub(crate) struct Plain {
    pub(crate) text: Vec<u8>,
    /// For each byte of the text, and for its end, the place in the original.
    origins: Vec<usize>,
}

impl Plain {
    /// Nothing if the text has no such character, which is most of all text.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        if text.is_ascii() {
            return None;
        }
        let original = core::str::from_utf8(text).ok()?;
        if !original.chars().any(|char| ascii_of(char).is_some()) {
            return None;
        }
        let mut plain = Self {
            text: Vec::with_capacity(text.len()),
            origins: Vec::with_capacity(text.len() + 1),
        };
        for (at, char) in original.char_indices() {
            if let Some(byte) = ascii_of(char) {
                plain.text.push(byte);
                plain.origins.push(at);
            } else {
                let bytes = &text[at..at + char.len_utf8()];
                plain.text.extend_from_slice(bytes);
                plain.origins.extend(at..at + bytes.len());
            }
        }
        plain.origins.push(text.len());
        Some(plain)
    }

    /// The place in the original of a place in this text.
    pub(crate) fn original(&self, place: usize) -> usize {
        self.origins.get(place).copied().unwrap_or_default()
    }

    /// The place in this text of a place in the original at which a character begins or the text ends.
    pub(crate) fn place_of(&self, original: usize) -> usize {
        self.origins.partition_point(|origin| *origin < original)
    }
}

/// A text in which such characters are ASCII.
pub(crate) fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    Plain::of(text).map_or(Cow::Borrowed(text), |plain| Cow::Owned(plain.text))
}

/// The character of ASCII that this one stands for.
fn ascii_of(char: char) -> Option<u8> {
    let digit = |zero: u32| u8::try_from(u32::from(char) - zero).ok().map(|digit| b'0' + digit);
    match char {
        // Full-width forms are ASCII's, in its order.
        '\u{ff01}'..='\u{ff5e}' => u8::try_from(u32::from(char) - 0xff01).ok().map(|place| b'!' + place),
        '\u{660}'..='\u{669}' => digit(0x660),
        '\u{6f0}'..='\u{6f9}' => digit(0x6f0),
        '\u{966}'..='\u{96f}' => digit(0x966),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(b' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{fe58}' => Some(b'-'),
        _ => None,
    }
}
