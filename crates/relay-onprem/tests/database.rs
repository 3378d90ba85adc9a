//! The adapters in SQLite keep the promises of their ports.
#![expect(clippy::unwrap_used, reason = "a helper of tests says what failed by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use relay_onprem::{QueueLauncher, SqliteDatabase, SqliteQueue, SqliteRegistry, SqliteTrail};
use relay_testing::conformance;
use relay_testing::fakes::ManualClock;
use tempfile::TempDir;

struct Databases {
    folder: TempDir,
    made: AtomicU32,
}

impl Databases {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            made: AtomicU32::new(0),
        }
    }

    fn fresh(&self) -> SqliteDatabase {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        SqliteDatabase::open(&self.folder.path().join(format!("{number}.db"))).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_trail() {
    let databases = Databases::new();
    conformance::trail(async || SqliteTrail::new(databases.fresh())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_registry() {
    let databases = Databases::new();
    conformance::registry(async || SqliteRegistry::new(databases.fresh())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_queue() {
    let databases = Databases::new();
    conformance::queue(async || SqliteQueue::new(databases.fresh())).await;
}

#[tokio::test]
async fn queue_launcher() {
    let databases = Databases::new();
    conformance::launcher(async || {
        QueueLauncher::new(
            Arc::new(SqliteQueue::new(databases.fresh())),
            Arc::new(ManualClock::default()),
        )
    })
    .await;
}
