//! Durations as XML Schema has them (XML Schema Part 2, "duration"), and its partial order of them.

use std::cmp::Ordering;

use super::times::{SECONDS_PER_DAY, day};
use super::value::CellRule;

/// The most digits of a number of years, months, ..., beyond which sums would not fit.
const DIGITS_MAX: usize = 9;
/// Parts of a second are compared up to attoseconds.
const FRACTION_DIGITS_MAX: usize = 18;
const UNITS_PER_SECOND: i128 = 1_000_000_000_000_000_000;
/// XML Schema compares two durations by adding them to each of these months (years and months).
const REFERENCES: [(i64, i64); 4] = [(1696, 9), (1697, 2), (1903, 3), (1903, 7)];
/// Years repeat after four centuries, which have this many days.
const MONTHS_PER_ERA: i64 = 4_800;
const DAYS_PER_ERA: i64 = 146_097;

/// A duration. Months have no fixed length, so they are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration {
    pub(crate) months: i64,
    /// In attoseconds.
    pub(crate) rest: i128,
}

impl Duration {
    /// `PnYnMnDTnHnMnS`, perhaps with a minus sign: one part at least, and one behind the `T` if there is one.
    pub(crate) fn read(text: &[u8]) -> Result<Self, CellRule> {
        let (sign, text) = match text {
            [b'-', text @ ..] => (-1, text),
            text => (1, text),
        };
        let Some((b'P', mut text)) = text.split_first() else {
            return Err(CellRule::Type);
        };
        let mut found = Self { months: 0, rest: 0 };
        let mut letters: &[u8] = b"YMDTHMS";
        let mut in_time = false;
        if text.is_empty() || text.ends_with(b"T") {
            return Err(CellRule::Type);
        }
        while !text.is_empty() {
            if let Some(behind) = text.strip_prefix(b"T").filter(|_| !in_time) {
                (in_time, letters, text) = (true, b"HMS", behind);
                continue;
            }
            let (number, behind) = number(text)?;
            let Some((letter, behind)) = behind.split_first() else {
                return Err(CellRule::Type);
            };
            let allowed = if in_time {
                letters
            } else {
                &letters[..letters.len() - 4]
            };
            let at = allowed
                .iter()
                .position(|allowed| allowed == letter)
                .ok_or(CellRule::Type)?;
            letters = &letters[at + 1..];
            found.add(number, *letter, in_time)?;
            text = behind;
        }
        Ok(Self {
            months: found.months * sign,
            rest: found.rest * i128::from(sign),
        })
    }

    fn add(&mut self, number: Number, letter: u8, in_time: bool) -> Result<(), CellRule> {
        if number.has_fraction && letter != b'S' {
            return Err(CellRule::Type);
        }
        let of_seconds = |seconds: i64| (i128::from(number.whole) * i128::from(seconds)) * UNITS_PER_SECOND;
        match letter {
            b'Y' => self.months += number.whole * 12,
            b'M' if !in_time => self.months += number.whole,
            b'D' => self.rest += of_seconds(SECONDS_PER_DAY),
            b'H' => self.rest += of_seconds(3600),
            b'M' => self.rest += of_seconds(60),
            _ => self.rest += of_seconds(1) + number.fraction,
        }
        Ok(())
    }
}

impl PartialOrd for Duration {
    /// Nothing where it depends on the month: `P1M` and `P30D`.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let mut orders = REFERENCES
            .map(|reference| self.from(reference).cmp(&other.from(reference)))
            .into_iter();
        let first = orders.next()?;
        orders.all(|order| order == first).then_some(first)
    }
}

impl Duration {
    /// The end of a duration that begins in this month, in attoseconds.
    fn from(&self, (year, month): (i64, i64)) -> i128 {
        let months = year * 12 + month - 1 + self.months;
        let (eras, in_era) = (months.div_euclid(MONTHS_PER_ERA), months.rem_euclid(MONTHS_PER_ERA));
        let first = i32::try_from(in_era)
            .ok()
            .and_then(|in_era| day(in_era / 12, in_era % 12 + 1, 1));
        let days = eras * DAYS_PER_ERA + i64::from(first.unwrap_or(0));
        i128::from(days) * i128::from(SECONDS_PER_DAY) * UNITS_PER_SECOND + self.rest
    }
}

#[derive(Clone, Copy)]
struct Number {
    whole: i64,
    has_fraction: bool,
    /// In attoseconds, if it is a number of seconds.
    fraction: i128,
}

fn number(text: &[u8]) -> Result<(Number, &[u8]), CellRule> {
    let length = digits(text);
    if length == 0 {
        return Err(CellRule::Type);
    }
    let (whole, mut rest) = text.split_at(length);
    let mut number = Number {
        whole: whole
            .iter()
            .take(DIGITS_MAX)
            .fold(0, |value, digit| value * 10 + i64::from(digit - b'0')),
        has_fraction: false,
        fraction: 0,
    };
    if length > DIGITS_MAX {
        return Err(CellRule::Range);
    }
    if let Some(behind) = rest.strip_prefix(b".") {
        let length = digits(behind);
        if length == 0 {
            return Err(CellRule::Type);
        }
        let kept = &behind[..length.min(FRACTION_DIGITS_MAX)];
        let value = kept
            .iter()
            .fold(0, |value, digit| value * 10 + i128::from(digit - b'0'));
        number.has_fraction = true;
        number.fraction = value * 10_i128.pow((FRACTION_DIGITS_MAX - kept.len()) as u32);
        rest = &behind[length..];
    }
    Ok((number, rest))
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
