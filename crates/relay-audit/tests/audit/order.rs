//! Which event may follow which, and what the record says then.

use relay_audit::{TransitionError, advance, project};
use relay_model::{Attempt, Duplicates, EventBody, EventKind, PackageState, Phase, ReasonCode};

use crate::support::{
    Log, accepted, attempt_failed, failed, object, processed, reason, received, rejected, sample, started,
};

fn every_kind() -> Vec<EventBody> {
    vec![
        received(b"abc"),
        accepted(),
        rejected(),
        started(1),
        EventBody::Released {
            attempt: Attempt::FIRST,
        },
        attempt_failed(1),
        processed("a"),
        EventBody::Quarantined {
            attempt: Attempt::FIRST,
            reason: reason(ReasonCode::CompressionCorrupt),
            sha256: None,
            results: vec![],
            table: None,
            archive: None,
            settings_version: None,
            opaque: None,
            contents: None,
            duplicates: Duplicates::default(),
        },
        failed(),
        EventBody::ReplayRequested { by: "x".into() },
    ]
}

// Trails that end in each phase.
fn trail_in(phase: Option<Phase>) -> Log {
    let mut log = Log::default();
    let a = object("a.csv");
    let bodies = match phase {
        None => vec![],
        Some(Phase::Deciding) => vec![received(b"a")],
        Some(Phase::Accepted) => vec![received(b"a"), accepted()],
        Some(Phase::Running) => vec![received(b"a"), accepted(), started(1)],
        Some(Phase::Waiting) => vec![received(b"a"), accepted(), started(1), attempt_failed(1)],
        Some(Phase::Concluded) => vec![received(b"a"), accepted(), started(1), processed("a")],
    };
    for body in bodies {
        log.add(&a, body);
    }
    log
}

#[test]
fn the_whole_table_of_what_may_follow_what() {
    use EventKind::{
        Accepted, AttemptFailed, Failed, Processed, Quarantined, Received, Rejected, Released, ReplayRequested, Started,
    };
    let allowed: [(Option<Phase>, &[EventKind]); 6] = [
        (None, &[Received]),
        (Some(Phase::Deciding), &[Accepted, Rejected, Failed]),
        (Some(Phase::Accepted), &[Started, Failed]),
        (
            Some(Phase::Running),
            &[Started, Released, AttemptFailed, Processed, Quarantined, Failed],
        ),
        (Some(Phase::Waiting), &[Started, Processed, Quarantined, Failed]),
        (Some(Phase::Concluded), &[ReplayRequested]),
    ];
    for (phase, kinds) in allowed {
        let log = trail_in(phase);
        let record = log.records.first();
        for body in every_kind() {
            let kind = body.kind();
            let outcome = project(record, &log.next(&object("a.csv"), body));
            assert_eq!(outcome.is_ok(), kinds.contains(&kind), "{kind} after {phase:?}");
            if let Err(error) = outcome {
                assert!(matches!(error, TransitionError::IllegalOrder { .. }), "{error}");
            }
        }
    }
}

#[test]
fn links_positions_and_objects_must_fit() {
    let log = trail_in(Some(Phase::Accepted));
    let trail_state = log.records[0].trail_state.clone();
    let mut other = Log::default();
    other.add(&object("b.csv"), received(b"b"));
    other.add(&object("b.csv"), accepted());
    let foreign = other.next(&object("b.csv"), started(1));
    assert_eq!(advance(Some(&trail_state), &foreign), Err(TransitionError::OtherObject));

    let mut longer = log.clone();
    longer.add(&object("a.csv"), started(1));
    let ahead = longer.next(&object("a.csv"), processed("a"));
    assert_eq!(
        advance(Some(&trail_state), &ahead),
        Err(TransitionError::NotNext { expected: 2, found: 3 })
    );

    let mut forked = Log::default();
    forked.add(&object("a.csv"), received(b"another"));
    forked.add(&object("a.csv"), accepted());
    let unlinked = forked.next(&object("a.csv"), started(1));
    assert!(matches!(
        advance(Some(&trail_state), &unlinked),
        Err(TransitionError::BrokenLink { .. })
    ));
}

#[test]
fn the_record_follows_the_trail() {
    let log = sample();
    let states: Vec<PackageState> = log.records.iter().map(|record| record.state).collect();
    assert_eq!(
        states,
        [
            PackageState::Processed,
            PackageState::Rejected,
            PackageState::Quarantined,
            PackageState::InFlight,
            PackageState::InFlight
        ]
    );
    let [a, b, c, d, _] = log.records.as_slice() else {
        panic!("five packages")
    };
    assert_eq!((a.results.len(), a.reason, a.trail_state.attempts), (1, None, 1));
    assert_eq!(b.reason, Some(ReasonCode::KeyDotSegment));
    assert!(b.concluded_at.is_some());
    assert_eq!(
        (
            c.trail_state.attempts,
            c.trail_state.failures_this_cycle,
            c.trail_state.starts_this_cycle
        ),
        (3, 1, 3)
    );
    // A replay starts over: no reason, no conclusion, a fresh count.
    assert_eq!(
        (d.reason, d.concluded_at, d.trail_state.starts_this_cycle),
        (None, None, 0)
    );
}
