//! International Bank Account Numbers (ISO 13616): a country, two check digits (ISO 7064, MOD 97-10), and an account of
//! the country's own length.

/// The longest is Russia's.
const CHARS_MAX: usize = 33;
const BODY_AT: usize = 4;

/// How long a number of each country is: SWIFT's IBAN registry, release 101.
const LENGTHS: [([u8; 2], u8); 89] = [
    (*b"AD", 24),
    (*b"AE", 23),
    (*b"AL", 28),
    (*b"AT", 20),
    (*b"AZ", 28),
    (*b"BA", 20),
    (*b"BE", 16),
    (*b"BG", 22),
    (*b"BH", 22),
    (*b"BI", 27),
    (*b"BR", 29),
    (*b"BY", 28),
    (*b"CH", 21),
    (*b"CR", 22),
    (*b"CY", 28),
    (*b"CZ", 24),
    (*b"DE", 22),
    (*b"DJ", 27),
    (*b"DK", 18),
    (*b"DO", 28),
    (*b"EE", 20),
    (*b"EG", 29),
    (*b"ES", 24),
    (*b"FI", 18),
    (*b"FK", 18),
    (*b"FO", 18),
    (*b"FR", 27),
    (*b"GB", 22),
    (*b"GE", 22),
    (*b"GI", 23),
    (*b"GL", 18),
    (*b"GR", 27),
    (*b"GT", 28),
    (*b"HN", 28),
    (*b"HR", 21),
    (*b"HU", 28),
    (*b"IE", 22),
    (*b"IL", 23),
    (*b"IQ", 23),
    (*b"IS", 26),
    (*b"IT", 27),
    (*b"JO", 30),
    (*b"KW", 30),
    (*b"KZ", 20),
    (*b"LB", 28),
    (*b"LC", 32),
    (*b"LI", 21),
    (*b"LT", 20),
    (*b"LU", 20),
    (*b"LV", 21),
    (*b"LY", 25),
    (*b"MC", 27),
    (*b"MD", 24),
    (*b"ME", 22),
    (*b"MK", 19),
    (*b"MN", 20),
    (*b"MR", 27),
    (*b"MT", 31),
    (*b"MU", 30),
    (*b"NI", 28),
    (*b"NL", 18),
    (*b"NO", 15),
    (*b"OM", 23),
    (*b"PK", 24),
    (*b"PL", 28),
    (*b"PS", 29),
    (*b"PT", 25),
    (*b"QA", 29),
    (*b"RO", 24),
    (*b"RS", 22),
    (*b"RU", 33),
    (*b"SA", 24),
    (*b"SC", 31),
    (*b"SD", 18),
    (*b"SE", 24),
    (*b"SI", 19),
    (*b"SK", 24),
    (*b"SM", 27),
    (*b"SO", 23),
    (*b"ST", 25),
    (*b"SV", 28),
    (*b"TL", 23),
    (*b"TN", 24),
    (*b"TR", 26),
    (*b"UA", 29),
    (*b"VA", 22),
    (*b"VG", 24),
    (*b"XK", 20),
    (*b"YE", 30),
];

/// What a text is among account numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// None.
    No,
    /// Of a country and its length, but the check digits say that something is mistyped.
    Mistyped,
    /// A number that checks.
    Yes,
}

/// Judges a whole text; spaces or dashes may stand between its characters, and letters may be small.
pub(crate) fn of(text: &[u8]) -> Account {
    let mut account = [0; CHARS_MAX];
    let mut length = 0;
    for &byte in text {
        match byte {
            b' ' | b'-' => {}
            byte if byte.is_ascii_alphanumeric() && length < CHARS_MAX => {
                account[length] = byte.to_ascii_uppercase();
                length += 1;
            }
            _ => return Account::No,
        }
    }
    let account = &account[..length];
    if !begins(account) || chars_of(account) != Some(length) {
        Account::No
    } else if checks(account) {
        Account::Yes
    } else {
        Account::Mistyped
    }
}

/// The number at the beginning of a text: how many bytes of it, in large letters, with single spaces at most.
pub(crate) fn at_start(text: &[u8]) -> Option<usize> {
    if !begins(text) || !text.iter().take(2).all(u8::is_ascii_uppercase) {
        return None;
    }
    let chars = chars_of(text)?;
    let mut account = [0; CHARS_MAX];
    let (mut length, mut at) = (0, 0);
    while length < chars {
        let byte = *text.get(at)?;
        if byte.is_ascii_uppercase() || byte.is_ascii_digit() {
            account[length] = byte;
            length += 1;
        } else if byte != b' ' || text[at - 1] == b' ' {
            return None;
        }
        at += 1;
    }
    checks(&account[..length]).then_some(at)
}

/// Whether a text begins as every number does: two letters, two digits.
pub(crate) fn begins(text: &[u8]) -> bool {
    matches!(text, [a, b, c, d, ..]
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit())
}

fn chars_of(account: &[u8]) -> Option<usize> {
    let country = [account[0].to_ascii_uppercase(), account[1].to_ascii_uppercase()];
    let at = LENGTHS.binary_search_by_key(&country, |(country, _)| *country).ok()?;
    Some(usize::from(LENGTHS[at].1))
}

/// ISO 7064, MOD 97-10: letters count from 10, and the first four characters stand at the end.
fn checks(account: &[u8]) -> bool {
    let rotated = account[BODY_AT..].iter().chain(&account[..BODY_AT]);
    let remainder = rotated.fold(0u64, |number, byte| {
        // Divided only before it would overflow: a division for each character would take most of the time.
        let number = if number > u64::MAX / 1_000 { number % 97 } else { number };
        if byte.is_ascii_digit() {
            number * 10 + u64::from(byte - b'0')
        } else {
            number * 100 + u64::from(byte - b'A') + 10
        }
    });
    remainder % 97 == 1
}
