//! Traversal that is hidden from a plain look at the segments: behind percent-encoding, once or several times, in
//! overlong UTF-8, in `%uXXXX` form; or behind characters that compatibility folding turns into dots and slashes.

use unicode_normalization::UnicodeNormalization;

use crate::characters::{is_control, looks_like_separator};

/// How often encodings inside encodings are undone. What is wrapped deeper is refused as well: nobody names files so.
const DECODING_ROUNDS_MAX: usize = 5;

/// Whether undoing encodings turns `segment` into a step, or into something with a separator or control character.
pub fn is_hidden_step(segment: &str) -> bool {
    let mut bytes = segment.as_bytes().to_vec();
    for _ in 0..DECODING_ROUNDS_MAX {
        let decoded = decode_once(&bytes);
        if decoded == bytes {
            return false;
        }
        // Bytes that are not UTF-8 (a name in Latin-1) hide nothing by that alone.
        let text = String::from_utf8_lossy(&decoded);
        if text.chars().any(is_control) || becomes_step(&text) {
            return true;
        }
        // A program that folds between two rounds of decoding finds escapes that are not written in ASCII.
        bytes = match std::str::from_utf8(&decoded) {
            Ok(text) => folded(text).into_bytes(),
            Err(_) => decoded,
        };
    }
    true
}

/// Whether compatibility folding turns `segment` into a step or gives it a separator, at once or with the escapes that it
/// uncovers, or whether it has a look-alike of a separator.
pub fn is_lookalike_step(segment: &str) -> bool {
    !segment.is_ascii() && (becomes_step(segment) || is_hidden_step(&folded(segment)))
}

// An ellipsis or a full-width dot amid a longer name becomes no step, and stays.
fn becomes_step(text: &str) -> bool {
    let folded = folded(text);
    text.contains(looks_like_separator) || folded.contains(['/', '\\']) || matches!(folded.as_str(), "." | "..")
}

fn folded(text: &str) -> String {
    text.nfkc().collect()
}

// One round: `%XX`, `%uXXXX` (as some servers read it), and the overlong forms of ASCII that lax decoders accept.
fn decode_once(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        if let Some((character, tail)) = (first == b'%').then(|| escape(tail)).flatten() {
            decoded.extend_from_slice(&character);
            rest = tail;
        } else {
            decoded.push(first);
            rest = tail;
        }
    }
    undo_overlong(&decoded)
}

fn escape(tail: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if let Some((digits, rest)) = tail
        .strip_prefix(b"u")
        .or_else(|| tail.strip_prefix(b"U"))
        .and_then(|t| t.split_at_checked(4))
    {
        let character = char::from_u32(hex_value(digits)?)?;
        return Some((character.to_string().into_bytes(), rest));
    }
    let (digits, rest) = tail.split_at_checked(2)?;
    Some((vec![u8::try_from(hex_value(digits)?).ok()?], rest))
}

fn hex_value(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

// RFC 3629, section 3: a decoder must refuse these; some do not. 0xC0 0xAE is a dot in two bytes, and so on.
fn undo_overlong(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return out,
            [lead @ 0xC0..=0xC1, low @ 0x80..=0xBF, tail @ ..] => {
                out.push((lead & 1) << 6 | (low & 0x3F));
                tail
            }
            [0xE0, mid @ 0x80..=0x81, low @ 0x80..=0xBF, tail @ ..]
            | [0xF0, 0x80, mid @ 0x80..=0x81, low @ 0x80..=0xBF, tail @ ..]
            | [0xF8, 0x80, 0x80, mid @ 0x80..=0x81, low @ 0x80..=0xBF, tail @ ..]
            | [0xFC, 0x80, 0x80, 0x80, mid @ 0x80..=0x81, low @ 0x80..=0xBF, tail @ ..] => {
                out.push((mid & 1) << 6 | (low & 0x3F));
                tail
            }
            [byte, tail @ ..] => {
                out.push(*byte);
                tail
            }
        };
    }
}
