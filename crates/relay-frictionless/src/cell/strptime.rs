//! Patterns of dates and times as C and Python write them for `strptime` (Table Schema, "date"), compiled once.
//!
//! Names of months and days are English, whatever the machine's language. Directives whose meaning depends on it (`%c`,
//! `%x`, `%X`), and weeks of a year (`%U`, `%W`, `%G`, ...), which give no day, are not read.

use super::times::{MICROS_PER_SECOND, Moment, SECONDS_PER_DAY, day, micros};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
/// POSIX: years of two digits up to 68 are of this century.
const TWO_DIGIT_YEAR_OF_2000_MAX: i32 = 68;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Literal(u8),
    /// One or more blanks.
    Blanks,
    Year,
    YearOfCentury,
    Month,
    MonthName {
        is_short: bool,
    },
    Day,
    DayOfYear,
    DayName {
        is_short: bool,
    },
    Hour,
    HourOfHalf,
    Half,
    Minute,
    Second,
    Fraction,
    Offset,
    ZoneName,
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    items: Box<[Item]>,
}

/// What a pattern is for: it must give that much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Date,
    Time,
    Datetime,
}

#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    year: Option<i32>,
    month: Option<i32>,
    day: Option<i32>,
    day_of_year: Option<i32>,
    hour: i32,
    is_afternoon: Option<bool>,
    minute: i32,
    second: i32,
    micros: i64,
    offset: Option<i64>,
}

impl Pattern {
    /// Compiles a pattern; what is wrong with it otherwise.
    pub(crate) fn new(pattern: &str, purpose: Purpose) -> Result<Self, &'static str> {
        let mut items = Vec::new();
        let mut bytes = pattern.bytes();
        while let Some(byte) = bytes.next() {
            let item = match byte {
                b'%' => directive(bytes.next().unwrap_or(b' '))?,
                byte if byte.is_ascii_whitespace() => Item::Blanks,
                byte => Item::Literal(byte),
            };
            if !(item == Item::Blanks && items.last() == Some(&Item::Blanks)) {
                items.push(item);
            }
        }
        let has = |wanted: &[Item]| items.iter().any(|item| wanted.contains(item));
        let is_enough = match purpose {
            Purpose::Time => has(&[Item::Hour, Item::HourOfHalf]),
            Purpose::Date | Purpose::Datetime => has(&[Item::Year, Item::YearOfCentury]),
        };
        if !is_enough {
            return Err("the pattern has no year, or as a time no hour");
        }
        if purpose != Purpose::Datetime && has(&[Item::Offset, Item::ZoneName]) {
            return Err("a date or a time of day has no offset here: it would be lost");
        }
        if has(&[Item::HourOfHalf]) != has(&[Item::Half]) {
            return Err("%I and %p need each other: half of the day would be guessed");
        }
        for (index, item) in items.iter().enumerate() {
            let is_value = !matches!(item, Item::Literal(_) | Item::Blanks);
            if is_value && items[..index].contains(item) {
                return Err("the pattern has a directive twice");
            }
        }
        Ok(Self { items: items.into() })
    }

    pub(crate) fn read_date(&self, text: &[u8]) -> Option<i32> {
        self.parts(text)?.date()
    }

    pub(crate) fn read_time(&self, text: &[u8]) -> Option<i64> {
        let parts = self.parts(text)?;
        Some(parts.seconds()? * MICROS_PER_SECOND + parts.micros)
    }

    pub(crate) fn read_datetime(&self, text: &[u8]) -> Option<Moment> {
        let parts = self.parts(text)?;
        let seconds = i64::from(parts.date()?) * SECONDS_PER_DAY + parts.seconds()?;
        Some(Moment {
            micros: (seconds - parts.offset.unwrap_or(0)) * MICROS_PER_SECOND + parts.micros,
            zoned: parts.offset.is_some(),
        })
    }

    fn parts(&self, text: &[u8]) -> Option<Parts> {
        let mut parts = Parts::default();
        let mut rest = text;
        for item in &self.items {
            rest = parts.take(*item, rest)?;
        }
        rest.is_empty().then_some(parts)
    }
}

fn directive(letter: u8) -> Result<Item, &'static str> {
    Ok(match letter {
        b'Y' => Item::Year,
        b'y' => Item::YearOfCentury,
        b'm' => Item::Month,
        b'b' | b'h' => Item::MonthName { is_short: true },
        b'B' => Item::MonthName { is_short: false },
        b'd' => Item::Day,
        b'j' => Item::DayOfYear,
        b'a' => Item::DayName { is_short: true },
        b'A' => Item::DayName { is_short: false },
        b'H' => Item::Hour,
        b'I' => Item::HourOfHalf,
        b'p' => Item::Half,
        b'M' => Item::Minute,
        b'S' => Item::Second,
        b'f' => Item::Fraction,
        b'z' => Item::Offset,
        b'Z' => Item::ZoneName,
        b'%' => Item::Literal(b'%'),
        _ => return Err("the pattern has a directive that is not read here"),
    })
}

