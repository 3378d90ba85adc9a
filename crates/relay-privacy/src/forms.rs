//! What a cell looks like: the classes whose forms it has. Called for every cell of every table, so a cell that is
//! plainly harmless is told by its length and its first bytes.

use relay_model::DataClass;

use crate::class::ClassSet;
use crate::digits::Groups;
use crate::phone::Number;
use crate::plain::Plain;
use crate::{card, date, email, iban, ip, phone, ssn, words};

/// The shortest that is looked for is an e-mail address: `a@b.cd`.
pub(crate) const CELL_BYTES_MIN: usize = 6;
/// The longest is `Name <address>`.
const CELL_BYTES_MAX: usize = 320;
/// Classes whose forms say nothing by themselves: only a column's name makes them what they are.
pub(crate) const BY_NAME_ONLY: ClassSet = ClassSet::of(&[DataClass::DateOfBirth, DataClass::PersonName]);

/// The classes whose forms a cell has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// Forms that are rare among other values, such as `212-555-0123`.
    pub strong: ClassSet,
    /// Forms that other values have too, such as ten digits: good as far as the column is.
    pub weak: ClassSet,
}

impl Forms {
    const NONE: Self = Self {
        strong: ClassSet::EMPTY,
        weak: ClassSet::EMPTY,
    };

    /// Every form that a cell has, whatever its column is called.
    pub fn of(cell: &[u8]) -> Self {
        Self::among(cell, BY_NAME_ONLY)
    }

    /// The forms that a cell has; those that only a column's name gives a meaning are looked for if it does. Telephone and
    /// Social Security numbers have such forms beside others: telephone numbers are written in many ways, all of which are
    /// ways of writing other numbers too.
    #[inline]
    pub(crate) fn among(cell: &[u8], named: ClassSet) -> Self {
        match Plain::of(cell) {
            Some(plain) => Self::among_plain(trimmed(&plain.text), named),
            None => Self::among_plain(trimmed(cell), named),
        }
    }

    #[inline]
    fn among_plain(cell: &[u8], named: ClassSet) -> Self {
        let mut forms = match cell {
            [first, ..] if (CELL_BYTES_MIN..=CELL_BYTES_MAX).contains(&cell.len()) => by_content(*first, cell),
            _ => Self::NONE,
        };
        if named.is_empty() {
            return forms;
        }
        for (class, is_of_form) in [
            (DataClass::Phone, phone::is_national as fn(&[u8]) -> bool),
            (DataClass::UsSsn, ssn::is_grouped),
            (DataClass::DateOfBirth, date::is_date),
            (DataClass::PersonName, words::is_name),
        ] {
            let is_known = forms.strong.contains(class) || forms.weak.contains(class);
            if named.contains(class) && !is_known && is_of_form(cell) {
                forms.weak = forms.weak.with(class);
            }
        }
        forms
    }

    const fn strong(class: DataClass) -> Self {
        Self {
            strong: ClassSet::EMPTY.with(class),
            weak: ClassSet::EMPTY,
        }
    }

    const fn weak(class: DataClass) -> Self {
        Self {
            strong: ClassSet::EMPTY,
            weak: ClassSet::EMPTY.with(class),
        }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            strong: self.strong.union(other.strong),
            weak: self.weak.union(other.weak),
        }
    }
}

/// Without the white space around it, which is rarely there: two comparisons.
#[inline]
pub(crate) fn trimmed(cell: &[u8]) -> &[u8] {
    match cell {
        [first, .., last] if *first > b' ' && *last > b' ' => cell,
        _ => cell.trim_ascii(),
    }
}

#[inline]
fn by_content(first: u8, cell: &[u8]) -> Forms {
    match first {
        b'0'..=b'9' => by_digits(cell),
        b'+' | b'(' => by_phone(cell).and(by_at_sign(cell)),
        b':' | b'[' => by_colons(cell),
        _ => by_letters(cell),
    }
}

#[inline]
fn by_letters(cell: &[u8]) -> Forms {
    if has_at_sign(cell) {
        return by_at_sign(cell);
    }
    if cell[2].is_ascii_digit() && iban::begins(cell) {
        return match iban::of(cell) {
            iban::Account::Yes => Forms::strong(DataClass::Iban),
            iban::Account::Mistyped => Forms::weak(DataClass::Iban),
            iban::Account::No => by_colons(cell),
        };
    }
    // An address of version 6 begins with a digit and has its first colon within its first five bytes.
    if cell[0].is_ascii_hexdigit() && cell[..5].contains(&b':') {
        by_colons(cell)
    } else {
        Forms::NONE
    }
}

