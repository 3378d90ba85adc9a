//! Group commit, several processes, a full disk, and a database that is not what it should be.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use relay_model::{Organization, OrganizationEventKind, OrganizationId, SealedOrganizationEvent, Timestamp};
use relay_pipeline::ports::{
    Appended, AuditTrail, DuplicateIndex, DuplicateKey, IndexedPackage, OrganizationLookup, OrganizationRegistry,
    PackageQuery, PortError, PortErrorClass, TrailReader,
};
use relay_testing::story::{Story, accepted, author, processed, received, started};
use rusqlite::{Connection, ffi};
use tempfile::TempDir;

use super::errors::classify;
use super::{DatabaseError, SqliteDatabase, failed};
use crate::{SqliteDuplicateIndex, SqliteRegistry, SqliteTrail};

fn path_in(folder: &TempDir) -> PathBuf {
    folder.path().join("relay.db")
}

fn open(path: &Path) -> SqliteDatabase {
    SqliteDatabase::open(path).unwrap()
}

async fn positions(trail: &SqliteTrail) -> Vec<u64> {
    trail
        .read_log(0, 1_000)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.position)
        .collect()
}

// The writer does nothing else until the returned sender is dropped or used.
async fn keep_busy(database: &SqliteDatabase) -> mpsc::Sender<()> {
    let (release, wait) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let busy = database.clone();
    tokio::spawn(async move {
        busy.write(move |_| {
            begun.send(()).unwrap();
            // An error means that the sender is gone, which is as good.
            let _ = wait.recv();
            Ok(())
        })
        .await
    });
    has_begun.await.unwrap();
    release
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_fails_does_not_harm_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&path_in(&folder));
    let trail = SqliteTrail::new(database.clone());
    let release = keep_busy(&database).await;

    let story = |number: u32| Story::new("org-001", &format!("{number}.csv")).next(received());
    let append = |number: u32| {
        let (trail, event) = (trail.clone(), story(number));
        tokio::spawn(async move { trail.append(&event).await })
    };
    let first = append(1);
    let failing = database.clone();
    let second = tokio::spawn(async move {
        let work = |connection: &Connection| {
            let sql = "INSERT INTO events (package_id, seq, hash, canonical) VALUES ('x', 0, zeroblob(32), '{}')";
            assert_eq!(connection.execute(sql, []).unwrap(), 1);
            Err::<(), PortError>(PortError::new(PortErrorClass::Permanent, "changed its mind"))
        };
        failing.write(work).await
    });
    let third = append(3);
    // All of them wait before the writer goes on, so they are one group, in whatever order.
    while database.writer.as_ref().unwrap().waiting() < 3 {
        tokio::task::yield_now().await;
    }
    drop(release);
    assert_eq!(first.await.unwrap().unwrap(), Appended::Recorded);
    assert_eq!(second.await.unwrap().unwrap_err().to_string(), "changed its mind");
    assert_eq!(third.await.unwrap().unwrap(), Appended::Recorded);
    assert_eq!(positions(&trail).await, [1, 2], "an undone event leaves no gap");
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let mut story = Story::new("org-001", "a.csv");
    let trail = SqliteTrail::new(open(&path_in(&folder)));
    story.record(&trail, received()).await;
    drop(trail);
    let trail = SqliteTrail::new(open(&path_in(&folder)));
    assert_eq!(positions(&trail).await, [1]);
    story.record(&trail, accepted()).await;
    assert_eq!(positions(&trail).await, [1, 2]);
    drop(trail);
    // The last one out tidies up: a copy of this one file is a whole backup.
    let mut files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    files.sort();
    assert_eq!(files, ["relay.db", "relay.head"]);
}

