//! Payment cards' numbers (ISO/IEC 7812-1): an issuer's identification number, which says the network and with it the
//! possible lengths, and Luhn's check digit.

use crate::digits::{DIGITS_MAX, Groups};

pub(crate) const DIGITS_MIN: usize = 13;

/// First and last issuer number of a range, as its leading digits; then the lengths that the network uses.
struct Range {
    first: u32,
    last: u32,
    prefix_digits: u32,
    lengths: &'static [usize],
}

const fn range(first: u32, last: u32, lengths: &'static [usize]) -> Range {
    let prefix_digits = first.ilog10() + 1;
    Range {
        first,
        last,
        prefix_digits,
        lengths,
    }
}

/// Numbers that begin with 0, 1 or 7 to 9 are left out but for two networks' own: airlines' cards (UATP) begin with 1,
/// as times in milliseconds do; SIM cards (89…) and other numbers with Luhn's check digit begin with 8.
const RANGES: &[Range] = &[
    range(4, 4, &[13, 16, 18, 19]),                   // Visa
    range(51, 55, &[16]),                             // Mastercard
    range(2221, 2720, &[16]),                         // Mastercard
    range(34, 34, &[15]),                             // American Express
    range(37, 37, &[15]),                             // American Express
    range(300, 305, &[14, 16, 17, 18, 19]),           // Diners Club
    range(3095, 3095, &[14, 16, 17, 18, 19]),         // Diners Club
    range(36, 36, &[14, 15, 16, 17, 18, 19]),         // Diners Club
    range(38, 39, &[14, 16, 17, 18, 19]),             // Diners Club
    range(6011, 6011, &[16, 17, 18, 19]),             // Discover
    range(644, 649, &[16, 17, 18, 19]),               // Discover
    range(65, 65, &[16, 17, 18, 19]),                 // Discover, RuPay, Troy, Verve
    range(3528, 3589, &[16, 17, 18, 19]),             // JCB
    range(62, 62, &[16, 17, 18, 19]),                 // UnionPay
    range(5018, 5018, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    range(5019, 5019, &[16]),                         // Dankort
    range(5020, 5020, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    range(5038, 5038, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    range(5893, 5893, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    range(6304, 6304, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    range(6759, 6759, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    range(6761, 6763, &[13, 14, 15, 16, 17, 18, 19]), // Maestro
    range(506_099, 506_198, &[16, 18, 19]),           // Verve
    range(508, 508, &[16]),                           // RuPay
    range(60, 60, &[16]),                             // RuPay
    range(81, 82, &[16]),                             // RuPay
    range(2200, 2204, &[16, 17, 18, 19]),             // Mir
    range(9792, 9792, &[16]),                         // Troy
    range(636, 636, &[16, 17, 18, 19]),               // InterPayment
];

/// How the groups of a number are printed on cards.
const FORMS: &[&[u8]] = &[
    &[4, 4, 4, 4],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[6, 13],
    &[4, 3, 3, 3],
];

/// Whether the number is written in the groups of a card, with spaces or dashes, and checks.
pub(crate) fn is_formatted(groups: &Groups) -> bool {
    matches!(groups.separator(), Some(b'-' | b' ')) && FORMS.contains(&groups.lengths()) && is_number(groups.digits())
}

/// Whether digits without separators could be a card's.
pub(crate) fn is_bare(text: &[u8]) -> bool {
    // Times and most identifiers end here.
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&text.len()) || !matches!(text[0], b'2'..=b'6' | b'8' | b'9') {
        return false;
    }
    let mut digits = [0; DIGITS_MAX];
    for (digit, byte) in digits.iter_mut().zip(text) {
        *digit = byte.wrapping_sub(b'0');
    }
    let digits = &digits[..text.len()];
    digits.iter().all(|digit| *digit <= 9) && is_number(digits)
}

fn is_number(digits: &[u8]) -> bool {
    digits.len() >= DIGITS_MIN && is_luhn(digits) && is_issued(digits)
}

fn is_issued(digits: &[u8]) -> bool {
    let leading: u32 = crate::digits::number(&digits[..6]);
    RANGES.iter().any(|range| {
        let prefix = leading / 10u32.pow(6 - range.prefix_digits);
        (range.first..=range.last).contains(&prefix) && range.lengths.contains(&digits.len())
    })
}

/// The sum of the digits of twice a digit.
const DOUBLED: [u8; 10] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];

/// ISO/IEC 7812-1, annex B: every second digit from the right is doubled.
fn is_luhn(digits: &[u8]) -> bool {
    let mut sum = 0u32;
    for pair in digits.rchunks(2) {
        sum += match pair {
            [doubled, single] => u32::from(DOUBLED[usize::from(*doubled)] + single),
            [single] => u32::from(*single),
            _ => 0,
        };
    }
    // Zeros alone pass, and are a placeholder.
    sum.is_multiple_of(10) && sum != 0
}
