//! How the dates, times and truth values of a column are written, where that is not the default form of Table Schema.
//!
//! A column is read in another form only where all its values have that form and it can be read in one way. Whether the day
//! or the month comes first is settled by a value that is no date the other way round, never by a guess.

use relay_frictionless::{Moment, day};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Other years are not inferred: what has them is more often a number of something.
const YEARS: std::ops::RangeInclusive<i32> = 1000..=9999;

/// How the values of a column are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As Table Schema has it by default.
    #[default]
    Default,
    /// `yes` and `no`.
    YesNo,
    /// A time of day without seconds.
    Minutes,
    /// A date, perhaps with a time of day.
    Calendar(Shape, Order),
}

/// What comes first in a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Year,
    Day,
    Month,
}

/// What all dates of a column must have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    is_year_first: bool,
    separator: u8,
    clock: Clock,
    /// Between date and time.
    joiner: u8,
    offset: OffsetForm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    None,
    Minutes,
    Seconds,
    HalfDayMinutes,
    HalfDaySeconds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OffsetForm {
    None,
    Adjacent,
    /// Behind a blank.
    Apart,
}

/// A date as it was written, perhaps with a time of day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) shape: Shape,
    numbers: [i32; 3],
    seconds: i64,
    offset: i64,
}

impl Spelling {
    /// The format in the words of Table Schema (`format`, or `trueValues/falseValues`); nothing for the default.
    pub(crate) fn format(self) -> Option<String> {
        match self {
            Self::Default => None,
            Self::YesNo => Some("yes/no".to_owned()),
            Self::Minutes => Some("%H:%M".to_owned()),
            Self::Calendar(shape, order) => Some(shape.pattern(order)),
        }
    }
}

impl Shape {
    pub(crate) const fn is_year_first(self) -> bool {
        self.is_year_first
    }

    pub(crate) const fn has_clock(self) -> bool {
        !matches!(self.clock, Clock::None)
    }

    pub(crate) const fn is_zoned(self) -> bool {
        !matches!(self.offset, OffsetForm::None)
    }

    fn pattern(self, order: Order) -> String {
        let separator = char::from(self.separator);
        let date = match order {
            Order::Year => ["%Y", "%m", "%d"],
            Order::Day => ["%d", "%m", "%Y"],
            Order::Month => ["%m", "%d", "%Y"],
        };
        let clock = match self.clock {
            Clock::None => "",
            Clock::Minutes => "%H:%M",
            Clock::Seconds => "%H:%M:%S",
            Clock::HalfDayMinutes => "%I:%M %p",
            Clock::HalfDaySeconds => "%I:%M:%S %p",
        };
        let mut pattern = date.join(&separator.to_string());
        if self.has_clock() {
            pattern.push(char::from(self.joiner));
            pattern.push_str(clock);
        }
        pattern.push_str(match self.offset {
            OffsetForm::None => "",
            OffsetForm::Adjacent => "%z",
            OffsetForm::Apart => " %z",
        });
        pattern
    }
}

impl Written {
    /// Takes a text apart, if it is written like a date. Whether there is such a day is not looked at.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let (first, rest) = digits(text, 4)?;
        let (&separator, rest) = rest
            .split_first()
            .filter(|(byte, _)| matches!(byte, b'-' | b'/' | b'.'))?;
        let (second, rest) = digits(rest, 2)?;
        let rest = rest.strip_prefix(&[separator])?;
        let is_year_first = first.len() == 4;
        let (third, rest) = digits(rest, if is_year_first { 2 } else { 4 })?;
        let is_date = if is_year_first {
            // `2024-1-5` is as often the number of a document.
            separator != b'-' || (second.len() == 2 && third.len() == 2)
        } else {
            first.len() <= 2 && third.len() == 4
        };
        if !is_date {
            return None;
        }
        let numbers = [number(first), number(second), number(third)];
        let year = if is_year_first { numbers[0] } else { numbers[2] };
        if !YEARS.contains(&year) {
            return None;
        }
        let mut written = Self {
            shape: Shape {
                is_year_first,
                separator,
                clock: Clock::None,
                joiner: b' ',
                offset: OffsetForm::None,
            },
            numbers,
            seconds: 0,
            offset: 0,
        };
        if rest.is_empty() {
            return Some(written);
        }
        let (&joiner, rest) = rest.split_first().filter(|(byte, _)| matches!(byte, b' ' | b'T'))?;
        written.shape.joiner = joiner;
        let (clock, seconds, rest) = clock(rest)?;
        written.shape.clock = clock;
        written.seconds = seconds;
        if !rest.is_empty() {
            let (form, rest) = match rest.strip_prefix(b" ") {
                Some(rest) => (OffsetForm::Apart, rest),
                None => (OffsetForm::Adjacent, rest),
            };
            written.shape.offset = form;
            written.offset = offset(rest)?;
        }
        Some(written)
    }

    /// The day from 1970-01-01, if there is such a day.
    pub(crate) fn day(&self, order: Order) -> Option<i32> {
        let [first, second, third] = self.numbers;
        match order {
            Order::Year => day(first, second, third),
            Order::Day => day(third, second, first),
            Order::Month => day(third, first, second),
        }
    }

    pub(crate) fn moment(&self, order: Order) -> Option<Moment> {
        let seconds = i64::from(self.day(order)?) * SECONDS_PER_DAY + self.seconds - self.offset;
        Some(Moment {
            micros: seconds * MICROS_PER_SECOND,
            zoned: self.shape.is_zoned(),
        })
    }
}