#[tokio::test]
async fn events_are_put_only_for_any_program() {
    let folder = tempfile::tempdir().unwrap();
    let trail = SqliteTrail::new(open(&path_in(&folder)));
    let mut story = Story::new("org-001", "a.csv");
    story.record(&trail, received()).await;
    let before = trail.read(&story.package_id()).await.unwrap();
    let shell = Connection::open(path_in(&folder)).unwrap();
    for sql in [
        "UPDATE events SET canonical = '{}'",
        "UPDATE events SET position = 7",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT position, package_id, seq, hash, '{}' FROM events",
        "INSERT OR REPLACE INTO events SELECT NULL, package_id, seq, hash, '{}' FROM events",
        "INSERT INTO events SELECT position, 'other', seq, hash, '{}' FROM events",
    ] {
        let error = shell.execute(sql, []).unwrap_err().to_string();
        assert!(error.starts_with("audit events are never"), "{sql}: {error}");
    }
    assert_eq!(trail.read(&story.package_id()).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_write_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for process in 0..3 {
        let trail = SqliteTrail::new(open(&path_in(&folder)));
        writers.spawn(async move {
            let mut won = 0;
            for number in 0..20 {
                // Every package is recorded by all of them, and by one of them first.
                let mut story = Story::new("org-001", &format!("{number}.csv"));
                story.actor = format!("process {process}");
                won += u32::from(trail.append(&story.next(received())).await.unwrap() == Appended::Recorded);
            }
            won
        });
    }
    assert_eq!(writers.join_all().await.into_iter().sum::<u32>(), 20);
    let trail = SqliteTrail::new(open(&path_in(&folder)));
    assert_eq!(positions(&trail).await, (1..=20).collect::<Vec<u64>>());
    assert_eq!(trail.counts().await.unwrap().received, 20);
}

#[test]
fn processes_that_start_together_make_one_database() {
    const PROCESSES: usize = 8;
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = path_in(&folder);
        let start = std::sync::Barrier::new(PROCESSES);
        std::thread::scope(|scope| {
            let opening = || {
                start.wait();
                SqliteDatabase::open(&path).map(drop)
            };
            let opened: Vec<_> = (0..PROCESSES).map(|_| scope.spawn(opening)).collect();
            for opened in opened {
                opened.join().unwrap().unwrap();
            }
        });
    }
}

#[tokio::test]
async fn a_database_that_another_process_holds_is_worth_another_try() {
    let folder = tempfile::tempdir().unwrap();
    let database = SqliteDatabase::open_with(&path_in(&folder), Duration::from_millis(10)).unwrap();
    let trail = SqliteTrail::new(database);
    let event = Story::new("org-001", "a.csv").next(received());
    let other = Connection::open(path_in(&folder)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(
        trail.append(&event).await.unwrap_err().class(),
        PortErrorClass::Retryable
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(trail.append(&event).await.unwrap(), Appended::Recorded);
}

#[tokio::test]
async fn a_full_disk_is_named_and_leaves_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&path_in(&folder));
    let trail = SqliteTrail::new(database.clone());
    // SQLite's own limit on the size of the file gives the same error as a full disk.
    let set_pages_max = async |pages: u32| {
        let set = move |connection: &Connection| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            connection.query_row(&sql, [], |_| Ok(())).map_err(failed("not set"))
        };
        database.write(set).await.unwrap();
    };
    set_pages_max(60).await;
    let mut recorded = 0;
    let refused = loop {
        let event = Story::new("org-001", &format!("{recorded}.csv")).next(received());
        match trail.append(&event).await {
            Ok(appended) => assert_eq!(appended, Appended::Recorded),
            Err(error) => break (event, error),
        }
        recorded += 1;
    };
    assert_eq!(refused.1.class(), PortErrorClass::StorageFull);
    assert!(recorded > 0);
    assert_eq!(trail.counts().await.unwrap().received, recorded);
    set_pages_max(100_000).await;
    assert_eq!(trail.append(&refused.0).await.unwrap(), Appended::Recorded);
    assert_eq!(positions(&trail).await, (1..=recorded + 1).collect::<Vec<u64>>());
}

#[tokio::test]
async fn readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&path_in(&folder));
    let write = |connection: &Connection| connection.execute("DELETE FROM orders", []).map_err(failed("refused"));
    assert_eq!(
        database.read(write).await.unwrap_err().class(),
        PortErrorClass::Permanent
    );
    assert_eq!(database.write(write).await.unwrap(), 0);
}

// What a program of layout 2 left behind.
fn make_layout_3(path: &Path) -> Connection {
    drop(open(path));
    let other = Connection::open(path).unwrap();
    let mut before = "DROP TABLE written; PRAGMA user_version = 3;".to_owned();
    for table in super::seals::SEALED.iter().filter(|table| **table != "written") {
        let unseal = format!(
            "DROP TRIGGER {table}_are_sealed; DROP TRIGGER {table}_are_sealed_anew; ALTER TABLE {table} DROP COLUMN seal;"
        );
        before.push_str(&unseal);
    }
    other.execute_batch(&before).unwrap();
    other
}

fn make_layout_2(path: &Path) -> Connection {
    let other = make_layout_3(path);
    let before =
        "DROP TRIGGER organizations_are_added_with_an_event; DROP TRIGGER organizations_are_changed_with_an_event;
         DROP TRIGGER organizations_are_never_removed; ALTER TABLE organizations DROP COLUMN version_seq;
         ALTER TABLE organizations DROP COLUMN version_hash; ALTER TABLE organizations DROP COLUMN version_ms;
         PRAGMA user_version = 2;";
    other.execute_batch(before).unwrap();
    other
}

