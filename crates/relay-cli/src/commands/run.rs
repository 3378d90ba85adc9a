//! `relay run`: takes files in, processes them, and ends when each package has its conclusion.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use relay_model::{Arrival, ArrivalSource, PackageId, PackageState, ReasonCode, Sha256Digest, error_chain};
use relay_pipeline::intake::{Delivery, Intake, IntakeError};
use relay_pipeline::ports::{OrganizationRegistry, PortErrorClass, RunOrder, TrailReader};
use relay_pipeline::processing::Processing;
use relay_pipeline::validation::{Validated, Validation};
use relay_pipeline::worker::{Until, Workers};
use relay_pipeline::{RunObserver, StepError};
use relay_runtime::stop_on_signal;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::taking::{declared, take_file};
use super::tally::{Tally, Waiting};
use super::{Outcome, upload};
use crate::alerts;
use crate::args::RunArgs;
use crate::context::{Context, Place, Premises};
use crate::output::tell;
use crate::progress::Progress;
use crate::sources::{Found, Source, SourceFile, read_checksums, read_paths, refuse_data_folders};

/// How many files are taken in at the same time: their durable writes share the disk's queue.
const INTAKE_CONCURRENCY: usize = 16;
/// How many files are found before they are taken in.
const FILES_AHEAD_MAX: usize = 256;
/// While files wait for packages to be concluded, this often it is looked whether one was concluded without being announced.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

fn worker_name() -> String {
    format!("relay run, process {}", std::process::id())
}

pub async fn execute(context: &Context, args: RunArgs) -> anyhow::Result<Outcome> {
    let checksums = match args.checksums.as_deref().map(read_checksums).transpose() {
        Ok(checksums) => checksums.unwrap_or_default(),
        Err(message) => return Ok(Outcome::WrongUsage(message)),
    };
    if let Some(missing) = args.paths.iter().find(|path| !path.exists()) {
        return Ok(Outcome::WrongUsage(format!("there is no {}", missing.display())));
    }
    if let Err(message) = refuse_data_folders(&args.paths) {
        return Ok(Outcome::WrongUsage(message));
    }
    let relay = context.open_or_create().await?;
    let sources = match sources(relay.ports.registry.as_ref(), &args).await? {
        Ok(sources) => sources,
        Err(message) => return Ok(Outcome::WrongUsage(message)),
    };
    let premises = match &relay.place {
        Place::Premises(premises) => premises,
        Place::Stack(_) => return upload::execute(context, &relay, sources, checksums).await,
    };
    let _lock = premises.lock("relay run")?;
    let desk = alerts::desk(premises, &context.configuration.alerts)?;
    // This process is the only one now: whoever held a claim has ended.
    premises.queue.release_abandoned(&worker_name()).await?;
    context.reconciliation(&relay, "run").reconcile().await?;

    let processing = context.processing(&relay, premises, "run")?;
    let (waiting, concluded) = Waiting::new();
    let feeder = Feeder {
        intake: context.intake(&relay, "run"),
        validation: context.validation(&relay, "run"),
        trail_reader: Arc::clone(&relay.ports.trail_reader),
        watcher: Arc::new(Watcher {
            progress: Progress::new("packages"),
            waiting,
        }),
        wake: Arc::new(Notify::new()),
        checksums,
        stop: stop_on_signal()?,
        workers_ended: CancellationToken::new(),
        untaken: AtomicU64::new(0),
    };
    feeder.watcher.progress.count_in_background(&sources);
    let mut tally = Tally::new(context.output());
    let all_done = CancellationToken::new();
    let stop = feeder.stop.clone();
    let work = async {
        let done = run(context, processing, premises, feeder, sources, args.jobs).await;
        all_done.cancel();
        done
    };
    let (untaken, told, ()) = tokio::join!(
        work,
        tally.take_all(relay.ports.trail_reader.as_ref(), concluded),
        alerts::attend(&desk, &all_done)
    );
    let untaken = untaken?;
    told?;
    if stop.is_cancelled() {
        tell("stopped; run the same command again to go on");
    }
    let all_processed = tally.finish()?;
    let balances = relay.ports.trail_reader.counts().await?.balances();
    Ok(Outcome::all_well_if(all_processed && untaken == 0 && balances))
}

