//! A field's type and format, compiled: how its cells are read.

use std::borrow::Cow;

use super::durations::Duration;
use super::nested::{self, PointFormat};
use super::numbers::{NumberSyntax, integer_of_json, read_integer, read_number};
use super::strptime::{Pattern, Purpose};
use super::texts::TextFormat;
use super::times;
use super::value::{CellRule, JsonKind, PhysicalType, Value};
use crate::finding::Finding;
use crate::rule::PackageRule::{FieldOptionMalformed, FormatUnknown};
use crate::schema::{Field, FieldType};

/// What the format `any` reads besides the default: what has one meaning. `01/02/2024` has two.
const ANY_DATES: [&str; 9] = [
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%d-%b-%Y",
];
const ANY_TIMES: [&str; 4] = ["%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p"];
const ANY_DATETIMES: [&str; 8] = [
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%dT%H%M%S",
    "%a, %d %b %Y %H:%M:%S %z",
    "%d %b %Y %H:%M:%S",
];

/// How dates and times of a field are written.
#[derive(Clone, Debug)]
pub(crate) enum Temporal {
    Default,
    Any(Box<[Pattern]>),
    Pattern(Pattern),
}

/// A compiled type.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text(TextFormat),
    Number(Option<NumberSyntax>),
    Integer(Option<NumberSyntax>),
    Boolean {
        yes: Box<[Box<[u8]>]>,
        no: Box<[Box<[u8]>]>,
    },
    Object,
    Array,
    List {
        delimiter: Box<str>,
        item: Box<Self>,
    },
    Date(Temporal),
    Time(Temporal),
    Datetime(Temporal),
    Year,
    Yearmonth,
    Duration,
    Point(PointFormat),
    Geojson {
        is_topology: bool,
    },
    Any,
}

impl Kind {
    pub(crate) fn of(field: &Field) -> Result<Self, Finding> {
        let format = field.format.as_deref().unwrap_or("default");
        let kind = match field.field_type {
            FieldType::String => {
                return TextFormat::from_name(format)
                    .map(Self::Text)
                    .ok_or_else(|| unknown(field));
            }
            FieldType::Date => return temporal(field, format, Purpose::Date).map(Self::Date),
            FieldType::Time => return temporal(field, format, Purpose::Time).map(Self::Time),
            FieldType::Datetime => return temporal(field, format, Purpose::Datetime).map(Self::Datetime),
            FieldType::Geopoint => {
                return match format {
                    "default" => Ok(Self::Point(PointFormat::Default)),
                    "array" => Ok(Self::Point(PointFormat::Array)),
                    "object" => Ok(Self::Point(PointFormat::Object)),
                    _ => Err(unknown(field)),
                };
            }
            FieldType::Geojson if format == "topojson" => return Ok(Self::Geojson { is_topology: true }),
            FieldType::Geojson => Self::Geojson { is_topology: false },
            FieldType::Number => Self::Number(NumberSyntax::of(field)?),
            FieldType::Integer => Self::Integer(NumberSyntax::of(field)?),
            FieldType::Boolean => booleans(field)?,
            FieldType::List => items(field)?,
            FieldType::Object => Self::Object,
            FieldType::Array => Self::Array,
            FieldType::Year => Self::Year,
            FieldType::Yearmonth => Self::Yearmonth,
            FieldType::Duration => Self::Duration,
            FieldType::Any => Self::Any,
        };
        if format == "default" {
            Ok(kind)
        } else {
            Err(unknown(field))
        }
    }

    pub(crate) const fn physical_type(&self) -> PhysicalType {
        match self {
            Self::Number(_) => PhysicalType::Number,
            Self::Integer(_) | Self::Year => PhysicalType::Integer,
            Self::Boolean { .. } => PhysicalType::Boolean,
            Self::Date(_) => PhysicalType::Date,
            Self::Time(_) => PhysicalType::Time,
            Self::Datetime(_) => PhysicalType::Datetime,
            _ => PhysicalType::Text,
        }
    }

