//! Numbers and integers as Table Schema has them: the lexical form of XML Schema's decimal, with an exponent, with other
//! characters for the decimal point and between groups of digits, and with text around them if the schema says so.

use super::value::CellRule;
use crate::finding::Finding;
use crate::rule::PackageRule::FieldOptionMalformed;
use crate::schema::Field;

/// The longest number that is not written plainly, in bytes without groups and what stands around it.
const REWRITTEN_BYTES_MAX: usize = 128;
/// The largest integer up to which every integer is a double: 2^53.
const EXACT_DOUBLE_MAX: f64 = 9_007_199_254_740_992.0;

/// How numbers of a field are written, where it is not plainly.
#[derive(Clone, Debug)]
pub(crate) struct NumberSyntax {
    decimal: Box<[u8]>,
    group: Box<[u8]>,
    is_bare: bool,
}

/// A number rewritten plainly.
struct Rewritten {
    bytes: [u8; REWRITTEN_BYTES_MAX],
    length: usize,
}

impl NumberSyntax {
    /// How numbers of this field are written; `None` if plainly.
    pub(crate) fn of(field: &Field) -> Result<Option<Self>, Finding> {
        let decimal = field.decimal_char.as_deref().unwrap_or(".");
        let group = field.group_char.as_deref().unwrap_or("");
        let is_bare = field.bare_number.unwrap_or(true);
        let fault = |text: &'static str| Finding::new(FieldOptionMalformed, text).in_field(&field.name);
        let is_numeric = |text: &str| text.contains(|char: char| char.is_ascii_digit() || matches!(char, '+' | '-'));
        if decimal.is_empty() || is_numeric(decimal) {
            return Err(fault("decimalChar is empty, or has a digit or a sign"));
        }
        if is_numeric(group) {
            return Err(fault("groupChar has a digit or a sign"));
        }
        if decimal == group {
            return Err(fault("decimalChar and groupChar are the same"));
        }
        let is_plain = decimal == "." && group.is_empty() && is_bare;
        Ok((!is_plain).then(|| Self {
            decimal: decimal.as_bytes().into(),
            group: group.as_bytes().into(),
            is_bare,
        }))
    }

    fn rewrite(&self, text: &[u8]) -> Result<Rewritten, CellRule> {
        let mut rest = if self.is_bare { text } else { self.strip(text)? };
        let mut rewritten = Rewritten {
            bytes: [0; REWRITTEN_BYTES_MAX],
            length: 0,
        };
        let mut in_whole = true;
        let mut after_digit = false;
        while let Some((&first, behind)) = rest.split_first() {
            if in_whole && let Some(behind) = rest.strip_prefix(&*self.decimal) {
                rewritten.push(b'.')?;
                (in_whole, after_digit, rest) = (false, false, behind);
            } else if in_whole
                && after_digit
                && !self.group.is_empty()
                && let Some(behind) = rest.strip_prefix(&*self.group)
                && behind.first().is_some_and(u8::is_ascii_digit)
            {
                (after_digit, rest) = (false, behind);
            } else if first == b'.' {
                return Err(CellRule::Type);
            } else {
                rewritten.push(first)?;
                in_whole &= !first.is_ascii_alphabetic();
                (after_digit, rest) = (first.is_ascii_digit(), behind);
            }
        }
        Ok(rewritten)
    }

    /// The number without what stands around it. A sign anywhere but right before the number would be lost with the
    /// rest, and with it the meaning: such a text is no number.
    fn strip<'a>(&self, text: &'a [u8]) -> Result<&'a [u8], CellRule> {
        let mut first = text.iter().position(u8::is_ascii_digit).ok_or(CellRule::Type)?;
        let last = text.iter().rposition(u8::is_ascii_digit).ok_or(CellRule::Type)?;
        let has_point = text[..first].ends_with(&self.decimal);
        if has_point {
            first -= self.decimal.len();
        }
        if first > 0 && matches!(text[first - 1], b'+' | b'-') {
            first -= 1;
        }
        let is_sign = |byte: &u8| matches!(byte, b'+' | b'-');
        // `No.5` is five or a half.
        let is_ambiguous = has_point && first > 0;
        if is_ambiguous || text[..first].iter().any(is_sign) || text[last + 1..].iter().any(is_sign) {
            return Err(CellRule::Type);
        }
        // `first` and `last` stand before and on ASCII bytes, so characters are not cut.
        Ok(&text[first..=last])
    }
}

