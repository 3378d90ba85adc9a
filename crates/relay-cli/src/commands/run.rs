//! `relay run`: takes files in, processes them, and ends when each package has its conclusion.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use relay_model::{Arrival, ArrivalSource, PackageId, PackageRecord, PackageState, Sha256Digest};
use relay_pipeline::intake::{Delivery, IntakeError, take_in};
use relay_pipeline::ports::{PortErrorClass, StateCounts};
use relay_pipeline::reconciliation::reconcile;
use relay_pipeline::validation::{Validated, validate};
use relay_pipeline::worker::{RunObserver, Until, Workers};
use relay_pipeline::{Backbone, StepError};
use relay_runtime::{in_full, stop_on_signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::packages::print_records;
use super::{Outcome, status::counts_in_words, upload};
use crate::alerts;
use crate::args::RunArgs;
use crate::context::{Context, OpenRelay, Place, Premises};
use crate::output::{Output, tell};
use crate::progress::ProgressObserver;
use crate::sources::{Signature, SourceFile, Untaken, collect, open_regular, read_checksums};

/// How many files are taken in at the same time: their durable writes share the disk's queue.
const INTAKE_CONCURRENCY: usize = 16;
/// Up to this many packages are shown one by one; of more, only those that were not processed, and only so many.
const SHOWN_PACKAGES_MAX: usize = 40;

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
    let relay = context.open_or_create().await?;
    let premises = match &relay.place {
        Place::Premises(premises) => premises,
        Place::Stack(_) => return upload::execute(context, &relay, &args, checksums).await,
    };
    let _lock = premises.lock("relay run")?;
    let desk = alerts::desk(premises, &context.configuration.alerts)?;
    let backbone = context.backbone(&relay, "run");
    // This process is the only one now: whoever held a claim has ended.
    premises.queue.release_abandoned(&worker_name()).await?;
    reconcile(&backbone).await?;

    let (mut files, mut untaken) = (Vec::new(), Vec::new());
    for path in &args.paths {
        let (found, refused) = collect(path, args.org.as_deref());
        files.extend(found);
        untaken.extend(refused);
    }
    let intake = Intake {
        backbone: backbone.clone(),
        observer: Arc::new(ProgressObserver::new(files.len() as u64)),
        bell: Arc::new(Notify::new()),
        checksums,
        stop: stop_on_signal()?,
    };
    let all_done = CancellationToken::new();
    let work = async {
        let taken = run(context, premises, &intake, files, args.jobs).await;
        all_done.cancel();
        taken
    };
    let (taken, ()) = tokio::join!(work, alerts::attend(&desk, &all_done));
    let taken = taken?;
    untaken.extend(taken.untaken);
    for untaken in &untaken {
        tell(&format!("not taken: {}: {}", untaken.path.display(), untaken.why));
    }
    if intake.stop.is_cancelled() {
        tell("stopped; run the same command again to go on");
    }
    report(
        &context.output(),
        &relay,
        &taken.packages,
        taken.unchanged,
        untaken.is_empty(),
    )
    .await
}

struct Intake {
    backbone: Backbone,
    observer: Arc<ProgressObserver>,
    bell: Arc<Notify>,
    checksums: HashMap<PathBuf, Sha256Digest>,
    stop: CancellationToken,
}

#[derive(Default)]
struct Taken {
    packages: Vec<PackageId>,
    unchanged: u64,
    untaken: Vec<Untaken>,
}

async fn run(
    context: &Context,
    premises: &Premises,
    intake: &Intake,
    files: Vec<SourceFile>,
    jobs: Option<u16>,
) -> anyhow::Result<Taken> {
    let fed = CancellationToken::new();
    let observer: Arc<dyn RunObserver> = intake.observer.clone();
    let workers = Workers {
        backbone: intake.backbone.clone(),
        queue: premises.queue.clone(),
        owner: worker_name(),
        jobs: context.jobs(jobs),
        observer,
        bell: Arc::clone(&intake.bell),
    };
    let until = Until::Drained(fed.clone());
    let feeding = async {
        let taken = feed(intake, files).await;
        fed.cancel();
        intake.bell.notify_waiters();
        taken
    };
    let (worked, taken) = tokio::join!(workers.run(until, &intake.stop), feeding);
    intake.observer.finish();
    worked?;
    Ok(taken?)
}

// Takes in every file; the order of the result is the order of the files.
async fn feed(intake: &Intake, files: Vec<SourceFile>) -> Result<Taken, StepError> {
    let mut results = futures_util::stream::iter(files)
        .map(|file| async move {
            if intake.stop.is_cancelled() {
                Ok(None)
            } else {
                intake.take(file).await.map(Some)
            }
        })
        .buffered(INTAKE_CONCURRENCY);
    let mut taken = Taken::default();
    while let Some(result) = results.next().await {
        match result? {
            Some(Ok((package_id, is_new))) => {
                taken.unchanged += u64::from(!is_new);
                taken.packages.push(package_id);
            }
            Some(Err(untaken)) => taken.untaken.push(untaken),
            None => {}
        }
    }
    Ok(taken)
}

