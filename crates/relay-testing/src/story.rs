//! Events for tests: the trail of one package, written step by step.

use relay_audit::advance;
use relay_model::{
    ArrivalSource, Attempt, AuditEvent, Author, Duplicates, EVENT_FORMAT_VERSION, EventBody, ObjectKey, ObjectVersion,
    OrganizationId, PackageId, Reason, ReasonCode, SealedEvent, Sha256Digest, Timestamp, TrailState,
};
use relay_pipeline::ports::{Appended, AuditTrail, RunOrder};

/// The trail of one package as a test tells it.
#[derive(Clone, Debug)]
pub struct Story {
    object: ObjectVersion,
    organization: OrganizationId,
    trail_state: Option<TrailState>,
    /// When the next events happen.
    pub at: Timestamp,
    /// Who records the next events.
    pub actor: String,
}

impl Story {
    /// A package of `organization` that nobody has heard of; `path` is its key below the organization.
    pub fn new(organization: &str, path: &str) -> Self {
        Self {
            object: ObjectVersion {
                bucket: "ingress".parse().unwrap(),
                key: ObjectKey::new(format!("{organization}/{path}")),
                version_id: "v1".parse().unwrap(),
            },
            organization: organization.parse().unwrap(),
            trail_state: None,
            at: "2026-01-31T08:15:00Z".parse().unwrap(),
            actor: "test".to_owned(),
        }
    }

    /// The package.
    pub fn package_id(&self) -> PackageId {
        self.object.package_id()
    }

    /// Where the story stands.
    pub const fn trail_state(&self) -> Option<&TrailState> {
        self.trail_state.as_ref()
    }

    /// The event that would come next, if it were this one.
    pub fn next(&self, body: EventBody) -> SealedEvent {
        let head = self.trail_state.as_ref().map(|trail_state| trail_state.head);
        self.event(
            head.map_or(0, |head| head.seq + 1),
            head.map_or(Sha256Digest::ZERO, |head| head.hash),
            body,
        )
    }

    /// Any event about this package, whether it can follow or not.
    pub fn event(&self, seq: u64, prev: Sha256Digest, body: EventBody) -> SealedEvent {
        SealedEvent::seal(AuditEvent {
            v: EVENT_FORMAT_VERSION,
            package_id: self.package_id(),
            seq,
            at: self.at,
            organization: Some(self.organization.clone()),
            actor: self.actor.clone(),
            object: self.object.clone(),
            body,
            prev,
        })
        .unwrap()
    }

    /// Goes on to the next event, and returns it.
    pub fn tell(&mut self, body: EventBody) -> SealedEvent {
        let event = self.next(body);
        self.trail_state = Some(advance(self.trail_state.as_ref(), &event).unwrap());
        event
    }

    /// Goes on to the next event, and records it.
    pub async fn record(&mut self, trail: &dyn AuditTrail, body: EventBody) -> SealedEvent {
        let event = self.tell(body);
        assert_eq!(trail.append(&event).await.unwrap(), Appended::Recorded);
        event
    }

    /// The order to run this package. The story must have begun.
    pub fn order(&self) -> RunOrder {
        RunOrder::new(
            self.organization.clone(),
            self.trail_state.as_ref().unwrap(),
            Some(3),
            None,
        )
    }
}

/// Who changes organizations in tests.
pub fn author() -> Author {
    Author {
        by: "a test".to_owned(),
        actor: "test".to_owned(),
        at: "2026-01-31T08:15:00Z".parse().unwrap(),
    }
}

/// `Received`, of 3 bytes.
pub const fn received() -> EventBody {
    EventBody::Received {
        size_bytes: Some(3),
        sha256: None,
        source: ArrivalSource::Folder,
        sequencer: None,
    }
}

/// `Accepted`.
pub fn accepted() -> EventBody {
    EventBody::Accepted {
        size_bytes: 3,
        content: "csv".to_owned(),
        settings_version: None,
    }
}

/// `Rejected`.
pub fn rejected() -> EventBody {
    EventBody::Rejected {
        reason: Reason::new(ReasonCode::ObjectEmpty, "it has no bytes"),
        settings_version: None,
    }
}

/// `Started`, for the first time.
pub const fn started() -> EventBody {
    EventBody::Started {
        attempt: Attempt::FIRST,
    }
}

/// `Processed` by the first attempt, without results.
pub fn processed() -> EventBody {
    processed_with(Duplicates::default())
}

/// `Processed` by the first attempt, with these duplicates.
pub fn processed_with(duplicates: Duplicates) -> EventBody {
    EventBody::Processed {
        attempt: Attempt::FIRST,
        size_bytes: 3,
        sha256: Sha256Digest::of(b"abc"),
        transform: "opaque".to_owned(),
        results: Vec::new(),
        table: None,
        archive: None,
        settings_version: None,
        opaque: None,
        contents: None,
        duplicates,
    }
}

/// `Quarantined` by the first attempt, with these duplicates.
pub fn quarantined_with(duplicates: Duplicates) -> EventBody {
    EventBody::Quarantined {
        attempt: Attempt::FIRST,
        reason: Reason::new(ReasonCode::CompressionCorrupt, "it cannot be unpacked"),
        sha256: Some(Sha256Digest::of(b"abc")),
        results: Vec::new(),
        table: None,
        archive: None,
        settings_version: None,
        opaque: None,
        contents: None,
        duplicates,
    }
}

/// `Failed`, by the first attempt.
pub fn failed() -> EventBody {
    let reason = Reason::new(ReasonCode::StorageFull, "no space");
    EventBody::Failed {
        attempt: Some(Attempt::FIRST),
        reason,
    }
}

/// `ReplayRequested`.
pub fn replay_requested() -> EventBody {
    EventBody::ReplayRequested { by: "test".to_owned() }
}
