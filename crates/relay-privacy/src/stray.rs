//! Values that are unmistakable wherever they stand: e-mail addresses, telephone numbers with `+` or an area code in
//! parentheses, Social Security numbers with dashes, cards' numbers in their groups, account numbers that check.

use relay_model::DataClass;

use crate::digits::Groups;
use crate::forms::has_at_sign;
use crate::phone::{Number, Parts};
use crate::plain::Plain;
use crate::{card, email, iban, ssn};

/// The shortest of them that has no `@` is a Social Security number. Account numbers with fewer digits are possible by the
/// registry, but no bank is known to have them.
const DIGITS_MIN: usize = 9;
const SSN_BYTES: usize = 11;
/// A card's digits with a separator after each four.
const CARD_BYTES_MAX: usize = 23;
const PHONE_BYTES_MAX: usize = 32;

/// A value in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stray {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its class.
    pub class: DataClass,
}

/// The unmistakable values in a text, in order; they do not overlap.
pub fn find_strays(text: &[u8]) -> Vec<Stray> {
    if text.len() < crate::forms::CELL_BYTES_MIN {
        return Vec::new();
    }
    let mut strays = if has_at_sign(text) { addresses(text) } else { Vec::new() };
    match Plain::of(text) {
        None => numbers_around(text, &mut strays),
        Some(plain) => {
            for stray in &mut strays {
                (stray.start, stray.end) = (plain.place_of(stray.start), plain.place_of(stray.end));
            }
            numbers_around(&plain.text, &mut strays);
            for stray in &mut strays {
                (stray.start, stray.end) = (plain.original(stray.start), plain.original(stray.end));
            }
        }
    }
    strays.sort_unstable_by_key(|stray| stray.start);
    strays
}

/// Numbers before, between and behind addresses.
fn numbers_around(text: &[u8], strays: &mut Vec<Stray>) {
    if text.iter().filter(|byte| byte.is_ascii_digit()).count() < DIGITS_MIN {
        return;
    }
    let addresses = strays.len();
    let mut from = 0;
    for at in 0..addresses {
        let Stray { start, end, .. } = strays[at];
        numbers(text, from, start, strays);
        from = end;
    }
    numbers(text, from, text.len(), strays);
}

/// Addresses around each `@`. In a text fewer characters are taken for a part of one than may be: `=` and `/` rather end
/// what stands before it.
fn addresses(text: &[u8]) -> Vec<Stray> {
    let mut strays: Vec<Stray> = Vec::new();
    for at in (0..text.len()).filter(|at| text[*at] == b'@') {
        let floor = strays.last().map_or(0, |stray| stray.end);
        let start = local_start(text, floor, at);
        let end = domain_end(text, at + 1);
        let is_beside_another = text.get(end) == Some(&b'@') || (start > 0 && text[start - 1] == b'@');
        if email::is_address(&text[start..end]) && !is_beside_another {
            strays.push(Stray {
                start,
                end,
                class: DataClass::Email,
            });
        }
    }
    strays
}

/// Where the local part begins that ends at an `@`.
fn local_start(text: &[u8], floor: usize, at: usize) -> usize {
    let is_local = |byte: &&u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"._%+-'".contains(byte);
    let length = text[floor..at].iter().rev().take_while(is_local).count();
    let mut start = at - length;
    // Quotes, dashes and spaces beyond ASCII end what stands before them.
    let local = &text[start..at];
    start += match core::str::from_utf8(local) {
        Ok(local) => {
            let last = local.char_indices().rev().find(|(_, char)| is_mark_beyond_ascii(*char));
            last.map_or(0, |(place, char)| place + char.len_utf8())
        }
        Err(_) => local
            .iter()
            .rposition(|byte| !byte.is_ascii())
            .map_or(0, |last| last + 1),
    };
    start
        + text[start..at]
            .iter()
            .take_while(|byte| b".'-%+".contains(byte))
            .count()
}

/// Where the domain ends that begins here.
fn domain_end(text: &[u8], from: usize) -> usize {
    let is_domain = |byte: &&u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b".-".contains(byte);
    let length = text[from..].iter().take_while(is_domain).count();
    let mut domain = &text[from..from + length];
    let first_mark = match core::str::from_utf8(domain) {
        Ok(domain) => domain.find(is_mark_beyond_ascii),
        Err(_) => domain.iter().position(|byte| !byte.is_ascii()),
    };
    domain = &domain[..first_mark.unwrap_or(domain.len())];
    while let [rest @ .., b'.' | b'-'] = domain {
        domain = rest;
    }
    // Scripts without spaces go on behind `.com`.
    let top = email::top_level(domain);
    if top.first().is_some_and(u8::is_ascii) {
        let ascii = top.iter().take_while(|byte| byte.is_ascii()).count();
        domain = &domain[..domain.len() - top.len() + ascii];
    }
    from + domain.len()
}