impl Parts {
    fn take<'a>(&mut self, item: Item, text: &'a [u8]) -> Option<&'a [u8]> {
        let number = |least: usize, most: usize| number(text, least, most);
        match item {
            Item::Literal(byte) => {
                return text
                    .split_first()
                    .filter(|(first, _)| **first == byte)
                    .map(|(_, rest)| rest);
            }
            Item::Blanks => {
                let rest = text.trim_ascii_start();
                return (rest.len() < text.len()).then_some(rest);
            }
            Item::MonthName { is_short } => {
                let (index, rest) = name(text, &MONTHS, is_short)?;
                self.month = Some(i32::try_from(index).ok()? + 1);
                return Some(rest);
            }
            Item::DayName { is_short } => return name(text, &DAYS, is_short).map(|(_, rest)| rest),
            Item::Half => {
                let (half, rest) = text.split_first_chunk::<2>()?;
                self.is_afternoon = Some(half.eq_ignore_ascii_case(b"pm"));
                return (self.is_afternoon == Some(true) || half.eq_ignore_ascii_case(b"am")).then_some(rest);
            }
            Item::Fraction => {
                let length = text.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
                self.micros = micros(text.get(..length).filter(|digits| !digits.is_empty())?)?;
                return Some(&text[length..]);
            }
            Item::Offset => {
                let (seconds, rest) = offset(text)?;
                self.offset = Some(seconds);
                return Some(rest);
            }
            Item::ZoneName => {
                let rest = text.strip_prefix(b"UTC").or_else(|| text.strip_prefix(b"GMT"))?;
                self.offset = self.offset.or(Some(0));
                return Some(rest);
            }
            _ => {}
        }
        let (value, rest) = match item {
            Item::Year => number(4, 4),
            Item::DayOfYear => number(1, 3),
            Item::YearOfCentury => number(2, 2),
            _ => number(1, 2),
        }?;
        match item {
            Item::Year => self.year = Some(value),
            Item::YearOfCentury => {
                let century = if value <= TWO_DIGIT_YEAR_OF_2000_MAX {
                    2000
                } else {
                    1900
                };
                self.year = self.year.or(Some(century + value));
            }
            Item::Month => self.month = Some(value),
            Item::Day => self.day = Some(value),
            Item::DayOfYear => self.day_of_year = Some(value),
            Item::HourOfHalf => self.hour = (1..=12).contains(&value).then_some(value % 12)?,
            Item::Hour => self.hour = value,
            Item::Minute => self.minute = value,
            _ => self.second = value,
        }
        Some(rest)
    }

    fn date(&self) -> Option<i32> {
        let year = self.year?;
        match self.day_of_year {
            Some(number) if self.month.is_none() && self.day.is_none() => {
                let first = day(year, 1, 1)?;
                let is_in_year = number >= 1 && first + number <= day(year, 12, 31)? + 1;
                is_in_year.then_some(first + number - 1)
            }
            _ => day(year, self.month.unwrap_or(1), self.day.unwrap_or(1)),
        }
    }

    fn seconds(&self) -> Option<i64> {
        let hour = self.hour + if self.is_afternoon == Some(true) { 12 } else { 0 };
        let is_time = hour <= 23 && self.minute <= 59 && self.second <= 59;
        is_time.then(|| i64::from(hour * 3600 + self.minute * 60 + self.second))
    }
}

fn number(text: &[u8], least: usize, most: usize) -> Option<(i32, &[u8])> {
    let length = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length).filter(|_| length >= least)?;
    let value = digits
        .iter()
        .fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
    Some((value, rest))
}

fn name<'a>(text: &'a [u8], names: &[&str], is_short: bool) -> Option<(usize, &'a [u8])> {
    names.iter().enumerate().find_map(|(index, name)| {
        let name = if is_short { &name[..3] } else { name };
        let (head, rest) = text.split_at_checked(name.len())?;
        head.eq_ignore_ascii_case(name.as_bytes()).then_some((index, rest))
    })
}

/// `Z`, or a sign and hours, and minutes with a colon before them or none. Python wants the minutes; PostgreSQL leaves them out
/// where they are zero.
fn offset(text: &[u8]) -> Option<(i64, &[u8])> {
    if let Some(rest) = text.strip_prefix(b"Z") {
        return Some((0, rest));
    }
    let (sign, rest) = text.split_first().filter(|(sign, _)| matches!(sign, b'+' | b'-'))?;
    let (hours, rest) = number(rest, 2, 2)?;
    let (minutes, rest) = match rest {
        [b':', rest @ ..] => number(rest, 2, 2)?,
        [b'0'..=b'9', ..] => number(rest, 2, 2)?,
        rest => (0, rest),
    };
    let seconds = i64::from(hours * 3600 + minutes * 60);
    let is_offset = hours <= 23 && minutes <= 59;
    is_offset.then_some((if *sign == b'-' { -seconds } else { seconds }, rest))
}
