//! Verification beside a relay that works: nothing of what it does is ever named.

use std::sync::Arc;

use relay_model::PrivacyPolicy;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use relay_pipeline::worker::Until;

use crate::world::{Relay, number_from_environment, verify_beside};

/// How many files the relay may be ahead: were it as fast as it can, the log would be the longer the slower verification is.
const FILES_AHEAD: usize = 20;
/// How often it is verified without the environment saying so.
const VERIFIES: u32 = 25;

#[tokio::test(flavor = "multi_thread")]
async fn a_working_relay_is_never_accused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data");
    let relay = Relay::open(&path);
    relay.register("org-001", PrivacyPolicy::default()).await;
    let stop = CancellationToken::new();
    let (workers, stopping) = (relay.workers(), stop.clone());
    let working = tokio::spawn(async move { workers.run(Until::Stopped, &stopping).await });
    let due = Arc::new(Semaphore::new(FILES_AHEAD));
    let (ending, next) = (stop.clone(), Arc::clone(&due));
    let sending = tokio::spawn(async move {
        let mut sent = 0_u32;
        loop {
            tokio::select! {
                () = ending.cancelled() => break,
                permit = next.acquire() => permit.unwrap().forget(),
            }
            // New ones, duplicates of them, and names that are refused.
            let content = format!("x,y\n1,{}\n", sent / 2);
            relay
                .send(&format!("org-001/{sent}.csv"), content.as_bytes(), None)
                .await;
            if sent.is_multiple_of(5) {
                relay
                    .send(&format!("org-001/../{sent}.csv"), content.as_bytes(), None)
                    .await;
            }
            sent += 1;
        }
        (relay, sent)
    });
    let count = number_from_environment("HYBRID_TEST_VERIFIES").map_or(VERIFIES, |count| count.parse().unwrap());
    let at = path.clone();
    let verifying = tokio::task::spawn_blocking(move || {
        let (mut grew, mut before, mut verified) = (0, 0, 0_u32);
        // Only those count that saw something new: on a busy machine the relay may rest between two.
        while grew < count {
            let report = verify_beside(&at, verified % 2 == 0);
            assert!(
                report.holds,
                "verification {verified}: {:#?} {:#?}",
                report.trails.findings, report.object_findings
            );
            grew += u32::from(report.trails.events > before);
            before = report.trails.events;
            verified += 1;
            due.add_permits(1);
        }
        (verified, before)
    });
    let (verified, events) = verifying.await.unwrap();
    stop.cancel();
    let (relay, sent) = sending.await.unwrap();
    working.await.unwrap().unwrap();
    drop(relay);
    eprintln!("{verified} verifications, {count} of a log that had grown, {events} events at last, {sent} files sent");
    crate::world::assert_holds(&path);
}
