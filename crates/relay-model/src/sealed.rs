//! Events as they are stored: canonical bytes (RFC 8785) and their SHA-256.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{AuditEvent, EVENT_FORMAT_VERSION, OrganizationEvent, Sha256Digest};

/// What can stand in the log: an event of a package or of an organization.
pub trait LoggedEvent: Serialize + DeserializeOwned {
    /// The format that it is written in.
    fn format(&self) -> u32;
    /// Its place in its trail, from 0.
    fn seq(&self) -> u64;
}

impl LoggedEvent for AuditEvent {
    fn format(&self) -> u32 {
        self.v
    }

    fn seq(&self) -> u64 {
        self.seq
    }
}

impl LoggedEvent for OrganizationEvent {
    fn format(&self) -> u32 {
        self.v
    }

    fn seq(&self) -> u64 {
        self.seq
    }
}

/// An event with its canonical bytes and their hash: what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed<E> {
    event: E,
    canonical: String,
    hash: Sha256Digest,
}

/// A sealed event of a package.
pub type SealedEvent = Sealed<AuditEvent>;

/// A sealed event of an organization.
pub type SealedOrganizationEvent = Sealed<OrganizationEvent>;

/// Why an event cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// It has no canonical form. Only a defect in this code can cause it.
    #[error("an audit event has no canonical JSON form; report this as a defect")]
    NotCanonical(#[source] serde_json::Error),
    /// The stored text is not an event.
    #[error("the stored text is not an audit event of format {EVENT_FORMAT_VERSION}")]
    Unreadable(#[source] serde_json::Error),
    /// It is an event of a format this program does not know.
    #[error("the audit event has format {found}, this program reads {EVENT_FORMAT_VERSION}: use a newer program")]
    UnknownFormat {
        /// The member `v`.
        found: u32,
    },
    /// The stored text says the right thing in other bytes than the canonical ones.
    #[error("the stored audit event is not in canonical form, so it is not what was recorded")]
    AlteredSpelling,
}

impl<E: LoggedEvent> Sealed<E> {
    /// Computes the canonical bytes and their hash.
    pub fn seal(event: E) -> Result<Self, EventError> {
        let canonical = serde_json_canonicalizer::to_string(&event).map_err(EventError::NotCanonical)?;
        let hash = Sha256Digest::of(canonical.as_bytes());
        Ok(Self { event, canonical, hash })
    }

    /// Reads stored bytes. The hash is computed from them, never believed.
    pub fn from_canonical(canonical: &str) -> Result<Self, EventError> {
        let event: E = serde_json::from_str(canonical).map_err(EventError::Unreadable)?;
        if event.format() != EVENT_FORMAT_VERSION {
            return Err(EventError::UnknownFormat { found: event.format() });
        }
        let sealed = Self::seal(event)?;
        if sealed.canonical == canonical {
            Ok(sealed)
        } else {
            Err(EventError::AlteredSpelling)
        }
    }

    /// The event.
    pub const fn event(&self) -> &E {
        &self.event
    }

    /// The canonical bytes.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The hash of the canonical bytes.
    pub const fn hash(&self) -> Sha256Digest {
        self.hash
    }

    /// The end of the chain when this is the last event.
    pub fn head(&self) -> TrailHead {
        TrailHead {
            seq: self.event.seq(),
            hash: self.hash,
        }
    }
}

/// The end of a trail: what the next event must link to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TrailHead {
    /// The position of the last event.
    pub seq: u64,
    /// Its hash.
    pub hash: Sha256Digest,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventBody, ObjectKey, ObjectVersion, Reason, ReasonCode};

    fn event(body: EventBody) -> AuditEvent {
        let object = ObjectVersion {
            bucket: "ingress".parse().unwrap(),
            key: ObjectKey::new("org-001/é.csv"),
            version_id: "v1".parse().unwrap(),
        };
        AuditEvent {
            v: EVENT_FORMAT_VERSION,
            package_id: object.package_id(),
            seq: 0,
            at: "2026-01-31T08:15:00Z".parse().unwrap(),
            organization: None,
            actor: "test".into(),
            object,
            body,
            prev: Sha256Digest::ZERO,
        }
    }

    #[test]
    fn what_was_sealed_reads_back_and_any_other_spelling_does_not() {
        let reason = Reason::new(ReasonCode::KeyDotSegment, "segment 2 is '..'");
        let sealed = SealedEvent::seal(event(EventBody::Rejected {
            reason,
            settings_version: None,
        }))
        .unwrap();
        let text = sealed.canonical().to_owned();
        assert_eq!(SealedEvent::from_canonical(&text).unwrap(), sealed);
        assert!(text.starts_with(r#"{"actor":"test","at":"2026-01-31T08:15:00.000Z","bucket":"ingress","details":{"#));

        let spaced = text.replacen(':', ": ", 1);
        assert!(matches!(
            SealedEvent::from_canonical(&spaced),
            Err(EventError::AlteredSpelling)
        ));
        let extended = text.replacen('{', r#"{"added":1,"#, 1);
        assert!(matches!(
            SealedEvent::from_canonical(&extended),
            Err(EventError::AlteredSpelling)
        ));
        let newer = text.replace(r#""v":1,"#, r#""v":2,"#);
        assert!(matches!(
            SealedEvent::from_canonical(&newer),
            Err(EventError::UnknownFormat { found: 2 })
        ));
        assert!(matches!(
            SealedEvent::from_canonical("{}"),
            Err(EventError::Unreadable(_))
        ));
    }
}
