//! Findings from run to run: found, told once, resolved, accepted, open again.

use std::sync::Arc;
use std::time::Duration;

use relay_monitor::{
    AcceptedRisk, Announcement, Assessment, FindingStore, Inventory, Monitor, Reading, RunError, Scope, Severity,
    State, UNREAD_LIST, Versioning,
};

use crate::accounts::{account, bucket, safe_bucket, safe_table, table, unread, unreadable};
use crate::memory::{FixedInventory, MemoryAnnouncer, MemoryFindings};

const BUCKETS: usize = 1_000;

struct World {
    account: Arc<FixedInventory>,
    store: Arc<MemoryFindings>,
    people: Arc<MemoryAnnouncer>,
    monitor: Monitor,
    day: u32,
}

impl World {
    fn new(inventory: Inventory) -> Self {
        let (account, store) = (
            Arc::new(FixedInventory::new(inventory)),
            Arc::<MemoryFindings>::default(),
        );
        let people = Arc::<MemoryAnnouncer>::default();
        Self {
            monitor: Monitor {
                inventory: account.clone(),
                store: store.clone(),
                announcer: people.clone(),
                environment: "dev".parse().unwrap(),
            },
            account,
            store,
            people,
            day: 0,
        }
    }

    fn now(&self) -> relay_model::Timestamp {
        format!("2026-01-{:02}T08:15:00.000Z", self.day).parse().unwrap()
    }

    async fn try_next_day(&mut self) -> Result<Assessment, RunError> {
        self.day += 1;
        self.monitor.run(self.now(), Duration::from_mins(1)).await
    }

    async fn next_day(&mut self) -> Assessment {
        self.try_next_day().await.unwrap()
    }

    fn told(&self) -> Vec<Announcement> {
        self.people.told()
    }
}

// A bucket without versions.
fn careless(name: &str) -> relay_monitor::Resource {
    let mut facts = safe_bucket();
    facts.versioning = Reading::Read(Versioning::Off);
    bucket(name, facts)
}

fn states(assessment: &Assessment) -> Vec<(&str, State)> {
    let findings = assessment.findings.findings.iter();
    findings.map(|finding| (finding.rule.as_str(), finding.state)).collect()
}

#[tokio::test]
async fn what_is_wrong_is_told_once_and_told_again_when_it_is_mended() {
    let mut world = World::new(account(vec![careless("a"), table("t", safe_table())]));
    let first = world.next_day().await;
    assert_eq!(states(&first), [("s3.versioning", State::New)]);
    let second = world.next_day().await;
    assert_eq!(states(&second), [("s3.versioning", State::Known)]);
    assert_eq!(world.told().len(), 1, "not again the next day");
    assert_eq!(second.findings.findings[0].first_seen, first.assessed_at);
    assert_eq!(second.findings.findings[0].id, first.findings.findings[0].id);
    world
        .account
        .set(account(vec![bucket("a", safe_bucket()), table("t", safe_table())]));
    let third = world.next_day().await;
    assert_eq!(states(&third), [("s3.versioning", State::Resolved)]);
    let told = world.told();
    assert_eq!((told.len(), told[1].resolved, told[1].new.len()), (2, 1, 0));
    let _fourth = world.next_day().await;
    assert_eq!(world.told().len(), 2);
    // The same again is new again.
    world.account.set(account(vec![careless("a")]));
    assert_eq!(states(&world.next_day().await), [("s3.versioning", State::New)]);
    assert_eq!(world.told().len(), 3);
    assert_eq!(world.store.reports().len(), 5, "each run leaves its report");
}

#[tokio::test]
async fn what_is_gone_is_resolved_and_what_is_not_seen_is_not() {
    let mut world = World::new(account(vec![careless("a"), careless("b")]));
    let _first = world.next_day().await;
    let mut blind = account(Vec::new());
    blind.unread = vec![unread("s3", "s3:ListAllMyBuckets")];
    world.account.set(blind);
    let second = world.next_day().await;
    assert_eq!(
        states(&second),
        [
            (UNREAD_LIST, State::New),
            ("s3.versioning", State::Known),
            ("s3.versioning", State::Known)
        ]
    );
    // The list is read again, and one of them is gone.
    world.account.set(account(vec![careless("b")]));
    let third = world.next_day().await;
    assert_eq!((third.resolved.len(), third.still_open.len()), (2, 1), "{third:#?}");
    // An attribute that cannot be read leaves what was known of it open.
    let mut facts = safe_bucket();
    facts.versioning = unreadable();
    world.account.set(account(vec![bucket("b", facts)]));
    let fourth = world.next_day().await;
    assert_eq!(
        (fourth.new.len(), fourth.resolved.len(), fourth.still_open.len()),
        (1, 0, 1)
    );
    assert_eq!(fourth.counts.unread, 1);
}

