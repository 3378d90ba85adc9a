//! The schemas of an organization's settings are table schemas of six types, and mean the same here.

use super::{Constraints, Field, FieldType, FieldsMatch, MissingValue, TableSchema};

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

impl From<&relay_model::TableSchema> for TableSchema {
    /// Lossless: names, types, what is required, and the texts that mean "no value". A boolean of
    /// settings is never written `1` or `0`, which Table Schema has by default, so its texts are given. Columns are those
    /// of the schema in its order.
    fn from(schema: &relay_model::TableSchema) -> Self {
        let fields = schema.fields.iter().map(|field| {
            let is_boolean = field.field_type == relay_model::FieldType::Boolean;
            let texts = |texts: [&str; 3]| is_boolean.then(|| texts.map(str::to_owned).to_vec());
            Field {
                constraints: Constraints {
                    required: field.required,
                    ..Constraints::default()
                },
                true_values: texts(["true", "True", "TRUE"]),
                false_values: texts(["false", "False", "FALSE"]),
                ..Field::new(field.name.clone(), field.field_type.into())
            }
        });
        Self {
            fields: fields.collect(),
            fields_match: FieldsMatch::Exact,
            missing_values: schema.missing_values.iter().cloned().map(MissingValue::Text).collect(),
            primary_key: Vec::new(),
            unique_keys: Vec::new(),
            foreign_keys: Vec::new(),
        }
    }
}
