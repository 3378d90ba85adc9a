//! Logical values: what two cells have in common that are the same value, however they are written.

use super::durations::Duration;
use super::kind::{Kind, split};
use super::nested;
use super::times;
use super::value::Value;

/// Below it every whole number is a double: 2^53.
const EXACT_DOUBLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Appends bytes that are the same for two values of this kind if, and only if, the values are the same.
pub(crate) fn write(kind: &Kind, value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Integer(integer) => out.extend_from_slice(&integer.to_le_bytes()),
        Value::Number(number) => out.extend_from_slice(&bits(*number)),
        Value::Boolean(boolean) => out.push(u8::from(*boolean)),
        Value::Date(days) => out.extend_from_slice(&days.to_le_bytes()),
        Value::Time(micros) => out.extend_from_slice(&micros.to_le_bytes()),
        Value::Datetime { micros, zoned } => {
            out.push(u8::from(*zoned));
            out.extend_from_slice(&micros.to_le_bytes());
        }
        Value::Text(text) => write_text(kind, text, out),
    }
}

/// As [`write`], for values of any two kinds: they begin with what kind of value it is. A number that is whole is the same
/// as the integer, and a year is one.
pub(crate) fn write_key(kind: &Kind, value: &Value<'_>, out: &mut Vec<u8>) {
    let mark = match value {
        Value::Number(number) if number.fract() == 0.0 && number.abs() < EXACT_DOUBLE_MAX => {
            out.push(b'i');
            out.extend_from_slice(&(*number as i64).to_le_bytes());
            return;
        }
        Value::Integer(_) => b'i',
        Value::Number(_) => b'n',
        Value::Boolean(_) => b'b',
        Value::Date(_) => b'd',
        Value::Time(_) => b't',
        Value::Datetime { .. } => b'z',
        Value::Text(_) => match kind {
            Kind::Yearmonth => b'm',
            Kind::Duration => b'p',
            Kind::Point(_) => b'g',
            Kind::List { .. } => b'l',
            Kind::Object | Kind::Array | Kind::Geojson { .. } => b'j',
            _ => b's',
        },
    };
    out.push(mark);
    write(kind, value, out);
}

fn write_text(kind: &Kind, text: &[u8], out: &mut Vec<u8>) {
    match kind {
        Kind::Yearmonth => {
            let months = times::year_month(text).unwrap_or_default();
            out.extend_from_slice(&months.to_le_bytes());
        }
        Kind::Duration => {
            if let Ok(Duration { months, rest }) = Duration::read(text) {
                out.extend_from_slice(&months.to_le_bytes());
                out.extend_from_slice(&rest.to_le_bytes());
            }
        }
        Kind::Point(format) => {
            let (longitude, latitude) = nested::point(text, *format).unwrap_or_default();
            out.extend_from_slice(&bits(longitude));
            out.extend_from_slice(&bits(latitude));
        }
        Kind::List { delimiter, item } => {
            for text in split(text, delimiter) {
                if let Ok(value) = item.read(text) {
                    write_sized(out, |out| write(item, &value, out));
                }
            }
        }
        Kind::Object | Kind::Array | Kind::Geojson { .. } => {
            if let Ok(value) = serde_json::from_slice(text) {
                write_json(&value, out);
            }
        }
        _ => out.extend_from_slice(text),
    }
}

/// Not a number is the same as itself here, and zero has no sign.
fn bits(number: f64) -> [u8; 8] {
    let number = if number.is_nan() { f64::NAN } else { number + 0.0 };
    number.to_le_bytes()
}

/// What is written, behind its length.
pub(crate) fn write_sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 8]);
    write(out);
    let length = (out.len() - at - 8) as u64;
    out[at..at + 8].copy_from_slice(&length.to_le_bytes());
}

fn write_json(value: &serde_json::Value, out: &mut Vec<u8>) {
    match value {
        serde_json::Value::Null => out.push(b'n'),
        serde_json::Value::Bool(value) => out.push(if *value { b't' } else { b'f' }),
        serde_json::Value::Number(number) => {
            let integer = number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from));
            let float = number.as_f64().unwrap_or(f64::NAN);
            // 1 and 1.0 are the same number (JSON Schema, section 4.2.2).
            let whole =
                integer.or_else(|| (float.fract() == 0.0 && float.abs() < EXACT_DOUBLE_MAX).then_some(float as i128));
            if let Some(integer) = whole {
                out.push(b'i');
                out.extend_from_slice(&integer.to_le_bytes());
            } else {
                out.push(b'd');
                out.extend_from_slice(&bits(float));
            }
        }
        serde_json::Value::String(text) => {
            out.push(b's');
            write_sized(out, |out| out.extend_from_slice(text.as_bytes()));
        }
        serde_json::Value::Array(items) => {
            out.push(b'[');
            write_sized(out, |out| items.iter().for_each(|item| write_json(item, out)));
        }
        serde_json::Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_str());
            out.push(b'{');
            write_sized(out, |out| {
                for (name, member) in members {
                    write_sized(out, |out| out.extend_from_slice(name.as_bytes()));
                    write_json(member, out);
                }
            });
        }
    }
}
