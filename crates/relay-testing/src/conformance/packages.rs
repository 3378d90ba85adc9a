//! What the listing of packages promises.

use std::sync::Arc;

use crate::faults::WholeTrail;
use relay_model::{Duplicate, DuplicateKind, Duplicates, EventBody, PackageId, PackageRecord, PackageState};
use relay_pipeline::ports::PackageQuery;

use crate::story::{
    Story, accepted, processed, processed_with, quarantined_with, received, rejected, replay_requested, started,
};

const SECOND_MS: u64 = 1_000;

async fn list(trail: &Arc<dyn WholeTrail>, query: &PackageQuery) -> Vec<PackageRecord> {
    let mut query = query.clone();
    let mut packages = Vec::new();
    loop {
        let page = trail.list(&query).await.unwrap();
        assert!(page.packages.len() <= query.limit);
        packages.extend(page.packages);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return packages,
        }
    }
}

// Package `number` is received `number` seconds after the first.
async fn tell(
    trail: &Arc<dyn WholeTrail>,
    organization: &str,
    path: &str,
    number: u64,
    state: PackageState,
) -> PackageId {
    let mut story = Story::new(organization, path);
    story.at = story.at.plus_milliseconds(number * SECOND_MS);
    let bodies = match state {
        PackageState::Processed => vec![received(), accepted(), started(), processed()],
        PackageState::Rejected => vec![received(), rejected()],
        _ => vec![received()],
    };
    for body in bodies {
        story.record(trail.as_ref(), body).await;
        // The listing is ordered by arrival, whatever happens afterwards.
        story.at = story.at.plus_milliseconds(100 * SECOND_MS);
    }
    story.package_id()
}

