//! What an audit event says of a column: never a value.

use serde::{Deserialize, Serialize};

use crate::class::DataClass;
use crate::policy::{PrivacyPolicy, Treatment};
use crate::tally::{Basis, Classification};

/// A classified column, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnReport {
    /// The column's name.
    pub column: String,
    /// Its class.
    pub class: DataClass,
    /// The rows that have a value.
    pub rows: u64,
    /// Of these, how many in a thousand have a form of the class.
    pub share_permille: u16,
    /// What the class was found by.
    pub basis: Basis,
    /// What became of the values.
    pub treatment: Treatment,
}

impl ColumnReport {
    /// The report of a column that is of this class, under this policy.
    pub fn new(column: &str, classification: Classification, policy: &PrivacyPolicy) -> Self {
        Self {
            column: column.to_owned(),
            class: classification.class,
            rows: classification.rows,
            share_permille: classification.share_permille,
            basis: classification.basis,
            treatment: policy.treatment(classification.class),
        }
    }
}
