//! Which event may follow which. Adapters call this before they store an event, verification calls it again on what
//! is stored: one rule for both.

use relay_model::{
    AuditEvent, Duplicates, EventBody, EventKind, PackageId, PackageRecord, PackageState, Phase, Reason, SealedEvent,
    Sha256Digest, TrailState,
};

/// Why an event does not continue a trail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The event's package id is not the one derived from its bucket, key and version id.
    #[error("the event names package {named}, but its object version is package {derived}")]
    WrongPackage {
        /// What it names.
        named: PackageId,
        /// What it should name.
        derived: PackageId,
    },
    /// The event is about another object version than the trail.
    #[error("the event is about another object version than the trail that it stands in")]
    OtherObject,
    /// The event is not the next one.
    #[error("event {expected} is due, this is event {found}")]
    NotNext {
        /// Which is due.
        expected: u64,
        /// Which it is.
        found: u64,
    },
    /// The event does not link to the one before it.
    #[error("the event does not carry the hash of the event before it")]
    BrokenLink {
        /// The hash of the event before.
        expected: Sha256Digest,
        /// The hash it carries.
        found: Sha256Digest,
    },
    /// The event's kind cannot follow here.
    #[error("'{kind}' cannot follow {after}")]
    IllegalOrder {
        /// What it is.
        kind: EventKind,
        /// What it follows.
        after: String,
    },
}

/// Where a trail stands after `sealed`, or why `sealed` cannot stand there. `None` is a trail without events.
pub fn advance(previous: Option<&TrailState>, sealed: &SealedEvent) -> Result<TrailState, TransitionError> {
    let event = sealed.event();
    let derived = event.object.package_id();
    if derived != event.package_id {
        return Err(TransitionError::WrongPackage {
            named: event.package_id.clone(),
            derived,
        });
    }
    if previous.is_some_and(|trail_state| trail_state.object != event.object) {
        return Err(TransitionError::OtherObject);
    }
    let expected = previous.map_or(0, |trail_state| trail_state.head.seq + 1);
    if event.seq != expected {
        return Err(TransitionError::NotNext {
            expected,
            found: event.seq,
        });
    }
    let expected = previous.map_or(Sha256Digest::ZERO, |trail_state| trail_state.head.hash);
    if event.prev != expected {
        return Err(TransitionError::BrokenLink {
            expected,
            found: event.prev,
        });
    }
    let kind = event.body.kind();
    let phase = next_phase(previous.map(|trail_state| trail_state.phase), kind).ok_or_else(|| {
        TransitionError::IllegalOrder {
            kind,
            after: previous.map_or_else(
                || "an empty trail".to_owned(),
                |trail_state| phase_in_words(trail_state.phase).to_owned(),
            ),
        }
    })?;
    let replays = previous.map_or(0, |trail_state| trail_state.replays) + u32::from(kind == EventKind::ReplayRequested);
    let counters = previous.map_or((0, 0, 0), |j| (j.attempts, j.starts_this_cycle, j.failures_this_cycle));
    let (attempts, starts_this_cycle, failures_this_cycle) = match kind {
        EventKind::Started => (counters.0 + 1, counters.1 + 1, counters.2),
        EventKind::AttemptFailed => (counters.0, counters.1, counters.2 + 1),
        EventKind::ReplayRequested => (counters.0, 0, 0),
        _ => counters,
    };
    Ok(TrailState {
        object: event.object.clone(),
        head: sealed.head(),
        head_at: event.at,
        phase,
        replays,
        attempts,
        starts_this_cycle,
        failures_this_cycle,
    })
}

/// The phases in which an event of this kind may come; none for event 0. For stores that must judge an event without
/// reading what is before it.
pub fn phases_before(kind: EventKind) -> impl Iterator<Item = Phase> {
    const PHASES: [Phase; 5] = [
        Phase::Deciding,
        Phase::Accepted,
        Phase::Running,
        Phase::Waiting,
        Phase::Concluded,
    ];
    PHASES
        .into_iter()
        .filter(move |phase| next_phase(Some(*phase), kind).is_some())
}

/// The phase after an event of this kind, wherever it may come.
pub fn phase_after(kind: EventKind) -> Option<Phase> {
    next_phase(None, kind).or_else(|| phases_before(kind).find_map(|phase| next_phase(Some(phase), kind)))
}

/// The phase after an event of this kind in this phase (`None`: before the first event), by kinds alone; `None` where it may not come.
pub const fn phase_between(phase: Option<Phase>, kind: EventKind) -> Option<Phase> {
    next_phase(phase, kind)
}

