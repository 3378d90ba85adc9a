//! Constraints, compiled: what a value is held to once it is read.

use std::cmp::Ordering;
use std::collections::HashSet;

use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value as Json;

use super::durations::Duration;
use super::kind::{Kind, split};
use super::logical;
use super::times::{self, Moment};
use super::value::{CellRule, JsonKind, Value};
use crate::DescriptorLimits;
use crate::finding::Finding;
use crate::rule::PackageRule::{
    self, ConstraintMalformed, ConstraintNotApplicable, ConstraintUnsupported, FieldsTooMany,
};
use crate::schema::{Category, Field, FieldType};

/// The constraints of one field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    min_length: Option<u64>,
    max_length: Option<u64>,
    bounds: Vec<(CellRule, Measure)>,
    pattern: Option<Regex>,
    allowed: Option<HashSet<Box<[u8]>>>,
    categories: Option<HashSet<Box<[u8]>>>,
}

/// What values are compared by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    Integer(i64),
    Number(f64),
    Moment(Moment),
    Duration(Duration),
}

impl Measure {
    fn of(kind: &Kind, value: &Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Integer(integer) | Value::Time(integer) => Self::Integer(*integer),
            Value::Number(number) => Self::Number(*number),
            Value::Date(days) => Self::Integer(i64::from(*days)),
            Value::Datetime { micros, zoned } => Self::Moment(Moment {
                micros: *micros,
                zoned: *zoned,
            }),
            Value::Text(text) => match kind {
                Kind::Yearmonth => Self::Integer(times::year_month(text).ok()?),
                Kind::Duration => Self::Duration(Duration::read(text).ok()?),
                _ => return None,
            },
            Value::Boolean(_) => return None,
        })
    }

    /// Nothing where there is no order: with what is not a number, between an instant and a clock on the wall, between
    /// a month and thirty days.
    fn order(&self, limit: &Self) -> Option<Ordering> {
        match (self, limit) {
            (Self::Integer(value), Self::Integer(limit)) => Some(value.cmp(limit)),
            (Self::Number(value), Self::Number(limit)) => value.partial_cmp(limit),
            (Self::Moment(value), Self::Moment(limit)) if value.zoned == limit.zoned => {
                Some(value.micros.cmp(&limit.micros))
            }
            (Self::Duration(value), Self::Duration(limit)) => value.partial_cmp(limit),
            _ => None,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bounds beyond 2^53 of a type that was widened to doubles"
)]
fn widened(integer: i64) -> f64 {
    integer as f64
}

/// How the new bound of a field compares with its old one: less means that the new one is below the old one. Nothing if
/// it cannot be told.
pub(crate) fn order_of_bounds(before: &Field, old: &Json, after: &Field, new: &Json) -> Option<Ordering> {
    let measure = |field: &Field, json: &Json| {
        let kind = Kind::of(field).ok()?;
        let mut compiler = Compiler {
            field,
            kind: &kind,
            findings: Vec::new(),
        };
        Measure::of(&kind, &compiler.read("", json)?)
    };
    match (measure(after, new)?, measure(before, old)?) {
        (Measure::Number(new), Measure::Integer(old)) => new.partial_cmp(&widened(old)),
        // A day that became a point in time: its midnight, on the same clock.
        (Measure::Moment(new), Measure::Integer(old)) if before.field_type == FieldType::Date && !new.zoned => Some(
            new.micros
                .cmp(&(old * times::SECONDS_PER_DAY * times::MICROS_PER_SECOND)),
        ),
        (new, old) => new.order(&old),
    }
}

impl Checks {
    /// Compiles the constraints of a field; `None` if a value has nothing more to hold to.
    pub(crate) fn of(field: &Field, kind: &Kind, limits: &DescriptorLimits) -> Result<Option<Box<Self>>, Vec<Finding>> {
        let mut compiler = Compiler {
            field,
            kind,
            findings: Vec::new(),
        };
        compiler.applicable();
        let constraints = &field.constraints;
        let allowed = compiler.allowed();
        let checks = Self {
            min_length: constraints.min_length,
            max_length: constraints.max_length,
            bounds: compiler.bounds(),
            pattern: constraints
                .pattern
                .as_deref()
                .and_then(|pattern| compiler.pattern(pattern, limits)),
            categories: compiler.categories(allowed.as_ref()),
            allowed,
        };
        if !compiler.findings.is_empty() {
            return Err(compiler.findings);
        }
        let is_empty = checks.min_length.is_none()
            && checks.max_length.is_none()
            && checks.bounds.is_empty()
            && checks.pattern.is_none()
            && checks.allowed.is_none()
            && checks.categories.is_none();
        Ok((!is_empty).then(|| Box::new(checks)))
    }

