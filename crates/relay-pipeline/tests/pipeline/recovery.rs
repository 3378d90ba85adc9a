//! A crash before and after every single port call; then a restart: nothing is lost, nothing has two endings.

use std::sync::Arc;

use relay_model::{ArrivalSource, ObjectKey, PackageState};
use relay_pipeline::intake::Delivery;
use relay_pipeline::ports::{PortErrorClass, WorkQueue};
use relay_testing::faults::{CrashMoment, Fault, FaultPlan};

use crate::world::{TABLE, World};

const FILES: [(&str, &[u8], PackageState); 4] = [
    ("org-001/a.csv", TABLE, PackageState::Processed),
    ("org-001/b.bin", b"\x00\x01\x02", PackageState::Processed),
    ("org-009/c.csv", TABLE, PackageState::Rejected),
    (
        "org-002/d.csv.gz",
        b"\x1F\x8B\x08\0\0\0\0\0\0\x03\xFF\xFF",
        PackageState::Quarantined,
    ),
];

// One process: takes all files in again, as a producer's inbox or a folder gives them, and runs what is queued.
async fn process_all(world: &World) {
    world.queue.release_abandoned("nobody").await.unwrap();
    world.reconcile().await.unwrap();
    for (key, bytes, _) in FILES {
        let delivery = Delivery {
            key: ObjectKey::new(key),
            declared_sha256: None,
            source: ArrivalSource::Inbox,
        };
        let mut input = bytes;
        let (arrival, _) = world
            .intake()
            .take_in(&delivery, &mut input, async |_| Ok(()))
            .await
            .unwrap();
        world.validation().validate(&arrival).await.unwrap();
    }
    world.drain().await.unwrap();
}

async fn assert_all_concluded(world: &World) {
    let records = world.records().await;
    assert_eq!(records.len(), FILES.len());
    for (key, _, state) in FILES {
        assert_eq!(records[key].state, state, "{key}");
    }
    assert_eq!(
        world
            .memory_queue
            .depth(relay_model::Timestamp::EPOCH)
            .await
            .unwrap()
            .total(),
        0
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_crash_at_any_port_call_loses_nothing() {
    let world = World::calm().await;
    process_all(&world).await;
    assert_all_concluded(&world).await;
    let calls = world.plan.calls();
    assert!(calls > 50, "{calls}");
    for moment in [CrashMoment::Before, CrashMoment::After] {
        for call in 1..=calls {
            let world = World::with(FaultPlan::calm(), |_| {}).await;
            world.plan.crash_at(call, moment);
            let crashed = Arc::clone(&world.plan);
            tokio::select! {
                () = process_all(&world) => {}
                () = crashed.crashed() => {}
            }
            // The process is gone: whatever thread of it still waited for a port ends.
            world.stop.cancel();
            let mut world = world;
            world.stop = tokio_util::sync::CancellationToken::new();
            world.plan.restart();
            process_all(&world).await;
            assert_all_concluded(&world).await;
        }
    }
}

#[tokio::test]
async fn a_version_whose_arrival_was_lost_is_found_by_reconciliation() {
    let world = World::calm().await;
    world.deliver("org-001/a.csv", TABLE).await;
    let done = world.reconcile().await.unwrap();
    assert_eq!((done.versions, done.without_trail, done.without_run), (1, 1, 0));
    world.drain().await.unwrap();
    assert_eq!(world.only_record().await.state, PackageState::Processed);
    let again = world.reconcile().await.unwrap();
    assert_eq!(
        (
            again.versions,
            again.without_trail,
            again.without_verdict,
            again.without_run
        ),
        (1, 0, 0, 0)
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn one_package_that_cannot_be_driven_on_does_not_keep_the_sweep_from_the_others() {
    let world = World::calm().await;
    for key in ["org-001/a.csv", "org-001/b.csv", "org-001/c.csv"] {
        world.deliver(key, TABLE).await;
    }
    world
        .plan
        .script("launcher.launch", Fault::FailBefore(PortErrorClass::Permanent));
    let done = world.reconcile().await.unwrap();
    assert_eq!((done.without_trail, done.not_driven_on), (2, 1));
    // The one that was left is found again.
    let again = world.reconcile().await.unwrap();
    assert_eq!((again.without_run, again.not_driven_on), (1, 0));
    world.drain().await.unwrap();
    world.assert_sound().await;
}
