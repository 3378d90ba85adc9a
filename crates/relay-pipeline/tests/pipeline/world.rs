//! A whole relay in memory, whose ports can be made unreliable.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use relay_audit::Verifier;
use relay_model::{
    Arrival, ArrivalSource, EventKind, Limits, ObjectKey, Organization, OrganizationSettings, PackageId, PackageRecord,
    PackageState, ReasonCode, SealedEvent,
};
use relay_pipeline::failed_runs::FailedRuns;
use relay_pipeline::intake::{Delivery, Intake};
use relay_pipeline::ports::{
    Clock, Launched, Launcher, OrganizationRegistry, PackageQuery, PackageStore, PortError, Ports, RunOrder, TokenKeys,
    TrailReader, WorkQueue,
};
use relay_pipeline::processing::{Processing, RunOutcome};
use relay_pipeline::reconciliation::{Reconciled, Reconciliation};
use relay_pipeline::replay::Replay;
use relay_pipeline::validation::{Validated, Validation};
use relay_pipeline::worker::{Until, Workers};
use relay_pipeline::{RunObserver, Settings, StepError};
use relay_testing::fakes::{
    ManualClock, MemoryDuplicateIndex, MemoryNotifier, MemoryQueue, MemoryRegistry, MemoryStore, MemoryTokenKeys,
    MemoryTrail,
};
use relay_testing::faults::{
    FaultPlan, FaultyDuplicateIndex, FaultyLauncher, FaultyNotifier, FaultyQueue, FaultyRegistry, FaultyStore,
    FaultyTokenKeys, FaultyTrail,
};
use relay_testing::story::author;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often the world's clock is turned while the workers work.
const CLOCK_TICK: std::time::Duration = std::time::Duration::from_millis(5);

/// Puts orders into the queue, as the on-premises launcher does.
pub struct QueueLauncher {
    queue: Arc<dyn WorkQueue>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Launcher for QueueLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError> {
        self.queue.enqueue(order, self.clock.now()).await
    }
}

/// Watches nothing.
pub struct Unobserved;

impl RunObserver for Unobserved {
    fn started(&self, _order: &RunOrder) {}
    fn progressed(&self, _package_id: &PackageId, _read_bytes: u64) {}
    fn concluded(&self, _package_id: &PackageId, _state: PackageState, _reason: Option<ReasonCode>) {}
}

/// What survives a crash, and the unreliable ports on it.
pub struct World {
    pub clock: Arc<ManualClock>,
    pub store: Arc<MemoryStore>,
    pub trail: Arc<MemoryTrail>,
    pub duplicate_index: Arc<MemoryDuplicateIndex>,
    pub registry: Arc<MemoryRegistry>,
    pub memory_queue: Arc<MemoryQueue>,
    pub notifier: Arc<MemoryNotifier>,
    pub plan: Arc<FaultPlan>,
    pub ports: Ports,
    pub settings: Settings,
    launcher: Arc<dyn Launcher>,
    token_keys: Arc<dyn TokenKeys>,
    pub queue: Arc<dyn WorkQueue>,
    pub stop: CancellationToken,
}

impl World {
    /// A relay without faults, with one organization.
    pub async fn calm() -> Self {
        Self::with(FaultPlan::calm(), |_| {}).await
    }