#[tokio::test]
async fn an_accepted_risk_is_silent_until_its_day() {
    let mut world = World::new(account(vec![careless("a")]));
    let first = world.next_day().await;
    let scope = Scope::Finding {
        finding: first.new[0].clone(),
    };
    let until = "2026-01-04T00:00:00.000Z".parse().unwrap();
    let risk = AcceptedRisk::new(scope, "Ada", "a scratch bucket", world.now(), until).unwrap();
    world.store.accept(&risk).await.unwrap();
    for _ in 2..=3 {
        let run = world.next_day().await;
        assert_eq!(
            (states(&run), run.counts.open_total(), run.counts.accepted),
            (vec![("s3.versioning", State::Accepted)], 0, 1)
        );
    }
    assert_eq!(world.told().len(), 1);
    let fourth = world.next_day().await;
    assert_eq!((fourth.expired.len(), fourth.counts.open_total()), (1, 1));
    let told = world.told();
    assert_eq!((told.len(), told[1].expired), (2, 1));
    let _fifth = world.next_day().await;
    assert_eq!(world.told().len(), 2, "that it is open again is told once");
}

#[tokio::test]
async fn a_risk_can_be_accepted_before_it_is_seen() {
    let mut world = World::new(account(Vec::new()));
    world.day = 1;
    let scope = Scope::Pattern {
        check: "s3.versioning".to_owned(),
        resource: "arn:aws:s3:::scratch-*".to_owned(),
    };
    let until = "2026-12-31T00:00:00.000Z".parse().unwrap();
    let risk = AcceptedRisk::new(scope, "Ada", "nothing to keep", world.now(), until).unwrap();
    world.store.accept(&risk).await.unwrap();
    world
        .account
        .set(account(vec![careless("scratch-1"), careless("data")]));
    let run = world.next_day().await;
    assert_eq!((run.new.len(), run.counts.accepted), (1, 1));
}

#[tokio::test]
async fn what_could_not_be_told_is_told_by_the_next_run() {
    let mut world = World::new(account(vec![careless("a")]));
    world.people.cut(true);
    assert!(matches!(world.try_next_day().await, Err(RunError::Announce(_))));
    world.people.cut(false);
    let second = world.next_day().await;
    assert_eq!(states(&second), [("s3.versioning", State::New)]);
    assert_eq!(world.told().len(), 1);
}

#[tokio::test]
async fn of_two_runs_at_once_one_keeps_its_findings() {
    let mut world = World::new(account(vec![careless("a")]));
    let first = world.next_day().await;
    let stale = world.store.load().await.unwrap();
    let _second = world.next_day().await;
    assert!(
        world
            .store
            .save(&first.findings, stale.revision.as_deref())
            .await
            .is_err()
    );
    assert!(world.store.save(&first.findings, None).await.is_err());
}

#[tokio::test]
async fn a_thousand_buckets_are_one_message() {
    let names = (0..BUCKETS).map(|number| format!("bucket-{number:04}"));
    let mut resources: Vec<_> = names.map(|name| careless(&name)).collect();
    let hostile = ["\u{202e}x", "\r\nSubject: all is well", "{\"a\": 1}", "\u{0}\u{1b}[2J"];
    resources.extend(hostile.map(careless));
    let mut world = World::new(account(resources));
    let run = world.next_day().await;
    assert_eq!(run.counts.open[&Severity::Medium], (BUCKETS + hostile.len()) as u64);
    let told = world.told();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].examples.len(), 10);
    assert!(told[0].subject.len() < 100 && told[0].subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    assert_eq!(told[0].subject, "Relay dev: security findings: 1004 opened");
    let json = told[0].to_json().unwrap();
    assert!(json.len() < 64 * 1024 && !json.contains('\u{202e}'), "{}", json.len());
}
