//! Numbers: which spellings are read strictly, when types are inferred, and which under a declared schema.

/// The largest integer up to which every integer is a double: 2^53.
pub(crate) const EXACT_DOUBLE_MAX: u64 = 1 << 53;
/// A double holds any decimal of 15 digits and can be told apart with 17; longer spellings would lose digits.
const SIGNIFICANT_DIGITS_MAX: usize = 17;

/// The one spelling that an i64 is written with: no plus sign, no leading zeros, no `-0`.
#[inline]
pub(crate) fn parse_canonical_integer(text: &[u8]) -> Option<i64> {
    let (&first, _) = text.split_first()?;
    let is_negative = first == b'-';
    let digits = &text[usize::from(is_negative)..];
    let magnitude = parse_digits(digits)?;
    if digits[0] == b'0' && (digits.len() > 1 || is_negative) {
        return None;
    }
    signed(magnitude, is_negative)
}

/// Table Schema "integer": an optional sign and digits, leading zeros allowed.
pub(crate) fn parse_any_integer(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = split_sign(text);
    if digits.is_empty() {
        return None;
    }
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    let digits = &digits[zeros.min(digits.len() - 1)..];
    signed(parse_digits(digits)?, is_negative)
}

fn signed(magnitude: u64, is_negative: bool) -> Option<i64> {
    if is_negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    }
}

// One to nineteen digits; nineteen always fit 64 bits.
#[inline]
fn parse_digits(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value = 0_u64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// A number as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decimal {
    /// An integer that a double holds exactly.
    Whole(f64),
    /// An integer beyond 2^53.
    Large,
    /// A decimal of at most 17 significant digits, finite.
    Fraction(f64),
    /// The same, whose exponent has neither a point nor a sign beside it: outside JSON, `12E4` is more often an identifier
    /// than a number, unless decimals stand around it.
    Exponent(f64),
}

/// A decimal in the spelling of JSON: no plus sign, no leading zeros, digits on both sides of the point.
pub(crate) fn parse_decimal(text: &[u8]) -> Option<Decimal> {
    if let Some(integer) = parse_canonical_integer(text) {
        let exact = integer.unsigned_abs() <= EXACT_DOUBLE_MAX;
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, which was just checked")]
        return Some(if exact {
            Decimal::Whole(integer as f64)
        } else {
            Decimal::Large
        });
    }
    let shape = Shape::of(text)?;
    let is_plain_exponent = shape.has_exponent && !shape.has_point && !shape.exponent_signed;
    if shape.significant_digits > SIGNIFICANT_DIGITS_MAX {
        return None;
    }
    let is_long_integer = !shape.has_point && !shape.has_exponent && text != b"-0";
    if is_long_integer {
        return None;
    }
    let value: f64 = fast_float2::parse(text).ok()?;
    let decimal = if is_plain_exponent {
        Decimal::Exponent(value)
    } else {
        Decimal::Fraction(value)
    };
    value.is_finite().then_some(decimal)
}

