//! Writing a trail without reading it: a put that loses returns the event it lost to, and the trail writer goes on from there.
//!
//! So a runtime needs the permission to add events, and none to read them.

use std::sync::Arc;

use relay_audit::{TransitionError, advance};
use relay_model::{
    Attempt, AuditEvent, EVENT_FORMAT_VERSION, EventBody, EventError, EventKind, ObjectVersion, OrganizationId,
    PackageId, Phase, SealedEvent, Sha256Digest, TrailState,
};

use crate::ports::{Appended, AuditTrail, Clock, PortError, Ports, RetryPolicy, with_retries};

/// The most events of others that one step walks past before it gives up.
const CATCH_UP_EVENTS_MAX: u32 = 10_000;

/// What every step records with.
#[derive(Clone)]
pub struct Recorder {
    pub(crate) trail: Arc<dyn AuditTrail>,
    pub(crate) clock: Arc<dyn Clock>,
    actor: String,
}

impl Recorder {
    /// Events name `actor` as the program that recorded them.
    pub fn new(ports: &Ports, actor: impl Into<String>) -> Self {
        Self {
            trail: Arc::clone(&ports.trail),
            clock: Arc::clone(&ports.clock),
            actor: actor.into(),
        }
    }

    /// A writer for a package of whose trail nothing is known (`None`) or whose trail stands at `trail_state`, or later.
    pub fn writer(&self, object: ObjectVersion, trail_state: Option<TrailState>) -> TrailWriter {
        TrailWriter {
            recorder: self.clone(),
            package_id: object.package_id(),
            object,
            organization: None,
            trail_state,
        }
    }
}

/// Writes the trail of one package.
pub struct TrailWriter {
    recorder: Recorder,
    object: ObjectVersion,
    package_id: PackageId,
    organization: Option<OrganizationId>,
    trail_state: Option<TrailState>,
}

/// How a step came to be in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// This trail writer recorded it.
    Fresh,
    /// Somebody had recorded the same outcome.
    Found(Box<EventBody>),
}

