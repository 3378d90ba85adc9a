//! The same thing said twice, or done by two at once.

use std::sync::Arc;

use relay_model::{EventKind, PackageState};
use relay_pipeline::ports::{Launched, OrganizationLookup, OrganizationRegistry};
use relay_pipeline::processing::RunOutcome;
use relay_pipeline::validation::Validated;
use relay_testing::story::author;

use crate::world::{TABLE, World};

#[tokio::test]
async fn the_same_arrival_ten_times_gives_one_run() {
    let world = Arc::new(World::calm().await);
    let arrival = world.deliver("org-001/a.csv", TABLE).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let (world, arrival) = (Arc::clone(&world), arrival.clone());
        tasks.spawn(async move { world.validation().validate(&arrival).await.unwrap() });
    }
    let mut started = 0;
    while let Some(validated) = tasks.join_next().await {
        match validated.unwrap() {
            Validated::Accepted { launched, .. } => started += usize::from(launched == Launched::Started),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(started, 1);
    world.drain().await.unwrap();
    // Once more, after the end: nothing happens.
    world.validation().validate(&arrival).await.unwrap();
    world.drain().await.unwrap();
    let kinds = world.kinds(&arrival.object.package_id()).await;
    assert_eq!(
        kinds.iter().filter(|kind| **kind == EventKind::Started).count(),
        1,
        "{kinds:?}"
    );
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runs_of_one_order_come_to_one_ending() {
    for _ in 0..20 {
        let world = Arc::new(World::calm().await);
        let order = world.accept("org-001/a.csv", TABLE).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (world, order) = (Arc::clone(&world), order.clone());
            tasks.spawn(async move { world.attempt(&order).await.unwrap() });
        }
        while let Some(outcome) = tasks.join_next().await {
            let outcome = outcome.unwrap();
            let is_fine = matches!(
                outcome,
                RunOutcome::Concluded {
                    state: PackageState::Processed,
                    ..
                } | RunOutcome::AlreadyConcluded
            );
            assert!(is_fine, "{outcome:?}");
        }
        assert_eq!(world.only_record().await.state, PackageState::Processed);
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn the_first_verdict_stands() {
    let world = World::calm().await;
    let arrival = world.deliver("org-001/a.csv", TABLE).await;
    world.validation().validate(&arrival).await.unwrap();
    world
        .registry
        .set_enabled(&"org-001".parse().unwrap(), false, &author())
        .await
        .unwrap();
    let again = world.validation().validate(&arrival).await.unwrap();
    assert!(matches!(again, Validated::AlreadyDecided { .. }), "{again:?}");
    world.drain().await.unwrap();
    assert_eq!(
        world.only_record().await.state,
        PackageState::Processed,
        "what is in flight goes on"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn an_order_that_waited_behind_a_conclusion_does_nothing() {
    let world = World::calm().await;
    let order = world.accept("org-001/a.csv", TABLE).await;
    world.run_to_the_end(&order).await;
    world.clock.advance(1);
    assert_eq!(world.attempt(&order).await.unwrap(), RunOutcome::AlreadyConcluded);
    // The queue still has it: the worker finds that there is nothing to run.
    world.drain().await.unwrap();
    world.assert_sound().await;
}

#[tokio::test]
async fn a_replay_of_a_rejected_package_is_decided_anew() {
    let world = World::calm().await;
    let validated = world.receive("org-009/a.csv", TABLE).await;
    let id = validated.package_id().clone();
    let again = world.replay().replay(&id, "a test").await.unwrap();
    assert!(matches!(again, Validated::Rejected { .. }));
    let mut organization = world.registry.get(&"org-001".parse().unwrap()).await.unwrap().unwrap();
    organization.id = "org-009".parse().unwrap();
    world.registry.add(&organization, &author()).await.unwrap();
    world.replay().replay(&id, "a test").await.unwrap();
    world.drain().await.unwrap();
    let record = world.only_record().await;
    assert_eq!(
        (record.state, record.organization.unwrap().as_str()),
        (PackageState::Processed, "org-009")
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_replay_while_the_old_order_is_still_queued_is_not_lost() {
    let world = World::calm().await;
    let order = world
        .accept("org-001/a.csv.gz", b"\x1F\x8B\x08\0\0\0\0\0\0\x03\xFF\xFF")
        .await;
    // Concluded by somebody else, while the order still stands in the queue.
    world.run_to_the_end(&order).await;
    let id = world.only_record().await.package_id;
    assert_eq!(world.only_record().await.state, PackageState::Quarantined);
    let replayed = world.replay().replay(&id, "a test").await.unwrap();
    assert!(
        matches!(
            replayed,
            Validated::Accepted {
                launched: Launched::AlreadyRunning,
                ..
            }
        ),
        "{replayed:?}"
    );
    world.drain().await.unwrap();
    let record = world.only_record().await;
    assert_eq!(
        (record.state, record.trail_state.attempts),
        (PackageState::Quarantined, 2)
    );
    world.assert_sound().await;
}
