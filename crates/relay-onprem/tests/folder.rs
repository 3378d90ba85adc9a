//! The data folder: made once, opened again, refused when it is not one, and used by one program at a time.
#![expect(clippy::unwrap_used, reason = "a helper of tests says what failed by panicking")]

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use relay_onprem::{DataFolder, FolderError, OnPrem};
use relay_pipeline::ports::{PackageQuery, SystemClock, WriteMode};
use relay_testing::conformance::put;
use relay_testing::story::{Story, received};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_folder_has_every_part_and_opens_again() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("new/data");
    let folder = DataFolder::open_or_create(&path).unwrap();
    assert_eq!(fs::read_to_string(path.join("relay.json")).unwrap(), r#"{"format":1}"#);
    for part in [
        folder.path().to_owned(),
        folder.store(),
        folder.inbox(),
        folder.temporary(),
    ] {
        assert!(part.starts_with(&path));
        assert_eq!(mode(&part), 0o700, "{}", part.display());
    }
    assert_eq!(fs::read_dir(folder.temporary()).unwrap().count(), 0);
    assert_eq!(DataFolder::open_or_create(&path).unwrap(), folder);
    // Backups leave empty folders out.
    fs::remove_dir(folder.inbox()).unwrap();
    assert_eq!(DataFolder::open_existing(&path).unwrap(), folder);
    assert!(folder.inbox().is_dir());
}

#[test]
fn a_creation_that_was_cut_off_is_finished() {
    let parent = tempfile::tempdir().unwrap();
    fs::create_dir(parent.path().join("store")).unwrap();
    fs::create_dir(parent.path().join("lost+found")).unwrap();
    assert!(DataFolder::open_or_create(parent.path()).is_ok());
}

#[test]
fn what_is_not_a_data_folder_is_refused_and_left_alone() {
    let parent = tempfile::tempdir().unwrap();
    let missing = parent.path().join("missing");
    assert!(matches!(
        DataFolder::open_existing(&missing),
        Err(FolderError::Missing { .. })
    ));
    assert!(!missing.exists());

    fs::write(parent.path().join("holiday.jpg"), "x").unwrap();
    let error = DataFolder::open_existing(parent.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is not a relay data folder: relay.json is missing",
            parent.path().display()
        )
    );
    assert!(matches!(
        DataFolder::open_or_create(parent.path()),
        Err(FolderError::NotEmpty { .. })
    ));
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);

    let file = parent.path().join("holiday.jpg");
    assert!(DataFolder::open_or_create(&file).is_err());
    assert!(DataFolder::open_existing(&file).is_err());
}

#[test]
fn a_marker_that_says_something_else_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    DataFolder::open_or_create(&path).unwrap();
    fs::write(path.join("relay.json"), r#"{"format":2,"more":true}"#).unwrap();
    let error = DataFolder::open_or_create(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the data folder {} was written by a newer relay (format 2, this program knows 1): use that program",
            path.display()
        )
    );
    for text in ["", "{}", "format 1"] {
        fs::write(path.join("relay.json"), text).unwrap();
        assert!(
            matches!(DataFolder::open_or_create(&path), Err(FolderError::Marker { .. })),
            "{text}"
        );
    }
}

#[test]
fn one_program_at_a_time_works_in_a_folder() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::open_or_create(parent.path()).unwrap();
    let lock = folder.lock("relay serve --with-a-long-line-of-arguments").unwrap();
    let error = folder.lock("relay run").unwrap_err();
    let expected = format!(
        "{} is in use by `relay serve --with-a-long-line-of-arguments` (process {}): stop it or wait",
        parent.path().display(),
        std::process::id()
    );
    assert_eq!(error.to_string(), expected);
    drop(lock);
    let lock = folder.lock("relay run").unwrap();
    let error = folder.lock("relay serve").unwrap_err();
    assert!(error.to_string().contains("`relay run`"), "{error}");
    drop(lock);
}