/// Why a step is not in the trail.
#[derive(Debug, thiserror::Error)]
pub enum TrailWriterError {
    /// The trail could not be written. Whether the event is durable is not known; recording it again is harmless.
    #[error("the audit trail could not be written")]
    Trail(#[source] PortError),
    /// The package has another ending, or another verdict, than the one to be recorded.
    #[error("another outcome is already recorded: '{}' at event {seq}", found.kind())]
    OtherOutcome {
        /// Where.
        seq: u64,
        /// What stands there.
        found: Box<EventBody>,
    },
    /// The step cannot follow what is recorded.
    #[error("the step cannot follow what is recorded")]
    OutOfOrder(#[source] TransitionError),
    /// An event has no canonical form.
    #[error("the audit event could not be written down")]
    Event(#[source] EventError),
    /// The trail is longer than any real one.
    #[error("the trail has more than {CATCH_UP_EVENTS_MAX} events that this step does not know")]
    Endless,
}

impl TrailWriter {
    /// From now on events name this organization.
    pub fn set_organization(&mut self, organization: Option<OrganizationId>) {
        self.organization = organization;
    }

    /// Where the trail stands, as far as this trail writer knows.
    pub const fn trail_state(&self) -> Option<&TrailState> {
        self.trail_state.as_ref()
    }

    /// Records a step. Events of others that stand in between are walked past, as long as the step can still follow.
    pub async fn record(&mut self, body: &EventBody) -> Result<Recorded, TrailWriterError> {
        let mut last_found: Option<EventBody> = None;
        for _ in 0..CATCH_UP_EVENTS_MAX {
            let found = match (self.put(body.clone()).await, last_found.take()) {
                (Ok(None), _) => return Ok(Recorded::Fresh),
                (Ok(Some(found)), _) => found,
                // What was found on the way leaves no place for this step: the other verdict stands.
                (Err(TrailWriterError::OutOfOrder(_)), Some(found)) => return Err(self.other_outcome(found)),
                (Err(error), _) => return Err(error),
            };
            if found.same_outcome(body) {
                return Ok(Recorded::Found(Box::new(found)));
            }
            if found.kind().is_conclusion() || body.kind() == EventKind::Received {
                return Err(self.other_outcome(found));
            }
            last_found = Some(found);
        }
        Err(TrailWriterError::Endless)
    }

    /// Records that the next attempt begins, whichever that is. `None` when the package is concluded.
    pub async fn start_attempt(&mut self) -> Result<Option<Attempt>, TrailWriterError> {
        for _ in 0..CATCH_UP_EVENTS_MAX {
            // A conclusion is the end for this run: whoever asks for a replay gives an order of their own.
            if self
                .trail_state
                .as_ref()
                .is_some_and(|trail_state| trail_state.phase == Phase::Concluded)
            {
                return Ok(None);
            }
            let attempt = Attempt::following(self.trail_state.as_ref().map_or(0, |trail_state| trail_state.attempts));
            if self.put(EventBody::Started { attempt }).await?.is_none() {
                return Ok(Some(attempt));
            }
        }
        Err(TrailWriterError::Endless)
    }

    /// Whether anything has followed what this trail writer knows of the trail. Needs no permission to read.
    pub async fn is_followed(&self) -> Result<bool, TrailWriterError> {
        let seq = self
            .trail_state
            .as_ref()
            .map_or(0, |trail_state| trail_state.head.seq + 1);
        let found = self.recorder.trail.event_at(&self.object, seq).await;
        Ok(found.map_err(TrailWriterError::Trail)?.is_some())
    }

    // Appends `body`, or returns the event that stands in its place, having moved behind it.
    async fn put(&mut self, body: EventBody) -> Result<Option<EventBody>, TrailWriterError> {
        let event = self.next_event(body)?;
        let trail_state = advance(self.trail_state.as_ref(), &event).map_err(TrailWriterError::OutOfOrder)?;
        match self.append(&event).await.map_err(TrailWriterError::Trail)? {
            Appended::Recorded => {
                self.trail_state = Some(trail_state);
                Ok(None)
            }
            // Our own event, from a try that was reported as failed and had succeeded.
            Appended::Taken(found) if found.hash() == event.hash() => {
                self.trail_state = Some(trail_state);
                Ok(None)
            }
            Appended::Taken(found) => {
                let trail_state = advance(self.trail_state.as_ref(), &found).map_err(TrailWriterError::OutOfOrder)?;
                self.trail_state = Some(trail_state);
                Ok(Some(found.event().body.clone()))
            }
        }
    }

    // The same event is put each time, so a try that only seemed to fail does no harm.
    async fn append(&self, event: &SealedEvent) -> Result<Appended, PortError> {
        let append = || self.recorder.trail.append(event);
        with_retries(RetryPolicy::SHORT, "writing an audit event", append).await
    }

    fn next_event(&self, body: EventBody) -> Result<SealedEvent, TrailWriterError> {
        let (seq, prev) = self
            .trail_state
            .as_ref()
            .map_or((0, Sha256Digest::ZERO), |j| (j.head.seq + 1, j.head.hash));
        SealedEvent::seal(AuditEvent {
            v: EVENT_FORMAT_VERSION,
            package_id: self.package_id.clone(),
            seq,
            // A clock that runs behind another writer's must not put an effect before its cause.
            at: self.trail_state.as_ref().map_or_else(
                || self.recorder.clock.now(),
                |trail_state| trail_state.head_at.max(self.recorder.clock.now()),
            ),
            organization: self.organization.clone(),
            actor: self.recorder.actor.clone(),
            object: self.object.clone(),
            body,
            prev,
        })
        .map_err(TrailWriterError::Event)
    }

    fn other_outcome(&self, found: EventBody) -> TrailWriterError {
        let seq = self.trail_state.as_ref().map_or(0, |trail_state| trail_state.head.seq);
        TrailWriterError::OtherOutcome {
            seq,
            found: Box::new(found),
        }
    }
}
