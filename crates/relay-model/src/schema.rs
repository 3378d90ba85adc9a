//! Table schemas in the vocabulary of Frictionless Table Schema (v1 and v2): fields and missing values.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::Field;

/// Texts that mean "no value" when a schema is inferred. A declared schema says its own (`missingValues`).
pub const DEFAULT_MISSING_VALUES: [&str; 2] = ["", "NA"];

/// The columns of a table, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TableSchema {
    /// The fields, in the order of the columns.
    pub fields: Vec<Field>,
    /// The texts that mean "no value".
    #[serde(default = "empty_text_only")]
    pub missing_values: Vec<String>,
}

/// Why a schema cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SchemaError {
    /// There are no fields.
    #[error("the schema has no fields: name at least one")]
    NoFields,
    /// A field has no name.
    #[error("field {number} has no name: give each field the name of its column")]
    UnnamedField {
        /// Counted from 1.
        number: usize,
    },
    /// Two fields have the same name.
    #[error("two fields are called '{name}': names must be unique")]
    DuplicateField {
        /// The name.
        name: String,
    },
}

impl TableSchema {
    /// Whether the schema can be used at all.
    pub fn check(&self) -> Result<(), SchemaError> {
        if self.fields.is_empty() {
            return Err(SchemaError::NoFields);
        }
        let mut seen = HashSet::new();
        for (index, field) in self.fields.iter().enumerate() {
            if field.name.is_empty() {
                return Err(SchemaError::UnnamedField { number: index + 1 });
            }
            if !seen.insert(field.name.as_str()) {
                return Err(SchemaError::DuplicateField {
                    name: field.name.clone(),
                });
            }
        }
        Ok(())
    }
}

// Table Schema, "Missing Values": the default is the empty string alone.
fn empty_text_only() -> Vec<String> {
    vec![String::new()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FieldType;

    #[test]
    fn a_table_schema_is_read_with_the_standard_defaults() {
        let text = r#"{"fields":[{"name":"station"},{"name":"temp","type":"number","required":true}]}"#;
        let schema: TableSchema = serde_json::from_str(text).unwrap();
        assert_eq!(schema.missing_values, [""]);
        assert_eq!(schema.fields[0].field_type, FieldType::String);
        assert!(schema.fields[1].required);
        assert_eq!(schema.check(), Ok(()));
    }

    #[test]
    fn a_schema_that_cannot_be_used_says_why() {
        let schema = |names: &[&str]| TableSchema {
            fields: names.iter().map(|name| Field::new(*name, FieldType::String)).collect(),
            missing_values: Vec::new(),
        };
        assert_eq!(schema(&[]).check(), Err(SchemaError::NoFields));
        assert_eq!(schema(&["a", ""]).check(), Err(SchemaError::UnnamedField { number: 2 }));
        assert_eq!(
            schema(&["a", "a"]).check(),
            Err(SchemaError::DuplicateField { name: "a".into() })
        );
    }
}
