//! What a task that is taken over can put into its organization's partitions of the trail: it blinds no list, miscounts nothing, and
//! speaks for nobody else.

use std::collections::HashMap;
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use relay_audit::Verifier;
use relay_aws::{Connection, DynamoTrail, DynamoTrailOptions};
use relay_model::{PackageId, PackageState};
use relay_pipeline::ports::{PackageQuery, PortErrorClass, StateCounts, TrailReader};
use relay_s3::{S3Store, S3StoreOptions};
use relay_testing::emulator::Emulator;
use relay_testing::story::{Story, accepted, received, started};

use crate::support;

const FORGER: &str = "org-001";
const OTHER: &str = "org-002";

struct Table {
    client: aws_sdk_dynamodb::Client,
    name: String,
    trail: DynamoTrail,
    sound: Vec<Story>,
}

impl Table {
    /// A trail with an accepted package of the forger and one of somebody else.
    async fn new(config: &SdkConfig) -> Self {
        let connection = Connection::from_config(config.clone());
        let store = Arc::new(S3Store::new(&connection, S3StoreOptions::with_keys(HashMap::new())));
        let options = DynamoTrailOptions {
            table: support::trail_table(config).await,
            spill: Some((store, support::versioned_bucket(config).await)),
        };
        let name = options.table.clone();
        let trail = DynamoTrail::new(&connection, options);
        let mut sound = vec![Story::new(FORGER, "own.csv"), Story::new(OTHER, "victim.csv")];
        for story in &mut sound {
            for body in [received(), accepted(), started()] {
                story.record(&trail, body).await;
            }
        }
        Self {
            client: aws_sdk_dynamodb::Client::new(config),
            name,
            trail,
            sound,
        }
    }

    async fn put(&self, item: &[(&str, AttributeValue)]) {
        let item = item.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let put = self.client.put_item().table_name(&self.name);
        put.set_item(Some(item.collect())).send().await.unwrap();
    }

    async fn item(&self, place: &str, seq: u64) -> HashMap<String, AttributeValue> {
        let found = self.client.get_item().table_name(&self.name);
        let found = found
            .key("Partition", s(place))
            .key("Seq", n(&seq.to_string()))
            .send()
            .await
            .unwrap();
        found.item().unwrap().clone()
    }

    fn victim(&self) -> &Story {
        &self.sound[1]
    }

    // Where the events of the victim's package stand, and those of the forger's own.
    fn places(&self) -> (String, String) {
        let [own, victim] = [&self.sound[0], &self.sound[1]].map(Story::package_id);
        (format!("{OTHER}/{victim}"), format!("{FORGER}/{own}"))
    }

    async fn list(&self, query: PackageQuery) -> (Vec<PackageId>, Vec<(String, Option<String>)>) {
        let page = self.trail.list(&PackageQuery { limit: 100, ..query }).await.unwrap();
        let damaged = page.damaged.into_iter().map(|row| (row.package_id, row.organization));
        let packages = page.packages.into_iter().map(|record| record.package_id);
        (packages.collect(), damaged.collect())
    }

    // Every question that is asked of many trails, and of the victim's own, is answered, and the victim is in each answer.
    async fn assert_nobody_is_blinded(&self, what: &str) {
        let victim = self.victim().package_id();
        let organization = Some(OTHER.parse().unwrap());
        let state = Some(PackageState::InFlight);
        let prefix = Some(victim.as_str()[..20].to_owned());
        let name = Some("victim.csv".to_owned());
        let queries = [
            PackageQuery::default(),
            PackageQuery {
                organization: organization.clone(),
                ..PackageQuery::default()
            },
            PackageQuery {
                state,
                ..PackageQuery::default()
            },
            PackageQuery {
                id_prefix: prefix,
                ..PackageQuery::default()
            },
            PackageQuery {
                id_prefix: Some(victim.to_string()),
                ..PackageQuery::default()
            },
            PackageQuery {
                file_name: name,
                ..PackageQuery::default()
            },
        ];
        for query in queries {
            let is_the_others = query.organization.is_some() || query.id_prefix.is_some();
            let (packages, damaged) = self.list(query.clone()).await;
            assert!(packages.contains(&victim), "{what}: {query:?}: {packages:?}");
            assert!(!is_the_others || damaged.is_empty(), "{what}: {query:?}: {damaged:?}");
        }
        // What is rare is found by indexes of its own.
        for state in [PackageState::Rejected, PackageState::Quarantined, PackageState::Failed] {
            self.list(PackageQuery {
                state: Some(state),
                ..PackageQuery::default()
            })
            .await;
        }
        self.list(PackageQuery {
            duplicates_only: true,
            ..PackageQuery::default()
        })
        .await;
        assert_eq!(
            self.trail.record(&victim).await.unwrap().unwrap().package_id,
            victim,
            "{what}"
        );
        assert_eq!(self.trail.read(&victim).await.unwrap().len(), 3, "{what}");
        // Verification reads everything, to the end.
        let mut verifier = Verifier::default();
        let mut after = 0;
        loop {
            let events = self.trail.read_log(after, 2).await.unwrap();
            let Some(last) = events.last() else { break };
            after = last.position;
            for event in &events {
                verifier.event(event);
            }
        }
        let report = verifier.finish();
        let about_the_victim = report
            .findings
            .iter()
            .any(|finding| finding.package_id.as_deref() == Some(victim.as_str()));
        assert!(!about_the_victim, "{what}: {report:#?}");
    }

