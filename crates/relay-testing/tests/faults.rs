//! Faults come as planned: the same for the same seed, and with exactly the effect that each promises.
#![expect(clippy::unwrap_used, reason = "a helper of tests says what failed by panicking")]

use std::sync::Arc;

use relay_model::ObjectVersion;
use relay_pipeline::ports::{
    AuditTrail, Launched, Launcher, PackageStore, PortErrorClass, TokenKeys, TrailReader, WorkQueue, WriteMode,
};
use relay_testing::conformance::{self, StoreUnderTest, put, read_all};
use relay_testing::fakes::{MemoryLauncher, MemoryQueue, MemoryStore, MemoryTokenKeys, MemoryTrail};
use relay_testing::faults::{
    CrashMoment, Fault, FaultPlan, FaultRates, FaultyLauncher, FaultyQueue, FaultyStore, FaultyTokenKeys, FaultyTrail,
    Injected, WholeTrail,
};
use relay_testing::story::{Story, accepted, received};
use tokio::io::AsyncReadExt;

async fn append_many(seed: u64) -> Vec<Injected> {
    let rates = FaultRates {
        fail_before_permille: 100,
        fail_permanently_permille: 50,
        storage_full_permille: 50,
        fail_after_permille: 100,
        duplicate_permille: 100,
        delay_permille: 100,
        ..FaultRates::default()
    };
    let plan = FaultPlan::seeded(seed, rates);
    let trail = FaultyTrail::new(Arc::new(MemoryTrail::default()), Arc::clone(&plan));
    for number in 0..200 {
        let story = Story::new("org-001", &format!("{number}.csv"));
        // Whether it goes well is for the plan to say.
        let _ = trail.append(&story.next(received())).await;
    }
    plan.injected()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults() {
    let first = append_many(1).await;
    assert_eq!(first, append_many(1).await);
    assert_ne!(first, append_many(2).await);
    // Half of the calls, give or take; and every kind of fault.
    assert!((60..140).contains(&first.len()), "{}", first.len());
    let happened = |wanted: fn(&Fault) -> bool| first.iter().any(|injected| wanted(&injected.fault));
    assert!(happened(|fault| *fault == Fault::FailBefore(PortErrorClass::Retryable)));
    assert!(happened(|fault| *fault == Fault::FailBefore(PortErrorClass::Permanent)));
    assert!(happened(
        |fault| *fault == Fault::FailBefore(PortErrorClass::StorageFull)
    ));
    assert!(happened(|fault| *fault == Fault::FailAfter(PortErrorClass::Retryable)));
    assert!(happened(|fault| *fault == Fault::Duplicate));
    assert!(happened(|fault| matches!(fault, Fault::Delay(turns) if *turns > 0)));
}

#[tokio::test]
async fn faults_end_when_the_plan_says_so() {
    let rates = FaultRates {
        fail_before_permille: 1_000,
        faults_max: Some(3),
        ..FaultRates::default()
    };
    let trail = FaultyTrail::new(Arc::new(MemoryTrail::default()), FaultPlan::seeded(0, rates));
    for _ in 0..3 {
        assert_eq!(trail.counts().await.unwrap_err().class(), PortErrorClass::Retryable);
    }
    assert!(trail.counts().await.is_ok());
}

#[tokio::test]
async fn failing_before_has_no_effect_and_failing_after_has() {
    let (inner, plan) = (Arc::new(MemoryTrail::default()), FaultPlan::calm());
    let trail = FaultyTrail::new(Arc::clone(&inner) as Arc<dyn WholeTrail>, Arc::clone(&plan));
    let event = Story::new("org-001", "a.csv").next(received());
    plan.script("trail.append", Fault::FailBefore(PortErrorClass::StorageFull));
    plan.script("trail.append", Fault::FailAfter(PortErrorClass::Retryable));
    assert_eq!(
        trail.append(&event).await.unwrap_err().class(),
        PortErrorClass::StorageFull
    );
    assert_eq!(inner.events(), []);
    assert_eq!(
        trail.append(&event).await.unwrap_err().class(),
        PortErrorClass::Retryable
    );
    assert_eq!(inner.events(), [event]);
    let calls: Vec<u64> = plan.injected().into_iter().map(|injected| injected.call).collect();
    assert_eq!((calls, plan.calls()), (vec![1, 2], 2));
}

#[tokio::test]
async fn a_duplicate_answers_like_a_repetition() {
    let plan = FaultPlan::calm();
    let launcher = FaultyLauncher::new(Arc::new(MemoryLauncher::default()), Arc::clone(&plan));
    let queue = FaultyQueue::new(Arc::new(MemoryQueue::default()), Arc::clone(&plan));
    let mut story = Story::new("org-001", "a.csv");
    story.tell(received());
    plan.script("launcher.launch", Fault::Duplicate);
    assert_eq!(launcher.launch(&story.order()).await.unwrap(), Launched::AlreadyRunning);
    plan.script("queue.claim", Fault::Duplicate);
    queue.enqueue(&story.order(), story.at).await.unwrap();
    assert_eq!(
        queue.claim("one", story.at, 1_000).await.unwrap(),
        None,
        "the first claim was answered to nobody"
    );
}

async fn stored(store: &FaultyStore) -> ObjectVersion {
    let bucket = "ingress".parse().unwrap();
    put(store, &bucket, "org-001/a", WriteMode::NewVersion, b"0123456789")
        .await
        .unwrap()
        .stored()
        .object
        .clone()
}

#[tokio::test]
async fn bodies_end_too_early() {
    let plan = FaultPlan::calm();
    let store = FaultyStore::new(Arc::new(MemoryStore::default()), Arc::clone(&plan));
    let object = stored(&store).await;
    plan.script("store.read", Fault::CutRead(4));
    let mut bytes = Vec::new();
    let mut reader = store.read(&object, 2).await.unwrap();
    assert!(reader.read_to_end(&mut bytes).await.is_err());
    assert_eq!(bytes, b"2345");
    plan.script("store.read", Fault::EndReadEarly(4));
    assert_eq!(read_all(&store, &object, 0).await, b"0123");
    plan.script("store.read", Fault::CutRead(11));
    assert_eq!(
        read_all(&store, &object, 0).await,
        b"0123456789",
        "longer than the body"
    );
    assert_eq!(read_all(&store, &object, 0).await, b"0123456789", "no fault");
}

#[tokio::test]
async fn a_write_reported_as_failed_is_there() {
    let plan = FaultPlan::calm();
    let inner = MemoryStore::default();
    let store = FaultyStore::new(Arc::new(inner.clone()), Arc::clone(&plan));
    let bucket = "ingress".parse().unwrap();
    for (call, fault, versions) in [
        ("store.write", Fault::FailBefore(PortErrorClass::Retryable), 0),
        ("writer.write", Fault::FailAfter(PortErrorClass::Retryable), 0),
        ("writer.finish", Fault::FailBefore(PortErrorClass::StorageFull), 0),
        ("writer.finish", Fault::FailAfter(PortErrorClass::Retryable), 1),
    ] {
        plan.script(call, fault);
        assert!(
            put(&store, &bucket, "org-001/a", WriteMode::NewVersion, b"x")
                .await
                .is_err(),
            "{call}"
        );
        assert_eq!(inner.len(), versions, "{call} {fault:?}");
    }
}

#[tokio::test]
async fn after_a_crash_no_call_returns_until_the_restart() {
    for (moment, events) in [(CrashMoment::Before, 1), (CrashMoment::After, 2)] {
        let (inner, plan) = (Arc::new(MemoryTrail::default()), FaultPlan::calm());
        let trail = FaultyTrail::new(Arc::clone(&inner) as Arc<dyn WholeTrail>, Arc::clone(&plan));
        plan.crash_at(2, moment);
        let trail_state = async {
            let mut story = Story::new("org-001", "a.csv");
            story.record(&trail, received()).await;
            story.record(&trail, accepted()).await;
        };
        tokio::select! {
            () = trail_state => panic!("the second call must not return"),
            () = plan.crashed() => {}
        }
        assert!(plan.has_crashed());
        assert_eq!(inner.events().len(), events, "{moment:?}");
        tokio::select! {
            biased;
            _ = trail.counts() => panic!("a dead process makes no calls"),
            () = tokio::task::yield_now() => {}
        }
        plan.restart();
        assert_eq!(trail.counts().await.unwrap().received, 1);
    }
}

#[tokio::test]
async fn ports_that_are_only_slow_keep_their_promises() {
    let slow = || {
        FaultPlan::seeded(
            7,
            FaultRates {
                delay_permille: 500,
                ..FaultRates::default()
            },
        )
    };
    conformance::trail(async || FaultyTrail::new(Arc::new(MemoryTrail::default()), slow())).await;
    conformance::queue(async || FaultyQueue::new(Arc::new(MemoryQueue::default()), slow())).await;
    conformance::store(async || StoreUnderTest {
        store: Arc::new(FaultyStore::new(Arc::new(MemoryStore::default()), slow())),
        bucket: "ingress".parse().unwrap(),
        other_bucket: "results".parse().unwrap(),
        can_hold: |_| true,
    })
    .await;
}

#[tokio::test]
async fn a_key_whose_answer_is_lost_is_made_all_the_same() {
    let plan = FaultPlan::calm();
    let kept = MemoryTokenKeys::default();
    let keys = FaultyTokenKeys::new(Arc::new(kept.clone()), Arc::clone(&plan));
    let organization = "org-001".parse().unwrap();
    plan.script("keys.token_key", Fault::FailBefore(PortErrorClass::Retryable));
    plan.script("keys.token_key", Fault::FailAfter(PortErrorClass::Retryable));
    plan.script("keys.token_key", Fault::Duplicate);
    keys.token_key(&organization).await.unwrap_err();
    assert_eq!(kept.count(), 0);
    keys.token_key(&organization).await.unwrap_err();
    assert_eq!(kept.count(), 1);
    keys.token_key(&organization).await.unwrap();
    assert_eq!(kept.count(), 1);
}