fn is_mark_beyond_ascii(char: char) -> bool {
    !char.is_ascii() && !char.is_alphanumeric()
}

/// Numbers between two places of a text.
fn numbers(text: &[u8], from: usize, to: usize, strays: &mut Vec<Stray>) {
    let mut at = from;
    while at < to {
        let byte = text[at];
        let is_start = byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'+' || byte == b'(';
        if !is_start {
            at += 1;
            continue;
        }
        let found = if at == from || is_edge(text[at - 1]) {
            number_at(text, at, to)
        } else {
            None
        };
        if let Some((length, class)) = found {
            strays.push(Stray {
                start: at,
                end: at + length,
                class,
            });
            at += length;
        } else {
            at += 1;
            // The rest of a word cannot begin a number.
            if byte.is_ascii_alphanumeric() {
                at += text[at..to]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric())
                    .count();
            }
        }
    }
}

/// The number that begins here, if there is one: its length and class.
fn number_at(text: &[u8], at: usize, to: usize) -> Option<(usize, DataClass)> {
    let rest = &text[at..to];
    let ends = |length: &usize| ends_here(text, at + length);
    let is_separator = |place: usize| matches!(rest.get(place), Some(b' ' | b'-'));
    match rest[0] {
        b'+' | b'(' => phone_at(rest, ends).map(|length| (length, DataClass::Phone)),
        b'0'..=b'9' if rest.get(3) == Some(&b'-') => {
            let groups = Groups::of(rest.get(..SSN_BYTES)?)?;
            let is_dashed = groups.separator() == Some(b'-') && ssn::is_formatted(&groups);
            (is_dashed && ends(&SSN_BYTES)).then_some((SSN_BYTES, DataClass::UsSsn))
        }
        b'0'..=b'9' if is_separator(4) || is_separator(6) => {
            card_at(rest, ends).map(|length| (length, DataClass::PaymentCard))
        }
        byte if byte.is_ascii_uppercase() => iban::at_start(rest)
            .filter(ends)
            .map(|length| (length, DataClass::Iban)),
        _ => None,
    }
}

/// The longest beginning that is a card's number in its groups.
fn card_at(rest: &[u8], ends: impl Fn(&usize) -> bool) -> Option<usize> {
    let run = rest
        .iter()
        .take(CARD_BYTES_MAX)
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
    let longest = run.count();
    (card::DIGITS_MIN..=longest).rev().find(|length| {
        rest[length - 1].is_ascii_digit()
            && ends(length)
            && Groups::of(&rest[..*length]).is_some_and(|groups| card::is_formatted(&groups))
    })
}

/// The longest beginning that is an unmistakable telephone number. What follows may be a number as well, and begin like more
/// of this one.
fn phone_at(rest: &[u8], ends: impl Fn(&usize) -> bool) -> Option<usize> {
    let is_part = |byte: &&u8| byte.is_ascii_digit() || b"+ -./()".contains(byte);
    let longest = rest.iter().take(PHONE_BYTES_MAX).take_while(is_part).count();
    let is_end =
        |length: &usize| rest[length - 1].is_ascii_digit() && !rest.get(*length).is_some_and(u8::is_ascii_digit);
    (1..=longest)
        .rev()
        .filter(|length| is_end(length) && ends(length))
        .find(|length| Parts::of(&rest[..*length]).is_some_and(|parts| parts.number() == Number::Unmistakable))
}

/// Whether a number may begin after this byte. Letters beyond ASCII are edges: many scripts write without spaces.
fn is_edge(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && !b"_-.@+*".contains(&byte)
}

/// Whether a number may end before this place: a point may follow, if it ends a sentence.
fn ends_here(text: &[u8], end: usize) -> bool {
    match text.get(end) {
        None => true,
        Some(b'.') => !text.get(end + 1).is_some_and(u8::is_ascii_alphanumeric),
        Some(byte) => is_edge(*byte),
    }
}