    /// A relay with these faults and limits, with the organizations `org-001` and `org-002`.
    pub async fn with(plan: Arc<FaultPlan>, limit: impl FnOnce(&mut Limits)) -> Self {
        let clock = Arc::new(ManualClock::default());
        let store = Arc::new(MemoryStore::default());
        let trail = Arc::new(MemoryTrail::default());
        let duplicate_index = Arc::new(MemoryDuplicateIndex::default());
        let registry = Arc::new(MemoryRegistry::on(trail.clone()));
        let token_keys = Arc::new(MemoryTokenKeys::default());
        let memory_queue = Arc::new(MemoryQueue::default());
        let notifier = Arc::new(MemoryNotifier::default());
        for id in ["org-001", "org-002"] {
            let settings = OrganizationSettings::default();
            let organization = Organization {
                id: id.parse().unwrap(),
                enabled: true,
                added_at: clock.now(),
                settings,
                version: None,
            };
            registry.add(&organization, &author()).await.unwrap();
        }
        let queue: Arc<dyn WorkQueue> = Arc::new(FaultyQueue::new(memory_queue.clone(), plan.clone()));
        let launcher = Arc::new(QueueLauncher {
            queue: memory_queue.clone(),
            clock: clock.clone(),
        });
        let mut limits = Limits {
            retry_backoff_ms: 1,
            ..Limits::default()
        };
        limit(&mut limits);
        let faulty_trail = Arc::new(FaultyTrail::new(trail.clone(), plan.clone()));
        let ports = Ports {
            store: Arc::new(FaultyStore::new(store.clone(), plan.clone())),
            trail: faulty_trail.clone(),
            trail_reader: faulty_trail,
            duplicate_index: Arc::new(FaultyDuplicateIndex::new(duplicate_index.clone(), plan.clone())),
            registry: Arc::new(FaultyRegistry::new(registry.clone(), plan.clone())),
            notifier: Arc::new(FaultyNotifier::new(notifier.clone(), plan.clone())),
            clock: clock.clone(),
        };
        let token_keys = Arc::new(FaultyTokenKeys::new(token_keys.clone(), plan.clone()));
        let launcher = Arc::new(FaultyLauncher::new(launcher, plan.clone()));
        let settings = Settings {
            ingress_bucket: "ingress".parse().unwrap(),
            results_bucket: "results".parse().unwrap(),
            actor: "test".into(),
            transform_threads: std::num::NonZeroUsize::MIN,
            limits,
        };
        let stop = CancellationToken::new();
        Self {
            clock,
            store,
            trail,
            duplicate_index,
            registry,
            memory_queue,
            notifier,
            plan,
            ports,
            settings,
            launcher,
            token_keys,
            queue,
            stop,
        }
    }

    /// The same relay on another store, for stores that misbehave in their own way.
    pub fn on_store(mut self, store: Arc<dyn PackageStore>) -> Self {
        self.ports.store = store;
        self
    }

    pub fn intake(&self) -> Intake {
        Intake::new(&self.ports, &self.settings)
    }

    pub fn validation(&self) -> Validation {
        Validation::new(&self.ports, self.launcher.clone(), &self.settings)
    }

    pub fn processing(&self) -> Processing {
        Processing::new(&self.ports, self.token_keys.clone(), &self.settings)
    }

    pub fn failed_runs(&self) -> FailedRuns {
        FailedRuns::new(&self.ports, &self.settings.actor)
    }

    pub fn replay(&self) -> Replay {
        Replay::new(&self.ports, self.validation())
    }

    /// Takes bytes in, straight from memory.
    pub async fn deliver(&self, key: &str, bytes: &[u8]) -> Arrival {
        let delivery = Delivery {
            key: ObjectKey::new(key),
            declared_sha256: None,
            source: ArrivalSource::Folder,
        };
        let mut input = bytes;
        self.intake()
            .take_in(&delivery, &mut input, async |_| Ok(()))
            .await
            .unwrap()
            .0
    }

    /// Takes bytes in and decides on them.
    pub async fn receive(&self, key: &str, bytes: &[u8]) -> Validated {
        let arrival = self.deliver(key, bytes).await;
        self.validation().validate(&arrival).await.unwrap()
    }

    /// Takes bytes in, which must be accepted; gives the order of their run.
    pub async fn accept(&self, key: &str, bytes: &[u8]) -> RunOrder {
        match self.receive(key, bytes).await {
            Validated::Accepted { order, .. } => *order,
            other => panic!("{key} was not accepted: {other:?}"),
        }
    }

