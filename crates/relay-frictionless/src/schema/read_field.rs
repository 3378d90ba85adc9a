//! A field is read from JSON.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Categories, Category, Constraints, Field, FieldType, MissingValue, StandardVersion};
use crate::DescriptorLimits;
use crate::finding::Finding;
use crate::json::Properties;
use crate::rule::PackageRule::{
    ConstraintMalformed, FieldOptionMalformed, FieldsTooMany, MissingValuesMalformed, TypeUnknown,
};

/// The types that a list's items may have (Table Schema 2.0, "list").
const ITEM_TYPES: [FieldType; 7] = [
    FieldType::String,
    FieldType::Integer,
    FieldType::Boolean,
    FieldType::Number,
    FieldType::Datetime,
    FieldType::Date,
    FieldType::Time,
];

pub(super) fn field(
    name: &str,
    map: &Map<String, Value>,
    version: StandardVersion,
    limits: &DescriptorLimits,
    findings: &mut Vec<Finding>,
) -> Field {
    let mut properties = Properties {
        map,
        findings,
        rule: FieldOptionMalformed,
        field: Some(name),
    };
    let properties = &mut properties;
    let untyped = match version {
        StandardVersion::One => FieldType::String,
        StandardVersion::Two => FieldType::Any,
    };
    let field_type = type_of(properties, "type").unwrap_or(untyped);
    // Drafts before version 1 wrote patterns of dates behind 'fmt:'; version 2 asks readers to leave it out.
    let format = properties
        .text("format")
        .map(|format| format.strip_prefix("fmt:").unwrap_or(format));
    let mut field = Field {
        format: format.map(str::to_owned),
        constraints: constraints(properties, limits),
        missing_values: missing_values(properties, version, limits),
        ..Field::new(name, field_type)
    };
    // Options of other types are properties that the standard does not know, and say nothing.
    match field_type {
        FieldType::Number => {
            field.decimal_char = properties.text("decimalChar").map(str::to_owned);
            number_options(&mut field, properties);
        }
        FieldType::Integer => number_options(&mut field, properties),
        FieldType::Boolean => {
            field.true_values = bounded_texts(properties, "trueValues", limits);
            field.false_values = bounded_texts(properties, "falseValues", limits);
        }
        FieldType::List => {
            field.delimiter = properties.text("delimiter").map(str::to_owned);
            field.item_type = type_of(properties, "itemType");
            if field.item_type.is_some_and(|item| !ITEM_TYPES.contains(&item)) {
                properties.fault(FieldOptionMalformed, "itemType is no type of single values");
            }
        }
        _ => {}
    }
    if matches!(field_type, FieldType::String | FieldType::Integer) {
        field.categories = categories(properties, limits);
    }
    field
}

fn number_options(field: &mut Field, properties: &mut Properties<'_, '_>) {
    field.group_char = properties.text("groupChar").map(str::to_owned);
    field.bare_number = properties.flag("bareNumber");
}

fn type_of(properties: &mut Properties<'_, '_>, name: &str) -> Option<FieldType> {
    let written = properties.text(name)?;
    let found = FieldType::from_name(written);
    if found.is_none() {
        properties.fault(TypeUnknown, format!("{name} is no type of Table Schema"));
    }
    found
}

fn bounded<'a>(properties: &mut Properties<'a, '_>, name: &str, limits: &DescriptorLimits) -> Option<&'a Vec<Value>> {
    let list = properties.list(name)?;
    if list.len() > limits.list_values_max {
        let allowed = limits.list_values_max;
        properties.fault(
            FieldsTooMany,
            format!("{name} has {} entries, where {allowed} are allowed", list.len()),
        );
        return None;
    }
    Some(list)
}

fn bounded_texts(properties: &mut Properties<'_, '_>, name: &str, limits: &DescriptorLimits) -> Option<Vec<String>> {
    bounded(properties, name, limits)?;
    properties.texts(name)
}

