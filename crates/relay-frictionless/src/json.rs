//! The descriptor's JSON: read without names that come twice, and asked for properties of a kind.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::DescriptorLimits;
use crate::finding::Finding;
use crate::rule::PackageRule;

/// What the reader of values says when a name comes twice; it is told apart by this.
const TWICE: &str = "a name comes twice in one object";
/// What the reader of values says when there are more of them than the limit.
const MANY: &str = "more values than the limit";
/// What the reader of values says when arrays and objects are nested too deep.
const DEEP: &str = "nested deeper than the limit";

/// Reads a descriptor, or says which rule it breaks. Errors name lines and columns of the descriptor, nothing of what it says.
pub(crate) fn parse(bytes: &[u8], limits: &DescriptorLimits) -> Result<Value, Finding> {
    let large = |text: String| Finding::new(PackageRule::DescriptorTooLarge, text);
    if bytes.len() > limits.bytes_max {
        return Err(large(format!(
            "{} bytes, where {} are allowed",
            bytes.len(),
            limits.bytes_max
        )));
    }
    // Windows tools write a byte order mark; RFC 8259, section 8.1, lets readers ignore it.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let left = Cell::new(limits.values_max);
    let depth = Budget {
        depth: limits.depth_max,
        values: &left,
    };
    let value = depth
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let said = error.to_string();
        let place = format!("line {line}, column {column}");
        // serde_json's own limit of 128 may be met before ours.
        if said.contains(DEEP) || said.contains("recursion limit") {
            large(format!("{place}: {DEEP} of {}", limits.depth_max))
        } else if said.contains(MANY) {
            large(format!("{place}: {MANY} of {}", limits.values_max))
        } else if said.contains(TWICE) {
            Finding::new(PackageRule::PropertyTwice, format!("{place}: {TWICE}"))
        } else {
            Finding::new(PackageRule::DescriptorMalformed, format!("{place}: not JSON"))
        }
    })
}

/// How deep the arrays and objects of a value may be nested, and how many values may still come.
#[derive(Clone, Copy)]
struct Budget<'b> {
    depth: usize,
    values: &'b Cell<usize>,
}

impl Budget<'_> {
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom(DEEP))?;
        let left = self.values.get().checked_sub(1).ok_or_else(|| E::custom(MANY))?;
        self.values.set(left);
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Budget<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Budget<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(self.below()?)?;
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(Value::Object(map))
    }
}

/// The properties of one object, and where faults in them are noted.
pub(crate) struct Properties<'a, 'f> {
    pub(crate) map: &'a Map<String, Value>,
    pub(crate) findings: &'f mut Vec<Finding>,
    /// The rule that is broken by a property of the wrong kind.
    pub(crate) rule: PackageRule,
    /// The field that the object describes, if it describes one.
    pub(crate) field: Option<&'a str>,
}

impl<'a> Properties<'a, '_> {
    /// Notes that a rule is broken here.
    pub(crate) fn fault(&mut self, rule: PackageRule, text: impl Into<std::borrow::Cow<'static, str>>) {
        let finding = Finding::new(rule, text);
        self.findings.push(match self.field {
            Some(field) => finding.in_field(field),
            None => finding,
        });
    }

    fn of_kind<T>(&mut self, name: &str, kind: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.map.get(name)?;
        let found = read(value);
        if found.is_none() {
            self.fault(self.rule, format!("{name} is not {kind}"));
        }
        found
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<&'a str> {
        self.of_kind(name, "a text", Value::as_str)
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.of_kind(name, "true or false", Value::as_bool)
    }

    pub(crate) fn count(&mut self, name: &str) -> Option<u64> {
        self.of_kind(name, "a whole number from 0 on", Value::as_u64)
    }

    pub(crate) fn list(&mut self, name: &str) -> Option<&'a Vec<Value>> {
        self.of_kind(name, "a list", Value::as_array)
    }

    pub(crate) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        self.of_kind(name, "an object", Value::as_object)
    }

    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.of_kind(name, "a list of texts", texts_of)
    }

    /// A list of texts, which version 1 lets be one text.
    pub(crate) fn text_or_texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.of_kind(name, "a list of texts", |value| match value {
            Value::String(text) => Some(vec![text.clone()]),
            value => texts_of(value),
        })
    }
}

/// The texts of a list that holds nothing else.
pub(crate) fn texts_of(value: &Value) -> Option<Vec<String>> {
    let texts = value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned));
    texts.collect()
}