    /// The first rule that the value breaks.
    pub(crate) fn hold(&self, kind: &Kind, value: &Value<'_>) -> Result<(), CellRule> {
        if self.min_length.is_some() || self.max_length.is_some() {
            let length = length(kind, value);
            if self.min_length.is_some_and(|least| length < least) {
                return Err(CellRule::MinLength);
            }
            if self.max_length.is_some_and(|most| length > most) {
                return Err(CellRule::MaxLength);
            }
        }
        for (rule, limit) in &self.bounds {
            let order = Measure::of(kind, value).and_then(|value| value.order(limit));
            let holds = match rule {
                CellRule::Minimum => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                CellRule::Maximum => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                CellRule::ExclusiveMinimum => order == Some(Ordering::Greater),
                _ => order == Some(Ordering::Less),
            };
            if !holds {
                return Err(*rule);
            }
        }
        if let (Some(pattern), Value::Text(text)) = (&self.pattern, value)
            && !pattern.is_match(text)
        {
            return Err(CellRule::Pattern);
        }
        let is_among = |listed: &HashSet<Box<[u8]>>| match (kind, value) {
            (Kind::Text(_), Value::Text(text)) => listed.contains(&**text),
            _ => listed.contains(&*logical_bytes(kind, value)),
        };
        if self.categories.as_ref().is_some_and(|listed| !is_among(listed)) {
            return Err(CellRule::Category);
        }
        if self.allowed.as_ref().is_some_and(|listed| !is_among(listed)) {
            return Err(CellRule::Enum);
        }
        Ok(())
    }
}

fn logical_bytes(kind: &Kind, value: &Value<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    logical::write(kind, value, &mut bytes);
    bytes
}

/// Characters of a text, items of an array or list, members of an object.
fn length(kind: &Kind, value: &Value<'_>) -> u64 {
    let Value::Text(text) = value else { return 0 };
    let length = match kind {
        Kind::List { delimiter, .. } => split(text, delimiter).count(),
        Kind::Object | Kind::Array => match serde_json::from_slice(text) {
            Ok(Json::Array(items)) => items.len(),
            Ok(Json::Object(members)) => members.len(),
            _ => 0,
        },
        // Bytes that continue a character are not counted.
        _ => text.iter().filter(|byte| **byte & 0xc0 != 0x80).count(),
    };
    length as u64
}

struct Compiler<'a> {
    field: &'a Field,
    kind: &'a Kind,
    findings: Vec<Finding>,
}