    async fn counts(&self) -> StateCounts {
        let counts = self.trail.counts().await.unwrap();
        assert!(counts.balances());
        counts
    }
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(text: &str) -> AttributeValue {
    AttributeValue::N(text.to_owned())
}

const MADE_UP: &str = "pkg-00000000000000000000000000000000000000ff";

// All attributes of all indexes, as they would be of an event of the package that `partition` is of.
fn forged<'a>(
    partition: &str,
    seq: &str,
    package: &'a str,
    kind: &'a str,
    time: &str,
) -> Vec<(&'a str, AttributeValue)> {
    let shard = &package[package.len() - 1..];
    let behind = format!("{time}#{package}");
    let digits = seq.trim_start_matches('-');
    vec![
        ("Partition", s(partition)),
        ("Seq", n(seq)),
        ("Hash", s(&"0".repeat(64))),
        ("Kind", s(kind)),
        ("Phase", s("running")),
        ("PackageId", s(package)),
        ("LogShard", s(shard)),
        ("LogOrder", s(&format!("{behind}#{digits:0>6}"))),
        ("Event", s("{\"no\": \"event\"}")),
        ("ArrivalShard", s(shard)),
        ("Arrival", s(&behind)),
        ("Organization", s(OTHER)),
        ("Filename", s("victim.csv")),
        ("State", s("failed")),
        ("Concluded", s(&behind)),
        ("DuplicateShard", s(shard)),
        ("Duplicate", s(&format!("{OTHER}/{behind}"))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_item_is_a_row_that_says_so_and_hides_nobody() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    for (what, seq, time) in [
        ("garbage in a new place", "0", "2026-01-01T00:00:00.000Z"),
        ("a negative number", "-1", "2026-01-01T00:00:00.000Z"),
        ("a number that is no integer", "1.5", "2026-01-01T00:00:00.000Z"),
        (
            "a number beyond all",
            "99999999999999999999999999999999999999",
            "2026-01-01T00:00:00.000Z",
        ),
        ("a time that is none", "7", "zzz"),
    ] {
        let table = Table::new(&config).await;
        table
            .put(&forged(&format!("{FORGER}/{MADE_UP}"), seq, MADE_UP, "processed", time))
            .await;
        table.assert_nobody_is_blinded(what).await;
        let row = (MADE_UP.to_owned(), Some(FORGER.to_owned()));
        let (packages, damaged) = table.list(PackageQuery::default()).await;
        assert_eq!((packages.len(), &damaged[..]), (2, &[row.clone()][..]), "{what}");
        // It is its own organization's, whatever it calls itself.
        let own = Some(FORGER.parse().unwrap());
        let of_it = table
            .list(PackageQuery {
                organization: own,
                ..PackageQuery::default()
            })
            .await;
        assert_eq!(of_it.0, [table.sound[0].package_id()], "{what}");
        let by_id = table.list(PackageQuery {
            id_prefix: Some(MADE_UP.to_owned()),
            ..PackageQuery::default()
        });
        assert_eq!(by_id.await, (vec![], vec![row]), "{what}");
        let error = table.trail.record(&MADE_UP.parse().unwrap()).await.unwrap_err();
        assert_eq!(error.class(), PortErrorClass::Permanent);
        assert!(error.to_string().contains("is damaged"), "{error}");
        let counts = table.counts().await;
        assert_eq!(
            (counts.received, counts.in_flight, counts.damaged),
            (3, 2, 1),
            "{what}: {counts:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_no_packages_is_a_row_as_well() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    for place in [
        "org-001/CLAIM#bytes#00",
        "org-001/",
        "org-001/a/b",
        "org-001/pkg-\u{1b}[2J",
    ] {
        let table = Table::new(&config).await;
        table
            .put(&forged(place, "0", MADE_UP, "received", "2026-01-01T00:00:00.000Z"))
            .await;
        table.assert_nobody_is_blinded(place).await;
        let (packages, damaged) = table.list(PackageQuery::default()).await;
        assert_eq!((packages.len(), damaged.len()), (2, 1), "{place}");
        assert!(!damaged[0].0.chars().any(char::is_control), "{damaged:?}");
        assert_eq!(table.counts().await.damaged, 1, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_speaks_for_the_organization_that_it_stands_under_only() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    // The victim's own events, copied into a place of the forger: every hash holds, and the place does not.
    let table = Table::new(&config).await;
    let victim = table.victim().package_id();
    let stolen = format!("{FORGER}/{victim}");
    for seq in 0..3 {
        let mut item = table.item(&table.places().0, seq).await;
        item.insert("Partition".to_owned(), s(&stolen));
        let put = table.client.put_item().table_name(&table.name).set_item(Some(item));
        put.send().await.unwrap();
    }
    let (packages, damaged) = table.list(PackageQuery::default()).await;
    assert_eq!((packages.len(), damaged.len()), (2, 1));
    assert_eq!(damaged[0].1.as_deref(), Some(FORGER));
    assert_eq!(
        table.trail.record(&victim).await.unwrap().unwrap().organization,
        Some(OTHER.parse().unwrap())
    );
    assert_eq!(table.trail.read(&victim).await.unwrap().len(), 3);
    let counts = table.counts().await;
    assert_eq!(
        (counts.received, counts.in_flight, counts.damaged),
        (3, 2, 1),
        "{counts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_of_its_own_organization_that_a_task_overwrote_is_damaged_and_the_others_are_not() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    for (what, seq, attribute, value) in [
        ("garbage over an event", 1, "Event", "{}"),
        (
            "a spilled event that is not there",
            1,
            "Spilled",
            "v:org-002/secret.parquet",
        ),
        ("another hash", 2, "Hash", "not a hash"),
    ] {
        let table = Table::new(&config).await;
        let own = table.sound[0].package_id();
        let mut item = table.item(&table.places().1, seq).await;
        item.insert(attribute.to_owned(), s(value));
        let put = table.client.put_item().table_name(&table.name).set_item(Some(item));
        put.send().await.unwrap();
        table.assert_nobody_is_blinded(what).await;
        let (packages, damaged) = table.list(PackageQuery::default()).await;
        assert_eq!(packages, [table.victim().package_id()], "{what}");
        assert_eq!(damaged, [(own.to_string(), Some(FORGER.to_owned()))], "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_rows_come_a_page_at_a_time_and_once_each() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let table = Table::new(&config).await;
    for number in 0..10 {
        let id = format!("pkg-{number:040}");
        // Twice in the index of arrivals.
        for (seq, time) in [("0", "2026-01-01T00:00:00.000Z"), ("1", "2026-01-02T00:00:00.000Z")] {
            let item = forged(&format!("{FORGER}/{id}"), seq, &id, "received", time);
            table.put(&item).await;
        }
    }
    let mut query = PackageQuery {
        limit: 5,
        ..PackageQuery::default()
    };
    let (mut packages, mut damaged) = (Vec::new(), Vec::new());
    loop {
        let page = table.trail.list(&query).await.unwrap();
        assert!(page.packages.len() + page.damaged.len() <= 5);
        packages.extend(page.packages);
        damaged.extend(page.damaged.into_iter().map(|row| row.package_id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    damaged.sort_unstable();
    damaged.dedup();
    assert_eq!((packages.len(), damaged.len()), (2, 10));
    assert_eq!(table.counts().await.damaged, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_lags_behind_is_no_damage() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let table = Table::new(&config).await;
    // As an index may be for a moment: the second event is not in it yet, the first and the third are.
    let mut item = table.item(&table.places().0, 1).await;
    item.remove("LogShard");
    let put = table.client.put_item().table_name(&table.name).set_item(Some(item));
    put.send().await.unwrap();
    let counts = table.counts().await;
    assert_eq!(
        (counts.received, counts.in_flight, counts.damaged),
        (2, 2, 0),
        "{counts:?}"
    );
}
