//! What one package looks like from outside: the record that `packages list` and programs see.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    ObjectKey, OrganizationId, PackageId, ReasonCode, ResultObject, Sha256Digest, TableSummary, Timestamp, VersionId,
};

/// Where a package stands. Every received package is in exactly one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackageState {
    /// Received, and not yet concluded.
    InFlight,
    /// Accepted and processed.
    Processed,
    /// Refused by its name, owner or envelope.
    Rejected,
    /// Set aside because of its content.
    Quarantined,
    /// Not finished, through no fault of the package; can be replayed.
    Failed,
}

impl PackageState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::InFlight,
        Self::Processed,
        Self::Rejected,
        Self::Quarantined,
        Self::Failed,
    ];

    /// The name used on the wire and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::Processed => "processed",
            Self::Rejected => "rejected",
            Self::Quarantined => "quarantined",
            Self::Failed => "failed",
        }
    }

    /// Whether the package has its conclusion.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::InFlight)
    }
}

impl fmt::Display for PackageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for PackageState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| format!("'{}' is not a state: use one of {}", text.escape_default(), names()))
    }
}

/// One package, folded from its trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRecord {
    /// Its id.
    pub package_id: PackageId,
    /// Its owner; `None` when the key names no registered organization.
    pub organization: Option<OrganizationId>,
    /// Its key in the ingress store.
    pub key: ObjectKey,
    /// Its version there.
    pub version_id: VersionId,
    /// Its length in bytes, when known.
    pub size_bytes: Option<u64>,
    /// The hash of its bytes, when known.
    pub sha256: Option<Sha256Digest>,
    /// Where it stands.
    pub state: PackageState,
    /// Why, for every state but processed.
    pub reason: Option<ReasonCode>,
    /// The reason as a sentence about this package.
    pub reason_text: Option<String>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was concluded; `None` while in flight.
    pub concluded_at: Option<Timestamp>,
    /// How many attempts were started.
    pub attempts: u32,
    /// What processing produced.
    pub results: Vec<ResultObject>,
    /// What the table held, when it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableSummary>,
}
