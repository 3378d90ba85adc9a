//! Rounds of alerting that fail and die: no notice is lost, and none is told of twice without need.

use std::collections::BTreeMap;
use std::sync::Arc;

use relay_alerts::{Alert, AlertSettings, Place, Received};
use relay_model::{Notice, ObjectKey, PackageId, ReasonCode};
use relay_pipeline::alerting::{Alerting, NOTICES_PER_ROUND_MAX, Round, RoundError};
use relay_pipeline::ports::{Clock, NoticeQueue, Notifier, PortErrorClass};
use relay_testing::fakes::{ManualClock, MemoryAlertState, MemoryNotices, MemorySink};
use relay_testing::faults::{CrashMoment, Fault, FaultPlan, FaultyAlertState, FaultyNotices, FaultySink};

const QUIET_MS: u64 = 3_600_000;
/// The calls of one round that finds notices and tells of one group: receive, load, send, save, delete.
const CALLS_OF_A_ROUND: u64 = 5;

struct Desk {
    notices: Arc<MemoryNotices>,
    sink: Arc<MemorySink>,
    clock: Arc<ManualClock>,
    plan: Arc<FaultPlan>,
    alerting: Alerting,
}

impl Desk {
    fn new() -> Self {
        let (notices, sink) = (Arc::<MemoryNotices>::default(), Arc::<MemorySink>::default());
        let (clock, plan) = (Arc::<ManualClock>::default(), FaultPlan::calm());
        let alerting = Alerting {
            notices: Arc::new(FaultyNotices::new(notices.clone(), plan.clone())),
            books: Arc::new(FaultyAlertState::new(Arc::<MemoryAlertState>::default(), plan.clone())),
            sink: Arc::new(FaultySink::new(sink.clone(), plan.clone())),
            clock: clock.clone(),
            settings: AlertSettings {
                environment: "test".parse().unwrap(),
                quiet_ms: QUIET_MS,
                place: Place::Premises,
            },
        };
        Self {
            notices,
            sink,
            clock,
            plan,
            alerting,
        }
    }

    async fn fail(&self, number: usize) {
        for index in 0..number {
            let key = ObjectKey::new(format!("org-001/{index}.csv"));
            let package_id = PackageId::derive(&"ingress".parse().unwrap(), &key, &"v1".parse().unwrap());
            let organization = Some("org-001".parse().unwrap());
            let notice = Notice::package_failed(package_id, organization, key, ReasonCode::StorageFull);
            self.notices.notify(&notice).await.unwrap();
        }
    }

    async fn round(&self) -> Round {
        self.alerting.round().await.unwrap()
    }

    // Rounds and time, until everything is told that has come.
    async fn settle(&self) {
        for _ in 0..3 {
            self.round().await;
            self.clock.advance(QUIET_MS);
        }
    }

    // How many notices were told of; the same alert counts once.
    fn told(&self) -> u64 {
        let alerts: BTreeMap<String, Alert> = self
            .sink
            .alerts()
            .into_iter()
            .map(|alert| (alert.id.clone(), alert))
            .collect();
        alerts.values().map(|alert| alert.count).sum()
    }
}

#[tokio::test]
async fn failures_are_one_alert_then_quiet_then_one_more() {
    let desk = Desk::new();
    desk.fail(200).await;
    assert_eq!((desk.round().await.alerts, desk.told()), (1, 200));
    desk.fail(50).await;
    assert_eq!((desk.round().await.alerts, desk.told()), (0, 200));
    assert!(desk.notices.is_empty());
    desk.clock.advance(QUIET_MS);
    assert_eq!((desk.round().await.alerts, desk.told()), (1, 250));
    assert_eq!(desk.round().await, Round::default());
}

