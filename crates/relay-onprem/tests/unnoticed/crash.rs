//! Crashes, restarts and copies: the noted head finds what is missing, and accuses nobody of what never was durable.

use std::fs;

use relay_audit::Problem;

use crate::world::{Relay, assert_holds, at_rest, await_note, copy_folder, fill, in_use, verify};

#[tokio::test(flavor = "multi_thread")]
async fn a_write_ahead_log_that_is_cut_or_gone_is_noticed_wherever_it_ends() {
    let folder = in_use().await;
    let cutting = move || {
        assert_holds(&folder.path);
        let log = folder.path.join("relay.db-wal");
        let whole = fs::read(&log).unwrap();
        for length in (0..whole.len()).step_by(whole.len() / 40) {
            fs::write(&log, &whole[..length]).unwrap();
            let report = verify(&folder.path);
            assert!(!report.holds, "cut to {length} of {} bytes", whole.len());
            fs::write(&log, &whole).unwrap();
        }
        fs::remove_file(&log).unwrap();
        assert!(!verify(&folder.path).holds, "gone");
        fs::write(&log, &whole).unwrap();
        assert_holds(&folder.path);
    };
    tokio::task::spawn_blocking(cutting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_database_is_noticed_and_stays_so() {
    let folder = at_rest().await;
    let older = folder.path.join("../older.db");
    fs::copy(folder.path.join("relay.db"), &older).unwrap();
    let relay = Relay::open(&folder.path);
    relay.send("org-002/later.csv", b"x,y\n1,2\n", None).await;
    drop(relay);
    fs::copy(&older, folder.path.join("relay.db")).unwrap();
    let path = folder.path.clone();
    let verify = move || verify(&path);
    let report = tokio::task::spawn_blocking(verify.clone()).await.unwrap();
    assert!(
        report
            .trails
            .findings
            .iter()
            .any(|finding| finding.problem == Problem::Dropped),
        "{report:#?}"
    );

    // A relay that goes on from there does not wipe the note away, and neither does one that catches up with it.
    let relay = Relay::open(&folder.path);
    for number in 0..5 {
        relay.send(&format!("org-002/{number}.csv"), b"x,y\n1,2\n", None).await;
    }
    relay.work().await;
    drop(relay);
    let report = tokio::task::spawn_blocking(verify).await.unwrap();
    assert!(
        report
            .trails
            .findings
            .iter()
            .any(|finding| finding.problem == Problem::HeadDiffers),
        "{report:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_ends_in_order_has_noted_everything_and_one_that_dies_accuses_nobody() {
    let (folder, copy) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
    let path = folder.path().join("data");
    let relay = fill(&path).await;
    // At any moment, as a crash would leave it: whatever was noted by then is there.
    for number in 0..20 {
        relay.send(&format!("org-002/{number}.csv"), b"x,y\n1,2\n", None).await;
        let to = copy.path().join(number.to_string());
        copy_folder(&path, &to);
        tokio::task::spawn_blocking(move || assert_holds(&to)).await.unwrap();
    }
    drop(relay);
    await_note(&path).await;
    tokio::task::spawn_blocking(move || assert_holds(&path)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_is_gone_or_damaged_is_noticed() {
    let folder = at_rest().await;
    let note = folder.path.join("relay.head");
    let whole = fs::read(&note).unwrap();
    let (path, checked) = (folder.path.clone(), note.clone());
    let checking = move || {
        fs::write(&checked, "{}").unwrap();
        let report = verify(&path);
        assert_eq!(report.trails.findings[0].problem, Problem::HeadNoteDamaged);
        fs::remove_file(&checked).unwrap();
        let report = verify(&path);
        assert_eq!(report.trails.findings[0].problem, Problem::HeadNoteDamaged);
    };
    tokio::task::spawn_blocking(checking).await.unwrap();
    // Removed by hand, it is noted anew by the next relay that records something.
    let relay = Relay::open(&folder.path);
    relay.send("org-002/later.csv", b"x,y\n1,2\n", None).await;
    drop(relay);
    assert_ne!(fs::read(&note).unwrap(), whole);
    let path = folder.path.clone();
    tokio::task::spawn_blocking(move || assert_holds(&path)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_one_place_does_not_keep_the_rest_from_being_read() {
    let folder = at_rest().await;
    let damaging = move || {
        let path = folder.path.join("relay.db");
        let mut bytes = fs::read(&path).unwrap();
        let pages = bytes.len() / 4_096;
        // Each page but the first, without which SQLite knows nothing, becomes something that is no page.
        let whole = bytes.clone();
        for page in 1..pages {
            bytes[page * 4_096..page * 4_096 + 200].fill(0xAA);
            fs::write(&path, &bytes).unwrap();
            let report = verify(&folder.path);
            assert!(!report.holds, "page {page}");
            let findings = report.trails.findings;
            assert!(
                findings
                    .iter()
                    .all(|finding| !finding.text.is_empty() && !finding.remedy.is_empty())
            );
            // The note, every other table and the stores were looked at all the same.
            assert!(report.objects_checked.is_some_and(|checked| checked > 0), "page {page}");
            bytes.clone_from(&whole);
        }
    };
    tokio::task::spawn_blocking(damaging).await.unwrap();
}