/// The `missingValues` of a schema or a field; `None` if it says nothing of them.
pub(super) fn missing_values(
    properties: &mut Properties<'_, '_>,
    version: StandardVersion,
    limits: &DescriptorLimits,
) -> Option<Vec<MissingValue>> {
    // Version 1 has them for a whole schema only, so a field's are a property that it does not know. They are read all
    // the same: to take a text for a value which its producer calls missing helps nobody.
    let list = bounded(properties, "missingValues", limits)?;
    let values: Option<Vec<MissingValue>> = list.iter().map(|item| missing_value(item, version)).collect();
    let Some(values) = values else {
        properties.fault(MissingValuesMalformed, "an entry of missingValues is no text");
        return None;
    };
    let mut seen = HashSet::new();
    if !values.iter().all(|value| seen.insert(value.text())) {
        properties.fault(MissingValuesMalformed, "missingValues has a text twice");
    }
    let is_labelled = |value: &MissingValue| matches!(value, MissingValue::Labelled { .. });
    let labelled = values.iter().filter(|value| is_labelled(value)).count();
    if labelled != 0 && labelled != values.len() {
        properties.fault(MissingValuesMalformed, "missingValues has texts beside objects");
    }
    let mut seen = HashSet::new();
    let mut labels = values.iter().filter_map(|value| match value {
        MissingValue::Labelled { label, .. } => label.as_deref(),
        MissingValue::Text(_) => None,
    });
    if !labels.all(|label| seen.insert(label)) {
        properties.fault(MissingValuesMalformed, "missingValues has a label twice");
    }
    Some(values)
}

fn missing_value(item: &Value, version: StandardVersion) -> Option<MissingValue> {
    match item {
        Value::String(text) => Some(MissingValue::Text(text.clone())),
        Value::Object(map) if version == StandardVersion::Two => Some(MissingValue::Labelled {
            value: map.get("value")?.as_str()?.to_owned(),
            label: optional_label(map)?,
        }),
        _ => None,
    }
}

/// The label, or that there is none; `None` if it is no text.
#[expect(clippy::option_option, reason = "absent and malformed are two things")]
fn optional_label(map: &Map<String, Value>) -> Option<Option<String>> {
    match map.get("label") {
        None => Some(None),
        Some(label) => Some(Some(label.as_str()?.to_owned())),
    }
}

fn categories(properties: &mut Properties<'_, '_>, limits: &DescriptorLimits) -> Option<Categories> {
    let list = bounded(properties, "categories", limits)?;
    let values = list.iter().map(|item| match item {
        Value::Object(map) => Some(Category::Labelled {
            value: map.get("value")?.clone(),
            label: optional_label(map)?,
        }),
        item => Some(Category::Value(item.clone())),
    });
    let values: Option<Vec<Category>> = values.collect();
    let Some(values) = values else {
        properties.fault(FieldOptionMalformed, "an entry of categories has no value");
        return None;
    };
    let mut seen = HashSet::new();
    if !values.iter().all(|category| seen.insert(category.value().to_string())) {
        properties.fault(FieldOptionMalformed, "categories has a value twice");
    }
    Some(Categories {
        values,
        ordered: properties.flag("categoriesOrdered"),
    })
}

fn constraints(outer: &mut Properties<'_, '_>, limits: &DescriptorLimits) -> Constraints {
    let required_at_field = outer.map.get("required").and_then(Value::as_bool);
    let mut constraints = Constraints::default();
    if let Some(map) = outer.object("constraints") {
        let mut properties = Properties {
            map,
            findings: outer.findings,
            rule: ConstraintMalformed,
            field: outer.field,
        };
        let value = |name: &str| map.get(name).cloned();
        constraints = Constraints {
            required: properties.flag("required").unwrap_or(false),
            unique: properties.flag("unique").unwrap_or(false),
            min_length: properties.count("minLength"),
            max_length: properties.count("maxLength"),
            minimum: value("minimum"),
            maximum: value("maximum"),
            exclusive_minimum: value("exclusiveMinimum"),
            exclusive_maximum: value("exclusiveMaximum"),
            pattern: properties.text("pattern").map(str::to_owned),
            allowed: bounded(&mut properties, "enum", limits).cloned(),
            json_schema: value("jsonSchema"),
        };
    }
    // An organization's settings say it at the field.
    constraints.required |= required_at_field == Some(true);
    constraints
}