// The whole life of a package, as a table. `Failed` may end any open phase: an operator's limit can be hit anywhere.
const fn next_phase(phase: Option<Phase>, kind: EventKind) -> Option<Phase> {
    match (phase, kind) {
        (None, EventKind::Received) | (Some(Phase::Concluded), EventKind::ReplayRequested) => Some(Phase::Deciding),
        (Some(Phase::Deciding), EventKind::Accepted) => Some(Phase::Accepted),
        // A process that was killed leaves its attempt open; the next attempt closes it by starting.
        (Some(Phase::Accepted | Phase::Waiting | Phase::Running), EventKind::Started) => Some(Phase::Running),
        (Some(Phase::Running), EventKind::Released | EventKind::AttemptFailed) => Some(Phase::Waiting),
        (Some(Phase::Deciding), EventKind::Rejected)
        // `Waiting`: two runs of one package may overlap; the slower one may still finish after the faster one failed.
        | (Some(Phase::Running | Phase::Waiting), EventKind::Processed | EventKind::Quarantined)
        | (Some(Phase::Deciding | Phase::Accepted | Phase::Running | Phase::Waiting), EventKind::Failed) => {
            Some(Phase::Concluded)
        }
        _ => None,
    }
}

const fn phase_in_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Deciding => "a package whose verdict is due",
        Phase::Accepted => "an accepted package",
        Phase::Running => "a started attempt",
        Phase::Waiting => "an attempt that failed or was released",
        Phase::Concluded => "a conclusion",
    }
}

/// Folds one more event into the record of its package. `None` stands before event 0.
pub fn project(previous: Option<&PackageRecord>, sealed: &SealedEvent) -> Result<PackageRecord, TransitionError> {
    let trail_state = advance(previous.map(|record| &record.trail_state), sealed)?;
    let event = sealed.event();
    let mut record = match previous {
        Some(record) => PackageRecord {
            trail_state,
            ..record.clone()
        },
        None => blank_record(event, trail_state),
    };
    if event.organization.is_some() {
        record.organization.clone_from(&event.organization);
    }
    let conclusion = match &event.body {
        EventBody::Received { size_bytes, sha256, .. } => {
            record.size_bytes = *size_bytes;
            record.sha256 = *sha256;
            None
        }
        EventBody::Accepted { size_bytes, .. } => {
            record.size_bytes = Some(*size_bytes);
            None
        }
        EventBody::Started { .. } | EventBody::Released { .. } => None,
        EventBody::AttemptFailed { reason, .. } => {
            note(&mut record, Some(reason));
            None
        }
        EventBody::Rejected { reason, .. } => Some((PackageState::Rejected, Some(reason))),
        EventBody::Failed { reason, .. } => Some((PackageState::Failed, Some(reason))),
        EventBody::Processed {
            size_bytes,
            sha256,
            results,
            table,
            contents,
            ..
        } => {
            record.contents = *contents;
            record.size_bytes = Some(*size_bytes);
            record.sha256 = Some(*sha256);
            record.results.clone_from(results);
            record.table.clone_from(table);
            Some((PackageState::Processed, None))
        }
        EventBody::Quarantined {
            reason,
            sha256,
            results,
            table,
            contents,
            ..
        } => {
            record.contents = *contents;
            record.sha256 = sha256.or(record.sha256);
            record.results.clone_from(results);
            record.table.clone_from(table);
            Some((PackageState::Quarantined, Some(reason)))
        }
        EventBody::ReplayRequested { .. } => {
            record.state = PackageState::InFlight;
            record.concluded_at = None;
            record.results.clear();
            record.table = None;
            record.contents = None;
            record.duplicates = Duplicates::default();
            note(&mut record, None);
            None
        }
    };
    if let Some(duplicates) = event.body.duplicates() {
        record.duplicates.clone_from(duplicates);
    }
    if let Some((state, reason)) = conclusion {
        record.state = state;
        record.concluded_at = Some(event.at);
        note(&mut record, reason);
    }
    Ok(record)
}

fn blank_record(event: &AuditEvent, trail_state: TrailState) -> PackageRecord {
    PackageRecord {
        package_id: event.package_id.clone(),
        organization: None,
        trail_state,
        size_bytes: None,
        sha256: None,
        state: PackageState::InFlight,
        reason: None,
        reason_text: None,
        received_at: event.at,
        concluded_at: None,
        results: Vec::new(),
        contents: None,
        table: None,
        duplicates: Duplicates::default(),
    }
}

fn note(record: &mut PackageRecord, reason: Option<&Reason>) {
    record.reason = reason.map(|reason| reason.code);
    record.reason_text = reason.map(|reason| reason.text.clone());
}
