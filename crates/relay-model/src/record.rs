//! What one package looks like from outside: the record that `packages list` and programs see.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    ContentsSummary, Duplicates, ObjectVersion, OrganizationId, PackageId, ReasonCode, ResultObject, Sha256Digest,
    TableSummary, Timestamp, TrailHead,
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

/// What the next event of a trail may be depends on this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Received, or asked to be replayed: the verdict on its envelope is due.
    Deciding,
    /// Accepted: the first attempt is due.
    Accepted,
    /// An attempt has started. After a crash it stays so until the next one starts.
    Running,
    /// An attempt failed or was released: the next one is due.
    Waiting,
    /// Concluded.
    Concluded,
}

/// Where a trail stands: all that is needed to judge and to write its next event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailState {
    /// The object version that the trail is about.
    #[serde(flatten)]
    pub object: ObjectVersion,
    /// The last event.
    pub head: TrailHead,
    /// The time of the last event: the next one is no earlier, whatever its writer's clock says.
    pub head_at: Timestamp,
    /// What may come next.
    pub phase: Phase,
    /// How often it was taken up again: with the package's id, the name of the cycle that began with its last acceptance.
    pub replays: u32,
    /// How many attempts were started in the package's whole life.
    pub attempts: u32,
    /// How many of them since it was accepted or last replayed.
    pub starts_this_cycle: u32,
    /// How many of those failed on our side.
    pub failures_this_cycle: u32,
}

/// One package, folded from its trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRecord {
    /// Its id.
    pub package_id: PackageId,
    /// Its owner; `None` when the key names no registered organization.
    pub organization: Option<OrganizationId>,
    /// Its object version and where its trail stands.
    #[serde(flatten)]
    pub trail_state: TrailState,
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
    /// What processing produced.
    pub results: Vec<ResultObject>,
    /// What the package held, in numbers; nothing in trails that were written before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<ContentsSummary>,
    /// What the table held, when it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableSummary>,
    /// Which packages before it have the same bytes or name, as its conclusion says.
    #[serde(default)]
    pub duplicates: Duplicates,
}