// How the PATHs are read; or what to type instead, because every file would be rejected for its place.
async fn sources(registry: &dyn OrganizationRegistry, args: &RunArgs) -> anyhow::Result<Result<Vec<Source>, String>> {
    let registered: BTreeSet<String> = registry
        .list()
        .await?
        .into_iter()
        .map(|organization| organization.id.to_string())
        .collect();
    let Some(organization) = &args.org else {
        return Ok(read_paths(&args.paths, &registered, "relay run"));
    };
    if !registered.contains(organization) {
        return Ok(Err(format!(
            "nothing was taken in: {0} is not registered, so every file would be rejected. Register it: relay org add {0}; relay org list shows who is",
            organization.escape_debug()
        )));
    }
    let sent = |path: &PathBuf| Source::sent_by(path, organization);
    Ok(Ok(args.paths.iter().map(sent).collect()))
}

struct Feeder {
    intake: Intake,
    validation: Validation,
    trail_reader: Arc<dyn TrailReader>,
    watcher: Arc<Watcher>,
    wake: Arc<Notify>,
    checksums: HashMap<PathBuf, Sha256Digest>,
    stop: CancellationToken,
    // Whoever waits for a conclusion then would wait for ever.
    workers_ended: CancellationToken,
    untaken: AtomicU64,
}

// Hears of conclusions, from the workers and from the feeder.
struct Watcher {
    progress: Progress,
    waiting: Waiting,
}

impl RunObserver for Watcher {
    fn started(&self, _order: &RunOrder) {}

    fn progressed(&self, package_id: &PackageId, read_bytes: u64) {
        self.progress.progressed(package_id, read_bytes);
    }

    fn concluded(&self, package_id: &PackageId, _state: PackageState, _reason: Option<ReasonCode>) {
        self.progress.step();
        self.waiting.conclude(package_id, false);
    }
}

// How many files could not be taken in.
async fn run(
    context: &Context,
    processing: Processing,
    premises: &Premises,
    feeder: Feeder,
    sources: Vec<Source>,
    jobs: Option<u16>,
) -> anyhow::Result<u64> {
    let fed = CancellationToken::new();
    let observer: Arc<dyn RunObserver> = feeder.watcher.clone();
    let workers = Workers {
        processing,
        trail_reader: Arc::clone(&feeder.trail_reader),
        queue: premises.queue.clone(),
        owner: worker_name(),
        jobs: context.jobs(jobs),
        observer,
        wake: Arc::clone(&feeder.wake),
    };
    let until = Until::Drained(fed.clone());
    let feeding = async {
        let taken = feed(&feeder, sources).await;
        fed.cancel();
        feeder.wake.notify_waiters();
        taken
    };
    let working = async {
        let worked = workers.run(until, &feeder.stop).await;
        feeder.workers_ended.cancel();
        worked
    };
    let (worked, taken) = tokio::join!(working, feeding);
    feeder.watcher.progress.finish();
    // What has no conclusion now gets none from this command.
    for package_id in feeder.watcher.waiting.all() {
        feeder.watcher.waiting.conclude(&package_id, false);
    }
    worked?;
    taken?;
    Ok(feeder.untaken.into_inner())
    // Here the last sender of conclusions ends, and with it the telling.
}

