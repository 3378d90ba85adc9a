//! Dates, as dates of birth are written. Any date looks like one: this is asked only about columns whose name says so.

const YEAR_MIN: u32 = 1880;
const YEAR_MAX: u32 = 2100;
/// How months begin in languages of Latin letters; those of other letters are told by their letters.
const MONTHS: &[&[u8]] = &[
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec", // English
    b"mai", b"okt", b"dez", b"fev", b"avr", b"ene", b"abr", b"ago", b"dic", b"set",
    b"out", // German, French, Spanish, Portuguese
    b"gen", b"mag", b"giu", b"lug", b"ott", b"mrt", b"maa", b"mei", b"maj", b"ian", b"iun",
    b"iul", // Italian, Dutch, Swedish, Romanian
    b"sty", b"lut", b"kwi", b"cze", b"lip", b"sie", b"wrz", b"paz", b"lis", b"gru", // Polish
    b"led", b"uno", b"bre", b"dub", b"kve", b"cer", b"srp", b"zar", b"rij", b"pro", // Czech
    b"tam", b"hel", b"huh", b"tou", b"kes", b"hei", b"elo", b"syy", b"lok", b"jou", // Finnish
    b"oca", b"sub", b"nis", b"haz", b"tem", b"agu", b"eyl", b"eki", b"kas", b"ara", b"sze", // Turkish, Hungarian
];
/// Words beside a date's parts: `12 de mayo de 1990`, `12 мая 1990 г.`.
const FILLERS: &[&str] = &["de", "del", "of", "di", "den", "the", "r", "г", "р"];
const PARTS_MAX: usize = 3;

/// Whether this is a date: year, month and day in the usual orders, a month's name, or eight digits; a time may follow.
pub(crate) fn is_date(text: &[u8]) -> bool {
    if text.len() == 8 && text.iter().all(u8::is_ascii_digit) {
        let (year, rest) = (digits(&text[..4]), &text[4..]);
        return is_day(year, digits(&rest[..2]), digits(&rest[2..]));
    }
    let Some(parts) = parts(text) else {
        return false;
    };
    let [first, second, third] = parts;
    match (first.number(), second.number(), third.number()) {
        (Some(year), Some(month), Some(day)) if first.len() == 4 => is_day(Some(year), Some(month), Some(day)),
        (Some(one), Some(two), Some(year)) => {
            let year = if third.len() == 2 {
                Some(1900 + year)
            } else {
                Some(year)
            };
            is_day(year, Some(one), Some(two)) || is_day(year, Some(two), Some(one))
        }
        (Some(day), None, Some(year)) => second.is_month() && is_day(Some(year), Some(1), Some(day)),
        (None, Some(day), Some(year)) => first.is_month() && is_day(Some(year), Some(1), Some(day)),
        _ => false,
    }
}

#[derive(Clone, Copy, Default)]
struct Part<'a>(&'a [u8]);

impl Part<'_> {
    fn len(self) -> usize {
        self.0.len()
    }

    fn number(self) -> Option<u32> {
        digits(self.0)
    }

    fn is_month(self) -> bool {
        let start = self.0.get(..3).map(<[u8]>::to_ascii_lowercase);
        let is_known = start.is_some_and(|start| MONTHS.contains(&start.as_slice()));
        // März, février, května, мая: letters beyond ASCII.
        is_known || !self.0.is_ascii()
    }
}

/// The three parts; what follows a date after a `T` or as a time is not looked at.
fn parts(text: &[u8]) -> Option<[Part<'_>; PARTS_MAX]> {
    let date_end = text
        .iter()
        .position(|byte| *byte == b':')
        .map_or(text.len(), |colon| colon.saturating_sub(2));
    let text = text[..date_end].trim_ascii_end();
    let text = text.strip_suffix(b"T").unwrap_or(text);
    let mut parts = [Part::default(); PARTS_MAX];
    let mut count = 0;
    for part in core::str::from_utf8(text).ok()?.split(is_separator) {
        let part = without_ordinal(part);
        if !part.is_empty() && !FILLERS.contains(&part) {
            *parts.get_mut(count)? = Part(part.as_bytes());
            count += 1;
        }
    }
    (count == PARTS_MAX).then_some(parts)
}

/// Marks, and the words for year, month and day of Chinese, Japanese and Korean.
fn is_separator(char: char) -> bool {
    matches!(
        char,
        '-' | '/' | '.' | ' ' | ',' | '\u{a0}' | '年' | '月' | '日' | '년' | '월' | '일'
    )
}

/// `12th`, `1er`, `1º`.
fn without_ordinal(part: &str) -> &str {
    let endings = ["st", "nd", "rd", "th", "er", "º", "°"];
    let number = endings.iter().find_map(|ending| part.strip_suffix(ending));
    number
        .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or(part)
}

/// One to four digits, as a number.
fn digits(text: &[u8]) -> Option<u32> {
    let is_number = (1..=4).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| {
        text.iter()
            .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    })
}

fn is_day(year: Option<u32>, month: Option<u32>, day: Option<u32>) -> bool {
    year.is_some_and(|year| (YEAR_MIN..=YEAR_MAX).contains(&year))
        && month.is_some_and(|month| (1..=12).contains(&month))
        && day.is_some_and(|day| (1..=31).contains(&day))
}