    /// One attempt at an order.
    pub async fn attempt(&self, order: &RunOrder) -> Result<RunOutcome, StepError> {
        let observer: Arc<dyn RunObserver> = Arc::new(Unobserved);
        self.processing().process(order, &self.stop, &observer).await
    }

    /// Attempts until there is nothing to retry.
    pub async fn run_to_the_end(&self, order: &RunOrder) -> RunOutcome {
        let mut order = order.clone();
        loop {
            match self.attempt(&order).await.unwrap() {
                RunOutcome::Retry { order: next, .. } => order = *next,
                outcome => return outcome,
            }
        }
    }

    /// The workers of one process.
    pub fn workers(&self, jobs: usize) -> Workers {
        Workers {
            processing: self.processing(),
            trail_reader: self.ports.trail_reader.clone(),
            queue: self.queue.clone(),
            owner: "test".into(),
            jobs,
            observer: Arc::new(Unobserved),
            wake: Arc::new(Notify::new()),
        }
    }

    /// Runs everything that is queued, while the clock goes on.
    pub async fn drain(&self) -> Result<(), StepError> {
        let fed = CancellationToken::new();
        fed.cancel();
        let workers = self.workers(2);
        let turn_the_clock = async {
            loop {
                tokio::time::sleep(CLOCK_TICK).await;
                self.clock.advance(1_000);
            }
        };
        tokio::select! {
            ended = workers.run(Until::Drained(fed), &self.stop) => ended,
            () = turn_the_clock => Ok(()),
        }
    }

    pub async fn reconcile(&self) -> Result<Reconciled, StepError> {
        Reconciliation::new(&self.ports, self.validation(), &self.settings)
            .reconcile()
            .await
    }

    /// The record of every package.
    async fn all_records(&self) -> Vec<PackageRecord> {
        let query = PackageQuery {
            limit: 100_000,
            ..PackageQuery::default()
        };
        self.trail.list(&query).await.unwrap().packages
    }

    /// The record of every package, by key; of several with the same key, the first.
    pub async fn records(&self) -> BTreeMap<String, PackageRecord> {
        let packages = self.all_records().await;
        packages
            .into_iter()
            .map(|record| (record.trail_state.object.key.as_str().to_owned(), record))
            .collect()
    }

    /// The one package there is.
    pub async fn only_record(&self) -> PackageRecord {
        let records = self.records().await;
        assert_eq!(records.len(), 1, "{records:#?}");
        records.into_values().next().unwrap()
    }

    /// The kinds of the events of a package, in order.
    pub async fn kinds(&self, package_id: &PackageId) -> Vec<EventKind> {
        let stored = self.trail.read(package_id).await.unwrap();
        let kind = |text: &str| SealedEvent::from_canonical(text).unwrap().event().body.kind();
        stored.iter().map(|event| kind(&event.canonical)).collect()
    }

    /// The laws: counts balance, every trail verifies, and no package that was not replayed has two endings.
    pub async fn assert_sound(&self) {
        let counts = self.trail.counts().await.unwrap();
        assert!(counts.balances(), "{counts:?}");
        let mut verifier = Verifier::default();
        self.trail
            .read_log(0, usize::MAX)
            .await
            .unwrap()
            .iter()
            .for_each(|event| verifier.event(event));
        let records = self.all_records().await;
        assert_eq!(counts.received, records.len() as u64);
        for record in &records {
            verifier.record(record);
            let kinds = self.kinds(&record.package_id).await;
            let endings = kinds.iter().filter(|kind| kind.is_conclusion()).count();
            let replays = kinds.iter().filter(|kind| **kind == EventKind::ReplayRequested).count();
            let expected = replays + usize::from(record.state.is_terminal());
            assert_eq!(endings, expected, "{kinds:?}");
        }
        verifier.organizations(&self.registry.list().await.unwrap(), false);
        let verification = verifier.finish();
        assert!(verification.holds(), "{:?}", verification.findings);
    }
}

pub const TABLE: &[u8] = b"x,y\n1,2\n3,4\n";
