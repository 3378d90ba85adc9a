//! Duplicates: the same bytes and the same names again, whatever fails and whoever else runs.

use std::sync::Arc;

use relay_model::{
    Arrival, ArrivalSource, Duplicate, DuplicateKind, Duplicates, EventKind, ObjectKey, PackageId, PackageState,
    Sha256Digest,
};
use relay_pipeline::ports::{
    DuplicateIndex, DuplicateKey, IndexedPackage, PortErrorClass, RunOrder, TrailReader, WriteMode,
};
use relay_pipeline::processing::RunOutcome;
use relay_pipeline::validation::Validated;
use relay_testing::conformance::put;
use relay_testing::faults::{CrashMoment, Fault, FaultPlan};
use tokio::task::JoinSet;

use crate::world::{TABLE, World};

const OTHER: &[u8] = b"x,y\n5,6\n";
const CUT_OFF: &[u8] = b"\x1F\x8B\x08\0\0\0\0\0\0\x03\xFF\xFF";

// Uploads bytes as a producer does to S3, where each upload is a version of its own, and decides on them.
async fn upload(world: &World, key: &str, bytes: &[u8]) -> RunOrder {
    let bucket = &world.settings.ingress_bucket;
    let outcome = put(world.store.as_ref(), bucket, key, WriteMode::NewVersion, bytes).await;
    let stored = outcome.unwrap().stored().clone();
    let arrival = Arrival {
        object: stored.object,
        size_bytes: Some(stored.size_bytes),
        sha256: None,
        sequencer: None,
        source: ArrivalSource::S3Notification,
    };
    match world.validation().validate(&arrival).await.unwrap() {
        Validated::Accepted { order, .. } => *order,
        other => panic!("{key} was not accepted: {other:?}"),
    }
}

// Uploads bytes and runs them to their conclusion.
async fn send(world: &World, key: &str, bytes: &[u8]) -> PackageId {
    let order = upload(world, key, bytes).await;
    world.run_to_the_end(&order).await;
    order.package_id
}

async fn duplicates_of(world: &World, package_id: &PackageId) -> Duplicates {
    world.trail.record(package_id).await.unwrap().unwrap().duplicates
}

fn found<const N: usize>(expected: [(DuplicateKind, &PackageId); N]) -> Duplicates {
    let duplicate = |(kind, of): (DuplicateKind, &PackageId)| Duplicate { kind, of: of.clone() };
    Duplicates::found(expected.map(duplicate).into())
}

#[tokio::test]
async fn the_first_package_is_nobodys_duplicate() {
    let world = World::calm().await;
    let first = send(&world, "org-001/a.csv", TABLE).await;
    let stranger = send(&world, "org-001/b.csv", OTHER).await;
    for id in [first, stranger] {
        assert!(duplicates_of(&world, &id).await.are_none());
        let events = world.trail.read(&id).await.unwrap();
        assert!(!events.last().unwrap().canonical.contains("duplicates"));
    }
    world.assert_sound().await;
}

