//! A table schema becomes one of an organization's settings, if those can say all of it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use super::{Constraints, Field, FieldType, FieldsMatch, MissingValue, TableSchema};
use crate::Resource;
use crate::descriptor::Dialect;
use crate::finding::shown;

const CANNOT: &str = "cannot be registered";

/// Something that a schema says and the schemas of settings cannot say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unregistrable {
    /// The field that says it: escaped, and cut when it is very long. Nothing if the table as a whole does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The property's name in the schema, for example `constraints.minimum`.
    pub property: &'static str,
    /// What is wrong with it.
    pub text: Cow<'static, str>,
}

impl fmt::Display for Unregistrable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(formatter, "field '{field}': ")?,
            None => formatter.write_str("the table: ")?,
        }
        write!(formatter, "{} {}", self.property, self.text)
    }
}

impl TableSchema {
    /// The schema as settings have it, or everything that they cannot say.
    ///
    /// What says nothing of the data is left out (labels of missing values), and so is what says the default. A boolean that
    /// does not say its texts is written as settings have it: `true` and `false`, not `1` and `0`.
    pub fn to_settings(&self) -> Result<relay_model::TableSchema, Vec<Unregistrable>> {
        let mut reasons = Vec::new();
        let mut of_table = |property, text: &'static str| {
            reasons.push(Unregistrable {
                field: None,
                property,
                text: text.into(),
            });
        };
        if self.fields_match != FieldsMatch::Exact {
            of_table(
                "fieldsMatch",
                "cannot be registered: which other columns may be there is said at registration",
            );
        }
        for (property, is_empty) in [
            ("primaryKey", self.primary_key.is_empty()),
            ("uniqueKeys", self.unique_keys.is_empty()),
            ("foreignKeys", self.foreign_keys.is_empty()),
        ] {
            if !is_empty {
                of_table(property, CANNOT);
            }
        }
        let mut fields = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            fields.extend(self.field_to_settings(field, &mut reasons));
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let missing_values = self.missing_values.iter().map(|value| value.text().to_owned());
        Ok(relay_model::TableSchema {
            fields,
            missing_values: missing_values.collect(),
        })
    }

    fn field_to_settings(&self, field: &Field, reasons: &mut Vec<Unregistrable>) -> Option<relay_model::Field> {
        let mut because = |property: &'static str, text: Cow<'static, str>| {
            reasons.push(Unregistrable {
                field: Some(shown(&field.name)),
                property,
                text,
            });
        };
        let own_missing_values = field.missing_values.as_deref();
        for (property, is_said) in constraints(&field.constraints).into_iter().chain([
            ("format", is_other(field.format.as_deref(), "default")),
            (
                "missingValues",
                own_missing_values.is_some_and(|own| texts(own) != texts(&self.missing_values)),
            ),
            ("decimalChar", is_other(field.decimal_char.as_deref(), ".")),
            ("groupChar", is_other(field.group_char.as_deref(), "")),
            ("bareNumber", field.bare_number == Some(false)),
            (
                "trueValues",
                are_other(field.true_values.as_deref(), ["true", "True", "TRUE"]),
            ),
            (
                "falseValues",
                are_other(field.false_values.as_deref(), ["false", "False", "FALSE"]),
            ),
            ("categories", field.categories.is_some()),
        ]) {
            if is_said {
                because(property, CANNOT.into());
            }
        }
        let field_type = match field.field_type {
            FieldType::Integer => relay_model::FieldType::Integer,
            FieldType::Number => relay_model::FieldType::Number,
            FieldType::Boolean => relay_model::FieldType::Boolean,
            FieldType::Date => relay_model::FieldType::Date,
            FieldType::Datetime => relay_model::FieldType::Datetime,
            FieldType::Time => relay_model::FieldType::Time,
            FieldType::String => relay_model::FieldType::String,
            other => {
                // Version 2 reads a field that gives no type as one of anything.
                let also = if other == FieldType::Any {
                    " (or none is given)"
                } else {
                    ""
                };
                let text = format!(
                    "is {}{also}, which is none of integer, number, boolean, date, datetime, time and string",
                    other.name()
                );
                because("type", text.into());
                return None;
            }
        };
        Some(relay_model::Field {
            name: field.name.clone(),
            field_type,
            required: field.constraints.required,
        })
    }
}

impl Resource {
    /// What the resource says of its text that the schemas of settings cannot say.
    pub fn unregistrable(&self) -> Vec<Unregistrable> {
        let has_dialect = self.dialect.is_some() && self.table_dialect() != Some(&Dialect::default());
        let has_encoding = self.encoding != encoding_rs::UTF_8;
        let found = [("dialect", has_dialect), ("encoding", has_encoding)];
        let found = found.into_iter().filter(|(_, is_said)| *is_said);
        let reasons = found.map(|(property, _)| Unregistrable {
            field: None,
            property,
            text: CANNOT.into(),
        });
        reasons.collect()
    }
}

/// Every constraint but `required`, and whether it asks for anything.
fn constraints(constraints: &Constraints) -> Vec<(&'static str, bool)> {
    // Taken apart by name, so that a new constraint cannot be forgotten here.
    let Constraints {
        required: _,
        unique,
        min_length,
        max_length,
        minimum,
        maximum,
        exclusive_minimum,
        exclusive_maximum,
        pattern,
        allowed,
        json_schema,
    } = constraints;
    vec![
        ("constraints.unique", *unique),
        ("constraints.minLength", min_length.is_some()),
        ("constraints.maxLength", max_length.is_some()),
        ("constraints.minimum", minimum.is_some()),
        ("constraints.maximum", maximum.is_some()),
        ("constraints.exclusiveMinimum", exclusive_minimum.is_some()),
        ("constraints.exclusiveMaximum", exclusive_maximum.is_some()),
        ("constraints.pattern", pattern.is_some()),
        ("constraints.enum", allowed.is_some()),
        ("constraints.jsonSchema", json_schema.is_some()),
    ]
}

fn is_other(said: Option<&str>, default: &str) -> bool {
    said.is_some_and(|said| said != default)
}

fn are_other(said: Option<&[String]>, expected: [&str; 3]) -> bool {
    said.is_some_and(|said| said.iter().map(String::as_str).collect::<HashSet<_>>() != HashSet::from(expected))
}

fn texts(values: &[MissingValue]) -> HashSet<&str> {
    values.iter().map(MissingValue::text).collect()
}
