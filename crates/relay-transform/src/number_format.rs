//! What a number in a workbook stands for: its format says whether it is a number, a day or a time (ECMA-376-1, 18.8.30 and
//! 18.8.31; dates are counted as 18.17.4 says).

use std::fmt::Write;

const DAY_MS: i64 = 86_400_000;
const DAY_MS_F64: f64 = 86_400_000.0;
/// 9999-12-31, counted from 1899-12-30.
const LAST_DAY: i32 = 2_958_465;
/// A day that never was, the 29th of February 1900, has this number; days before it are counted from a day later.
const PHANTOM_DAY: i64 = 60;
/// From 1970-01-01 back to 1899-12-30, in days.
const EPOCH_1900: i32 = -25_569;
/// From 1970-01-01 back to 1904-01-01, in days.
const EPOCH_1904: i32 = -24_107;

/// What a number is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShownAs {
    /// A number, also one of hours that pass (`[h]:mm`).
    Number,
    /// A day.
    Date,
    /// A day and a time.
    Moment,
    /// A time of day.
    Time,
}

/// The formats that have a number and no code.
pub(crate) const fn built_in(id: u32) -> ShownAs {
    match id {
        // 27 to 36 and 50 to 58 are dates of East Asian editions.
        14..=17 | 27..=31 | 36 | 50..=58 => ShownAs::Date,
        18..=21 | 32..=35 | 45 | 47 => ShownAs::Time,
        22 => ShownAs::Moment,
        _ => ShownAs::Number,
    }
}

/// What a format's code says: its first section, outside quotes, escapes and brackets.
pub(crate) fn of_code(code: &str) -> ShownAs {
    let mut has_day = false;
    let mut has_time = false;
    let mut has_minute_or_month = false;
    let mut rest = code;
    while let Some(character) = rest.chars().next() {
        let run = rest
            .chars()
            .take_while(|other| other.eq_ignore_ascii_case(&character))
            .count();
        let mut length = character.len_utf8();
        match character.to_ascii_lowercase() {
            ';' => break,
            '"' => length = rest[1..].find('"').map_or(rest.len(), |at| at + 2),
            // The character behind it is shown as it is, as a space of its width, or again and again.
            '\\' | '_' | '*' => length += rest[1..].chars().next().map_or(0, char::len_utf8),
            '[' => {
                length = rest.find(']').map_or(rest.len(), |at| at + 1);
                let inner = rest[1..length].trim_end_matches(']');
                let is_elapsed =
                    |unit: u8| !inner.is_empty() && inner.bytes().all(|byte| byte.eq_ignore_ascii_case(&unit));
                if b"hms".iter().any(|unit| is_elapsed(*unit)) {
                    return ShownAs::Number;
                }
            }
            'g' if starts_with(rest, "general") => length = "general".len(),
            'a' if starts_with(rest, "am/pm") => (has_time, length) = (true, 5),
            'a' if starts_with(rest, "a/p") => (has_time, length) = (true, 3),
            // An exponent, and not the year of an emperor.
            'e' if matches!(rest.as_bytes().get(1), Some(b'+' | b'-')) => length = 2,
            'y' | 'd' | 'e' => (has_day, length) = (true, run),
            'h' | 's' => (has_time, length) = (true, run),
            'm' if run >= 3 => (has_day, length) = (true, run),
            'm' => (has_minute_or_month, length) = (true, run),
            _ => {}
        }
        rest = &rest[length..];
    }
    match (has_day, has_time) {
        (true, true) => ShownAs::Moment,
        (true, false) => ShownAs::Date,
        (false, true) => ShownAs::Time,
        (false, false) if has_minute_or_month => ShownAs::Date,
        (false, false) => ShownAs::Number,
    }
}