fn by_digits(cell: &[u8]) -> Forms {
    let run = cell.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = cell.split_at(run);
    match rest {
        // Spreadsheets and data frames make `4111111111111111.0` of a number in a column with gaps.
        [] | b".0" => return by_bare_digits(digits),
        // Amounts, coordinates and measurements are the most frequent of all, times come next.
        [b'.', decimals @ ..] if decimals.iter().all(u8::is_ascii_digit) => return Forms::NONE,
        [b'-', _, _, b'-', ..] if run == 4 => return by_at_sign(cell),
        [b':' | b'a'..=b'f' | b'A'..=b'F', ..] if cell[..5].contains(&b':') => {
            return by_colons(cell).and(by_at_sign(cell));
        }
        _ => {}
    }
    let Some(groups) = Groups::of(cell) else {
        return by_port(cell).and(by_phone(cell)).and(by_at_sign(cell));
    };
    if ssn::is_formatted(&groups) {
        return Forms::strong(DataClass::UsSsn);
    }
    if card::is_formatted(&groups) {
        return Forms::strong(DataClass::PaymentCard);
    }
    match ip::of_quad(&groups) {
        ip::Address::No => by_phone(cell),
        address => by_address(address),
    }
}

fn by_bare_digits(text: &[u8]) -> Forms {
    let mut forms = Forms::NONE;
    if phone::is_bare(text) {
        forms = forms.and(Forms::weak(DataClass::Phone));
    }
    if ssn::is_bare(text) {
        forms = forms.and(Forms::weak(DataClass::UsSsn));
    }
    if card::is_bare(text) {
        forms = forms.and(Forms::weak(DataClass::PaymentCard));
    }
    forms
}

/// `192.0.2.1:443`, as logs have it.
fn by_port(cell: &[u8]) -> Forms {
    let colon = cell.iter().rposition(|byte| *byte == b':');
    let Some((address, [_, port @ ..])) = colon.map(|colon| cell.split_at(colon)) else {
        return Forms::NONE;
    };
    let is_port = (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit);
    match Groups::of(address) {
        Some(groups) if is_port => by_address(ip::of_quad(&groups)),
        _ => Forms::NONE,
    }
}

fn by_phone(cell: &[u8]) -> Forms {
    match phone::Parts::of(cell).map_or(Number::No, |parts| parts.number()) {
        Number::Unmistakable | Number::Formatted => Forms::strong(DataClass::Phone),
        Number::Perhaps => Forms::weak(DataClass::Phone),
        Number::No => Forms::NONE,
    }
}

fn by_colons(cell: &[u8]) -> Forms {
    by_address(ip::of_colons(cell))
}

fn by_address(address: ip::Address) -> Forms {
    match address {
        ip::Address::Yes => Forms::strong(DataClass::IpAddress),
        ip::Address::Perhaps => Forms::weak(DataClass::IpAddress),
        ip::Address::No => Forms::NONE,
    }
}

fn by_at_sign(cell: &[u8]) -> Forms {
    if !has_at_sign(cell) {
        Forms::NONE
    } else if email::is_address(email::unwrapped(cell)) {
        Forms::strong(DataClass::Email)
    } else if email::is_nearly_address(cell) {
        Forms::weak(DataClass::Email)
    } else {
        Forms::NONE
    }
}

const ONES: u64 = u64::MAX / 255;
const AT_SIGNS: u64 = ONES * b'@' as u64;

/// Whether there is an `@`: eight bytes at a time, since most text has none.
#[inline]
pub(crate) fn has_at_sign(text: &[u8]) -> bool {
    // A byte that is equal becomes zero, and a zero borrows into its highest bit.
    let marks = |bytes: u64| (bytes ^ AT_SIGNS).wrapping_sub(ONES) & !(bytes ^ AT_SIGNS) & (ONES << 7);
    if let Some(last) = text.last_chunk::<8>() {
        let chunks = text
            .as_chunks::<8>()
            .0
            .iter()
            .map(|chunk| marks(u64::from_ne_bytes(*chunk)));
        return chunks.fold(marks(u64::from_ne_bytes(*last)), |found, marks| found | marks) != 0;
    }
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let both = u64::from(u32::from_ne_bytes(*first)) << 32 | u64::from(u32::from_ne_bytes(*last));
            marks(both) != 0
        }
        _ => text.contains(&b'@'),
    }
}
