//! What an audit trail promises.

use std::collections::HashSet;
use std::sync::Arc;

use crate::faults::WholeTrail;
use relay_audit::project;
use relay_model::{AuditEvent, PackageRecord, PackageState, SealedEvent, Sha256Digest};
use relay_pipeline::ports::{Appended, PortErrorClass, StateCounts};
use tokio::task::JoinSet;

use super::packages;
use crate::story::{Story, accepted, failed, processed, received, rejected, replay_requested, started};

const WRITERS: usize = 16;
const PACKAGES: usize = 8;

/// Runs every check, each on a trail of its own.
pub async fn trail<T: WholeTrail + 'static>(make: impl AsyncFn() -> T) {
    let make = async || {
        let trail: Arc<dyn WholeTrail> = Arc::new(make().await);
        trail
    };
    events_come_back_as_they_were(&make().await).await;
    a_package_without_events_is_unknown(&make().await).await;
    a_taken_place_shows_who_took_it(&make().await).await;
    one_of_many_writers_wins(&make().await).await;
    what_does_not_follow_is_refused(&make().await).await;
    the_log_has_no_gaps(&make().await).await;
    the_record_is_folded_from_the_trail(&make().await).await;
    counts_follow_the_states(&make().await).await;
    packages::filters_combine(&make().await).await;
    packages::times_are_half_open(&make().await).await;
    packages::duplicates_are_found(&make().await).await;
    packages::pages_give_each_package_once(&make().await).await;
    packages::the_newest_come_first(&make().await).await;
}

async fn events_come_back_as_they_were(trail: &Arc<dyn WholeTrail>) {
    let mut story = Story::new("org-001", "\u{e9}\u{202e}\n.csv");
    let mut events = Vec::new();
    for body in [received(), accepted(), started(), processed()] {
        events.push(story.record(trail.as_ref(), body).await);
    }
    Story::new("org-001", "other.csv")
        .record(trail.as_ref(), received())
        .await;
    let stored = trail.read(&story.package_id()).await.unwrap();
    assert_eq!(stored.len(), events.len());
    for ((seq, stored), event) in (0..).zip(&stored).zip(&events) {
        assert_eq!((stored.seq, stored.position), (seq, seq + 1));
        assert_eq!(stored.package_id, story.package_id().as_str());
        assert_eq!(stored.canonical, event.canonical());
        assert_eq!(stored.hash, event.hash());
        assert_eq!(&SealedEvent::from_canonical(&stored.canonical).unwrap(), event);
    }
}

async fn a_package_without_events_is_unknown(trail: &Arc<dyn WholeTrail>) {
    let story = Story::new("org-001", "never.csv");
    assert_eq!(trail.read(&story.package_id()).await.unwrap(), Vec::new());
    assert_eq!(trail.record(&story.package_id()).await.unwrap(), None);
    assert_eq!(trail.read_log(0, 10).await.unwrap(), Vec::new());
    assert_eq!(trail.counts().await.unwrap(), StateCounts::default());
}

async fn a_taken_place_shows_who_took_it(trail: &Arc<dyn WholeTrail>) {
    let mut story = Story::new("org-001", "a.csv");
    let first = story.record(trail.as_ref(), received()).await;
    let second = story.record(trail.as_ref(), accepted()).await;
    let before = trail.read(&story.package_id()).await.unwrap();

    assert_eq!(
        trail.append(&first).await.unwrap(),
        Appended::Taken(Box::new(first.clone())),
        "the same event again"
    );
    let other = story.event(1, first.hash(), rejected());
    assert_eq!(
        trail.append(&other).await.unwrap(),
        Appended::Taken(Box::new(second)),
        "another in its place"
    );
    // What cannot follow is judged only where the place is free.
    let astray = story.event(0, Sha256Digest::of(b"astray"), processed());
    assert_eq!(trail.append(&astray).await.unwrap(), Appended::Taken(Box::new(first)));

    assert_eq!(trail.read(&story.package_id()).await.unwrap(), before);
    assert_eq!(trail.read_log(0, 10).await.unwrap().len(), 2);
    assert_eq!(
        trail.record(&story.package_id()).await.unwrap().unwrap().state,
        PackageState::InFlight
    );
}

async fn one_of_many_writers_wins(trail: &Arc<dyn WholeTrail>) {
    let mut story = Story::new("org-001", "a.csv");
    story.record(trail.as_ref(), received()).await;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let mut mine = story.clone();
        mine.actor = format!("writer {number}");
        let (event, trail) = (mine.next(accepted()), Arc::clone(trail));
        writers.spawn(async move { (event.clone(), trail.append(&event).await.unwrap()) });
    }
    let outcomes = writers.join_all().await;
    let winners: Vec<&SealedEvent> = outcomes
        .iter()
        .filter(|(_, appended)| *appended == Appended::Recorded)
        .map(|(event, _)| event)
        .collect();
    assert_eq!(winners.len(), 1);
    for (event, appended) in &outcomes {
        if event != winners[0] {
            assert_eq!(
                *appended,
                Appended::Taken(Box::new(winners[0].clone())),
                "every loser sees the winner"
            );
        }
    }
    assert_eq!(
        trail.read(&story.package_id()).await.unwrap()[1].canonical,
        winners[0].canonical()
    );
}

