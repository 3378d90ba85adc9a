//! What verification can find, and the words for it.

use relay_model::Sha256Digest;
use serde::Serialize;

use crate::LogHead;

/// How many findings are kept; all are counted.
pub const FINDINGS_MAX: usize = 100;

/// An event as it is stored, before anybody has decided to believe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in the log of all events, from 1, without gaps.
    pub position: u64,
    /// The trail that it is filed under: the id of a package, or the name of an organization's trail.
    pub package_id: String,
    /// The place in the trail that it is filed under.
    pub seq: u64,
    /// The hash that it is filed under.
    pub hash: Sha256Digest,
    /// The bytes.
    pub canonical: String,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// The event is not the one that was recorded.
    Changed,
    /// An event that was recorded is gone.
    Dropped,
    /// The event stands in another's place.
    Swapped,
    /// The event was never recorded by a relay.
    Added,
    /// The record of the package does not say what its trail says.
    RecordDiffers,
    /// The log does not begin with the events that the noted head stands for.
    HeadDiffers,
    /// The event names a package as duplicated that is of another organization, or does not have those bytes or that name.
    NotADuplicate,
    /// What is registered of an organization is not what its trail says.
    SettingsDiffer,
    /// A verdict names settings of its organization that there never were.
    SettingsUnknown,
}

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub problem: Problem,
    /// The package, or the name of an organization's trail, where it can be told.
    pub package_id: Option<String>,
    /// The event's place in its trail, where it can be told.
    pub seq: Option<u64>,
    /// The event's place in the log, where it can be told.
    pub position: Option<u64>,
    /// In words.
    pub text: String,
}

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many events were read.
    pub events: u64,
    /// How many packages they are about.
    pub packages: u64,
    /// How many of those have no conclusion yet.
    pub in_flight: u64,
    /// How many organizations have a trail.
    pub organizations: u64,
    /// How many are registered without one, by something that keeps none; their settings are not covered.
    pub organizations_without_trail: u64,
    /// The head of the log as it is now.
    pub head: LogHead,
    /// The first [`FINDINGS_MAX`] findings, in the order of the log.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub findings_total: u64,
}

impl Verification {
    /// Whether everything holds.
    pub const fn holds(&self) -> bool {
        self.findings_total == 0
    }
}
