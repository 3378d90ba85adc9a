//! What hides a character in a text: `\u0040`, `&#64;` and `%40` are an `@`, and the `n` of `\n` would begin a word.

/// The text with the characters of ASCII that escapes stand for (`\u0040`, `&#64;` and `%40` are an `@`); nothing if there
/// are none.
pub fn without(text: &[u8]) -> Option<Vec<u8>> {
    let mut from = 0;
    let mut out: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = memchr::memchr3(b'\\', b'%', b'&', &text[at..]) {
        let start = at + found;
        match escape_at(&text[start..]) {
            Some((length, character)) => {
                let out = out.get_or_insert_with(|| Vec::with_capacity(text.len()));
                out.extend_from_slice(&text[from..start]);
                out.push(character);
                at = start + length;
                from = at;
            }
            None => at = start + 1,
        }
    }
    let mut out = out?;
    out.extend_from_slice(&text[from..]);
    Some(out)
}

/// The escape that begins here: its length and the character.
fn escape_at(text: &[u8]) -> Option<(usize, u8)> {
    match text {
        [b'%', high, low, ..] => Some((3, printable(&[*high, *low], 16)?)),
        [b'\\', b'u', digits @ ..] => Some((6, printable(digits.get(..4)?, 16)?)),
        [b'\\', b'x', digits @ ..] => Some((4, printable(digits.get(..2)?, 16)?)),
        [b'\\', b'n' | b'r' | b't' | b'f' | b'b' | b'v', ..] => Some((2, b' ')),
        [b'\\', character @ (b'"' | b'\'' | b'/' | b'\\'), ..] => Some((2, *character)),
        [b'&', b'#', b'x' | b'X', digits @ ..] => entity(digits, 3, 16),
        [b'&', b'#', digits @ ..] => entity(digits, 2, 10),
        _ if text.starts_with(b"&commat;") => Some((8, b'@')),
        _ if text.starts_with(b"&nbsp;") => Some((6, b' ')),
        _ => None,
    }
}

/// More digits than an entity of ASCII has.
const ENTITY_DIGITS_MAX: usize = 7;

fn entity(digits: &[u8], before: usize, radix: u32) -> Option<(usize, u8)> {
    let end = digits
        .iter()
        .take(ENTITY_DIGITS_MAX + 1)
        .position(|byte| *byte == b';')?;
    Some((before + end + 1, printable(&digits[..end], radix)?))
}

/// The character of this number, if it is one of ASCII that can be seen; a space that does not break is a space.
fn printable(digits: &[u8], radix: u32) -> Option<u8> {
    if digits.is_empty() || !digits.iter().all(|digit| char::from(*digit).is_digit(radix)) {
        return None;
    }
    let number = digits.iter().fold(0_u32, |number, digit| {
        number * radix + char::from(*digit).to_digit(radix).unwrap_or(0)
    });
    match number {
        0x20..=0x7e => u8::try_from(number).ok(),
        0xa0 => Some(b' '),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_what_they_stand_for() {
        for (text, plain) in [
            (r"ada\u0040example.com", "ada@example.com"),
            ("ada%40example.com", "ada@example.com"),
            ("ada&#64;example.com &#x40; &commat;", "ada@example.com @ @"),
            (r"\n123-45-6789\t\u00e4", r" 123-45-6789 \u00e4"),
            ("212&nbsp;555&#160;0123", "212 555 0123"),
            (r#"\"\\n"#, r#""\n"#),
        ] {
            assert_eq!(without(text.as_bytes()).as_deref(), Some(plain.as_bytes()), "{text}");
        }
        for text in [
            "",
            "100 %",
            "R&D; %4",
            r"C:\dir",
            "&#xe9;",
            r"\u00e9\u4",
            "&#;",
            "&#12345678901;",
        ] {
            assert_eq!(without(text.as_bytes()), None, "{text}");
        }
    }
}
