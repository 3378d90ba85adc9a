//! A small data folder in which every table has rows and every folder has files, made by the relay itself.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use relay_alerts::{Alert, AlertSettings, Place};
use relay_audit::AuditReport;
use relay_model::{
    ArrivalSource, Author, DataClass, Limits, Notice, ObjectKey, Organization, OrganizationSettings, PackageId,
    PackageState, PrivacyPolicy, ReasonCode, Sha256Digest, Treatment,
};
use relay_onprem::{AlertDesk, AuditRequest, Channel, ChannelError, DataFolder, OnPrem, audit};
use relay_pipeline::intake::{Delivery, Intake};
use relay_pipeline::ports::{Clock, RunOrder, SystemClock};
use relay_pipeline::processing::Processing;
use relay_pipeline::validation::Validation;
use relay_pipeline::worker::{Until, Workers};
use relay_pipeline::{RunObserver, Settings};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long something that must happen may take.
pub const PATIENCE: Duration = Duration::from_mins(1);

pub fn number_from_environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "how much of a long test is run")]
    std::env::var(name).ok()
}

/// Watches nothing.
pub struct Unobserved;

impl RunObserver for Unobserved {
    fn started(&self, _order: &RunOrder) {}
    fn progressed(&self, _package_id: &PackageId, _read_bytes: u64) {}
    fn concluded(&self, _package_id: &PackageId, _state: PackageState, _reason: Option<ReasonCode>) {}
}

// Nobody is there.
struct DeadLetterBox;

#[async_trait]
impl Channel for DeadLetterBox {
    fn name(&self) -> &'static str {
        "webhook"
    }

    async fn deliver(&self, _alert: &Alert) -> Result<(), ChannelError> {
        Err(ChannelError::Timeout)
    }
}

/// A relay that works on a folder.
pub struct Relay {
    pub on_prem: OnPrem,
    pub intake: Intake,
    pub validation: Validation,
    pub processing: Processing,
}

impl Relay {
    pub fn open(path: &Path) -> Self {
        let folder = DataFolder::open_or_create(path).unwrap();
        let on_prem = OnPrem::open(&folder, Arc::new(SystemClock)).unwrap();
        let settings = Settings {
            ingress_bucket: "ingress".parse().unwrap(),
            results_bucket: "results".parse().unwrap(),
            actor: "test".into(),
            transform_threads: std::num::NonZeroUsize::MIN,
            limits: Limits::default(),
        };
        let token_keys = relay_onprem::token_keys(&folder).unwrap();
        Self {
            intake: Intake::new(&on_prem.ports, &settings),
            validation: Validation::new(&on_prem.ports, on_prem.launcher.clone(), &settings),
            processing: Processing::new(&on_prem.ports, token_keys, &settings),
            on_prem,
        }
    }

    pub async fn register(&self, id: &str, privacy: PrivacyPolicy) {
        let organization = Organization {
            id: id.parse().unwrap(),
            enabled: true,
            added_at: SystemClock.now(),
            settings: OrganizationSettings {
                privacy,
                ..OrganizationSettings::default()
            },
            version: None,
        };
        let author = Author {
            by: "somebody".to_owned(),
            actor: "test".to_owned(),
            at: SystemClock.now(),
        };
        self.on_prem.ports.registry.add(&organization, &author).await.unwrap();
    }

    /// Takes a file in and judges it; an accepted one waits in the queue then.
    pub async fn send(&self, key: &str, bytes: &[u8], declared_sha256: Option<Sha256Digest>) -> PackageId {
        let delivery = Delivery {
            key: ObjectKey::new(key),
            declared_sha256,
            source: ArrivalSource::Folder,
        };
        let mut input = bytes;
        let (arrival, _) = self
            .intake
            .take_in(&delivery, &mut input, async |_| Ok(()))
            .await
            .unwrap();
        self.validation.validate(&arrival).await.unwrap();
        arrival.object.package_id()
    }

    /// Runs everything that waits.
    pub async fn work(&self) {
        let fed = CancellationToken::new();
        fed.cancel();
        self.workers()
            .run(Until::Drained(fed), &CancellationToken::new())
            .await
            .unwrap();
    }

    pub fn workers(&self) -> Workers {
        Workers {
            processing: self.processing.clone(),
            trail_reader: self.on_prem.ports.trail_reader.clone(),
            queue: self.on_prem.queue.clone(),
            owner: "test".to_owned(),
            jobs: 2,
            observer: Arc::new(Unobserved),
            wake: Arc::new(Notify::new()),
        }
    }