// What a program of layout 1 left behind.
fn make_layout_1(path: &Path) {
    let other = make_layout_2(path);
    let before = "DROP INDEX packages_duplicates; ALTER TABLE packages DROP COLUMN is_duplicate; DROP TABLE claims;
         PRAGMA user_version = 1;";
    other.execute_batch(before).unwrap();
}

#[tokio::test]
async fn a_database_of_the_layout_before_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(&folder);
    make_layout_1(&path);
    // A package whose record and events are from before anything was known of duplicates.
    let mut story = Story::new("org-001", "a.csv");
    let (database, count) = (Connection::open(&path).unwrap(), 4_u64);
    let mut record: Option<relay_model::PackageRecord> = None;
    for body in [received(), accepted(), started(), processed()] {
        let event = story.tell(body);
        record = Some(relay_audit::project(record.as_ref(), &event).unwrap());
        let event = (event.event().seq, event.hash(), event.canonical().to_owned());
        database
            .execute(
                "INSERT INTO events (package_id, seq, hash, canonical) VALUES (?1, ?2, ?3, ?4)",
                rusqlite::params![story.package_id().as_str(), event.0, event.1.as_bytes(), event.2],
            )
            .unwrap();
    }
    let mut old = serde_json::to_value(record.unwrap()).unwrap();
    old.as_object_mut().unwrap().remove("duplicates").unwrap();
    let insert = "INSERT INTO packages (package_id, organization, state, file_name, received_ms, record)
                  VALUES (?1, 'org-001', 'processed', 'a.csv', 0, ?2)";
    let row = (story.package_id().as_str().to_owned(), old.to_string());
    database.execute(insert, row).unwrap();
    drop(database);

    let database = open(&path);
    let (trail, claims) = (SqliteTrail::new(database.clone()), SqliteDuplicateIndex::new(database));
    assert_eq!(positions(&trail).await, (1..=count).collect::<Vec<u64>>());
    let record = trail.record(&story.package_id()).await.unwrap().unwrap();
    assert!(record.duplicates.are_none());
    let mut query = PackageQuery {
        limit: 10,
        ..PackageQuery::default()
    };
    let found = trail.list(&query).await.unwrap().packages;
    assert_eq!(found, std::slice::from_ref(&record));
    query.duplicates_only = true;
    assert_eq!(trail.list(&query).await.unwrap().packages, []);
    let claimant = IndexedPackage {
        package_id: story.package_id(),
        key: record.trail_state.object.key,
        sha256: record.sha256.unwrap(),
    };
    let organization = record.organization.unwrap();
    let holder = claims
        .claim(&organization, DuplicateKey::Bytes, &claimant)
        .await
        .unwrap();
    assert_eq!(holder, claimant);
}

#[tokio::test]
async fn organizations_from_before_there_were_trails_get_one_when_the_database_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(&folder);
    let old = make_layout_2(&path);
    let settings = r#"{"privacy": {"iban": "drop"}}"#;
    let insert = "INSERT INTO organizations (organization, enabled, added_ms, settings) VALUES (?1, ?2, ?3, ?4)";
    old.execute(insert, ("org-001", true, 1_769_846_400_000_i64, settings))
        .unwrap();
    old.execute(insert, ("org-002", false, 0_i64, "{}")).unwrap();
    // What nobody can read stays as it is, and keeps nobody from opening.
    old.execute(insert, ("ORG 3", true, 0_i64, "{}")).unwrap();
    drop(old);

    let database = open(&path);
    let registry = SqliteRegistry::new(database.clone());
    let id: OrganizationId = "org-001".parse().unwrap();
    let first = registry.history(&id).await.unwrap().remove(0);
    let sealed = SealedOrganizationEvent::from_canonical(&first.canonical).unwrap();
    let event = sealed.event();
    assert_eq!(event.kind, OrganizationEventKind::SettingsFound);
    assert_eq!(event.details.facts.settings, settings, "byte for byte");
    assert_eq!(
        event.details.changes,
        ["recorded settings found", "personal data, iban: keep → drop"]
    );
    let organization = registry.get(&id).await.unwrap().unwrap();
    assert_eq!(organization.version.unwrap().head(), sealed.head());
    let second = registry.history(&"org-002".parse().unwrap()).await.unwrap().remove(0);
    assert!(
        second
            .canonical
            .contains(r#""changes":["recorded settings found","disabled"],"enabled":false"#)
    );
    assert_eq!(positions(&SqliteTrail::new(database)).await, [1, 2]);

    // Opened once more, nothing is recorded once more; the next change follows.
    let registry = SqliteRegistry::new(open(&path));
    assert_eq!(registry.history(&id).await.unwrap().len(), 1);
    registry.set_enabled(&id, false, &author()).await.unwrap();
    let trail = registry.history(&id).await.unwrap();
    assert_eq!((trail.len(), trail[1].seq), (2, 1));
}

