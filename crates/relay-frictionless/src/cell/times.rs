//! Dates and times in their default forms (XML Schema, as Table Schema 2.0 cites it), and the numbers they become.

use super::value::CellRule;

pub(crate) const SECONDS_PER_DAY: i64 = 86_400;
pub(crate) const MICROS_PER_SECOND: i64 = 1_000_000;
/// The most decimals of a second that are kept; beyond them only zeros are read.
const FRACTION_DIGITS_MAX: usize = 6;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds from 1970-01-01T00:00:00: in UTC when `zoned`, else as a clock on the wall shows them.
    pub micros: i64,
    /// Whether the text gave an offset.
    pub zoned: bool,
}

/// Reads a date in its default form, as days from 1970-01-01.
#[inline]
pub fn parse_date(text: &[u8]) -> Option<i32> {
    date(text)
}

/// Reads a time of day in its default form, as microseconds from midnight.
#[inline]
pub fn parse_time(text: &[u8]) -> Option<i64> {
    time(text).ok()
}

/// Reads a point in time in its default form.
#[inline]
pub fn parse_datetime(text: &[u8]) -> Option<Moment> {
    datetime(text).ok()
}

/// `YYYY-MM-DD`, a real day of the Gregorian calendar, as days from 1970-01-01.
#[inline]
pub(crate) fn date(text: &[u8]) -> Option<i32> {
    let text: &[u8; 10] = text.try_into().ok()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *text else {
        return None;
    };
    let year = two_digits(y0, y1)? * 100 + two_digits(y2, y3)?;
    day(year, two_digits(m0, m1)?, two_digits(d0, d1)?)
}

/// The day of the Gregorian calendar as days from 1970-01-01, if there is such a day.
pub fn day(year: i32, month: i32, day: i32) -> Option<i32> {
    let is_day = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
    is_day.then(|| days_from_civil(year, month, day))
}

/// `hh:mm:ss`, with decimals of a second or none, as microseconds from midnight.
pub(crate) fn time(text: &[u8]) -> Result<i64, CellRule> {
    let (time, rest) = text.split_first_chunk::<8>().ok_or(CellRule::Type)?;
    let seconds = clock(*time).ok_or(CellRule::Type)?;
    let (fraction, rest) = fraction(rest)?;
    if !rest.is_empty() {
        return Err(CellRule::Type);
    }
    Ok(seconds * MICROS_PER_SECOND + fraction)
}

/// A day, `T` or a space, a time of day, decimals of a second or none, an offset or none. `24:00:00` is not read: it is the
/// next midnight (XML Schema, "dateTime"), whose day is another than the one that was written. Nor is a leap second, which
/// has no place on the scale.
pub(crate) fn datetime(text: &[u8]) -> Result<Moment, CellRule> {
    let (day, rest) = text.split_first_chunk::<10>().ok_or(CellRule::Type)?;
    let Some(([b'T' | b't' | b' ', clock_text @ ..], rest)) = rest.split_first_chunk::<9>() else {
        return Err(CellRule::Type);
    };
    let days = i64::from(date(day).ok_or(CellRule::Type)?);
    let seconds = clock(*clock_text).ok_or(CellRule::Type)?;
    let (fraction, rest) = fraction(rest)?;
    let offset = offset(rest).ok_or(CellRule::Type)?;
    let seconds = days * SECONDS_PER_DAY + seconds - offset.unwrap_or(0);
    Ok(Moment {
        micros: seconds * MICROS_PER_SECOND + fraction,
        zoned: offset.is_some(),
    })
}

/// The seconds from midnight.
fn clock(text: [u8; 8]) -> Option<i64> {
    let [h0, h1, b':', m0, m1, b':', s0, s1] = text else {
        return None;
    };
    let (hour, minute, second) = (two_digits(h0, h1)?, two_digits(m0, m1)?, two_digits(s0, s1)?);
    let is_time = hour <= 23 && minute <= 59 && second <= 59;
    is_time.then(|| i64::from(hour * 3600 + minute * 60 + second))
}

fn fraction(text: &[u8]) -> Result<(i64, &[u8]), CellRule> {
    let Some(digits) = text.strip_prefix(b".") else {
        return Ok((0, text));
    };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return Err(CellRule::Type);
    }
    let (digits, rest) = digits.split_at(length);
    Ok((micros(digits).ok_or(CellRule::Range)?, rest))
}

/// Decimals of a second as microseconds, if nothing is lost.
pub(crate) fn micros(digits: &[u8]) -> Option<i64> {
    let (kept, lost) = digits.split_at(digits.len().min(FRACTION_DIGITS_MAX));
    if lost.iter().any(|digit| *digit != b'0') {
        return None;
    }
    let value = kept.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(value * 10_i64.pow((FRACTION_DIGITS_MAX - kept.len()) as u32))
}

/// The offset in seconds, or that there is none.
#[expect(clippy::option_option, reason = "no offset and no such offset are two things")]
fn offset(text: &[u8]) -> Option<Option<i64>> {
    match *text {
        [] => Some(None),
        [b'Z' | b'z'] => Some(Some(0)),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hours, minutes) = (two_digits(h0, h1)?, two_digits(m0, m1)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = i64::from(hours * 3600 + minutes * 60);
            Some(Some(if sign == b'-' { -seconds } else { seconds }))
        }
        _ => None,
    }
}

/// A year of four digits or more, perhaps before the year 0 (XML Schema, "gYear", without a time zone).
pub(crate) fn year(text: &[u8]) -> Result<i64, CellRule> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let is_year =
        digits.len() >= 4 && digits.iter().all(u8::is_ascii_digit) && (digits.len() == 4 || digits[0] != b'0');
    if !is_year {
        return Err(CellRule::Type);
    }
    let year = digits.iter().try_fold(0_i64, |year, digit| {
        year.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
    });
    let year = year.ok_or(CellRule::Range)?;
    Ok(if is_negative { -year } else { year })
}

/// A year and a month, as months from January of the year 0 (XML Schema, "gYearMonth", without a time zone).
pub(crate) fn year_month(text: &[u8]) -> Result<i64, CellRule> {
    let (head, [b'-', m0, m1]) = text.split_last_chunk::<3>().ok_or(CellRule::Type)? else {
        return Err(CellRule::Type);
    };
    let month = two_digits(*m0, *m1)
        .filter(|month| (1..=12).contains(month))
        .ok_or(CellRule::Type)?;
    let months = year(head)?.checked_mul(12).ok_or(CellRule::Range)?;
    months.checked_add(i64::from(month - 1)).ok_or(CellRule::Range)
}

pub(crate) fn two_digits(tens: u8, ones: u8) -> Option<i32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| i32::from(tens) * 10 + i32::from(ones))
}

pub(crate) const fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

// Days are counted from 0000-03-01 on, so that a leap day ends its year; 719,468 days later is 1970-01-01.
const fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
