//! One spelling for each value, so that the same card in two packages gives the same token.

use std::borrow::Cow;

use relay_model::DataClass;

use crate::forms::trimmed;
use crate::plain::plain;
use crate::{email, phone};

const SSN_DIGITS: usize = 9;
/// Areas begin with up to two zeros, which a column of numbers loses.
const SSN_DIGITS_MIN: usize = 7;
/// `2125550123.0` is what a spreadsheet or data frame makes of a number.
const DECIMAL_ZERO: &[u8] = b".0";

/// The value of a cell in its one spelling. What is not of the class's form is taken as it stands, without the white
/// space around it.
pub(crate) fn canonical(class: DataClass, cell: &[u8]) -> Cow<'_, [u8]> {
    let cell = trimmed(cell);
    let found = match class {
        DataClass::Email => Some(lowercased(email::unwrapped(cell))),
        DataClass::Phone => phone_digits(trimmed(&plain(cell))),
        DataClass::UsSsn => ssn_digits(trimmed(&plain(cell))),
        DataClass::PaymentCard => digits_only(trimmed(&plain(cell))),
        DataClass::Iban => Some(account(cell)),
        DataClass::IpAddress => Some(address(cell)),
        DataClass::DateOfBirth | DataClass::PersonName => None,
    };
    found.map_or(Cow::Borrowed(cell), Cow::Owned)
}

/// The whole address in small letters. RFC 5321 leaves the local part's case to its host; in practice no host tells two
/// mailboxes by it, and joins would fail over `Ada@` and `ada@`.
fn lowercased(address: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(address) {
        Ok(address) => address.to_lowercase().into_bytes(),
        Err(_) => address.to_ascii_lowercase(),
    }
}

fn digits_only(cell: &[u8]) -> Option<Vec<u8>> {
    let cell = cell.strip_suffix(DECIMAL_ZERO).unwrap_or(cell);
    let digits: Vec<u8> = cell.iter().copied().filter(u8::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

fn ssn_digits(cell: &[u8]) -> Option<Vec<u8>> {
    let digits = digits_only(cell)?;
    if !(SSN_DIGITS_MIN..SSN_DIGITS).contains(&digits.len()) {
        return Some(digits);
    }
    let mut padded = vec![b'0'; SSN_DIGITS - digits.len()];
    padded.extend(digits);
    Some(padded)
}

/// Digits as they are dialled from abroad, as far as that can be told: `+`, `00` and a trunk zero in parentheses fall
/// away, and a number of the North American plan gets its country's code. An extension follows after an `x`.
fn phone_digits(cell: &[u8]) -> Option<Vec<u8>> {
    let cell = cell.strip_suffix(DECIMAL_ZERO).unwrap_or(cell);
    let without_trunk = match cell.windows(3).position(|window| window == b"(0)") {
        Some(at) if cell.starts_with(b"+") => Cow::Owned([&cell[..at], &cell[at + 3..]].concat()),
        _ => Cow::Borrowed(cell),
    };
    let Some(parts) = phone::Parts::of(&without_trunk) else {
        return digits_only(cell);
    };
    let digits = match parts.digits() {
        [0, 0, rest @ ..] if !parts.has_plus() => rest,
        digits => digits,
    };
    let mut dialled = Vec::with_capacity(cell.len() + 1);
    if !parts.has_plus() && digits.len() == 10 && phone::nanp(digits).is_some() {
        dialled.push(b'1');
    }
    dialled.extend(digits.iter().map(|digit| b'0' + digit));
    if let Some(at) = parts.extension_at() {
        dialled.push(b'x');
        dialled.extend(without_trunk[at..].iter().filter(|byte| byte.is_ascii_digit()));
    }
    Some(dialled)
}

fn account(cell: &[u8]) -> Vec<u8> {
    let is_written = |byte: &&u8| !matches!(byte, b' ' | b'-');
    cell.iter().filter(is_written).map(u8::to_ascii_uppercase).collect()
}

/// RFC 5952 for version 6: `2001:DB8:0:0::1` is `2001:db8::1`.
fn address(cell: &[u8]) -> Vec<u8> {
    let bare = cell
        .strip_prefix(b"[")
        .and_then(|cell| cell.strip_suffix(b"]"))
        .unwrap_or(cell);
    let parsed = std::str::from_utf8(bare)
        .ok()
        .and_then(|text| text.parse::<core::net::IpAddr>().ok());
    parsed.map_or_else(|| cell.to_vec(), |address| address.to_string().into_bytes())
}
