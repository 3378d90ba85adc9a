//! Organizations: who may send packages, and how theirs are read.

use serde::{Deserialize, Serialize};

use crate::{OrganizationId, TableSchema, Timestamp};

/// A registered tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id, the first segment of every key it uploads.
    #[serde(rename = "organization")]
    pub id: OrganizationId,
    /// Whether its packages may enter now.
    pub enabled: bool,
    /// When it was registered.
    pub added_at: Timestamp,
    /// How its packages are read.
    #[serde(default)]
    pub settings: OrganizationSettings,
}

/// What an organization has asked for beyond the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationSettings {
    /// The largest object of this organization in bytes, where it is below the relay's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_bytes_max: Option<u64>,
    /// Declared tables. The first rule whose pattern fits the path below the organization applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableRule>,
}

/// Packages under a path pattern are tables with this schema; a package that is not such a table is quarantined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRule {
    /// A glob over the key below the organization, for example `readings/*.csv`; `*` stays inside a segment, `**` does not.
    pub path: String,
    /// The declared columns.
    pub schema: TableSchema,
}