impl Rewritten {
    fn push(&mut self, byte: u8) -> Result<(), CellRule> {
        *self.bytes.get_mut(self.length).ok_or(CellRule::Range)? = byte;
        self.length += 1;
        Ok(())
    }
}

pub(crate) fn read_integer(text: &[u8], syntax: Option<&NumberSyntax>) -> Result<i64, CellRule> {
    match syntax {
        None => integer(text),
        Some(syntax) => {
            let rewritten = syntax.rewrite(text)?;
            integer(&rewritten.bytes[..rewritten.length])
        }
    }
}

pub(crate) fn read_number(text: &[u8], syntax: Option<&NumberSyntax>) -> Result<f64, CellRule> {
    match syntax {
        None => number(text),
        Some(_) if special(text).is_some() => special(text).ok_or(CellRule::Type),
        Some(syntax) => {
            let rewritten = syntax.rewrite(text)?;
            number(&rewritten.bytes[..rewritten.length])
        }
    }
}

/// An optional sign and digits; leading zeros are allowed.
#[inline]
fn integer(text: &[u8]) -> Result<i64, CellRule> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() {
        return Err(CellRule::Type);
    }
    let mut value = Some(0_i64);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Err(CellRule::Type);
        }
        // Counted downwards, since there is one more negative number than there are positive ones.
        value = value.and_then(|value| value.checked_mul(10)?.checked_sub(i64::from(digit)));
    }
    let value = if is_negative {
        value
    } else {
        value.and_then(i64::checked_neg)
    };
    value.ok_or(CellRule::Range)
}

fn special(text: &[u8]) -> Option<f64> {
    if text.eq_ignore_ascii_case(b"NaN") {
        Some(f64::NAN)
    } else if text.eq_ignore_ascii_case(b"INF") {
        Some(f64::INFINITY)
    } else if text.eq_ignore_ascii_case(b"-INF") {
        Some(f64::NEG_INFINITY)
    } else {
        None
    }
}

/// Digits with an optional sign, point and exponent; also `INF`, `-INF` and `NaN` in any case.
fn number(text: &[u8]) -> Result<f64, CellRule> {
    let unsigned = match text {
        [b'-' | b'+', unsigned @ ..] | unsigned => unsigned,
    };
    let whole = digits(unsigned);
    let behind = &unsigned[whole..];
    let (fraction, behind) = match behind {
        [b'.', fraction @ ..] => (digits(fraction), &fraction[digits(fraction)..]),
        behind => (0, behind),
    };
    let is_number = whole + fraction > 0
        && match behind {
            [] => true,
            [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
                !exponent.is_empty() && digits(exponent) == exponent.len()
            }
            _ => false,
        };
    if !is_number {
        return special(text).ok_or(CellRule::Type);
    }
    let plain = text.strip_prefix(b"+").unwrap_or(text);
    let value: f64 = fast_float2::parse(plain).map_err(|_| CellRule::Type)?;
    // A finite spelling that overflows would silently become infinite.
    if value.is_finite() {
        Ok(value)
    } else {
        Err(CellRule::Range)
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The integer that a JSON number is: `1.0` and `1e2` are integers, as in JSON Schema.
pub(crate) fn integer_of_json(text: &[u8]) -> Result<i64, CellRule> {
    if let found @ (Ok(_) | Err(CellRule::Range)) = integer(text) {
        return found;
    }
    let value = number(text)?;
    if value.fract() != 0.0 {
        return Err(CellRule::Type);
    }
    if value.abs() > EXACT_DOUBLE_MAX {
        return Err(CellRule::Range);
    }
    Ok(value as i64)
}