    async fn alert(&self, package_id: &PackageId) {
        let notice = Notice::package_failed(
            package_id.clone(),
            Some("org-001".parse().unwrap()),
            ObjectKey::new("org-001/a.csv"),
            ReasonCode::StorageFull,
        );
        self.on_prem.ports.notifier.notify(&notice).await.unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let settings = AlertSettings {
            environment: "test".parse().unwrap(),
            quiet_ms: 60_000,
            place: Place::Premises,
        };
        let desk = AlertDesk::new(&self.on_prem.database, &clock, settings, vec![Arc::new(DeadLetterBox)]);
        assert_eq!(desk.round().await.unwrap().alerts, 1);
        assert_eq!(desk.deliver().await.unwrap().postponed, 1);
        self.on_prem.ports.notifier.notify(&notice).await.unwrap();
    }
}

/// Fills a folder: a table with tokens, its duplicates, one with bad rows, a refused name, an opaque file that declares its
/// hash, one that waits for its run, an alert that waits for its delivery.
pub async fn fill(path: &Path) -> Relay {
    let relay = Relay::open(path);
    let tokenizing = PrivacyPolicy::default().with(DataClass::Email, Treatment::Tokenize);
    relay.register("org-001", tokenizing).await;
    relay.register("org-002", PrivacyPolicy::default()).await;
    let table = b"name,email\nA,anna@example.org\nB,bert@example.org\nC,carl@example.org\n";
    let first = relay.send("org-001/people.csv", table, None).await;
    relay.work().await;
    relay.send("org-001/people again.csv", table, None).await;
    relay
        .send("org-001/people.csv", b"name,email\nD,dora@example.org\n", None)
        .await;
    relay.send("org-002/bad.csv", b"x,y\n1,2\n3\n4\n5\n6,7\n", None).await;
    relay.send("org-002/../up.csv", b"x,y\n1,2\n", None).await;
    let text = b"just some words\n";
    relay
        .send("org-002/words.txt", text, Some(Sha256Digest::of(text)))
        .await;
    relay.work().await;
    relay.send("org-002/waiting.csv", b"x,y\n8,9\n", None).await;
    relay.alert(&first).await;
    make_old(&path.join("store"));
    relay
}

// Files that were written just now and that no event names are waited for, in case that a relay is about to name them.
fn make_old(folder: &Path) {
    let an_hour_ago = std::time::SystemTime::now() - Duration::from_hours(1);
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            make_old(&entry.path());
        } else {
            let file = std::fs::File::options().write(true).open(entry.path()).unwrap();
            file.set_modified(an_hour_ago).unwrap();
        }
    }
}

/// A folder that nobody has open: everything is in the database itself.
pub async fn at_rest() -> Folder {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data");
    drop(fill(&path).await);
    Folder { _owner: folder, path }
}

/// A folder as it is while a relay has it open: much is in the write-ahead log only, and all of it was noted.
pub async fn in_use() -> Folder {
    let (folder, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = folder.path().join("data");
    let relay = fill(&path).await;
    await_note(&path).await;
    let to = copy.path().join("data");
    copy_folder(&path, &to);
    drop(relay);
    assert!(to.join("relay.db-wal").metadata().unwrap().len() > 100_000);
    Folder { _owner: copy, path: to }
}

/// Waits until the relay has noted every commit.
pub async fn await_note(path: &Path) {
    let begun = Instant::now();
    loop {
        let database = Connection::open(path.join("relay.db")).unwrap();
        let commits: u64 = database
            .query_row("SELECT commits FROM written", [], |row| row.get(0))
            .unwrap();
        let note: serde_json::Value = serde_json::from_slice(&std::fs::read(path.join("relay.head")).unwrap()).unwrap();
        if note["commits"] == commits {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{note}, and {commits} commits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// By another process: a file of SQLite that this process closes loses the locks that it has on it.
pub fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
    // As after a crash of the machine, or in a copy from a snapshot.
    let _ = std::fs::remove_file(to.join("relay.db-shm"));
}

pub struct Folder {
    _owner: TempDir,
    pub path: PathBuf,
}

pub fn verify(path: &Path) -> AuditReport {
    let request = AuditRequest {
        objects: true,
        ..AuditRequest::default()
    };
    let report = audit(path, &request, &mut |_, _| ()).unwrap();
    tidy(path);
    report
}

/// Removes what a reader of SQLite leaves, so that the next one begins from the files as they are.
pub fn tidy(path: &Path) {
    let _ = std::fs::remove_file(path.join("relay.db-shm"));
    let wal = path.join("relay.db-wal");
    if wal.metadata().is_ok_and(|metadata| metadata.len() == 0) {
        std::fs::remove_file(wal).unwrap();
    }
}

pub fn assert_holds(path: &Path) {
    let report = verify(path);
    assert!(
        report.holds,
        "{:#?} {:#?}",
        report.trails.findings, report.object_findings
    );
}

/// Verification beside a relay that has the folder open: nothing is tidied.
pub fn verify_beside(path: &Path, objects: bool) -> AuditReport {
    let request = AuditRequest {
        objects,
        ..AuditRequest::default()
    };
    audit(path, &request, &mut |_, _| ()).unwrap()
}