    /// Reads the text of a cell that has a value.
    pub(crate) fn read<'a>(&self, text: &'a [u8]) -> Result<Value<'a>, CellRule> {
        match self {
            Self::Integer(syntax) => return read_integer(text, syntax.as_ref()).map(Value::Integer),
            Self::Number(syntax) => return read_number(text, syntax.as_ref()).map(Value::Number),
            Self::Boolean { yes, no } => {
                let is_among = |texts: &[Box<[u8]>]| texts.iter().any(|listed| **listed == *text);
                return match (is_among(yes), is_among(no)) {
                    (true, _) => Ok(Value::Boolean(true)),
                    (_, true) => Ok(Value::Boolean(false)),
                    _ => Err(CellRule::Type),
                };
            }
            Self::Date(temporal) => return read_date(text, temporal).map(Value::Date),
            Self::Time(temporal) => return read_time(text, temporal).map(Value::Time),
            Self::Datetime(temporal) => return read_datetime(text, temporal),
            Self::Year => return times::year(text).map(Value::Integer),
            _ => {}
        }
        if std::str::from_utf8(text).is_err() {
            return Err(CellRule::Encoding);
        }
        let rule = self.fault(text);
        rule.map_or(Ok(Value::Text(Cow::Borrowed(text))), Err)
    }

    /// The rule that a text breaks which is kept as it is.
    fn fault(&self, text: &[u8]) -> Option<CellRule> {
        let (is_valid, rule) = match self {
            Self::Text(format) => (format.holds(text), CellRule::Format),
            Self::Object => (nested::is_object(text), CellRule::Type),
            Self::Array => (nested::is_array(text), CellRule::Type),
            Self::Yearmonth => return times::year_month(text).err(),
            Self::Duration => return Duration::read(text).err(),
            Self::Point(PointFormat::Default) => (nested::point(text, PointFormat::Default).is_some(), CellRule::Type),
            Self::Point(format) => (nested::point(text, *format).is_some(), CellRule::Format),
            Self::Geojson { is_topology: false } => (nested::is_geojson(text), CellRule::Type),
            Self::Geojson { is_topology: true } => (nested::is_topojson(text), CellRule::Format),
            Self::List { delimiter, item } => {
                return split(text, delimiter).find_map(|text| item.read(text).err());
            }
            _ => (true, CellRule::Type),
        };
        (!is_valid).then_some(rule)
    }

    /// Reads a JSON value that is there. Strings are read as cells of delimited text are.
    pub(crate) fn read_json<'a>(&self, kind: JsonKind, text: &'a [u8]) -> Result<Value<'a>, CellRule> {
        match (kind, self) {
            (JsonKind::String, _)
            | (_, Self::Any)
            | (
                JsonKind::Nested,
                Self::Object
                | Self::Array
                | Self::Geojson { .. }
                | Self::Point(PointFormat::Array | PointFormat::Object),
            ) => self.read(text),
            (JsonKind::Number, Self::Integer(_) | Self::Year) => integer_of_json(text).map(Value::Integer),
            (JsonKind::Number, Self::Number(_)) => read_number(text, None).map(Value::Number),
            (JsonKind::Boolean, Self::Boolean { .. }) => Ok(Value::Boolean(text == b"true")),
            (JsonKind::Nested, Self::List { delimiter, item }) => joined(text, delimiter, item),
            _ => Err(CellRule::Type),
        }
    }
}

/// The items of a list, as they stand between its delimiters.
pub(crate) fn split<'a>(text: &'a [u8], delimiter: &'a str) -> impl Iterator<Item = &'a [u8]> {
    // Every caller has found the text to be UTF-8.
    std::str::from_utf8(text)
        .unwrap_or_default()
        .split(delimiter)
        .map(str::as_bytes)
}

/// The list that a JSON array is, as text: if its items are single values of the right type, and none has the delimiter.
fn joined<'a>(text: &[u8], delimiter: &str, item: &Kind) -> Result<Value<'a>, CellRule> {
    let values: Vec<serde_json::Value> = serde_json::from_slice(text).map_err(|_| CellRule::Type)?;
    let mut list = String::new();
    for (index, value) in values.into_iter().enumerate() {
        let (kind, written) = match value {
            serde_json::Value::String(text) => (JsonKind::String, text),
            serde_json::Value::Number(number) => (JsonKind::Number, number.to_string()),
            serde_json::Value::Bool(value) => (JsonKind::Boolean, value.to_string()),
            _ => return Err(CellRule::Type),
        };
        item.read_json(kind, written.as_bytes())?;
        if written.contains(delimiter) {
            return Err(CellRule::Format);
        }
        if index > 0 {
            list.push_str(delimiter);
        }
        list.push_str(&written);
    }
    Ok(Value::Text(Cow::Owned(list.into_bytes())))
}