impl Compiler<'_> {
    fn fault(&mut self, rule: PackageRule, text: impl Into<std::borrow::Cow<'static, str>>) {
        self.findings.push(Finding::new(rule, text).in_field(&self.field.name));
    }

    /// Which constraints a type has (Table Schema 2.0, "Field Constraints").
    fn applicable(&mut self) {
        use FieldType::{
            Array, Date, Datetime, Duration, Integer, List, Number, Object, String, Time, Year, Yearmonth,
        };
        let field_type = self.field.field_type;
        let is_ordered = matches!(
            field_type,
            Integer | Number | Date | Time | Datetime | Duration | Year | Yearmonth
        );
        let has_length = matches!(field_type, String | Array | Object | List);
        let constraints = &self.field.constraints;
        let asked = [
            ("minLength", constraints.min_length.is_some(), has_length),
            ("maxLength", constraints.max_length.is_some(), has_length),
            ("minimum", constraints.minimum.is_some(), is_ordered),
            ("maximum", constraints.maximum.is_some(), is_ordered),
            ("exclusiveMinimum", constraints.exclusive_minimum.is_some(), is_ordered),
            ("exclusiveMaximum", constraints.exclusive_maximum.is_some(), is_ordered),
            ("pattern", constraints.pattern.is_some(), field_type == String),
        ];
        for (name, is_asked, is_applicable) in asked {
            if is_asked && !is_applicable {
                let text = format!("{name} is no constraint of the type {}", field_type.name());
                self.fault(ConstraintNotApplicable, text);
            }
        }
        if constraints.json_schema.is_some() {
            self.fault(ConstraintUnsupported, "jsonSchema is not checked here");
        }
    }

    /// The value of a constraint, which is one that the field could hold.
    fn value(&mut self, name: &str, json: &Json) -> Option<Vec<u8>> {
        let value = self.read(name, json)?;
        Some(logical_bytes(self.kind, &value))
    }

    fn read(&mut self, name: &str, json: &Json) -> Option<Value<'static>> {
        let (json_kind, text) = match json {
            Json::String(text) => (JsonKind::String, text.clone()),
            Json::Number(number) => (JsonKind::Number, number.to_string()),
            Json::Bool(value) => (JsonKind::Boolean, value.to_string()),
            Json::Null => (JsonKind::Null, String::new()),
            nested => (JsonKind::Nested, nested.to_string()),
        };
        let value = match json_kind {
            JsonKind::Null => None,
            json_kind => self.kind.read_json(json_kind, text.as_bytes()).ok(),
        };
        if value.is_none() {
            self.fault(
                ConstraintMalformed,
                format!("{name} has a value that the field could not hold"),
            );
        }
        value.map(owned)
    }

    fn bounds(&mut self) -> Vec<(CellRule, Measure)> {
        let constraints = &self.field.constraints;
        let written = [
            ("minimum", CellRule::Minimum, &constraints.minimum),
            ("maximum", CellRule::Maximum, &constraints.maximum),
            (
                "exclusiveMinimum",
                CellRule::ExclusiveMinimum,
                &constraints.exclusive_minimum,
            ),
            (
                "exclusiveMaximum",
                CellRule::ExclusiveMaximum,
                &constraints.exclusive_maximum,
            ),
        ];
        let bounds = written.into_iter().filter_map(|(name, rule, json)| {
            let value = self.read(name, json.as_ref()?)?;
            Some((rule, Measure::of(self.kind, &value)?))
        });
        bounds.collect()
    }

    /// XML Schema's expressions match whole values, so `^` and `$` are allowed and say nothing more.
    fn pattern(&mut self, pattern: &str, limits: &DescriptorLimits) -> Option<Regex> {
        if pattern.len() > limits.pattern_bytes_max {
            let text = format!(
                "the pattern has {} bytes, where {} are allowed",
                pattern.len(),
                limits.pattern_bytes_max
            );
            self.fault(FieldsTooMany, text);
            return None;
        }
        let compile = |pattern: &str| {
            RegexBuilder::new(pattern)
                .size_limit(limits.pattern_compiled_bytes_max)
                .dfa_size_limit(limits.pattern_compiled_bytes_max)
                .build()
        };
        // First by itself: a bracket that closes too early would close the group around it.
        let compiled = compile(pattern).and_then(|_| compile(&format!("^(?:{pattern})$")));
        match compiled {
            Ok(compiled) => Some(compiled),
            Err(regex::Error::CompiledTooBig(_)) => {
                self.fault(FieldsTooMany, "the pattern needs more memory than is allowed");
                None
            }
            Err(_) => {
                self.fault(ConstraintUnsupported, "the pattern cannot be read");
                None
            }
        }
    }

    /// The logical values of a list. One fault is enough: a list may be long, and findings are kept until all are found.
    fn values<'j>(&mut self, name: &str, listed: impl Iterator<Item = &'j Json>) -> HashSet<Box<[u8]>> {
        let values: Option<HashSet<Box<[u8]>>> = listed
            .map(|json| self.value(name, json).map(Vec::into_boxed_slice))
            .collect();
        values.unwrap_or_default()
    }

    fn allowed(&mut self) -> Option<HashSet<Box<[u8]>>> {
        let listed = self.field.constraints.allowed.as_ref()?;
        if listed.is_empty() {
            self.fault(ConstraintMalformed, "enum lists no values");
        }
        Some(self.values("enum", listed.iter()))
    }

    fn categories(&mut self, allowed: Option<&HashSet<Box<[u8]>>>) -> Option<HashSet<Box<[u8]>>> {
        let listed = self.field.categories.as_ref()?;
        let values = self.values("categories", listed.values.iter().map(Category::value));
        if allowed.is_some_and(|allowed| !allowed.is_subset(&values)) {
            self.fault(ConstraintMalformed, "enum lists a value that is no category");
        }
        Some(values)
    }
}

fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Integer(value) => Value::Integer(value),
        Value::Number(value) => Value::Number(value),
        Value::Boolean(value) => Value::Boolean(value),
        Value::Date(days) => Value::Date(days),
        Value::Time(micros) => Value::Time(micros),
        Value::Datetime { micros, zoned } => Value::Datetime { micros, zoned },
    }
}
