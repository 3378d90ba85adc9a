//! Verification beside writers, on a trail that has no snapshots and whose indexes lag.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use relay_audit::{Problem, StoredEvent, Verification, Verifier};
use relay_model::{EventBody, ObjectVersion, PackageId, PackageRecord, SealedEvent, Timestamp};
use relay_pipeline::auditing::verify_trails;
use relay_pipeline::ports::{Appended, AuditTrail, PackagePage, PackageQuery, PortError, StateCounts, TrailReader};
use relay_testing::fakes::{MemoryRegistry, MemoryTrail};
use relay_testing::story::{Story, accepted, processed, received, rejected, started};

const NOW: &str = "2026-01-31T09:00:00Z";
const LONG_AGO: &str = "2026-01-31T08:15:00Z";
const PACKAGES: usize = 40;

// A trail that others write to between any two calls, a page of a few events at a time.
#[derive(Default)]
struct Moving {
    inner: MemoryTrail,
    stories: Mutex<Vec<(Story, Vec<EventBody>)>>,
    next: AtomicUsize,
    // What its indexes leave out, and what its trails have lost.
    unindexed: Vec<(PackageId, u64)>,
    unlisted: Option<PackageId>,
    lost: Option<(PackageId, u64)>,
    lost_after_log: Option<(PackageId, u64)>,
}

impl Moving {
    async fn with(at: &str, begun: usize) -> Self {
        let moving = Self::default();
        for number in 0..PACKAGES {
            let mut story = Story::new("org-001", &format!("{number}.csv"));
            story.at = at.parse().unwrap();
            let mut ahead = match number % 3 {
                0 => vec![received(), rejected()],
                _ => vec![received(), accepted(), started(), processed()],
            };
            ahead.reverse();
            for _ in 0..begun.min(ahead.len()) {
                story.record(&moving.inner, ahead.pop().unwrap()).await;
            }
            moving.stories.lock().unwrap().push((story, ahead));
        }
        moving
    }

    // Each call is beside the next events of some packages.
    async fn go_on(&self) {
        for _ in 0..3 {
            let index = self.next.fetch_add(1, Ordering::Relaxed) % PACKAGES;
            let event = {
                let mut stories = self.stories.lock().unwrap();
                let (story, ahead) = &mut stories[index];
                ahead.pop().map(|body| {
                    story.at = NOW.parse().unwrap();
                    story.tell(body)
                })
            };
            if let Some(event) = event {
                assert_eq!(self.inner.append(&event).await.unwrap(), Appended::Recorded);
            }
        }
    }

    fn id(&self, number: usize) -> PackageId {
        self.stories.lock().unwrap()[number].0.package_id()
    }
}

fn is(event: &StoredEvent, place: Option<&(PackageId, u64)>) -> bool {
    place.is_some_and(|(id, seq)| event.package_id == id.as_str() && event.seq == *seq)
}

#[async_trait]
impl AuditTrail for Moving {
    async fn append(&self, event: &SealedEvent) -> Result<Appended, PortError> {
        self.inner.append(event).await
    }

    async fn event_at(&self, object: &ObjectVersion, seq: u64) -> Result<Option<SealedEvent>, PortError> {
        self.inner.event_at(object, seq).await
    }
}

#[async_trait]
impl TrailReader for Moving {
    async fn read(&self, package_id: &PackageId) -> Result<Vec<StoredEvent>, PortError> {
        self.go_on().await;
        let mut events = self.inner.read(package_id).await?;
        events.retain(|event| !is(event, self.lost.as_ref()) && !is(event, self.lost_after_log.as_ref()));
        Ok(events)
    }

