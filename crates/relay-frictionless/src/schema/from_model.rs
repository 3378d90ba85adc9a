//! The schemas of an organization's settings are table schemas, and mean the same here.

use serde_json::{Map, Value};

use super::{FieldType, FieldsMatch, MissingValue, StandardVersion, TableSchema, read_field};
use crate::DescriptorLimits;
use crate::finding::Finding;
use crate::rule::PackageRule::FieldsTooMany;

impl From<relay_model::FieldType> for FieldType {
    fn from(field_type: relay_model::FieldType) -> Self {
        match field_type {
            relay_model::FieldType::Integer => Self::Integer,
            relay_model::FieldType::Number => Self::Number,
            relay_model::FieldType::Boolean => Self::Boolean,
            relay_model::FieldType::Date => Self::Date,
            relay_model::FieldType::Datetime => Self::Datetime,
            relay_model::FieldType::Time => Self::Time,
            relay_model::FieldType::String => Self::String,
        }
    }
}

impl TableSchema {
    /// The schema of settings as a table schema, without loss; or everything that cannot be read in it.
    ///
    /// A boolean of settings is never written `1` or `0`, which Table Schema has by default, so its texts are given. Columns
    /// are those of the schema in its order.
    pub fn from_settings(settings: &relay_model::TableSchema, limits: &DescriptorLimits) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        if settings.fields.len() > limits.fields_max {
            let text = format!(
                "{} fields, where {} are allowed",
                settings.fields.len(),
                limits.fields_max
            );
            return Err(vec![Finding::new(FieldsTooMany, text)]);
        }
        let fields = settings.fields.iter().map(|field| {
            let descriptor = descriptor(field);
            read_field::field(&field.name, &descriptor, StandardVersion::Two, limits, &mut findings)
        });
        let fields = fields.collect();
        if !findings.is_empty() {
            return Err(findings);
        }
        Ok(Self {
            fields,
            fields_match: FieldsMatch::Exact,
            missing_values: settings
                .missing_values
                .iter()
                .cloned()
                .map(MissingValue::Text)
                .collect(),
            primary_key: Vec::new(),
            unique_keys: Vec::new(),
            foreign_keys: Vec::new(),
        })
    }
}

/// The field as Table Schema writes it.
fn descriptor(field: &relay_model::Field) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("type".to_owned(), field.field_type.name().into());
    map.extend(field.further.clone());
    if field.required {
        let constraints = map.entry("constraints").or_insert_with(|| Map::new().into());
        if let Value::Object(constraints) = constraints {
            constraints.insert("required".to_owned(), true.into());
        }
    }
    if field.field_type == relay_model::FieldType::Boolean {
        for (property, texts) in [("trueValues", TRUE_VALUES), ("falseValues", FALSE_VALUES)] {
            map.entry(property)
                .or_insert_with(|| texts.map(Value::from).to_vec().into());
        }
    }
    map
}

/// How settings have true written, where they say nothing else.
pub(super) const TRUE_VALUES: [&str; 3] = ["true", "True", "TRUE"];
/// How settings have false written, where they say nothing else.
pub(super) const FALSE_VALUES: [&str; 3] = ["false", "False", "FALSE"];
