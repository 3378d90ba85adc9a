//! An arrival: one notification that an object version exists, in our own words, whatever carried it.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{ObjectVersion, Sha256Digest};

/// What told us of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArrivalSource {
    /// An S3 event notification, sent directly or through SQS.
    S3Notification,
    /// An EventBridge "Object Created" event.
    EventBridge,
    /// A folder that `relay run` was given.
    Folder,
    /// The inbox that `relay serve` watches.
    Inbox,
    /// The sweep that compares the store with the trails and found a version that has none.
    Reconciliation,
}

/// One object version that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The version.
    pub object: ObjectVersion,
    /// The length that the notification claims, in bytes. Validation compares it with the store's.
    pub size_bytes: Option<u64>,
    /// The hash that the store computed while it took the bytes in, where it did.
    pub sha256: Option<Sha256Digest>,
    /// The order of events for this key, where the carrier gives one.
    pub sequencer: Option<Sequencer>,
    /// What told us.
    pub source: ArrivalSource,
}

/// S3's `sequencer`: orders the events of one key, and of one key only.
///
/// Source: Amazon S3 User Guide, "Event message structure": to compare, right-pad the shorter with zeros, then compare
/// the hexadecimal texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequencer(String);

impl Sequencer {
    /// Wraps the text of the notification.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The order of two events of the same key.
    pub fn compare_for_same_key(&self, other: &Self) -> Ordering {
        let width = self.0.len().max(other.0.len());
        let padded = |text: &str| format!("{text:0<width$}").to_ascii_uppercase();
        padded(&self.0).cmp(&padded(&other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequencers_of_different_length_compare_after_right_padding() {
        let order = |a: &str, b: &str| Sequencer::new(a).compare_for_same_key(&Sequencer::new(b));
        assert_eq!(order("0055AED6DCD90281E5", "0055AED6DCD90281E5"), Ordering::Equal);
        assert_eq!(order("0055AED6", "0055AED600"), Ordering::Equal);
        assert_eq!(order("0055AED6", "0055AED601"), Ordering::Less);
        assert_eq!(order("1", "0FFFFFFFFF"), Ordering::Greater);
        assert_eq!(order("0a", "0B"), Ordering::Less);
    }
}
