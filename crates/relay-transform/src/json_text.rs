//! Values in texts that are JSON themselves: nested values of JSON Lines, and JSON in a cell of CSV. Escapes hide what they
//! stand for (`\u0040` is an `@`, and the `n` of `\n` would begin a word), so strings are looked at without them.

use relay_privacy::Redactor;

/// JSON in a string of JSON in a string of JSON: what is packed deeper was meant to be hidden, and is text like any other.
const DEPTH_MAX: u32 = 3;

/// Treats unmistakable values in a text, and says how many it treated. If there are any, appends the text that is left;
/// otherwise appends nothing.
pub(crate) fn treat_strays(redactor: &Redactor, text: &[u8], out: &mut Vec<u8>) -> usize {
    treat_to_depth(redactor, text, out, DEPTH_MAX)
}

fn treat_to_depth(redactor: &Redactor, text: &[u8], out: &mut Vec<u8>, depth: u32) -> usize {
    if depth == 0 || !may_hide_values(text) {
        return treat_plain(redactor, text, out);
    }
    let mut rewritten = Vec::with_capacity(text.len());
    let hidden = treat_strings(redactor, text, &mut rewritten, depth - 1);
    // What stands in the text as it is now, for whoever reads it as text.
    let plain = redactor.treat_stray(&rewritten, out);
    if hidden > 0 && plain == 0 {
        out.append(&mut rewritten);
    }
    hidden + plain
}

/// A text that is no JSON. Escapes of other kinds hide values as well (`&#64;` and `%40` are an `@`): where they do, the text is
/// written without them.
fn treat_plain(redactor: &Redactor, text: &[u8], out: &mut Vec<u8>) -> usize {
    let start = out.len();
    let found = redactor.treat_stray(text, out);
    let Some(plain) = relay_privacy::without_escapes(text) else {
        return found;
    };
    let mut rewritten = Vec::new();
    let found_behind = redactor.treat_stray(&plain, &mut rewritten);
    if found_behind <= found {
        return found;
    }
    out.truncate(start);
    out.append(&mut rewritten);
    found_behind
}

fn may_hide_values(text: &[u8]) -> bool {
    // Most texts begin with a letter or a digit, and are told by that.
    let is_json = match text.first() {
        Some(b' ' | b'\t' | b'\r' | b'\n') => matches!(text.trim_ascii_start().first(), Some(b'{' | b'[' | b'"')),
        first => matches!(first, Some(b'{' | b'[' | b'"')),
    };
    is_json && memchr::memchr(b'\\', text).is_some()
}

/// Appends the text; strings with both an escape and a value in them are written anew.
fn treat_strings(redactor: &Redactor, text: &[u8], out: &mut Vec<u8>, depth: u32) -> usize {
    let mut sum = 0;
    let mut from = 0;
    let mut value = Vec::new();
    while let Some(start) = memchr::memchr(b'"', &text[from..]).map(|at| from + at) {
        let end = string_end(text, start);
        let string = &text[start..end];
        out.extend_from_slice(&text[from..start]);
        value.clear();
        let found = match unescaped(string) {
            Some(plain) => treat_to_depth(redactor, plain.as_bytes(), &mut value, depth),
            None => 0,
        };
        if found == 0 {
            out.extend_from_slice(string);
        } else {
            let left = String::from_utf8_lossy(&value);
            out.extend_from_slice(serde_json::Value::from(left).to_string().as_bytes());
        }
        sum += found;
        from = end;
    }
    out.extend_from_slice(&text[from..]);
    sum
}

/// The byte after the quote that closes the string that begins here, or the end of the text.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &text[at.min(text.len())..]) {
        at += found + 1;
        if text[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    text.len()
}

fn unescaped(string: &[u8]) -> Option<String> {
    memchr::memchr(b'\\', string)?;
    serde_json::from_slice(string).ok()
}
