//! Audit events: immutable facts about a package, each linked by hash to the one before it.
//!
//! On the wire an event is canonical JSON (RFC 8785); its hash is SHA-256 over exactly those bytes. All numbers are
//! integers below 2^53, so every JSON implementation reads the same value.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    ArchiveSummary, ArrivalSource, Attempt, ContentsSummary, Duplicates, ObjectVersion, OpaqueSummary, OrganizationId,
    PackageId, Reason, ResultObject, Sequencer, Sha256Digest, TableSummary, Timestamp, TrailHead,
};

/// The format that this code writes, the member `v` of each event.
pub const EVENT_FORMAT_VERSION: u32 = 1;

/// One fact about a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// The format version.
    pub v: u32,
    /// The package.
    pub package_id: PackageId,
    /// The position in the package's trail, from 0.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The owner; `null` when the key names no registered organization.
    pub organization: Option<OrganizationId>,
    /// Which program recorded it.
    pub actor: String,
    /// The object version, flattened to `bucket`, `key`, `version_id`.
    #[serde(flatten)]
    pub object: ObjectVersion,
    /// What happened, as `kind` and `details`.
    #[serde(flatten)]
    pub body: EventBody,
    /// The hash of the event before; zeros for the first.
    pub prev: Sha256Digest,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "details", rename_all = "snake_case")]
pub enum EventBody {
    /// The package is here. Always event 0.
    Received {
        /// Its length in bytes, when the carrier or the store says.
        size_bytes: Option<u64>,
        /// The hash that the store computed while taking it in.
        sha256: Option<Sha256Digest>,
        /// What told us.
        source: ArrivalSource,
        /// The order of events for this key.
        sequencer: Option<Sequencer>,
    },
    /// Name, owner and envelope are in order.
    Accepted {
        /// The length in bytes, as the store says.
        size_bytes: u64,
        /// What the first bytes are, for example `csv` or `gzip`.
        content: String,
        /// Under which settings of its organization; `None` where these have no trail yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settings_version: Option<TrailHead>,
    },
    /// Name, owner or envelope are not in order. A conclusion.
    Rejected {
        /// Which rule.
        reason: Reason,
        /// Under which settings of its organization; `None` where it has none, or these have no trail yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settings_version: Option<TrailHead>,
    },
    /// An attempt at processing began.
    Started {
        /// Which.
        attempt: Attempt,
    },
    /// An attempt was given up before its end by a clean shutdown; it does not count as failed.
    Released {
        /// Which.
        attempt: Attempt,
    },
    /// An attempt failed on our side.
    AttemptFailed {
        /// Which.
        attempt: Attempt,
        /// How.
        reason: Reason,
    },
    /// Processed. A conclusion.
    Processed {
        /// By which attempt.
        attempt: Attempt,
        /// The length of what was read, in bytes.
        size_bytes: u64,
        /// The hash of every byte that was read.
        sha256: Sha256Digest,
        /// `table`, `opaque` or `archive`.
        transform: String,
        /// What was written.
        results: Vec<ResultObject>,
        /// What the table held, when it was one.
        table: Option<TableSummary>,
        /// What the archive held, when it was one and could be read to its end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archive: Option<Box<ArchiveSummary>>,
        /// Under which settings of its organization; `None` where these have no trail yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settings_version: Option<TrailHead>,
        /// What was found in it, when it is one file that is no table.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opaque: Option<Box<OpaqueSummary>>,
        /// What the package held, in numbers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contents: Option<ContentsSummary>,
        /// Which packages before it have the same bytes or name.
        #[serde(default, skip_serializing_if = "Duplicates::are_none")]
        duplicates: Duplicates,
    },
    /// Set aside because of its content. A conclusion.
    Quarantined {
        /// By which attempt.
        attempt: Attempt,
        /// Which rule.
        reason: Reason,
        /// The hash of every byte, when all were read.
        sha256: Option<Sha256Digest>,
        /// What was written to explain it, for example the bad rows.
        results: Vec<ResultObject>,
        /// What the table held as far as it was read.
        table: Option<TableSummary>,
        /// What the archive held, when it was one and could be read to its end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archive: Option<Box<ArchiveSummary>>,
        /// Under which settings of its organization; `None` where these have no trail yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settings_version: Option<TrailHead>,
        /// What was found in it, when it is one file that is no table.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opaque: Option<Box<OpaqueSummary>>,
        /// What the package held, in numbers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contents: Option<ContentsSummary>,
        /// Which packages before it have the same bytes or name, when all bytes were read.
        #[serde(default, skip_serializing_if = "Duplicates::are_none")]
        duplicates: Duplicates,
    },
    /// Not finished, through no fault of the package. A conclusion.
    Failed {
        /// The last attempt.
        attempt: Option<Attempt>,
        /// Why no further attempt is made.
        reason: Reason,
    },
    /// Somebody asked for a concluded package to be taken up again.
    ReplayRequested {
        /// Who or what asked.
        by: String,
    },
}