#[tokio::test]
async fn the_ports_of_a_folder_share_its_contents() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::open_or_create(parent.path()).unwrap();
    let mut story = Story::new("org-001", "a.csv");
    let bucket = "ingress".parse().unwrap();
    {
        let on_prem = OnPrem::open(&folder, Arc::new(SystemClock)).unwrap();
        put(
            on_prem.ports.store.as_ref(),
            &bucket,
            "org-001/a.csv",
            WriteMode::IfAbsent,
            b"abc",
        )
        .await
        .unwrap();
        story.record(on_prem.ports.trail.as_ref(), received()).await;
        on_prem.launcher.launch(&story.order()).await.unwrap();
        assert_eq!(on_prem.queue.depth(on_prem.ports.clock.now()).await.unwrap().ready, 1);
    }
    let on_prem = OnPrem::open(&folder, Arc::new(SystemClock)).unwrap();
    assert_eq!(
        on_prem
            .ports
            .store
            .list_versions(&bucket, None, 10)
            .await
            .unwrap()
            .versions
            .len(),
        1
    );
    let query = PackageQuery {
        limit: 10,
        ..PackageQuery::default()
    };
    assert_eq!(on_prem.ports.trail_reader.list(&query).await.unwrap().packages.len(), 1);
    let claim = on_prem
        .queue
        .claim("one", on_prem.ports.clock.now(), 1_000)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(claim.order, story.order());
    assert_eq!(mode(&folder.database()), 0o600);
    drop(on_prem);

    fs::write(folder.database(), "x".repeat(5_000)).unwrap();
    let error = OnPrem::open(&folder, Arc::new(SystemClock)).err().unwrap();
    assert!(
        error
            .source()
            .unwrap()
            .to_string()
            .ends_with("is damaged: restore it from a backup")
    );
}

// What a disk or a hand did to one row must not hide the others.
#[tokio::test]
async fn a_row_that_cannot_be_read_is_a_row_that_says_so() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::open_or_create(&parent.path().join("data")).unwrap();
    let on_prem = OnPrem::open(&folder, Arc::new(SystemClock)).unwrap();
    let mut stories = ["a.csv", "b.csv", "c.csv"].map(|path| Story::new("org-001", path));
    for story in &mut stories {
        story.record(on_prem.ports.trail.as_ref(), received()).await;
    }
    let [damaged, mistaken, sound] = stories.each_ref().map(Story::package_id);
    let database = rusqlite::Connection::open(folder.database()).unwrap();
    let of = |id: &relay_model::PackageId| id.as_str().to_owned();
    database
        .execute(
            "UPDATE packages SET record = '{\"cut\": ' WHERE package_id = ?1",
            [of(&damaged)],
        )
        .unwrap();
    // The record of another package, and a state that nobody knows.
    database
        .execute(
            "UPDATE packages SET record = (SELECT record FROM packages WHERE package_id = ?2) WHERE package_id = ?1",
            [of(&mistaken), of(&sound)],
        )
        .unwrap();
    database
        .execute("INSERT INTO package_counts (state, number) VALUES ('lost', 2)", [])
        .unwrap();
    let organization = Some("org-001".parse().unwrap());
    let prefix = Some("pkg-".to_owned());
    for query in [
        PackageQuery::default(),
        PackageQuery {
            organization,
            ..PackageQuery::default()
        },
        PackageQuery {
            id_prefix: prefix,
            ..PackageQuery::default()
        },
    ] {
        let page = on_prem
            .ports
            .trail_reader
            .list(&PackageQuery { limit: 10, ..query })
            .await
            .unwrap();
        let listed: Vec<_> = page.packages.iter().map(|record| &record.package_id).collect();
        assert_eq!(listed, [&sound]);
        let mut rows: Vec<_> = page.damaged.iter().map(|row| row.package_id.clone()).collect();
        rows.sort_unstable();
        let mut expected = [of(&damaged), of(&mistaken)];
        expected.sort_unstable();
        assert_eq!(rows, expected);
        assert!(
            page.damaged
                .iter()
                .all(|row| row.organization.as_deref() == Some("org-001"))
        );
    }
    // Page by page, they come once each.
    let mut query = PackageQuery {
        limit: 1,
        ..PackageQuery::default()
    };
    let mut pages = 0;
    loop {
        let page = on_prem.ports.trail_reader.list(&query).await.unwrap();
        assert_eq!(page.packages.len() + page.damaged.len(), 1);
        pages += 1;
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!(pages, 3);
    let counts = on_prem.ports.trail_reader.counts().await.unwrap();
    assert_eq!((counts.received, counts.in_flight, counts.damaged), (5, 3, 2));
    assert!(counts.balances());
}