async fn what_does_not_follow_is_refused(trail: &Arc<dyn WholeTrail>) {
    let mut story = Story::new("org-001", "a.csv");
    let refused = async |event: SealedEvent, what: &str| {
        let error = trail.append(&event).await.unwrap_err();
        assert_eq!(error.class(), PortErrorClass::Permanent, "{what}");
    };
    refused(
        story.event(1, Sha256Digest::ZERO, accepted()),
        "a trail begins with event 0",
    )
    .await;
    refused(
        story.event(0, Sha256Digest::of(b"x"), received()),
        "event 0 follows nothing",
    )
    .await;
    refused(story.event(0, Sha256Digest::ZERO, accepted()), "event 0 is 'received'").await;

    let first = story.record(trail.as_ref(), received()).await;
    refused(story.event(2, first.hash(), accepted()), "a gap").await;
    refused(story.event(u64::MAX >> 12, first.hash(), accepted()), "a wide gap").await;
    refused(
        story.event(1, Sha256Digest::of(b"x"), accepted()),
        "another event before it",
    )
    .await;
    refused(story.next(processed()), "an order of steps that cannot be").await;
    let stranger = Story::new("org-001", "b.csv").package_id();
    let renamed = AuditEvent {
        package_id: stranger.clone(),
        ..story.next(accepted()).event().clone()
    };
    refused(SealedEvent::seal(renamed).unwrap(), "the id of another package").await;

    assert_eq!(trail.read(&story.package_id()).await.unwrap().len(), 1);
    assert_eq!(trail.read(&stranger).await.unwrap(), Vec::new());
    assert_eq!(
        trail.counts().await.unwrap(),
        StateCounts {
            received: 1,
            in_flight: 1,
            ..StateCounts::default()
        }
    );
    story.record(trail.as_ref(), accepted()).await;
    assert_eq!(
        trail.read_log(0, 10).await.unwrap()[1].position,
        2,
        "a refused event takes no position"
    );
}

// Many packages at once, with refused and repeated events between the good ones.
async fn the_log_has_no_gaps(trail: &Arc<dyn WholeTrail>) {
    let mut writers = JoinSet::new();
    for number in 0..PACKAGES {
        let trail = Arc::clone(trail);
        writers.spawn(async move {
            let mut story = Story::new("org-001", &format!("{number}.csv"));
            for body in [received(), accepted(), started(), processed()] {
                let hopeless = story.event(9, Sha256Digest::ZERO, accepted());
                assert!(trail.append(&hopeless).await.is_err());
                let event = story.record(trail.as_ref(), body).await;
                assert!(matches!(trail.append(&event).await.unwrap(), Appended::Taken(_)));
            }
        });
    }
    writers.join_all().await;
    let all = trail.read_log(0, 1_000).await.unwrap();
    let positions: Vec<u64> = all.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=4 * PACKAGES as u64).collect::<Vec<_>>());
    let distinct: HashSet<(&str, u64)> = all.iter().map(|event| (event.package_id.as_str(), event.seq)).collect();
    assert_eq!(distinct.len(), all.len());

    let mut paged = Vec::new();
    while paged.len() < all.len() {
        let page = trail.read_log(paged.len() as u64, 5).await.unwrap();
        assert!(!page.is_empty() && page.len() <= 5);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(trail.read_log(all.len() as u64, 5).await.unwrap(), Vec::new());
}

async fn the_record_is_folded_from_the_trail(trail: &Arc<dyn WholeTrail>) {
    let mut story = Story::new("org-001", "a.csv");
    let mut expected: Option<PackageRecord> = None;
    for body in [
        received(),
        accepted(),
        started(),
        failed(),
        replay_requested(),
        rejected(),
    ] {
        story.at = story.at.plus_milliseconds(1_500);
        let event = story.record(trail.as_ref(), body).await;
        expected = Some(project(expected.as_ref(), &event).unwrap());
        assert_eq!(trail.record(&story.package_id()).await.unwrap(), expected);
    }
}

async fn counts_follow_the_states(trail: &Arc<dyn WholeTrail>) {
    let mut stories: Vec<Story> = (0..4)
        .map(|number| Story::new("org-001", &format!("{number}.csv")))
        .collect();
    for story in &mut stories {
        story.record(trail.as_ref(), received()).await;
    }
    for body in [accepted(), started(), processed()] {
        stories[0].record(trail.as_ref(), body).await;
    }
    stories[1].record(trail.as_ref(), rejected()).await;
    for body in [accepted(), started(), failed()] {
        stories[2].record(trail.as_ref(), body).await;
    }
    let counts = trail.counts().await.unwrap();
    let expected = StateCounts {
        received: 4,
        processed: 1,
        rejected: 1,
        quarantined: 0,
        failed: 1,
        damaged: 0,
        in_flight: 1,
    };
    assert_eq!(counts, expected);
    assert!(counts.balances());

    stories[2].record(trail.as_ref(), replay_requested()).await;
    let counts = trail.counts().await.unwrap();
    assert_eq!(
        counts,
        StateCounts {
            failed: 0,
            in_flight: 2,
            ..expected
        }
    );
}