/// The kind of an event, without its details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// See [`EventBody::Received`].
    Received,
    /// See [`EventBody::Accepted`].
    Accepted,
    /// See [`EventBody::Rejected`].
    Rejected,
    /// See [`EventBody::Started`].
    Started,
    /// See [`EventBody::Released`].
    Released,
    /// See [`EventBody::AttemptFailed`].
    AttemptFailed,
    /// See [`EventBody::Processed`].
    Processed,
    /// See [`EventBody::Quarantined`].
    Quarantined,
    /// See [`EventBody::Failed`].
    Failed,
    /// See [`EventBody::ReplayRequested`].
    ReplayRequested,
}

impl EventKind {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Started => "started",
            Self::Released => "released",
            Self::AttemptFailed => "attempt_failed",
            Self::Processed => "processed",
            Self::Quarantined => "quarantined",
            Self::Failed => "failed",
            Self::ReplayRequested => "replay_requested",
        }
    }

    /// Whether an event of this kind concludes the package.
    pub const fn is_conclusion(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Processed | Self::Quarantined | Self::Failed
        )
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl EventBody {
    /// The kind.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Received { .. } => EventKind::Received,
            Self::Accepted { .. } => EventKind::Accepted,
            Self::Rejected { .. } => EventKind::Rejected,
            Self::Started { .. } => EventKind::Started,
            Self::Released { .. } => EventKind::Released,
            Self::AttemptFailed { .. } => EventKind::AttemptFailed,
            Self::Processed { .. } => EventKind::Processed,
            Self::Quarantined { .. } => EventKind::Quarantined,
            Self::Failed { .. } => EventKind::Failed,
            Self::ReplayRequested { .. } => EventKind::ReplayRequested,
        }
    }

    /// Under which settings of the organization a verdict was made; `None` for events that are none, or say nothing of it.
    pub const fn settings_version(&self) -> Option<TrailHead> {
        match self {
            Self::Accepted { settings_version, .. }
            | Self::Rejected { settings_version, .. }
            | Self::Processed { settings_version, .. }
            | Self::Quarantined { settings_version, .. } => *settings_version,
            _ => None,
        }
    }

    /// What a conclusion says of duplicates; `None` for events that say nothing of them.
    pub const fn duplicates(&self) -> Option<&Duplicates> {
        match self {
            Self::Processed { duplicates, .. } | Self::Quarantined { duplicates, .. } => Some(duplicates),
            _ => None,
        }
    }

    /// Whether two writers came to the same outcome. Time and actor are outside the body; the attempt, where results
    /// were put, how the arrival was told, whether duplicates could be looked up, and the settings' version may differ.
    pub fn same_outcome(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Received {
                    size_bytes: size_a,
                    sha256: hash_a,
                    ..
                },
                Self::Received {
                    size_bytes: size_b,
                    sha256: hash_b,
                    ..
                },
            ) => agree(size_a.as_ref(), size_b.as_ref()) && agree(hash_a.as_ref(), hash_b.as_ref()),
            (Self::Rejected { reason: a, .. }, Self::Rejected { reason: b, .. })
            | (Self::Failed { reason: a, .. }, Self::Failed { reason: b, .. })
            | (Self::AttemptFailed { reason: a, .. }, Self::AttemptFailed { reason: b, .. })
            | (Self::Quarantined { reason: a, .. }, Self::Quarantined { reason: b, .. }) => a.code == b.code,
            (
                Self::Processed {
                    sha256: hash_a,
                    size_bytes: size_a,
                    results: results_a,
                    ..
                },
                Self::Processed {
                    sha256: hash_b,
                    size_bytes: size_b,
                    results: results_b,
                    ..
                },
            ) => {
                let contents = |results: &[ResultObject]| -> Vec<(String, Sha256Digest)> {
                    results
                        .iter()
                        .map(|result| (result.name.clone(), result.sha256))
                        .collect()
                };
                hash_a == hash_b && size_a == size_b && contents(results_a) == contents(results_b)
            }
            (
                Self::Accepted {
                    size_bytes: size_a,
                    content: content_a,
                    ..
                },
                Self::Accepted {
                    size_bytes: size_b,
                    content: content_b,
                    ..
                },
            ) => size_a == size_b && content_a == content_b,
            (Self::Started { .. }, Self::Started { .. })
            | (Self::Released { .. }, Self::Released { .. })
            | (Self::ReplayRequested { .. }, Self::ReplayRequested { .. }) => true,
            _ => self == other,
        }
    }
}

// What one writer does not know cannot contradict what the other does.
fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReasonCode;

    #[test]
    fn the_same_outcome_ignores_attempts_and_nothing_that_matters() {
        let failed = |attempt, code| EventBody::Failed {
            attempt: Some(attempt),
            reason: Reason::new(code, "x"),
        };
        let first = failed(Attempt::FIRST, ReasonCode::StorageFull);
        assert!(first.same_outcome(&failed(Attempt::FIRST.next(), ReasonCode::StorageFull)));
        assert!(!first.same_outcome(&failed(Attempt::FIRST, ReasonCode::InternalError)));
        assert!(!first.same_outcome(&EventBody::Started {
            attempt: Attempt::FIRST
        }));
    }
}