fn starts_with(text: &str, word: &str) -> bool {
    text.as_bytes()
        .get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// Writes a number as what it is shown as. A number that is no day of the calendar stays a number.
pub(crate) fn write(out: &mut String, value: f64, shown: ShownAs, is_1904: bool) {
    let milliseconds = (value * DAY_MS_F64).round();
    let last_day = LAST_DAY - if is_1904 { EPOCH_1904 - EPOCH_1900 } else { 0 };
    let is_possible = (0.0..f64::from(last_day + 1) * DAY_MS_F64).contains(&milliseconds);
    if shown == ShownAs::Number || !is_possible {
        return write_number(out, value);
    }
    let (day, of_day) = (milliseconds as i64 / DAY_MS, milliseconds as i64 % DAY_MS);
    let is_time_alone = day == 0 && (shown == ShownAs::Time || of_day != 0) && !(is_1904 && shown == ShownAs::Moment);
    if is_time_alone {
        return write_time(out, of_day);
    }
    let since_1970 = match (is_1904, day) {
        (true, _) => day + i64::from(EPOCH_1904),
        (false, 0 | PHANTOM_DAY) => return write_number(out, value),
        (false, ..PHANTOM_DAY) => day + i64::from(EPOCH_1900) + 1,
        (false, _) => day + i64::from(EPOCH_1900),
    };
    let (year, month, day) = civil(since_1970);
    _ = write!(out, "{year:04}-{month:02}-{day:02}");
    if shown != ShownAs::Date || of_day != 0 {
        out.push('T');
        write_time(out, of_day);
    }
}

fn write_time(out: &mut String, of_day: i64) {
    let (seconds, milliseconds) = (of_day / 1_000, of_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    _ = write!(out, "{hour:02}:{minute:02}:{second:02}");
    if milliseconds != 0 {
        _ = write!(out, ".{milliseconds:03}");
    }
}

// The shortest text that is this number and no other; whole ones without a point.
fn write_number(out: &mut String, value: f64) {
    let magnitude = value.abs();
    let is_plain = magnitude == 0.0 || (1e-7..1e17).contains(&magnitude);
    _ = if is_plain {
        // A zero with a minus is zero.
        write!(out, "{}", value + 0.0)
    } else {
        write!(out, "{value:e}")
    };
}

// The day of the Gregorian calendar so many days after 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
pub(crate) const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: f64, shown: ShownAs, is_1904: bool) -> String {
        let mut out = String::new();
        write(&mut out, value, shown, is_1904);
        out
    }

    #[test]
    fn codes_say_what_a_number_is() {
        for (code, expected) in [
            ("General", ShownAs::Number),
            ("0.00", ShownAs::Number),
            ("0.00E+00", ShownAs::Number),
            ("#,##0 \"days\"", ShownAs::Number),
            ("[Red]0;[Blue]-0", ShownAs::Number),
            ("[$-409]#,##0.00", ShownAs::Number),
            ("\\d0", ShownAs::Number),
            ("_-* #,##0.00 _€_-", ShownAs::Number),
            ("[h]:mm:ss", ShownAs::Number),
            ("[mm]:ss", ShownAs::Number),
            ("0;yyyy", ShownAs::Number),
            ("dd\\.mm\\.yyyy;@", ShownAs::Date),
            ("[$-407]d. mmmm yyyy", ShownAs::Date),
            ("mm/yy", ShownAs::Date),
            ("mmm", ShownAs::Date),
            ("m/d", ShownAs::Date),
            ("yyyy\"h\"", ShownAs::Date),
            ("[$-411]ggge\"年\"m\"月\"d\"日\"", ShownAs::Date),
            ("yyyy-mm-dd hh:mm", ShownAs::Moment),
            ("d/m/yy h:mm AM/PM", ShownAs::Moment),
            ("hh:mm", ShownAs::Time),
            ("mm:ss.0", ShownAs::Time),
            ("h AM/PM", ShownAs::Time),
        ] {
            assert_eq!(of_code(code), expected, "{code}");
        }
    }

    #[test]
    fn no_code_is_too_strange() {
        for code in ["\"", "[", "\\", "_", "*", "[h", "é\\é", "\"é", "[]", "a/", "[é]m"] {
            of_code(code);
        }
    }

    #[test]
    fn days_are_counted_as_workbooks_do() {
        for (serial, expected) in [
            (1.0, "1900-01-01"),
            (59.0, "1900-02-28"),
            (60.0, "60"),
            (61.0, "1900-03-01"),
            (45_322.0, "2024-01-31"),
            (2_958_465.0, "9999-12-31"),
            (2_958_466.0, "2958466"),
            (-1.0, "-1"),
            (0.0, "0"),
            (45_322.25, "2024-01-31T06:00:00"),
            (0.25, "06:00:00"),
        ] {
            assert_eq!(shown(serial, ShownAs::Date, false), expected);
        }
        assert_eq!(shown(0.0, ShownAs::Date, true), "1904-01-01");
        assert_eq!(shown(43_860.0, ShownAs::Date, true), "2024-01-31");
        assert_eq!(shown(2_957_003.0, ShownAs::Date, true), "9999-12-31");
        assert_eq!(shown(2_957_004.0, ShownAs::Date, true), "2957004");
        assert_eq!(shown(0.5, ShownAs::Moment, true), "1904-01-01T12:00:00");
    }

    #[test]
    fn times_are_rounded_to_milliseconds() {
        assert_eq!(shown(45_322.0, ShownAs::Moment, false), "2024-01-31T00:00:00");
        assert_eq!(
            shown(45_322.999_999_999_9, ShownAs::Moment, false),
            "2024-02-01T00:00:00"
        );
        assert_eq!(shown(0.0, ShownAs::Time, false), "00:00:00");
        assert_eq!(shown(0.520_833_333_333_333_3, ShownAs::Time, false), "12:30:00");
        assert_eq!(shown(0.000_001, ShownAs::Time, false), "00:00:00.086");
        assert_eq!(shown(1.5, ShownAs::Time, false), "1900-01-01T12:00:00");
    }

    #[test]
    fn numbers_are_written_as_short_as_they_are() {
        for (value, expected) in [
            (5.0, "5"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e16, "10000000000000000"),
            (1e300, "1e300"),
            (1.5e-9, "1.5e-9"),
        ] {
            assert_eq!(shown(value, ShownAs::Number, false), expected);
        }
    }
}