    async fn read_log(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, PortError> {
        // A log that grew with every page would be read until all is over.
        if after < 30 {
            self.go_on().await;
        }
        let mut events = self.inner.read_log(0, 10_000).await?;
        events.retain(|event| !self.unindexed.iter().any(|place| is(event, Some(place))));
        for (event, position) in events.iter_mut().zip(1..) {
            event.position = position;
        }
        // The index has an entry of what is lost, and nothing stands behind it.
        events.retain(|event| event.position > after && !is(event, self.lost.as_ref()));
        events.truncate(limit.min(7));
        Ok(events)
    }

    async fn record(&self, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError> {
        self.inner.record(package_id).await
    }

    async fn list(&self, query: &PackageQuery) -> Result<PackagePage, PortError> {
        for _ in 0..5 {
            self.go_on().await;
        }
        let query = PackageQuery {
            limit: 5,
            ..query.clone()
        };
        let mut page = self.inner.list(&query).await?;
        page.packages
            .retain(|record| Some(&record.package_id) != self.unlisted.as_ref());
        Ok(page)
    }

    async fn counts(&self) -> Result<StateCounts, PortError> {
        self.inner.counts().await
    }
}

async fn verify(trail: &Moving) -> Verification {
    verify_trails(
        trail,
        &MemoryRegistry::default(),
        None,
        NOW.parse::<Timestamp>().unwrap(),
    )
    .await
    .unwrap()
}

// The log, and then the records: two moments.
async fn verify_naively(trail: &Moving) -> Verification {
    let mut verifier = Verifier::default();
    let mut after = 0;
    loop {
        let events = trail.read_log(after, 1_000).await.unwrap();
        let Some(last) = events.last() else { break };
        after = last.position;
        for event in &events {
            verifier.event(event);
        }
    }
    let mut query = PackageQuery {
        limit: 1_000,
        ..PackageQuery::default()
    };
    loop {
        let page = trail.list(&query).await.unwrap();
        page.packages.iter().for_each(|record| verifier.record(record));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return verifier.finish(),
        }
    }
}

#[tokio::test]
async fn what_grows_meanwhile_is_never_named() {
    let mut naive = 0;
    for begun in 0..=4 {
        for _ in 0..5 {
            naive += verify_naively(&Moving::with(LONG_AGO, begun).await)
                .await
                .findings_total;
            let verification = verify(&Moving::with(LONG_AGO, begun).await).await;
            assert!(verification.holds(), "{begun}: {:#?}", verification.findings);
        }
    }
    assert!(naive > 0, "nothing moved");
}

#[tokio::test]
async fn an_index_that_lags_is_never_named_and_one_that_leaves_something_out_is() {
    for seq in 0..4 {
        // The event was recorded just now, and the index has what came before and after it.
        let mut young = Moving::with(NOW, 4).await;
        young.unindexed = vec![(young.id(1), seq)];
        let verification = verify(&young).await;
        assert!(verification.holds(), "{seq}: {:#?}", verification.findings);

        let mut old = Moving::with(LONG_AGO, 4).await;
        let id = old.id(1);
        old.unindexed = vec![(id.clone(), seq)];
        let verification = verify(&old).await;
        assert_eq!(verification.findings.len(), 1, "{:#?}", verification.findings);
        let finding = &verification.findings[0];
        assert_eq!(
            (finding.package_id.as_deref(), finding.seq),
            (Some(id.as_str()), Some(seq))
        );
        assert_eq!(finding.problem, Problem::RecordDiffers);
    }
    // One that hides behind a time that has not come.
    let mut hidden = Moving::with("2026-02-01T00:00:00Z", 4).await;
    hidden.unindexed = vec![(hidden.id(1), 3)];
    assert!(!verify(&hidden).await.holds());
}

#[tokio::test]
async fn a_package_that_no_list_shows_is_named_once_its_index_must_have_it() {
    for (at, holds) in [(NOW, true), (LONG_AGO, false)] {
        let mut trail = Moving::with(at, 4).await;
        trail.unlisted = Some(trail.id(2));
        assert_eq!(verify(&trail).await.holds(), holds, "{at}");
    }
}

#[tokio::test]
async fn what_vanishes_is_named_before_and_meanwhile() {
    for seq in 0..4 {
        let mut gone = Moving::with(LONG_AGO, 4).await;
        let id = gone.id(1);
        gone.lost = Some((id.clone(), seq));
        let verification = verify(&gone).await;
        let is_named = verification
            .findings
            .iter()
            .any(|finding| finding.problem == Problem::Dropped && finding.package_id.as_deref() == Some(id.as_str()));
        assert!(is_named || seq == 3, "{:#?}", verification.findings);
        // Of the last event nothing is left but its place in the log.
        assert!(!verification.holds());

        // It was in the list and the log a moment ago; the package is looked at once more since it goes on.
        let mut going = Moving::with(LONG_AGO, 3).await;
        let id = going.id(2);
        going.lost_after_log = Some((id.clone(), seq));
        going.unindexed = vec![(id.clone(), 3)];
        if seq < 3 {
            let verification = verify(&going).await;
            assert!(
                verification
                    .findings
                    .iter()
                    .any(|finding| finding.package_id.as_deref() == Some(id.as_str())),
                "{seq}: {:#?}",
                verification.findings
            );
        }
    }
}
