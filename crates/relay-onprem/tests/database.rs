//! The adapters in SQLite keep the promises of their ports.

use std::sync::atomic::{AtomicU32, Ordering};

use relay_onprem::{SqliteDatabase, SqliteTrail};
use relay_testing::conformance;
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
