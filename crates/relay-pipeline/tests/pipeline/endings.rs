//! Each ending, and the way to it.

use relay_model::{EventKind, PackageState, ReasonCode, SealedEvent};
use relay_pipeline::Recorder;
use relay_pipeline::failed_runs::End;
use relay_pipeline::ports::{OrganizationRegistry, PortErrorClass, TrailReader};
use relay_pipeline::processing::RunOutcome;
use relay_pipeline::replay::ReplayError;
use relay_pipeline::validation::Validated;
use relay_testing::faults::{Fault, FaultPlan};
use relay_testing::story::author;

use crate::world::{TABLE, World};

#[tokio::test]
async fn a_table_is_processed_with_its_trail_and_results() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    let outcome = world.run_to_the_end(&order).await;
    assert_eq!(
        outcome,
        RunOutcome::Concluded {
            state: PackageState::Processed,
            reason: None
        }
    );
    let expected = [
        EventKind::Received,
        EventKind::Accepted,
        EventKind::Started,
        EventKind::Processed,
    ];
    assert_eq!(world.kinds(&order.package_id).await, expected);
    let record = world.only_record().await;
    assert_eq!(record.results[0].name, "data.parquet");
    assert!(record.results[0].object.key.as_str().starts_with("org-001/pkg-"));
    assert_eq!(record.table.unwrap().rows, 2);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_clock_that_runs_behind_puts_no_effect_before_its_cause() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    world.clock.turn_back(3_600_000);
    world.run_to_the_end(&order).await;
    let events = world.trail.read(&order.package_id).await.unwrap();
    let time = |text: &str| SealedEvent::from_canonical(text).unwrap().event().at;
    let times: Vec<_> = events.iter().map(|event| time(&event.canonical)).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(times.len(), 4);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_opaque_package_is_copied() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.bin", b"\x00\x01\x02").await;
    world.run_to_the_end(&order).await;
    let record = world.only_record().await;
    assert_eq!(
        (record.results[0].name.as_str(), Some(record.results[0].sha256)),
        ("data.bin", record.sha256)
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn refused_names_owners_and_envelopes_start_no_run() {
    let world = World::calm().await;
    world
        .registry
        .set_enabled(&"org-002".parse().unwrap(), false, &author())
        .await
        .unwrap();
    for (key, bytes, code) in [
        ("org-001/../x", TABLE, ReasonCode::KeyDotSegment),
        ("org-009/a.csv", TABLE, ReasonCode::OrganizationUnknown),
        ("ORG-001/a.csv", TABLE, ReasonCode::OrganizationUnknown),
        ("org-002/a.csv", TABLE, ReasonCode::OrganizationDisabled),
        ("org-001/empty.csv", b"", ReasonCode::ObjectEmpty),
        ("org-001/run.csv", b"#!/bin/sh", ReasonCode::ContentNotAllowed),
    ] {
        match world.receive(key, bytes).await {
            Validated::Rejected { reason, .. } => assert_eq!(reason.code, code, "{key}"),
            other => panic!("{key}: {other:?}"),
        }
    }
    let records = world.records().await;
    assert!(records.values().all(|record| record.state == PackageState::Rejected));
    assert_eq!(
        records["org-002/a.csv"].organization.as_ref().unwrap().as_str(),
        "org-002"
    );
    assert_eq!(records["ORG-001/a.csv"].organization, None);
    world.drain().await.unwrap();
    assert_eq!(world.store.len(), 6, "every original is kept, and nothing was written");
    world.assert_sound().await;
}

#[tokio::test]
async fn what_fails_on_our_side_is_tried_three_times_then_failed_and_announced() {
    let plan = FaultPlan::calm();
    let world = World::with(plan, |_| {}).await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    for _ in 0..3 {
        // One more than the reader takes up again by itself.
        for _ in 0..6 {
            world
                .plan
                .script("store.read", Fault::FailBefore(PortErrorClass::Retryable));
        }
    }
    let outcome = world.run_to_the_end(&order).await;
    let reason = Some(ReasonCode::StorageUnavailable);
    assert_eq!(
        outcome,
        RunOutcome::Concluded {
            state: PackageState::Failed,
            reason
        }
    );
    let kinds = world.kinds(&order.package_id).await;
    assert_eq!(
        kinds.iter().filter(|kind| **kind == EventKind::AttemptFailed).count(),
        3
    );
    assert_eq!(world.notifier.notices().len(), 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_pause_before_each_attempt_doubles() {
    let world = World::with(FaultPlan::calm(), |limits| limits.retry_backoff_ms = 100).await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    let mut order = order;
    for expected in [100, 200] {
        for _ in 0..6 {
            world
                .plan
                .script("store.read", Fault::FailBefore(PortErrorClass::Retryable));
        }
        match world.attempt(&order).await.unwrap() {
            RunOutcome::Retry { order: next, after_ms } => {
                assert_eq!(after_ms, expected);
                order = *next;
            }
            other => panic!("{other:?}"),
        }
    }
    let outcome = world.attempt(&order).await.unwrap();
    assert_eq!(
        outcome,
        RunOutcome::Concluded {
            state: PackageState::Processed,
            reason: None
        }
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_full_store_is_named_and_the_package_can_be_replayed() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    for _ in 0..3 {
        world
            .plan
            .script("writer.finish", Fault::FailBefore(PortErrorClass::StorageFull));
    }
    world.run_to_the_end(&order).await;
    assert_eq!(world.only_record().await.reason, Some(ReasonCode::StorageFull));

    let replayed = world.replay().replay(&order.package_id, "a test").await.unwrap();
    assert!(matches!(replayed, Validated::Accepted { .. }));
    world.drain().await.unwrap();
    let record = world.only_record().await;
    assert_eq!((record.state, record.reason), (PackageState::Processed, None));
    // The fourth attempt, and no memory of the first three in this cycle.
    assert_eq!(
        (record.trail_state.attempts, record.trail_state.starts_this_cycle),
        (4, 1)
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_failure_that_will_not_pass_is_not_tried_again() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    world
        .plan
        .script("store.read", Fault::FailBefore(PortErrorClass::Permanent));
    let outcome = world.attempt(&order).await.unwrap();
    assert!(matches!(
        outcome,
        RunOutcome::Concluded {
            state: PackageState::Failed,
            ..
        }
    ));
    world.assert_sound().await;
}

#[tokio::test]
async fn an_object_that_is_gone_before_validation_is_failed_and_announced() {
    let world = World::calm().await;
    let arrival = world.deliver("org-001/a.csv", TABLE).await;
    world
        .plan
        .script("store.head", Fault::FailBefore(PortErrorClass::NotFound));
    let validated = world.validation().validate(&arrival).await.unwrap();
    assert!(matches!(validated, Validated::Failed { .. }), "{validated:?}");
    assert_eq!(world.only_record().await.reason, Some(ReasonCode::ObjectMissing));
    assert_eq!(world.notifier.notices().len(), 1);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_notice_that_cannot_be_sent_does_not_undo_the_conclusion() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    world
        .plan
        .script("store.read", Fault::FailBefore(PortErrorClass::Permanent));
    world
        .plan
        .script("notifier.notify", Fault::FailBefore(PortErrorClass::Permanent));
    world.attempt(&order).await.unwrap();
    assert_eq!(world.only_record().await.state, PackageState::Failed);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_package_that_is_interrupted_again_and_again_is_failed_in_the_end() {
    let world = World::with(FaultPlan::calm(), |limits| limits.starts_max = 4).await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    world.stop.cancel();
    let mut next = order.clone();
    for _ in 0..4 {
        match world.attempt(&next).await.unwrap() {
            RunOutcome::Released { order } => next = *order,
            other => panic!("{other:?}"),
        }
    }
    let outcome = world.attempt(&next).await.unwrap();
    let reason = Some(ReasonCode::AttemptsExhausted);
    assert_eq!(
        outcome,
        RunOutcome::Concluded {
            state: PackageState::Failed,
            reason
        }
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_given_up() {
    let world = World::with(FaultPlan::calm(), |limits| limits.attempt_ms_max = 0).await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    world.run_to_the_end(&order).await;
    assert_eq!(world.only_record().await.reason, Some(ReasonCode::AttemptTimedOut));
    world.assert_sound().await;
}

#[tokio::test]
async fn only_what_is_concluded_and_not_processed_can_be_replayed() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    let in_flight = world.replay().replay(&order.package_id, "a test").await;
    assert!(matches!(in_flight, Err(ReplayError::InFlight(_))));
    world.run_to_the_end(&order).await;
    let processed = world.replay().replay(&order.package_id, "a test").await;
    assert!(matches!(processed, Err(ReplayError::Processed(_))));
    let unknown = "pkg-0000000000000000000000000000000000000000".parse().unwrap();
    assert!(matches!(
        world.replay().replay(&unknown, "a test").await,
        Err(ReplayError::Unknown(_))
    ));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_run_of_which_no_task_ever_began_is_no_failure_of_the_package() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    for _ in 0..3 {
        let state = world.failed_runs().conclude(&order, End::Died, "no sign of life").await;
        assert_eq!(state.unwrap(), PackageState::InFlight);
    }
    assert_eq!(
        world.kinds(&order.package_id).await,
        [EventKind::Received, EventKind::Accepted],
        "nothing is recorded"
    );
    assert!(world.notifier.notices().is_empty(), "nothing failed");
    // And it can still be run.
    world.run_to_the_end(&order).await;
    assert_eq!(world.only_record().await.state, PackageState::Processed);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_run_that_was_given_up_fails_and_is_announced_once_for_each_time_it_is_said() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    // A task began and died.
    let mut trail_writer =
        Recorder::new(&world.ports, "test").writer(order.custody.object.clone(), Some(order.trail_state.clone()));
    trail_writer.start_attempt().await.unwrap();
    let given_up = async || {
        world
            .failed_runs()
            .conclude(&order, End::Died, "no sign of life")
            .await
            .unwrap()
    };
    assert_eq!(given_up().await, PackageState::Failed);
    // Whoever says it again finds it said.
    assert_eq!(given_up().await, PackageState::Failed);
    let record = world.only_record().await;
    assert_eq!(record.reason, Some(ReasonCode::AttemptsExhausted));
    let expected = [
        EventKind::Received,
        EventKind::Accepted,
        EventKind::Started,
        EventKind::Failed,
    ];
    assert_eq!(world.kinds(&order.package_id).await, expected);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_run_whose_report_was_lost_keeps_its_verdict() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    world.run_to_the_end(&order).await;
    let state = world
        .failed_runs()
        .conclude(&order, End::TookTooLong, "no report")
        .await
        .unwrap();
    assert_eq!(state, PackageState::Processed);
    assert!(world.notifier.notices().is_empty(), "nothing failed");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_late_word_about_an_old_run_does_not_end_the_one_of_a_replay() {
    let world = World::with(FaultPlan::calm(), |_| {}).await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    world
        .failed_runs()
        .conclude(&order, End::NotCarriedOut, "no capacity")
        .await
        .unwrap();
    world.replay().replay(&order.package_id, "test").await.unwrap();
    let state = world
        .failed_runs()
        .conclude(&order, End::Died, "no sign of life")
        .await
        .unwrap();
    assert_eq!(state, PackageState::Failed, "what became of that run");
    assert_eq!(world.only_record().await.state, PackageState::InFlight);
    world.assert_sound().await;
}
