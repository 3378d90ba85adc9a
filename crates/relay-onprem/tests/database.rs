//! The adapters in SQLite keep the promises of their ports.
#![expect(clippy::unwrap_used, reason = "a helper of tests says what failed by panicking")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use relay_model::{Organization, PackageId};
use relay_onprem::{QueueLauncher, SqliteDatabase, SqliteDuplicateIndex, SqliteQueue, SqliteRegistry, SqliteTrail};
use relay_pipeline::ports::{Clock, Launcher, Lease, OrganizationRegistry, PortErrorClass, RunOrder, WorkQueue};
use relay_testing::conformance::{self, LauncherUnderTest, RegistryUnderTest};
use relay_testing::fakes::ManualClock;
use relay_testing::faults::{Fault, FaultPlan, FaultyQueue, WholeTrail};
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
        self.fresh_with_path().0
    }

    fn fresh_with_path(&self) -> (SqliteDatabase, PathBuf) {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.path().join(format!("{number}.db"));
        (SqliteDatabase::open(&path).unwrap(), path)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_trail() {
    let databases = Databases::new();
    conformance::trail(async || SqliteTrail::new(databases.fresh())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_claims() {
    let databases = Databases::new();
    conformance::duplicate_index(async || SqliteDuplicateIndex::new(databases.fresh())).await;
}

struct Registry {
    database: SqliteDatabase,
    path: PathBuf,
}

#[async_trait]
impl RegistryUnderTest for Registry {
    fn registry(&self) -> Arc<dyn OrganizationRegistry> {
        Arc::new(SqliteRegistry::new(self.database.clone()))
    }

    fn trail(&self) -> Arc<dyn WholeTrail> {
        Arc::new(SqliteTrail::new(self.database.clone()))
    }

    // As somebody who can write to the disk: the trigger that forbids it is taken away first.
    async fn put_without_trail(&self, organization: &Organization) {
        let other = rusqlite::Connection::open(&self.path).unwrap();
        other
            .execute_batch("DROP TRIGGER IF EXISTS organizations_are_added_with_an_event")
            .unwrap();
        let row = (
            organization.id.as_str(),
            organization.enabled,
            organization.added_at.unix_milliseconds(),
            serde_json::to_string(&organization.settings).unwrap(),
        );
        let insert =
            "INSERT OR REPLACE INTO organizations (organization, enabled, added_ms, settings) VALUES (?1, ?2, ?3, ?4)";
        other.execute(insert, row).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_registry() {
    let databases = Databases::new();
    conformance::registry(async || {
        let (database, path) = databases.fresh_with_path();
        Registry { database, path }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_queue() {
    let databases = Databases::new();
    conformance::queue(async || SqliteQueue::new(databases.fresh())).await;
}

const LEASE_MS: u64 = 60_000;

/// The launcher on a queue. A run is an order that somebody works on, or that waits for that.
struct Launches {
    launcher: QueueLauncher,
    queue: Arc<SqliteQueue>,
    clock: Arc<ManualClock>,
    ended: Mutex<Vec<RunOrder>>,
}

impl Launches {
    fn new(database: SqliteDatabase) -> Self {
        let (queue, clock) = (Arc::new(SqliteQueue::new(database)), Arc::new(ManualClock::default()));
        Self {
            launcher: QueueLauncher::new(queue.clone(), clock.clone()),
            queue,
            clock,
            ended: Mutex::default(),
        }
    }

    // Every order that is queued. They are held by "test" afterwards, until they are put back.
    async fn claim_all(&self) -> Vec<Lease> {
        let mut claims = Vec::new();
        while let Some(claim) = self.queue.claim("test", self.clock.now(), LEASE_MS).await.unwrap() {
            claims.push(claim);
        }
        claims
    }

    async fn put_back(&self, claims: &[Lease]) {
        for claim in claims {
            self.queue.release(claim, &claim.order, self.clock.now()).await.unwrap();
        }
    }
}

#[async_trait]
impl LauncherUnderTest for Launches {
    fn launcher(&self) -> &dyn Launcher {
        &self.launcher
    }

    async fn runs(&self) -> Vec<RunOrder> {
        let queued = self.claim_all().await;
        self.put_back(&queued).await;
        let mut runs = self.ended.lock().unwrap().clone();
        runs.extend(queued.into_iter().map(|claim| claim.order));
        runs
    }

    // The order of a worker that is lost without giving it up comes back by itself: see the suite of the queue.
    async fn end(&self, package_id: &PackageId) {
        let (ending, others): (Vec<_>, Vec<_>) = self
            .claim_all()
            .await
            .into_iter()
            .partition(|claim| claim.order.package_id == *package_id);
        self.put_back(&others).await;
        for claim in ending {
            self.queue.complete(&claim).await.unwrap();
            self.ended.lock().unwrap().push(claim.order);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_launcher() {
    let databases = Databases::new();
    conformance::launcher(async || Launches::new(databases.fresh())).await;
    conformance::launcher_that_drives_on(async || Launches::new(databases.fresh())).await;
}

#[tokio::test]
async fn the_launcher_passes_on_what_the_queue_says() {
    for class in [
        PortErrorClass::Retryable,
        PortErrorClass::Permanent,
        PortErrorClass::StorageFull,
    ] {
        let databases = Databases::new();
        let plan = FaultPlan::calm();
        plan.script("queue.enqueue", Fault::FailBefore(class));
        let queue = FaultyQueue::new(Arc::new(SqliteQueue::new(databases.fresh())), plan);
        let launcher = QueueLauncher::new(Arc::new(queue), Arc::new(ManualClock::default()));
        conformance::launcher_that_fails(&launcher, class).await;
    }
}