/// Table Schema "number": digits with an optional sign, point and exponent; also `INF`, `-INF` and `NaN`.
pub(crate) fn parse_any_number(text: &[u8]) -> Option<f64> {
    match text {
        b"NaN" => return Some(f64::NAN),
        b"INF" => return Some(f64::INFINITY),
        b"-INF" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    // The parser below also reads "inf" and "nan" in any case, which Table Schema does not name.
    let is_numeric = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.iter().all(is_numeric) {
        return None;
    }
    let unsigned = text.strip_prefix(b"+").unwrap_or(text);
    if unsigned.len() < text.len() && unsigned.starts_with(b"-") {
        return None;
    }
    let value: f64 = fast_float2::parse(unsigned).ok()?;
    // A finite spelling that overflows would silently become infinite.
    value.is_finite().then_some(value)
}

struct Shape {
    has_point: bool,
    has_exponent: bool,
    exponent_signed: bool,
    significant_digits: usize,
}

impl Shape {
    fn of(text: &[u8]) -> Option<Self> {
        let unsigned = text.strip_prefix(b"-").unwrap_or(text);
        let (whole, rest) = split_digits(unsigned);
        if whole.is_empty() || (whole.len() > 1 && whole[0] == b'0') {
            return None;
        }
        let (has_point, fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => {
                let (fraction, rest) = split_digits(rest);
                (true, fraction, rest)
            }
            None => (false, &rest[..0], rest),
        };
        if has_point && fraction.is_empty() {
            return None;
        }
        let (has_exponent, exponent_signed) = match rest {
            [] => (false, false),
            [b'e' | b'E', exponent @ ..] => {
                let digits = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+"));
                let (digits, rest) = split_digits(digits.unwrap_or(exponent));
                if digits.is_empty() || !rest.is_empty() {
                    return None;
                }
                (true, exponent.len() > digits.len())
            }
            _ => return None,
        };
        let leading = whole.iter().chain(fraction).take_while(|byte| **byte == b'0').count();
        let significant_digits = whole.len() + fraction.len() - leading;
        Some(Self {
            has_point,
            has_exponent,
            exponent_signed,
            significant_digits,
        })
    }
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_an_inferred_integer() {
        for (text, value) in [
            ("0", 0),
            ("-1", -1),
            ("42", 42),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse_canonical_integer(text.as_bytes()), Some(value), "{text}");
        }
        for text in [
            "",
            "-",
            "00",
            "01",
            "-0",
            "-01",
            "+1",
            " 1",
            "1 ",
            "1.0",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999",
            "1e3",
            "１",
        ] {
            assert_eq!(parse_canonical_integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_declared_integer_may_have_a_sign_and_leading_zeros() {
        for (text, value) in [
            ("0", 0),
            ("+7", 7),
            ("-007", -7),
            ("00000000000000000000000012", 12),
            ("000", 0),
        ] {
            assert_eq!(parse_any_integer(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", "+", "-", "--1", "+-1", "1.0", "9223372036854775808"] {
            assert_eq!(parse_any_integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn an_inferred_decimal_loses_nothing() {
        for (text, value) in [
            ("0.5", 0.5),
            ("-12.25", -12.25),
            ("1.5e-7", 1.5e-7),
            ("1e-5", 1e-5),
            ("0.10", 0.1),
            ("12345678901234.567", 12_345_678_901_234.567),
        ] {
            assert_eq!(parse_decimal(text.as_bytes()), Some(Decimal::Fraction(value)), "{text}");
        }
        assert_eq!(
            parse_decimal(b"9007199254740992"),
            Some(Decimal::Whole(9_007_199_254_740_992.0))
        );
        assert_eq!(parse_decimal(b"9007199254740993"), Some(Decimal::Large));
        assert_eq!(parse_decimal(b"1E5"), Some(Decimal::Exponent(1e5)));
        assert!(matches!(parse_decimal(b"-0"), Some(Decimal::Fraction(zero)) if zero.is_sign_negative()));
        for text in [
            "007.5",
            ".5",
            "5.",
            "+1.5",
            "1.2.3",
            "1e",
            "1e400",
            "1.234567890123456789",
            "inf",
            "nan",
            "-",
            "92233720368547758080",
        ] {
            assert_eq!(parse_decimal(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_declared_number_also_has_the_three_special_values() {
        assert_eq!(parse_any_number(b"INF"), Some(f64::INFINITY));
        assert_eq!(parse_any_number(b"-INF"), Some(f64::NEG_INFINITY));
        assert!(parse_any_number(b"NaN").is_some_and(f64::is_nan));
        for (text, value) in [("+1.5", 1.5), ("007", 7.0), (".5", 0.5), ("1E5", 1e5)] {
            assert_eq!(parse_any_number(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["inf", "nan", "infinity", "+-1", "", "1e400", "1,5", "x"] {
            assert_eq!(parse_any_number(text.as_bytes()), None, "{text}");
        }
    }
}