impl Intake {
    // The package and whether it is new; or why the file was not taken. An error ends the whole run.
    async fn take(&self, file: SourceFile) -> Result<Result<(PackageId, bool), Untaken>, StepError> {
        let refused = |why: String| {
            Ok(Err(Untaken {
                path: file.path.clone(),
                why,
            }))
        };
        let declared_sha256 = declared(&self.checksums, &file.path);
        let delivery = Delivery {
            key: file.key.clone(),
            declared_sha256,
            source: ArrivalSource::Folder,
        };
        let arrival = match take_file(&self.backbone, &delivery, &file.path).await {
            Ok(taken) => taken.arrival,
            Err(IntakeError::Store(error)) if error.class() == PortErrorClass::StorageFull => {
                self.stop.cancel();
                return refused(format!(
                    "{}; free some space, then run the same command again",
                    in_full(&error)
                ));
            }
            Err(error) => return refused(in_full(&error)),
        };
        let package_id = arrival.object.package_id();
        let record = self.backbone.trail.record(&package_id).await;
        let record = record.map_err(|source| StepError::Port { step: "intake", source })?;
        if record.is_some_and(|record| record.state.is_terminal()) {
            self.observer.step();
            return Ok(Ok((package_id, false)));
        }
        self.decide(&arrival).await?;
        Ok(Ok((package_id, true)))
    }

    async fn decide(&self, arrival: &Arrival) -> Result<(), StepError> {
        match validate(&self.backbone, arrival).await? {
            Validated::Accepted { .. } => self.bell.notify_one(),
            Validated::Rejected { .. } | Validated::Failed { .. } | Validated::AlreadyDecided { .. } => {
                self.observer.step();
            }
        }
        Ok(())
    }
}

/// What the list of checksums says of a file.
pub fn declared(checksums: &HashMap<PathBuf, Sha256Digest>, path: &Path) -> Option<Sha256Digest> {
    if checksums.is_empty() {
        return None;
    }
    checksums.get(&std::fs::canonicalize(path).ok()?).copied()
}

/// A file that is in the ingress store.
pub struct TakenFile {
    pub arrival: Arrival,
    /// Whether its bytes became a new version.
    pub is_new: bool,
}

/// Takes one file in, unless it changes while it is read.
pub async fn take_file(backbone: &Backbone, delivery: &Delivery, path: &Path) -> Result<TakenFile, IntakeError> {
    let file = open_regular(path).map_err(IntakeError::Source)?;
    let before = Signature::of(&file.metadata().map_err(IntakeError::Source)?);
    let again = file.try_clone().map_err(IntakeError::Source)?;
    let mut input = tokio::fs::File::from_std(file);
    let confirm = async |read_bytes: u64| {
        let after = Signature::of(&again.metadata().map_err(IntakeError::Source)?);
        let on_disk = std::fs::symlink_metadata(path).map(|metadata| Signature::of(&metadata));
        if read_bytes != before.size_bytes() || !after.has_same_content_as(&before) {
            let text = format!(
                "it had {} bytes at first and {} at the end",
                before.size_bytes(),
                after.size_bytes()
            );
            return Err(IntakeError::Changed(text));
        }
        match on_disk {
            Ok(on_disk) if on_disk.device_and_inode() == before.device_and_inode() => Ok(()),
            _ => Err(IntakeError::Changed(
                "another file took its place, or it was removed".to_owned(),
            )),
        }
    };
    let (arrival, is_new) = take_in(backbone, delivery, &mut input, confirm).await?;
    Ok(TakenFile { arrival, is_new })
}

pub async fn report(
    output: &Output,
    relay: &OpenRelay,
    packages: &[PackageId],
    unchanged: u64,
    all_taken: bool,
) -> anyhow::Result<Outcome> {
    let mut records: Vec<PackageRecord> = Vec::with_capacity(packages.len());
    for package_id in packages {
        records.extend(relay.trail.record(package_id).await?);
    }
    let mut counts = StateCounts::default();
    for record in &records {
        counts.count(record.state, 1);
    }
    let all_processed = counts.processed == counts.received;
    if output.is_json() {
        print_records(output, &records)?;
    } else {
        if records.len() > SHOWN_PACKAGES_MAX {
            records.retain(|record| record.state != PackageState::Processed);
            records.truncate(SHOWN_PACKAGES_MAX);
        }
        if !records.is_empty() {
            print_records(output, &records)?;
        }
        let unchanged = match unchanged {
            0 => String::new(),
            _ => format!("; {unchanged} of them were here before, unchanged"),
        };
        output.line(&format!("{}{unchanged}", counts_in_words(&counts)))?;
    }
    let balances = relay.trail.counts().await?.balances();
    Ok(Outcome::all_well_if(all_processed && all_taken && balances))
}
