//! Table schemas as data: what a schema says, read from JSON and written to it. What it means for a cell is in `cell`.

mod field;
mod from_model;
mod keys;
mod read;
mod read_field;
mod to_model;

use serde::{Deserialize, Serialize};

pub use field::{Categories, Category, Constraints, Field, FieldType, MissingValue};
pub use keys::{ForeignKey, Reference};
pub use to_model::Unregistrable;

use crate::finding::Finding;

/// A version of the Data Package standard. Where the two differ, a schema means what its version says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandardVersion {
    /// `specs.frictionlessdata.io`, 2017 to 2021.
    One,
    /// `datapackage.org`, from 2024 on.
    Two,
}

/// How the fields of a schema are found in a table (Table Schema 2.0, "fieldsMatch").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldsMatch {
    /// The table has exactly these fields, in this order.
    #[default]
    Exact,
    /// The table has exactly these fields, in any order.
    Equal,
    /// The table has all of these fields, and perhaps more.
    Subset,
    /// The table has no other fields, and perhaps fewer.
    Superset,
    /// The table has one of these fields at least.
    Partial,
}

impl FieldsMatch {
    /// The name in a schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Equal => "equal",
            Self::Subset => "subset",
            Self::Superset => "superset",
            Self::Partial => "partial",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
    fn is_default(&self) -> bool {
        *self == Self::Exact
    }
}

/// A table schema (Table Schema 1 and 2). It serializes to what it was read from, without properties that say nothing
/// of the data (titles, descriptions, and what other tools add), and without those that say what holds anyway.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableSchema {
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// How the fields are found in a table.
    #[serde(skip_serializing_if = "FieldsMatch::is_default")]
    pub fields_match: FieldsMatch,
    /// The texts that mean "no value", where a field does not say its own.
    pub missing_values: Vec<MissingValue>,
    /// The fields that identify a row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub primary_key: Vec<String>,
    /// Sets of fields of which no two rows have the same values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unique_keys: Vec<Vec<String>>,
    /// References to rows of this table or of another one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
}

impl TableSchema {
    /// Reads a schema. Properties that the standard does not know are allowed and left out.
    ///
    /// Returns every fault that was found; whether constraints, formats and patterns can be used is found when the schema
    /// is compiled ([`SchemaReader::new`](crate::SchemaReader::new)).
    pub fn from_json(
        value: &serde_json::Value,
        version: StandardVersion,
        limits: &crate::DescriptorLimits,
    ) -> Result<Self, Vec<Finding>> {
        read::schema(value, version, limits)
    }

    /// Reads a schema that stands in a file of its own, which may say its version (`$schema`); else it is `version`. Names
    /// that come twice in one object are a fault, and so is a file beyond the limits.
    pub fn from_bytes(
        bytes: &[u8],
        version: StandardVersion,
        limits: &crate::DescriptorLimits,
    ) -> Result<Self, Vec<Finding>> {
        crate::descriptor::schema_of_bytes(bytes, version, limits)
    }

    /// How many of its fields have a pattern.
    pub fn patterns(&self) -> usize {
        let patterns = self.fields.iter().filter(|field| field.constraints.pattern.is_some());
        patterns.count()
    }

    /// The field of this name, if there is one.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