fn unknown(field: &Field) -> Finding {
    let text = format!("the type {} has no such format", field.field_type.name());
    Finding::new(FormatUnknown, text).in_field(&field.name)
}

fn temporal(field: &Field, format: &str, purpose: Purpose) -> Result<Temporal, Finding> {
    let compile = |pattern: &str| Pattern::new(pattern, purpose);
    let compiled = match (format, purpose) {
        ("default", _) => return Ok(Temporal::Default),
        ("any", Purpose::Date) => ANY_DATES.iter().map(|pattern| compile(pattern)).collect(),
        ("any", Purpose::Time) => ANY_TIMES.iter().map(|pattern| compile(pattern)).collect(),
        ("any", Purpose::Datetime) => ANY_DATETIMES.iter().map(|pattern| compile(pattern)).collect(),
        (pattern, _) if pattern.contains('%') => {
            let pattern = compile(pattern).map_err(|text| Finding::new(FormatUnknown, text).in_field(&field.name));
            return pattern.map(Temporal::Pattern);
        }
        _ => return Err(unknown(field)),
    };
    let compiled: Result<Vec<Pattern>, &str> = compiled;
    let patterns = compiled.map_err(|text| Finding::new(FormatUnknown, text).in_field(&field.name))?;
    Ok(Temporal::Any(patterns.into()))
}

fn booleans(field: &Field) -> Result<Kind, Finding> {
    let texts = |given: Option<&Vec<String>>, usual: [&str; 4]| -> Box<[Box<[u8]>]> {
        match given {
            Some(texts) => texts.iter().map(|text| text.as_bytes().into()).collect(),
            None => usual.iter().map(|text| text.as_bytes().into()).collect(),
        }
    };
    let yes = texts(field.true_values.as_ref(), ["true", "True", "TRUE", "1"]);
    let no = texts(field.false_values.as_ref(), ["false", "False", "FALSE", "0"]);
    let fault = |text: &'static str| Err(Finding::new(FieldOptionMalformed, text).in_field(&field.name));
    if yes.is_empty() || no.is_empty() {
        return fault("trueValues or falseValues is empty");
    }
    if yes.iter().any(|text| no.contains(text)) {
        return fault("a text is among both trueValues and falseValues");
    }
    Ok(Kind::Boolean { yes, no })
}

fn items(field: &Field) -> Result<Kind, Finding> {
    let delimiter = field.delimiter.as_deref().unwrap_or(",");
    if delimiter.is_empty() {
        return Err(Finding::new(FieldOptionMalformed, "the delimiter is empty").in_field(&field.name));
    }
    let item_type = field.item_type.unwrap_or(FieldType::String);
    let item = Kind::of(&Field::new(field.name.clone(), item_type))?;
    Ok(Kind::List {
        delimiter: delimiter.into(),
        item: Box::new(item),
    })
}

fn read_date(text: &[u8], temporal: &Temporal) -> Result<i32, CellRule> {
    match temporal {
        Temporal::Default => times::date(text).ok_or(CellRule::Type),
        Temporal::Pattern(pattern) => pattern.read_date(text).ok_or(CellRule::Format),
        Temporal::Any(patterns) => {
            let found = times::date(text).or_else(|| patterns.iter().find_map(|pattern| pattern.read_date(text)));
            found.ok_or(CellRule::Format)
        }
    }
}

fn read_time(text: &[u8], temporal: &Temporal) -> Result<i64, CellRule> {
    match temporal {
        Temporal::Default => times::time(text),
        Temporal::Pattern(pattern) => pattern.read_time(text).ok_or(CellRule::Format),
        Temporal::Any(patterns) => match times::time(text) {
            Err(CellRule::Type) => {
                let found = patterns.iter().find_map(|pattern| pattern.read_time(text));
                found.ok_or(CellRule::Format)
            }
            found => found,
        },
    }
}

fn read_datetime(text: &[u8], temporal: &Temporal) -> Result<Value<'static>, CellRule> {
    let moment = match temporal {
        Temporal::Default => times::datetime(text)?,
        Temporal::Pattern(pattern) => pattern.read_datetime(text).ok_or(CellRule::Format)?,
        Temporal::Any(patterns) => match times::datetime(text) {
            Err(CellRule::Type) => {
                let found = patterns.iter().find_map(|pattern| pattern.read_datetime(text));
                found.ok_or(CellRule::Format)?
            }
            found => found?,
        },
    };
    Ok(Value::Datetime {
        micros: moment.micros,
        zoned: moment.zoned,
    })
}