pub(super) async fn filters_combine(trail: &Arc<dyn WholeTrail>) {
    let ids = [
        tell(trail, "org-001", "in/a.csv", 0, PackageState::Processed).await,
        tell(trail, "org-001", "in/b.csv", 1, PackageState::Rejected).await,
        tell(trail, "org-002", "a.csv", 2, PackageState::Processed).await,
        tell(trail, "org-001", "x/%_a.csv", 3, PackageState::InFlight).await,
        tell(trail, "org-0010", "deep/er/a.csv", 4, PackageState::Rejected).await,
    ];
    let since = Story::new("org-001", "").at.plus_milliseconds(2 * SECOND_MS);
    let check = async |expected: &[usize], restrict: &dyn Fn(&mut PackageQuery)| {
        let mut query = PackageQuery {
            limit: 2,
            ..PackageQuery::default()
        };
        restrict(&mut query);
        let listed = list(trail, &query).await.into_iter().map(|record| record.package_id);
        let expected = expected.iter().map(|number| ids[*number].clone());
        assert_eq!(listed.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{query:?}");
    };
    check(&[4, 3, 2, 1, 0], &|_| {}).await;
    check(&[3, 1, 0], &|query| {
        query.organization = Some("org-001".parse().unwrap());
    })
    .await;
    check(&[], &|query| query.organization = Some("org-009".parse().unwrap())).await;
    check(&[2, 0], &|query| query.state = Some(PackageState::Processed)).await;
    check(&[], &|query| query.state = Some(PackageState::Failed)).await;
    check(&[4, 3, 2], &|query| query.since = Some(since)).await;
    for (file_name, expected) in [("a.csv", &[4, 2, 0][..]), ("%_a.csv", &[3]), ("%", &[]), ("", &[])] {
        check(expected, &|query| query.file_name = Some(file_name.to_owned())).await;
    }
    let whole = ids[1].as_str();
    for prefix in [whole, &whole[..14]] {
        check(&[1], &|query| query.id_prefix = Some(prefix.to_owned())).await;
    }
    for (prefix, expected) in [
        ("", &[4, 3, 2, 1, 0][..]),
        ("pkg-", &[4, 3, 2, 1, 0]),
        ("pkg-%", &[]),
        ("PKG-", &[]),
    ] {
        check(expected, &|query| query.id_prefix = Some(prefix.to_owned())).await;
    }
    check(&[4], &|query| {
        query.state = Some(PackageState::Rejected);
        query.since = Some(since);
        query.file_name = Some("a.csv".to_owned());
    })
    .await;
    check(&[0], &|query| {
        query.organization = Some("org-001".parse().unwrap());
        query.state = Some(PackageState::Processed);
        query.id_prefix = Some("pkg-".to_owned());
    })
    .await;
}

pub(super) async fn times_are_half_open(trail: &Arc<dyn WholeTrail>) {
    let mut ids = Vec::new();
    for number in 0..4 {
        let path = format!("{number}/a.csv");
        ids.push(tell(trail, "org-001", &path, number, PackageState::Rejected).await);
    }
    let at = |number: u64| Story::new("org-001", "").at.plus_milliseconds(number * SECOND_MS);
    for (since, until, expected) in [
        (None, Some(at(2)), &[1, 0][..]),
        (Some(at(1)), Some(at(3)), &[2, 1]),
        (Some(at(1)), Some(at(1)), &[]),
        (Some(at(2)), Some(at(1)), &[]),
        (Some(at(3)), None, &[3]),
        (None, Some(at(0)), &[]),
        (None, Some(at(9)), &[3, 2, 1, 0]),
    ] {
        let everywhere = PackageQuery {
            since,
            until,
            limit: 2,
            ..PackageQuery::default()
        };
        // Each of these is found in its own way.
        for query in [
            everywhere.clone(),
            PackageQuery {
                organization: Some("org-001".parse().unwrap()),
                ..everywhere.clone()
            },
            PackageQuery {
                file_name: Some("a.csv".to_owned()),
                ..everywhere.clone()
            },
            PackageQuery {
                state: Some(PackageState::Rejected),
                ..everywhere.clone()
            },
        ] {
            let listed = list(trail, &query).await.into_iter().map(|record| record.package_id);
            let expected = expected.iter().map(|number| ids[*number].clone());
            assert_eq!(listed.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{query:?}");
        }
    }
}

// Package `number` is received `number` seconds after the first, and concluded the later the earlier it came.
async fn conclude(
    trail: &Arc<dyn WholeTrail>,
    organization: &str,
    path: &str,
    number: u64,
    endings: Vec<EventBody>,
) -> PackageId {
    let mut story = Story::new(organization, path);
    story.at = story.at.plus_milliseconds(number * SECOND_MS);
    for body in [received(), accepted(), started()] {
        story.record(trail.as_ref(), body).await;
    }
    story.at = story.at.plus_milliseconds((100 - 2 * number) * SECOND_MS);
    for body in endings {
        story.record(trail.as_ref(), body).await;
    }
    story.package_id()
}

// What a conclusion says that names two packages before it.
fn known() -> Duplicates {
    let of = Story::new("org-001", "x/first.csv").package_id();
    let duplicate = |kind| Duplicate { kind, of: of.clone() };
    Duplicates::found(vec![
        duplicate(DuplicateKind::SameBytes),
        duplicate(DuplicateKind::SameNameOtherBytes),
    ])
}

// Of these, the first, the third and the sixth are duplicates.
async fn tell_of_duplicates(trail: &Arc<dyn WholeTrail>) -> [PackageId; 7] {
    let unknown = processed_with(Duplicates::unknown());
    // Taken up again: nothing is known of it until it is concluded anew.
    let taken_up = vec![quarantined_with(known()), replay_requested()];
    let concluded_anew = vec![
        quarantined_with(known()),
        replay_requested(),
        accepted(),
        started(),
        quarantined_with(known()),
    ];
    [
        conclude(trail, "org-001", "x/a.csv", 0, vec![processed_with(known())]).await,
        conclude(trail, "org-001", "b.csv", 1, vec![processed()]).await,
        conclude(trail, "org-002", "a.csv", 2, vec![quarantined_with(known())]).await,
        conclude(trail, "org-001", "d.csv", 3, vec![unknown]).await,
        conclude(trail, "org-001", "e.csv", 4, taken_up).await,
        conclude(trail, "org-001", "f.csv", 5, concluded_anew).await,
        tell(trail, "org-001", "g.csv", 6, PackageState::Rejected).await,
    ]
}

pub(super) async fn duplicates_are_found(trail: &Arc<dyn WholeTrail>) {
    let ids = tell_of_duplicates(trail).await;
    let record = trail.record(&ids[2]).await.unwrap().unwrap();
    assert_eq!(record.duplicates, known());
    assert!(!trail.record(&ids[3]).await.unwrap().unwrap().duplicates.is_known());
    let at = |number: u64| Story::new("org-001", "").at.plus_milliseconds(number * SECOND_MS);
    let check = async |expected: &[usize], restrict: &dyn Fn(&mut PackageQuery)| {
        for limit in [1, 2, 100] {
            let mut query = PackageQuery {
                duplicates_only: true,
                limit,
                ..PackageQuery::default()
            };
            restrict(&mut query);
            let listed = list(trail, &query).await.into_iter().map(|record| record.package_id);
            let expected = expected.iter().map(|number| ids[*number].clone());
            assert_eq!(listed.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{query:?}");
        }
    };
    check(&[5, 2, 0], &|_| {}).await;
    check(&[5, 0], &|query| query.organization = Some("org-001".parse().unwrap())).await;
    check(&[2], &|query| query.organization = Some("org-002".parse().unwrap())).await;
    check(&[], &|query| query.organization = Some("org-00".parse().unwrap())).await;
    check(&[2, 0], &|query| query.file_name = Some("a.csv".to_owned())).await;
    check(&[5, 2], &|query| query.state = Some(PackageState::Quarantined)).await;
    check(&[0], &|query| query.state = Some(PackageState::Processed)).await;
    check(&[5, 2], &|query| query.since = Some(at(2))).await;
    check(&[2, 0], &|query| query.until = Some(at(5))).await;
    check(&[5], &|query| {
        query.organization = Some("org-001".parse().unwrap());
        query.since = Some(at(1));
    })
    .await;
    check(&[2], &|query| query.id_prefix = Some(ids[2].to_string())).await;
    check(&[], &|query| query.id_prefix = Some(ids[1].to_string())).await;
}

pub(super) async fn pages_give_each_package_once(trail: &Arc<dyn WholeTrail>) {
    let mut expected = Vec::new();
    for number in 0..10 {
        // Several packages are received in the same millisecond.
        expected.push(
            tell(
                trail,
                "org-001",
                &format!("{number}.csv"),
                number / 4,
                PackageState::InFlight,
            )
            .await,
        );
    }
    expected.sort();
    for limit in [1, 2, 3, 5, 10, 11] {
        let query = PackageQuery {
            limit,
            ..PackageQuery::default()
        };
        let listed = list(trail, &query).await;
        assert!(
            listed.is_sorted_by(|a, b| a.received_at >= b.received_at),
            "newest first"
        );
        let mut listed: Vec<PackageId> = listed.into_iter().map(|record| record.package_id).collect();
        listed.sort();
        assert_eq!(listed, expected, "in pages of {limit}");
    }
    let first = trail
        .list(&PackageQuery {
            limit: 4,
            ..PackageQuery::default()
        })
        .await
        .unwrap();
    // What arrives while somebody turns pages does not push anything out of them.
    tell(trail, "org-001", "late.csv", 100, PackageState::InFlight).await;
    let query = PackageQuery {
        limit: 100,
        after: first.next,
        ..PackageQuery::default()
    };
    assert_eq!(list(trail, &query).await.len(), 6);
}

pub(super) async fn the_newest_come_first(trail: &Arc<dyn WholeTrail>) {
    // Recorded in another order than received.
    let middle = tell(trail, "org-001", "b.csv", 1, PackageState::Processed).await;
    let newest = tell(trail, "org-001", "c.csv", 2, PackageState::InFlight).await;
    let oldest = tell(trail, "org-001", "a.csv", 0, PackageState::Rejected).await;
    let listed = list(
        trail,
        &PackageQuery {
            limit: 2,
            ..PackageQuery::default()
        },
    )
    .await;
    let listed: Vec<PackageId> = listed.into_iter().map(|record| record.package_id).collect();
    assert_eq!(listed, [newest, middle, oldest]);
}
