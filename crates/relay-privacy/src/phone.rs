//! Telephone numbers: ITU-T E.164 with `+` or `00`, the North American plan (NANP), France's five pairs; and, where a
//! column's name says that it holds such numbers, national forms and bare digits too.

/// E.164, 6: fifteen digits with the country's code.
const DIGITS_MAX: usize = 15;
const INTERNATIONAL_DIGITS_MIN: usize = 8;
const NATIONAL_DIGITS_MIN: usize = 7;
const BARE_DIGITS: std::ops::RangeInclusive<usize> = NATIONAL_DIGITS_MIN..=DIGITS_MAX;
const NANP_DIGITS: usize = 10;
const GROUPS_MAX: usize = 8;
/// `telephone: ` and the like before a number.
const WORD_BYTES_MAX: usize = 12;
const BYTES_MAX: usize = 32;
const EXTENSION_DIGITS_MAX: usize = 6;

/// Country codes of two digits (ITU-T, "List of E.164 assigned country codes"); 1 and 7 have one, all others three.
const TWO_DIGIT_CODES: [u8; 44] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62,
    63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];
/// Country codes of three digits: the first two, and every third that is assigned.
const THREE_DIGIT_CODES: [(u8, &[u8]); 23] = [
    (21, &[1, 2, 3, 6, 8]),
    (22, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (23, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (24, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (25, &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
    (26, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (29, &[0, 1, 7, 8, 9]),
    (35, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (37, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (38, &[0, 1, 2, 3, 5, 6, 7, 9]),
    (42, &[0, 1, 3]),
    (50, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (59, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    (67, &[0, 2, 3, 4, 5, 6, 7, 8, 9]),
    (68, &[0, 1, 2, 3, 5, 6, 7, 8, 9]),
    (69, &[0, 1, 2]),
    (80, &[0, 8]),
    (85, &[0, 2, 3, 5, 6]),
    (87, &[0, 8]),
    (88, &[0, 1, 2, 3, 6, 8]),
    (96, &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
    (97, &[0, 1, 2, 3, 4, 5, 6, 7, 9]),
    (99, &[2, 3, 4, 5, 6, 8]),
];

/// What a text is among telephone numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// None.
    No,
    /// Digits that could be one, if the column's name says so.
    Perhaps,
    /// A number, by its separators: good for a column.
    Formatted,
    /// A number by its `+` or by its area code in parentheses: good wherever it stands.
    Unmistakable,
}

/// A text that may be a number, in its parts.
pub(crate) struct Parts {
    digits: [u8; DIGITS_MAX],
    digit_count: usize,
    lengths: [u8; GROUPS_MAX],
    group_count: usize,
    has_plus: bool,
    has_parentheses: bool,
    dots: u8,
    other_separators: u8,
    /// Where an extension begins in the text.
    extension_at: Option<usize>,
}

impl Parts {
    /// Splits a text into digits and separators.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let mut parts = Self {
            digits: [0; DIGITS_MAX],
            digit_count: 0,
            lengths: [0; GROUPS_MAX],
            group_count: 0,
            has_plus: text.first() == Some(&b'+'),
            has_parentheses: false,
            dots: 0,
            other_separators: 0,
            extension_at: None,
        };
        if text.len() > BYTES_MAX {
            return None;
        }
        let mut open = false;
        let mut was_digit = false;
        let mut separators = 0;
        for (at, &byte) in text.iter().enumerate().skip(usize::from(parts.has_plus)) {
            match byte {
                b'0'..=b'9' => {
                    if parts.digit_count == DIGITS_MAX || (!was_digit && parts.group_count == GROUPS_MAX) {
                        return None;
                    }
                    parts.group_count += usize::from(!was_digit);
                    parts.lengths[parts.group_count - 1] += 1;
                    parts.digits[parts.digit_count] = byte - b'0';
                    parts.digit_count += 1;
                    was_digit = true;
                    separators = 0;
                    continue;
                }
                b'(' if !open && !parts.has_parentheses => {
                    open = true;
                    parts.has_parentheses = true;
                }
                b')' if open => open = false,
                b' ' | b'-' | b'.' | b'/' if at > 0 && separators < 2 => {}
                _ if extension(&text[at..]) && parts.digit_count >= NATIONAL_DIGITS_MIN => {
                    parts.extension_at = Some(at);
                    was_digit = true;
                    break;
                }
                _ => return None,
            }
            separators += 1;
            parts.dots += u8::from(byte == b'.');
            parts.other_separators += u8::from(byte != b'.');
            was_digit = false;
        }
        (was_digit && !open).then_some(parts)
    }

    /// The digits of the number without its extension, each from 0 to 9.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.digits[..self.digit_count]
    }

    fn lengths(&self) -> &[u8] {
        &self.lengths[..self.group_count]
    }

    /// Whether the number begins with `+`.
    pub(crate) fn has_plus(&self) -> bool {
        self.has_plus
    }

    /// Where an extension begins in the text.
    pub(crate) fn extension_at(&self) -> Option<usize> {
        self.extension_at
    }

    /// Judges the parts.
    pub(crate) fn number(&self) -> Number {
        let (digits, lengths) = (self.digits(), self.lengths());
        if self.has_plus || digits.starts_with(&[0, 0]) {
            let digits = if self.has_plus { digits } else { &digits[2..] };
            // One dot makes a decimal number, dots beside other marks a pair of coordinates: `+40.7128-74.0060`.
            let is_decimal = self.dots == 1 || (self.dots > 1 && self.other_separators > 0);
            let is_international = digits.len() >= INTERNATIONAL_DIGITS_MIN && has_country(digits) && !is_decimal;
            // Without separators a number with a sign looks the same; ten digits and more are rare for one.
            return match (is_international, self.has_plus) {
                (true, true) if digits.len() >= NANP_DIGITS => Number::Unmistakable,
                (true, true) => Number::Formatted,
                (true, false) if lengths.len() > 1 => Number::Formatted,
                (true, false) => Number::Perhaps,
                (false, _) => Number::No,
            };
        }
        let is_north_american = matches!(lengths, [3, 3, 4] | [1, 3, 3, 4]) && nanp(digits).is_some();
        let is_french = lengths == [2, 2, 2, 2, 2] && digits[0] == 0 && digits[1] != 0;
        let is_national = lengths.len() > 1 && digits[0] == 0 && digits.len() >= 8;
        if is_north_american && self.has_parentheses {
            Number::Unmistakable
        } else if is_north_american || is_french {
            Number::Formatted
        } else if is_national || (lengths.len() == 1 && BARE_DIGITS.contains(&digits.len())) {
            Number::Perhaps
        } else {
            Number::No
        }
    }
}

/// Whether digits without separators could be a number, if the column's name says so.
pub(crate) fn is_bare(digits: &[u8]) -> bool {
    BARE_DIGITS.contains(&digits.len())
}

/// Whether this could be a number as it is written in its own country, if the column's name says so: digits in groups, perhaps
/// with a word before them (`Tel. 210 1234567`). No dates, and no amounts (`1.234.567`, `1234567.50`).
pub(crate) fn is_national(text: &[u8]) -> bool {
    let number = without_word(text);
    let is_beside_mark = |at: Option<usize>| {
        at.and_then(|at| number.get(at))
            .is_some_and(|byte| b"-/()".contains(byte))
    };
    let is_kept = |(at, byte): (usize, &u8)| {
        let is_loose = *byte == b' ' && (is_beside_mark(at.checked_sub(1)) || is_beside_mark(Some(at + 1)));
        (!is_loose).then_some(*byte)
    };
    let closed: Vec<u8> = number.iter().enumerate().filter_map(is_kept).collect();
    let Some(parts) = Parts::of(&closed) else {
        return false;
    };
    let has_dots_only = parts.dots > 0 && parts.other_separators == 0;
    let is_in_thousands = match parts.lengths() {
        [first, rest @ ..] => *first < 3 && rest.iter().all(|length| *length == 3),
        [] => false,
    };
    let is_amount = has_dots_only && !parts.has_plus && (parts.dots == 1 || is_in_thousands);
    let is_position = parts.dots > 0 && parts.has_plus && (parts.dots == 1 || parts.other_separators > 0);
    // Seven digits in two groups are written so in small countries and by Americans; most are something else.
    let is_local = parts.digit_count == NATIONAL_DIGITS_MIN
        && parts.lengths().len() > 1
        && !parts.has_parentheses
        && number.len() == text.len();
    parts.digit_count >= NATIONAL_DIGITS_MIN && !is_amount && !is_position && !is_local && !crate::date::is_date(number)
}

/// What follows `Tel.`, `phone:` and the like.
fn without_word(text: &[u8]) -> &[u8] {
    let is_word = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b':' | b' ');
    let (word, number) = text.split_at(text.iter().take_while(is_word).count());
    let is_ended = matches!(word.last(), Some(b'.' | b':' | b' '));
    if is_ended && word.len() <= WORD_BYTES_MAX {
        number
    } else {
        text
    }
}

/// The ten digits of a number of the North American plan, which may begin with its country's code.
pub(crate) fn nanp(digits: &[u8]) -> Option<&[u8]> {
    let digits = match digits {
        [1, rest @ ..] if rest.len() == NANP_DIGITS => rest,
        digits if digits.len() == NANP_DIGITS => digits,
        _ => return None,
    };
    let is_service = |code: &[u8]| code[1] == 1 && code[2] == 1;
    let (area, exchange) = (&digits[..3], &digits[3..6]);
    // N9X is kept for longer numbers, 37X and 96X are set aside (NANPA, "About area codes").
    let is_area = area[0] >= 2 && area[1] != 9 && !is_service(area) && area[..2] != [3, 7] && area[..2] != [9, 6];
    (is_area && exchange[0] >= 2 && !is_service(exchange)).then_some(digits)
}

fn has_country(digits: &[u8]) -> bool {
    if digits[0] == 1 {
        return nanp(digits).is_some();
    }
    let two = digits[0] * 10 + digits[1];
    digits[0] == 7
        || TWO_DIGIT_CODES.contains(&two)
        || THREE_DIGIT_CODES
            .iter()
            .any(|(first, thirds)| *first == two && thirds.contains(&digits[2]))
}

/// Whether this is an extension: `x12`, `ext. 12`, `#12`, with spaces before it that were separators already.
fn extension(text: &[u8]) -> bool {
    let rest = [&b"ext."[..], b"ext", b"x", b"#"].into_iter().find_map(|word| {
        text.get(..word.len())?
            .eq_ignore_ascii_case(word)
            .then(|| &text[word.len()..])
    });
    let digits = rest.map(<[u8]>::trim_ascii_start).unwrap_or_default();
    (1..=EXTENSION_DIGITS_MAX).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
}