#[tokio::test]
async fn bytes_and_names_that_come_again_are_recorded_with_who_was_first() {
    use DuplicateKind::{SameBytes, SameNameOtherBytes, SameNameSameBytes};
    let world = World::calm().await;
    let first = send(&world, "org-001/a.csv", TABLE).await;
    let again = send(&world, "org-001/a.csv", TABLE).await;
    assert_eq!(
        duplicates_of(&world, &again).await,
        found([(SameNameSameBytes, &first)])
    );
    let renamed = send(&world, "org-001/in/a.csv", TABLE).await;
    assert_eq!(duplicates_of(&world, &renamed).await, found([(SameBytes, &first)]));
    let changed = send(&world, "org-001/a.csv", OTHER).await;
    assert_eq!(
        duplicates_of(&world, &changed).await,
        found([(SameNameOtherBytes, &first)])
    );
    // Both at once, of different packages.
    let both = send(&world, "org-001/in/a.csv", OTHER).await;
    assert_eq!(
        duplicates_of(&world, &both).await,
        found([(SameBytes, &changed), (SameNameOtherBytes, &renamed)])
    );
    let changed_again = send(&world, "org-001/a.csv", OTHER).await;
    assert_eq!(
        duplicates_of(&world, &changed_again).await,
        found([(SameNameSameBytes, &changed), (SameNameOtherBytes, &first)])
    );
    let renamed_again = send(&world, "org-001/in/a.csv", TABLE).await;
    assert_eq!(
        duplicates_of(&world, &renamed_again).await,
        found([(SameBytes, &first), (SameNameSameBytes, &renamed)])
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn organizations_know_nothing_of_each_other() {
    let world = World::calm().await;
    send(&world, "org-001/a.csv", TABLE).await;
    let other = send(&world, "org-002/a.csv", TABLE).await;
    assert!(duplicates_of(&world, &other).await.are_none());
    world.assert_sound().await;
}

#[tokio::test]
async fn quarantined_packages_claim_and_rejected_and_failed_ones_do_not() {
    let world = World::calm().await;
    // All bytes of it were read, and could not be unpacked.
    let bad = send(&world, "org-001/a.csv.gz", CUT_OFF).await;
    let record = world.trail.record(&bad).await.unwrap().unwrap();
    assert_eq!(record.state, PackageState::Quarantined);
    assert!(record.sha256.is_some(), "all bytes were read");
    let again = send(&world, "org-001/a.csv.gz", CUT_OFF).await;
    let expected = found([(DuplicateKind::SameNameSameBytes, &bad)]);
    assert_eq!(duplicates_of(&world, &again).await, expected);
    // Asked for again, the first one is still the first, and the second still its duplicate.
    for id in [&bad, &again] {
        world.replay().replay(id, "a test").await.unwrap();
    }
    world.drain().await.unwrap();
    assert_eq!(
        world.trail.record(&bad).await.unwrap().unwrap().trail_state.attempts,
        2,
        "it was taken up again"
    );
    assert!(duplicates_of(&world, &bad).await.are_none());
    assert_eq!(duplicates_of(&world, &again).await, expected);

    world.receive("org-001/run.csv", b"#!/bin/sh").await;
    let holder_of = |subject, key: &str, bytes: &[u8]| {
        let mine = IndexedPackage {
            package_id: again.clone(),
            key: ObjectKey::new(key),
            sha256: Sha256Digest::of(bytes),
        };
        let duplicate_index = Arc::clone(&world.duplicate_index);
        async move {
            let organization = "org-001".parse().unwrap();
            duplicate_index
                .claim(&organization, subject, &mine)
                .await
                .unwrap()
                .package_id
        }
    };
    assert_eq!(
        holder_of(DuplicateKey::Name, "org-001/run.csv", b"#!/bin/sh").await,
        again,
        "a rejected package claimed nothing"
    );
    let failed = upload(&world, "org-001/f.csv", OTHER).await;
    for _ in 0..100 {
        world
            .plan
            .script("store.read", Fault::FailBefore(PortErrorClass::Retryable));
    }
    world.run_to_the_end(&failed).await;
    let record = world.trail.record(&failed.package_id).await.unwrap().unwrap();
    assert_eq!(record.state, PackageState::Failed);
    assert_eq!(holder_of(DuplicateKey::Bytes, "org-001/f.csv", OTHER).await, again);
    world.assert_sound().await;
}

#[tokio::test(start_paused = true)]
async fn claims_that_cannot_be_made_for_a_while_are_made_in_the_end() {
    let world = World::calm().await;
    let first = send(&world, "org-001/a.csv", TABLE).await;
    let order = upload(&world, "org-001/a.csv", TABLE).await;
    for _ in 0..3 {
        // The last of them was made, and only its answer was lost.
        world
            .plan
            .script("claims.claim", Fault::FailAfter(PortErrorClass::Retryable));
    }
    world.run_to_the_end(&order).await;
    let expected = found([(DuplicateKind::SameNameSameBytes, &first)]);
    assert_eq!(duplicates_of(&world, &order.package_id).await, expected);
    world.assert_sound().await;
}

#[tokio::test(start_paused = true)]
async fn claims_that_cannot_be_made_at_all_keep_no_package_from_its_conclusion() {
    for (class, failures) in [(PortErrorClass::Permanent, 1), (PortErrorClass::Retryable, 4)] {
        let world = World::calm().await;
        send(&world, "org-001/a.csv", TABLE).await;
        for _ in 0..failures {
            world.plan.script("claims.claim", Fault::FailBefore(class));
        }
        let order = upload(&world, "org-001/a.csv", TABLE).await;
        world.run_to_the_end(&order).await;
        let record = world.trail.record(&order.package_id).await.unwrap().unwrap();
        assert_eq!(record.state, PackageState::Processed);
        assert_eq!(record.duplicates, Duplicates::unknown(), "which is said, not hidden");
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn a_crash_at_any_call_changes_nothing_of_what_is_recorded_in_the_end() {
    let calls = {
        let world = World::calm().await;
        send(&world, "org-001/b.csv", TABLE).await;
        let order = upload(&world, "org-001/a.csv", TABLE).await;
        let before = world.plan.calls();
        world.run_to_the_end(&order).await;
        before + 1..=world.plan.calls()
    };
    assert!(
        calls.clone().count() >= 4,
        "a start, two claims and a conclusion: {calls:?}"
    );
    for moment in [CrashMoment::Before, CrashMoment::After] {
        for call in calls.clone() {
            let mut world = World::with(FaultPlan::calm(), |_| {}).await;
            let first = send(&world, "org-001/b.csv", TABLE).await;
            let order = upload(&world, "org-001/a.csv", TABLE).await;
            world.plan.crash_at(call, moment);
            let crashed = Arc::clone(&world.plan);
            tokio::select! {
                _ = world.attempt(&order) => {}
                () = crashed.crashed() => {}
            }
            world.stop.cancel();
            world.stop = tokio_util::sync::CancellationToken::new();
            world.plan.restart();
            // Another package with the same bytes and name comes to its end before the crashed run is taken up again.
            let between = send(&world, "org-001/a.csv", TABLE).await;
            world.run_to_the_end(&order).await;
            let mine = duplicates_of(&world, &order.package_id).await;
            let theirs = duplicates_of(&world, &between).await;
            let of_first = (DuplicateKind::SameBytes, &first);
            let of = |other| found([of_first, (DuplicateKind::SameNameSameBytes, other)]);
            // Whichever of them claimed the name is the other's original, and nobody is both.
            let sound = (mine == found([of_first]) && theirs == of(&order.package_id))
                || (theirs == found([of_first]) && mine == of(&between));
            assert!(sound, "{moment:?} call {call}: {mine:?}, {theirs:?}");
            world.assert_sound().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_packages_that_run_at_once_exactly_one_is_first() {
    for round in 0..20 {
        let world = Arc::new(World::calm().await);
        let mut orders: Vec<RunOrder> = Vec::new();
        for _ in 0..4 {
            orders.push(upload(&world, "org-001/a.csv", TABLE).await);
        }
        let mut runs = JoinSet::new();
        // Each of them twice: a run service may start a run again that is still running.
        for order in orders.iter().chain(&orders) {
            let (world, order) = (Arc::clone(&world), order.clone());
            runs.spawn(async move { world.attempt(&order).await.unwrap() });
        }
        for outcome in runs.join_all().await {
            assert!(!matches!(outcome, RunOutcome::Retry { .. }), "{outcome:?}");
        }
        let mut firsts = Vec::new();
        let mut of = Vec::new();
        for order in &orders {
            let kinds = world.kinds(&order.package_id).await;
            assert_eq!(kinds.last(), Some(&EventKind::Processed));
            match duplicates_of(&world, &order.package_id).await.known() {
                [] => firsts.push(order.package_id.clone()),
                [one] => {
                    assert_eq!(one.kind, DuplicateKind::SameNameSameBytes);
                    of.push(one.of.clone());
                }
                more => panic!("round {round}: {more:?}"),
            }
        }
        assert_eq!(firsts.len(), 1, "round {round}: {firsts:?} {of:?}");
        assert!(
            of.iter().all(|one| *one == firsts[0]),
            "round {round}: {firsts:?} {of:?}"
        );
        world.assert_sound().await;
    }
}

// The race in slow motion: the loser of the bytes comes to the name before the winner does.
#[tokio::test]
async fn who_loses_the_bytes_claims_the_name_for_the_winner() {
    let world = World::calm().await;
    let winner = upload(&world, "org-001/a.csv", TABLE).await;
    // The winner dies after its first claim.
    let claims_before = {
        let rehearsal = World::calm().await;
        let order = upload(&rehearsal, "org-001/a.csv", TABLE).await;
        let before = rehearsal.plan.calls();
        rehearsal.run_to_the_end(&order).await;
        // Behind the first claim come the second one and the conclusion.
        rehearsal.plan.calls() - before - 2
    };
    world
        .plan
        .crash_at(world.plan.calls() + claims_before, CrashMoment::After);
    let crashed = Arc::clone(&world.plan);
    tokio::select! {
        _ = world.attempt(&winner) => panic!("it did not crash"),
        () = crashed.crashed() => {}
    }
    world.plan.restart();
    let loser = send(&world, "org-001/a.csv", TABLE).await;
    world.run_to_the_end(&winner).await;
    let expected = found([(DuplicateKind::SameNameSameBytes, &winner.package_id)]);
    assert_eq!(duplicates_of(&world, &loser).await, expected);
    assert!(duplicates_of(&world, &winner.package_id).await.are_none());
    world.assert_sound().await;
}