/// A date of a shape, as days from 1970-01-01.
pub(crate) fn read_date(text: &[u8], shape: Shape, order: Order) -> Option<i32> {
    let written = Written::of(text).filter(|written| written.shape == shape)?;
    written.day(order)
}

/// A date and a time of a shape.
pub(crate) fn read_moment(text: &[u8], shape: Shape, order: Order) -> Option<Moment> {
    let written = Written::of(text).filter(|written| written.shape == shape)?;
    written.moment(order)
}

/// `10:30`, as microseconds from midnight.
pub(crate) fn read_minutes(text: &[u8]) -> Option<i64> {
    match clock(text)? {
        (Clock::Minutes, seconds, []) => Some(seconds * MICROS_PER_SECOND),
        _ => None,
    }
}

/// `yes` and `no` in the three usual capitalizations.
pub(crate) fn read_yes_no(text: &[u8]) -> Option<bool> {
    match text {
        b"yes" | b"Yes" | b"YES" => Some(true),
        b"no" | b"No" | b"NO" => Some(false),
        _ => None,
    }
}

/// Whether a text is a date whose year has two digits: of which century is not said.
pub(crate) fn is_of_two_digit_year(text: &[u8]) -> bool {
    let parts = || {
        let (first, rest) = digits(text, 2)?;
        let (&separator, rest) = rest
            .split_first()
            .filter(|(byte, _)| matches!(byte, b'-' | b'/' | b'.'))?;
        let (second, rest) = digits(rest, 2)?;
        let (third, rest) = digits(rest.strip_prefix(&[separator])?, 2)?;
        let is_date = first.len() <= 2 && third.len() == 2 && (rest.is_empty() || rest[0] == b' ');
        let numbers = [number(first), number(second), number(third)];
        Some(is_date && numbers.iter().all(|number| *number <= 99) && numbers.iter().any(|number| *number <= 31))
    };
    parts().unwrap_or(false)
}

// Behind it there is what follows. `24:00` has the name of one day and means the next; it stays text.
fn clock(text: &[u8]) -> Option<(Clock, i64, &[u8])> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(b":")?, 2).filter(|(minute, _)| minute.len() == 2)?;
    let (second, rest) = match rest.strip_prefix(b":") {
        Some(rest) => {
            let (second, rest) = digits(rest, 2).filter(|(second, _)| second.len() == 2)?;
            (Some(number(second)), rest)
        }
        None => (None, rest),
    };
    let (half, rest) = match rest {
        [b' ', half @ (b'A' | b'a' | b'P' | b'p'), b'M' | b'm', rest @ ..] => {
            (Some(half.eq_ignore_ascii_case(&b'P')), rest)
        }
        rest => (None, rest),
    };
    let (hour, minute) = (number(hour), number(minute));
    let hour = match half {
        None => (hour <= 23).then_some(hour)?,
        Some(is_afternoon) => (1..=12).contains(&hour).then_some(hour % 12)? + if is_afternoon { 12 } else { 0 },
    };
    if minute > 59 || second.is_some_and(|second| second > 59) {
        return None;
    }
    let clock = match (half.is_some(), second.is_some()) {
        (false, false) => Clock::Minutes,
        (false, true) => Clock::Seconds,
        (true, false) => Clock::HalfDayMinutes,
        (true, true) => Clock::HalfDaySeconds,
    };
    let seconds = i64::from(hour * 3600 + minute * 60 + second.unwrap_or(0));
    Some((clock, seconds, rest))
}

// `Z`, or a sign and hours, and minutes with a colon before them or none: in seconds.
fn offset(text: &[u8]) -> Option<i64> {
    if text == b"Z" {
        return Some(0);
    }
    let (sign, rest) = text.split_first().filter(|(sign, _)| matches!(sign, b'+' | b'-'))?;
    let (hours, minutes) = rest.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(b":").unwrap_or(minutes);
    let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let has_colon_only = rest.len() == 3;
    if !is_number(hours) || !is_number(minutes) || !matches!(minutes.len(), 0 | 2) || has_colon_only {
        return None;
    }
    let (hours, minutes) = (number(hours), number(minutes));
    let seconds = i64::from(hours * 3600 + minutes * 60);
    (hours <= 23 && minutes <= 59).then_some(if *sign == b'-' { -seconds } else { seconds })
}

fn digits(text: &[u8], most: usize) -> Option<(&[u8], &[u8])> {
    let length = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    (length > 0).then(|| text.split_at(length))
}

fn number(digits: &[u8]) -> i32 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + i32::from(digit - b'0'))
}
