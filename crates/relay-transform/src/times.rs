//! Dates and times: the spellings that are read, and the numbers that Parquet holds.

const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_SECOND: i64 = 1_000_000;
/// The most digits of a second's fraction: a timestamp holds microseconds, and more would be lost.
const FRACTION_DIGITS_MAX: usize = 6;

/// A point in time, in microseconds from 1970-01-01T00:00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// In UTC when `zoned`, else as the clock on the wall showed it.
    pub(crate) micros: i64,
    /// Whether the text gave an offset.
    pub(crate) zoned: bool,
}

/// `YYYY-MM-DD`, a real day of the Gregorian calendar (RFC 3339 full-date), as days from 1970-01-01.
pub(crate) fn parse_date(text: &[u8]) -> Option<i32> {
    let text: &[u8; 10] = text.try_into().ok()?;
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *text else {
        return None;
    };
    let year = two_digits(y0, y1)? * 100 + two_digits(y2, y3)?;
    let month = two_digits(m0, m1)?;
    let day = two_digits(d0, d1)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    Some(days_from_civil(year, month, day))
}

/// RFC 3339 date-time with `T` or a space between, up to six decimals, and an offset or none.
/// A leap second (`:60`) has no place on the scale and is not read.
pub(crate) fn parse_datetime(text: &[u8]) -> Option<Moment> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let (time, rest) = rest.split_first_chunk::<9>()?;
    let [b'T' | b't' | b' ', h0, h1, b':', m0, m1, b':', s0, s1] = *time else {
        return None;
    };
    let (hour, minute, second) = (two_digits(h0, h1)?, two_digits(m0, m1)?, two_digits(s0, s1)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = i64::from(parse_date(date)?);
    let seconds = days * SECONDS_PER_DAY + i64::from(hour * 3600 + minute * 60 + second);
    let (fraction, rest) = parse_fraction(rest)?;
    let (offset, zoned) = parse_offset(rest)?;
    let seconds = seconds - offset;
    Some(Moment {
        micros: seconds * MICROS_PER_SECOND + fraction,
        zoned,
    })
}

fn parse_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 || length > FRACTION_DIGITS_MAX {
        return None;
    }
    let (digits, rest) = digits.split_at(length);
    let value = digits
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    let missing_digits = (FRACTION_DIGITS_MAX - length) as u32;
    Some((value * 10_i64.pow(missing_digits), rest))
}

// The offset in seconds, and whether there is one.
fn parse_offset(text: &[u8]) -> Option<(i64, bool)> {
    match *text {
        [] => Some((0, false)),
        [b'Z' | b'z'] => Some((0, true)),
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => {
            let (hours, minutes) = (two_digits(h0, h1)?, two_digits(m0, m1)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = i64::from(hours * 3600 + minutes * 60);
            Some((if sign == b'-' { -seconds } else { seconds }, true))
        }
        _ => None,
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<i32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| i32::from(tens) * 10 + i32::from(ones))
}

const fn days_in_month(year: i32, month: i32) -> i32 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2013-01-01", 15_706),
            ("0000-01-01", -719_528),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(parse_date(text.as_bytes()), Some(days), "{text}");
        }
        for text in [
            "2013-02-29",
            "1900-02-29",
            "2013-13-01",
            "2013-00-01",
            "2013-01-00",
            "2013-04-31",
            "2013-1-1",
            "2013/01/01",
            "",
            "2013-01-011",
            "２０１３",
        ] {
            assert_eq!(parse_date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn offsets_are_normalised_and_absent_ones_are_told_apart() {
        let moment = |micros, zoned| Some(Moment { micros, zoned });
        assert_eq!(parse_datetime(b"1970-01-01T00:00:00"), moment(0, false));
        assert_eq!(parse_datetime(b"1970-01-01 00:00:01.5"), moment(1_500_000, false));
        assert_eq!(parse_datetime(b"1970-01-01T01:00:00.000001+01:00"), moment(1, true));
        assert_eq!(parse_datetime(b"1969-12-31T23:00:00-01:00"), moment(0, true));
        assert_eq!(
            parse_datetime(b"2013-01-01T10:00:00Z"),
            moment(1_357_034_400_000_000, true)
        );
        for text in [
            "2013-01-01T24:00:00",
            "2013-01-01T23:59:60Z",
            "2013-01-01T00:00",
            "2013-01-01T00:00:00.",
            "2013-01-01T00:00:00.1234567Z",
            "2013-01-01T00:00:00+1",
            "2013-02-30T00:00:00",
            "2013-01-01",
        ] {
            assert_eq!(parse_datetime(text.as_bytes()), None, "{text}");
        }
    }
}