#[tokio::test]
async fn what_is_beyond_a_round_waits_for_the_next() {
    let desk = Desk::new();
    desk.fail(NOTICES_PER_ROUND_MAX + 7).await;
    assert_eq!(desk.round().await.notices, NOTICES_PER_ROUND_MAX);
    assert_eq!(desk.notices.len(), 7);
    desk.settle().await;
    assert_eq!(desk.told(), NOTICES_PER_ROUND_MAX as u64 + 7);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_of_and_taken_away() {
    let desk = Desk::new();
    desk.fail(1).await;
    for _ in 0..3 {
        desk.notices.put(Received {
            at: desk.clock.now(),
            sender: None,
            notice: None,
        });
    }
    let round = desk.round().await;
    assert_eq!((round.notices, round.unreadable, round.alerts), (4, 3, 2));
    assert!(desk.notices.is_empty());
}

#[tokio::test]
async fn a_round_that_dies_anywhere_loses_nothing_and_repeats_one_alert_at_most() {
    for call in 1..=CALLS_OF_A_ROUND {
        for moment in [CrashMoment::Before, CrashMoment::After] {
            let desk = Desk::new();
            desk.fail(200).await;
            desk.plan.crash_at(call, moment);
            tokio::select! {
                _ = desk.alerting.round() => panic!("call {call} did not die"),
                () = desk.plan.crashed() => {}
            }
            desk.plan.restart();
            desk.settle().await;
            let sent = desk.sink.alerts();
            let of_the_first: Vec<&Alert> = sent.iter().filter(|alert| alert.id == sent[0].id).collect();
            assert!(of_the_first.len() <= 2, "call {call} {moment:?}: {sent:#?}");
            assert!(of_the_first.iter().all(|alert| **alert == sent[0]));
            assert!(desk.notices.is_empty());
            // Only between the book and the deletion can a notice be counted twice.
            let is_kept_and_not_deleted =
                (call, moment) == (4, CrashMoment::After) || (call, moment) == (5, CrashMoment::Before);
            let expected = if is_kept_and_not_deleted { 400 } else { 200 };
            assert_eq!(desk.told(), expected, "call {call} {moment:?}");
        }
    }
}

#[tokio::test]
async fn a_port_that_fails_ends_the_round_and_the_next_one_tells() {
    for what in [
        "notices.receive",
        "books.load",
        "sink.send",
        "books.save",
        "notices.delete",
    ] {
        let desk = Desk::new();
        desk.fail(3).await;
        desk.plan.script(what, Fault::FailBefore(PortErrorClass::Permanent));
        let error = desk.alerting.round().await.unwrap_err();
        let is_it = match error {
            RoundError::Receive(_) => what == "notices.receive",
            RoundError::Load(_) => what == "books.load",
            RoundError::Send(_) => what == "sink.send",
            RoundError::Save(_) => what == "books.save",
            RoundError::Delete(_) => what == "notices.delete",
        };
        assert!(is_it, "{what}: {error}");
        assert_eq!(desk.notices.len(), 3, "{what}");
        desk.settle().await;
        assert!(desk.told() >= 3, "{what}");
        assert!(desk.notices.is_empty());
    }
}

#[tokio::test]
async fn a_notice_that_comes_twice_in_a_round_is_counted_once() {
    struct Twice(Arc<MemoryNotices>);

    #[async_trait::async_trait]
    impl NoticeQueue for Twice {
        async fn receive(
            &self,
            limit: usize,
        ) -> Result<Vec<relay_pipeline::ports::QueuedNotice>, relay_pipeline::ports::PortError> {
            let mut notices = self.0.receive(limit).await?;
            notices.extend(notices.clone());
            Ok(notices)
        }

        async fn delete(&self, receipts: &[String]) -> Result<(), relay_pipeline::ports::PortError> {
            self.0.delete(receipts).await
        }
    }

    let mut desk = Desk::new();
    desk.alerting.notices = Arc::new(Twice(desk.notices.clone()));
    desk.fail(5).await;
    assert_eq!(desk.round().await.notices, 5);
    assert_eq!(desk.told(), 5);
}