// Takes in every file, in the order in which they are found.
async fn feed(feeder: &Feeder, sources: Vec<Source>) -> Result<(), StepError> {
    let (found, mut files) = mpsc::channel(FILES_AHEAD_MAX);
    // Walking folders blocks. It ends when nobody listens any more.
    tokio::task::spawn_blocking(move || {
        let mut all = sources.iter().flat_map(Source::files);
        all.try_for_each(|file| found.blocking_send(file))
    });
    let files = futures_util::stream::poll_fn(|context| files.poll_recv(context));
    let mut results = files
        .map(|found| async move {
            match found {
                Found::File(file) => feeder.take(file).await,
                Found::Untaken(untaken) => {
                    feeder.refuse(&untaken.path, &untaken.why);
                    Ok(())
                }
                Found::Folder(_) => Ok(()),
                Found::DataFolder(found) => {
                    feeder.watcher.progress.tell(&found.in_words());
                    Ok(())
                }
            }
        })
        .buffered(INTAKE_CONCURRENCY);
    while let Some(result) = results.next().await {
        result?;
    }
    Ok(())
}

impl Feeder {
    fn is_ending(&self) -> bool {
        self.stop.is_cancelled() || self.workers_ended.is_cancelled()
    }

    fn refuse(&self, path: &Path, why: &str) {
        self.untaken.fetch_add(1, Ordering::Relaxed);
        let text = format!("not taken: {}: {why}", path.display());
        self.watcher.progress.tell(&text);
    }

    // Takes one file in, when there is room for its package. An error ends the whole run.
    async fn take(&self, file: SourceFile) -> Result<(), StepError> {
        if self.is_ending() || !self.wait_for_room().await {
            return Ok(());
        }
        self.watcher.progress.found();
        let arrival = match self.store(&file).await {
            Ok(arrival) => arrival,
            Err(why) => {
                self.watcher.waiting.give_up();
                self.refuse(&file.path, &why);
                return Ok(());
            }
        };
        let package_id = arrival.object.package_id();
        self.watcher.waiting.expect(&package_id);
        let record = self.trail_reader.record(&package_id).await;
        let record = record.map_err(|source| StepError::Port { step: "intake", source })?;
        if record.is_some_and(|record| record.state.is_terminal()) {
            self.watcher.progress.step();
            self.watcher.waiting.conclude(&package_id, true);
            return Ok(());
        }
        self.decide(&arrival).await
    }

    // Whether there is room; there is none any more when the command is ending.
    async fn wait_for_room(&self) -> bool {
        loop {
            tokio::select! {
                () = self.watcher.waiting.room() => return true,
                () = self.stop.cancelled() => return false,
                () = self.workers_ended.cancelled() => return false,
                () = tokio::time::sleep(LOOK_INTERVAL) => self.look().await,
            }
        }
    }

    // What was concluded by an order of an earlier command is not announced.
    async fn look(&self) {
        for package_id in self.watcher.waiting.all() {
            if let Ok(Some(record)) = self.trail_reader.record(&package_id).await
                && record.state.is_terminal()
            {
                self.watcher.waiting.conclude(&package_id, false);
            }
        }
    }

    // The file's arrival, or why it was not taken.
    async fn store(&self, file: &SourceFile) -> Result<Arrival, String> {
        let delivery = Delivery {
            key: file.key.clone(),
            declared_sha256: declared(&self.checksums, &file.path),
            source: ArrivalSource::Folder,
        };
        match take_file(&self.intake, &delivery, &file.path).await {
            Ok(taken) => Ok(taken.arrival),
            Err(IntakeError::Store(error)) if error.class() == PortErrorClass::StorageFull => {
                self.stop.cancel();
                Err(format!(
                    "{}; free some space, then run the same command again",
                    error_chain(&error)
                ))
            }
            Err(error) => Err(error_chain(&error)),
        }
    }

    async fn decide(&self, arrival: &Arrival) -> Result<(), StepError> {
        match self.validation.validate(arrival).await? {
            Validated::Accepted { .. } => self.wake.notify_one(),
            Validated::Rejected { package_id, .. } | Validated::Failed { package_id, .. } => {
                self.watcher.progress.step();
                self.watcher.waiting.conclude(&package_id, false);
            }
            Validated::AlreadyDecided { .. } => {}
        }
        Ok(())
    }
}
