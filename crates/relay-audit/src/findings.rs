//! What verification can find, and the words for it.

use relay_model::{ObjectVersion, Sha256Digest};
use serde::Serialize;

use crate::LogHead;

/// How many findings are kept; all are counted.
pub const FINDINGS_MAX: usize = 10_000;

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
    /// What is listed of the package is not what its trail says.
    RecordDiffers,
    /// The packages of a state are not as many as the trails say.
    CountDiffers,
    /// Who was first with bytes or a name is not what the trails say.
    ClaimDiffers,
    /// A run that is due is not the one that the trail asks for.
    OrderDiffers,
    /// What is registered of an organization is not what its trail says.
    SettingsDiffer,
    /// A verdict names settings of its organization that there never were.
    SettingsUnknown,
    /// The log does not begin with the events that a noted head stands for.
    HeadDiffers,
    /// The head that the relay itself noted is missing or damaged.
    HeadNoteDamaged,
    /// The event names a package as duplicated that is of another organization, or does not have those bytes or that name.
    NotADuplicate,
    /// Something that is stored cannot be read.
    Unreadable,
    /// The database is not laid out as the relay made it.
    DatabaseDamaged,
    /// A row that the relay works with is not the one that it wrote.
    RowChanged,
    /// Something stands where the relay put nothing.
    Stray,
    /// The key that an organization's tokens are made with is not the one that was made.
    TokenKeyDiffers,
}

impl Problem {
    /// In a word or two.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Dropped => "dropped",
            Self::Swapped => "swapped",
            Self::Added => "added",
            Self::RecordDiffers => "record differs",
            Self::CountDiffers => "count differs",
            Self::ClaimDiffers => "claim differs",
            Self::OrderDiffers => "order differs",
            Self::SettingsDiffer => "settings differ",
            Self::SettingsUnknown => "settings unknown",
            Self::HeadDiffers => "head differs",
            Self::HeadNoteDamaged => "noted head damaged",
            Self::NotADuplicate => "not a duplicate",
            Self::Unreadable => "unreadable",
            Self::DatabaseDamaged => "database damaged",
            Self::RowChanged => "row changed",
            Self::Stray => "stray",
            Self::TokenKeyDiffers => "token key differs",
        }
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Changed | Self::Dropped | Self::Swapped | Self::Added | Self::NotADuplicate => {
                "stop the relay, keep a copy of all it has as evidence, find out who could write there, and restore it from a backup that holds"
            }
            Self::RecordDiffers | Self::CountDiffers | Self::ClaimDiffers | Self::OrderDiffers => {
                "believe the trail (relay packages explain ID), not the list; keep a copy as evidence, and restore the database from a backup that holds"
            }
            Self::SettingsDiffer | Self::SettingsUnknown => {
                "compare with relay org history ID: what holds now was not set by the relay; set it again as it must be, and look at what was processed since"
            }
            Self::HeadDiffers => {
                "what was recorded last is missing, or was rewritten: keep a copy as evidence; after restoring an older backup on purpose, see docs/OPERATIONS.md, \"Backup\""
            }
            Self::HeadNoteDamaged => {
                "compare the log with a head that you noted elsewhere (--expect); then remove the file, and the next command that writes notes the head anew"
            }
            Self::Unreadable | Self::DatabaseDamaged => {
                "stop the relay, keep a copy as evidence, and restore what is named from a backup; look at the disk"
            }
            Self::RowChanged => {
                "keep a copy as evidence; what waits there is not what the relay wrote: restore the database from a backup that holds"
            }
            Self::Stray => "find out who put it there; the relay neither made it nor reads it, so it may be moved away",
            Self::TokenKeyDiffers => {
                "put the key file back from the backup before anything else is processed: other tokens would stand for the same values"
            }
        }
    }
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
    /// Where it stands, when it is not an event: a table, a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// In words.
    pub text: String,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Finding {
    /// A finding of which no more is known than where it stands.
    pub fn at(problem: Problem, place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            problem,
            package_id: None,
            seq: None,
            position: None,
            place: Some(place.into()),
            text: text.into(),
            remedy: problem.remedy(),
        }
    }

    /// The same, of a package.
    #[must_use]
    pub fn of(mut self, package_id: impl Into<String>) -> Self {
        self.package_id = Some(package_id.into());
        self
    }
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

/// What is wrong with one stored object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectFinding {
    /// The package that it belongs to, where it can be told.
    pub package_id: Option<String>,
    /// Which.
    pub object: ObjectVersion,
    /// In words.
    pub text: String,
    /// What to do about it.
    pub remedy: &'static str,
}

impl ObjectFinding {
    /// A finding about an object that a package names.
    pub fn new(package_id: Option<String>, object: ObjectVersion, text: impl Into<String>) -> Self {
        Self {
            package_id,
            object,
            text: text.into(),
            remedy: "keep what is there as evidence, and restore the file from a backup",
        }
    }

    /// The same, with another thing to do about it.
    #[must_use]
    pub const fn with_remedy(mut self, remedy: &'static str) -> Self {
        self.remedy = remedy;
        self
    }
}

/// All that was found: in the trails, in what is derived from them, and in the stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Whether everything holds.
    pub holds: bool,
    /// Trails, and what is derived from them.
    #[serde(flatten)]
    pub trails: Verification,
    /// How many stored objects were read, where that was asked for.
    pub objects_checked: Option<u64>,
    /// What is wrong with them.
    pub object_findings: Vec<ObjectFinding>,
}

impl AuditReport {
    /// Puts both together.
    pub fn new(trails: Verification, objects: Option<(u64, Vec<ObjectFinding>)>) -> Self {
        let (objects_checked, object_findings) = match objects {
            Some((checked, findings)) => (Some(checked), findings),
            None => (None, Vec::new()),
        };
        Self {
            holds: trails.holds() && object_findings.is_empty(),
            trails,
            objects_checked,
            object_findings,
        }
    }
}
