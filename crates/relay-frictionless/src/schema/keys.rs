//! Foreign keys as a schema declares them.

use serde::Serialize;

/// A reference to rows of this table or of another one (Table Schema, "foreignKeys").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForeignKey {
    /// The fields that refer.
    pub fields: Vec<String>,
    /// What they refer to.
    pub reference: Reference,
}

/// What a foreign key refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// The resource; `None` for the table itself, which version 1 spells as an empty text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The fields referred to, as many as refer.
    pub fields: Vec<String>,
}