#[tokio::test]
async fn organizations_change_only_together_with_an_event_for_any_program() {
    let folder = tempfile::tempdir().unwrap();
    let registry = SqliteRegistry::new(open(&path_in(&folder)));
    let organization = Organization {
        id: "org-001".parse().unwrap(),
        enabled: true,
        added_at: Timestamp::EPOCH,
        settings: relay_model::OrganizationSettings::default(),
        version: None,
    };
    registry.add(&organization, &author()).await.unwrap();
    let before = registry.list().await.unwrap();
    let other = Connection::open(path_in(&folder)).unwrap();
    for statement in [
        "UPDATE organizations SET settings = '{}'",
        "UPDATE organizations SET enabled = 0",
        "UPDATE organizations SET version_seq = NULL",
        "UPDATE organizations SET organization = 'org-002', version_seq = 7",
        "DELETE FROM organizations",
        "INSERT INTO organizations (organization, enabled, added_ms, settings) VALUES ('org-002', 1, 0, '{}')",
        "INSERT OR REPLACE INTO organizations (organization, enabled, added_ms, settings) VALUES ('org-001', 0, 0, '{}')",
    ] {
        assert!(other.execute(statement, []).is_err(), "{statement}");
    }
    assert_eq!(registry.list().await.unwrap(), before);
}

#[tokio::test]
async fn claims_are_put_only_for_any_program() {
    let folder = tempfile::tempdir().unwrap();
    let claims = SqliteDuplicateIndex::new(open(&path_in(&folder)));
    let story = Story::new("org-001", "a.csv");
    let claimant = IndexedPackage {
        package_id: story.package_id(),
        key: relay_model::ObjectKey::new("org-001/a.csv"),
        sha256: relay_model::Sha256Digest::of(b"abc"),
    };
    let organization = "org-001".parse().unwrap();
    claims
        .claim(&organization, DuplicateKey::Name, &claimant)
        .await
        .unwrap();
    let other = Connection::open(path_in(&folder)).unwrap();
    for statement in ["UPDATE claims SET package_id = 'x'", "DELETE FROM claims"] {
        assert!(other.execute(statement, []).is_err(), "{statement}");
    }
    let holder = claims
        .claim(&organization, DuplicateKey::Name, &claimant)
        .await
        .unwrap();
    assert_eq!(holder, claimant);
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&path_in(&folder)));
    let other = Connection::open(path_in(&folder)).unwrap();
    other.pragma_update(None, "user_version", 5).unwrap();
    let error = SqliteDatabase::open(&path_in(&folder)).err().unwrap();
    assert!(matches!(error, DatabaseError::Newer { found: 5, known: 4 }));
    assert_eq!(
        error.to_string(),
        "this data folder was written by a newer relay (format 5, this program knows 4): use that program"
    );
}

#[test]
fn a_file_that_is_no_database_is_named_as_damaged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(path_in(&folder), "not a database".repeat(1_000)).unwrap();
    let error = SqliteDatabase::open(&path_in(&folder)).err().unwrap();
    assert!(matches!(error, DatabaseError::Damaged { .. }), "{error:?}");
    let missing = SqliteDatabase::open(&folder.path().join("missing/relay.db"))
        .err()
        .unwrap();
    assert!(matches!(missing, DatabaseError::Io { .. }));
}

#[test]
fn codes_of_sqlite_have_the_right_class() {
    for (code, class, says_damaged) in [
        (ffi::SQLITE_BUSY, PortErrorClass::Retryable, false),
        (ffi::SQLITE_BUSY_SNAPSHOT, PortErrorClass::Retryable, false),
        (ffi::SQLITE_LOCKED, PortErrorClass::Retryable, false),
        (ffi::SQLITE_FULL, PortErrorClass::StorageFull, false),
        (ffi::SQLITE_IOERR_SHMSIZE, PortErrorClass::StorageFull, false),
        (ffi::SQLITE_IOERR_WRITE, PortErrorClass::Permanent, false),
        (ffi::SQLITE_READONLY, PortErrorClass::Permanent, false),
        (ffi::SQLITE_CORRUPT, PortErrorClass::Permanent, true),
        (ffi::SQLITE_NOTADB, PortErrorClass::Permanent, true),
    ] {
        let error = || rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        assert_eq!(classify(&error()).0, class, "{code}");
        let text = failed("it could not be written")(error()).to_string();
        assert_eq!(text.contains("restore relay.db from a backup"), says_damaged, "{code}");
    }
}
