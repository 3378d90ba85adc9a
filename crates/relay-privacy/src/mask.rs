//! Masks: the form of a value without the value. No digit stays, not even a card's last four: beside a name or a date they
//! tell one customer from another.

use relay_model::DataClass;

use crate::digits::Groups;
use crate::forms::trimmed;
use crate::{email, ip};

/// What stands for a word, whatever its length.
const WORD: &[u8] = b"***";
const ADDRESS: &[u8] = b"***@***";
const QUAD: &[u8] = b"*.*.*.*";
const COLONS: &[u8] = b"*:*:*:*:*:*:*:*";
/// Longer top-level domains are often a company's name.
const TOP_LEVEL_BYTES_MAX: usize = 4;

/// The mask of a cell of this class.
pub fn mask(class: DataClass, cell: &[u8]) -> String {
    let mut masked = Vec::new();
    append_mask(class, cell, &mut masked);
    // What is appended is ASCII.
    masked.into_iter().map(char::from).collect()
}

/// Appends the mask of a cell of this class.
pub fn append_mask(class: DataClass, cell: &[u8], out: &mut Vec<u8>) {
    let cell = trimmed(cell);
    if is_masked(cell) {
        out.extend_from_slice(cell);
        return;
    }
    match class {
        DataClass::Email if email::is_address(email::unwrapped(cell)) => {
            out.extend_from_slice(ADDRESS);
            let top = email::top_level(email::unwrapped(cell));
            if is_shown_top_level(top) {
                out.push(b'.');
                out.extend(top.iter().map(u8::to_ascii_lowercase));
            }
        }
        DataClass::IpAddress if is_quad(cell) => out.extend_from_slice(QUAD),
        DataClass::IpAddress if ip::of_colons(cell) != ip::Address::No => out.extend_from_slice(COLONS),
        // An account's letters stand among its digits.
        DataClass::Iban => append_characters(cell, u8::is_ascii_alphanumeric, out),
        _ => append_characters(cell, u8::is_ascii_digit, out),
    }
}

/// Whether a cell has been masked already: there is nothing in it to lose.
pub fn is_masked(cell: &[u8]) -> bool {
    let is_value = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let rest = match cell.strip_prefix(ADDRESS) {
        Some([b'.', top @ ..]) if is_shown_top_level(top) => return true,
        _ => cell,
    };
    rest.contains(&b'*') && !rest.iter().any(is_value)
}

fn is_shown_top_level(top: &[u8]) -> bool {
    (2..=TOP_LEVEL_BYTES_MAX).contains(&top.len()) && top.iter().all(u8::is_ascii_alphabetic)
}

fn is_quad(cell: &[u8]) -> bool {
    cell.first().is_some_and(u8::is_ascii_digit)
        && Groups::of(cell).is_some_and(|groups| ip::of_quad(&groups) != ip::Address::No)
}

/// A star for each of these characters, three for each word of others, punctuation as it is.
fn append_characters(cell: &[u8], is_counted: impl Fn(&u8) -> bool, out: &mut Vec<u8>) {
    let mut was_word = false;
    for byte in cell {
        let is_word = !is_counted(byte) && (byte.is_ascii_alphabetic() || !byte.is_ascii());
        if is_counted(byte) {
            out.push(b'*');
        } else if !is_word {
            out.push(*byte);
        } else if !was_word {
            out.extend_from_slice(WORD);
        }
        was_word = is_word;
    }
}
