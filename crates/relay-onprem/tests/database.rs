//! The adapters in SQLite keep the promises of their ports.
#![expect(clippy::unwrap_used, reason = "a helper of tests says what failed by panicking")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use relay_model::PackageId;
use relay_onprem::{QueueLauncher, SqliteClaims, SqliteDatabase, SqliteQueue, SqliteRegistry, SqliteTrail};
use relay_pipeline::ports::{Claim, Clock, Launcher, PortErrorClass, RunOrder, WorkQueue};
use relay_testing::conformance::{self, LauncherUnderTest};
use relay_testing::fakes::ManualClock;
use relay_testing::faults::{Fault, FaultPlan, FaultyQueue};
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
async fn sqlite_claims() {
    let databases = Databases::new();
    conformance::claims(async || SqliteClaims::new(databases.fresh())).await;
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
    async fn claim_all(&self) -> Vec<Claim> {
        let mut claims = Vec::new();
        while let Some(claim) = self.queue.claim("test", self.clock.now(), LEASE_MS).await.unwrap() {
            claims.push(claim);
        }
        claims
    }

    async fn put_back(&self, claims: &[Claim]) {
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
