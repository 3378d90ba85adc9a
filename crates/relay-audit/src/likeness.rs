//! Whether packages that are recorded as duplicates of others are: a part of verification.

use std::collections::HashMap;

use relay_model::{AuditEvent, Duplicate, EventBody, ObjectKey, PackageId, Sha256Digest, TrailState};

/// What the events said of bytes and duplicates. It is judged at the end: a package may be concluded before the one that
/// it duplicates.
#[derive(Debug, Default)]
pub(crate) struct Likenesses {
    sha256: HashMap<PackageId, Sha256Digest>,
    claimed: Vec<Claimed>,
}

#[derive(Debug)]
struct Claimed {
    package_id: PackageId,
    seq: u64,
    key: ObjectKey,
    sha256: Option<Sha256Digest>,
    duplicate: Duplicate,
}

/// A duplicate that is none.
pub(crate) struct Unlike {
    pub(crate) package_id: PackageId,
    pub(crate) seq: u64,
    pub(crate) text: String,
}

impl Likenesses {
    /// The next event of a sound trail.
    pub(crate) fn event(&mut self, event: &AuditEvent) {
        let sha256 = match &event.body {
            EventBody::Processed { sha256, .. } => Some(*sha256),
            EventBody::Quarantined { sha256, .. } => *sha256,
            _ => return,
        };
        if let Some(sha256) = sha256 {
            self.sha256.insert(event.package_id.clone(), sha256);
        }
        let duplicates = event.body.duplicates().map_or(&[][..], |found| found.known());
        self.claimed.extend(duplicates.iter().map(|duplicate| Claimed {
            package_id: event.package_id.clone(),
            seq: event.seq,
            key: event.object.key.clone(),
            sha256,
            duplicate: duplicate.clone(),
        }));
    }

    /// The duplicates that are none, of those whose other package has a sound trail.
    pub(crate) fn judge<'a>(&self, trail_state_of: impl Fn(&PackageId) -> Option<&'a TrailState>) -> Vec<Unlike> {
        let unlike = self.claimed.iter().filter_map(|claimed| {
            let first = trail_state_of(&claimed.duplicate.of)?;
            let what = self.contradiction(claimed, first)?;
            Some(Unlike {
                package_id: claimed.package_id.clone(),
                seq: claimed.seq,
                text: format!(
                    "it is said to be '{}' of {}, which {what}",
                    claimed.duplicate.kind, claimed.duplicate.of
                ),
            })
        });
        unlike.collect()
    }

    fn contradiction(&self, claimed: &Claimed, first: &TrailState) -> Option<&'static str> {
        let kind = claimed.duplicate.kind;
        if claimed.duplicate.of == claimed.package_id {
            return Some("is the package itself");
        }
        if organization(&claimed.key) != organization(&first.object.key) {
            return Some("is of another organization");
        }
        if (claimed.key == first.object.key) != kind.has_same_name() {
            return Some(if kind.has_same_name() {
                "has another name"
            } else {
                "has the same name"
            });
        }
        let same = claimed.sha256? == *self.sha256.get(&claimed.duplicate.of)?;
        (same != kind.has_same_bytes()).then_some(if same { "has the same bytes" } else { "has other bytes" })
    }
}

fn organization(key: &ObjectKey) -> &str {
    key.as_str().split('/').next().unwrap_or_default()
}
