//! `relay run` on AWS: puts files into the ingress bucket, and waits until each package has its conclusion there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use relay_model::{ArrivalSource, PackageId, Sha256Digest, error_chain};
use relay_pipeline::intake::{Delivery, Intake, IntakeError};
use relay_runtime::stop_on_signal;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::taking::{declared, take_file};
use super::tally::Tally;
use crate::context::{Context, OpenRelay};
use crate::output::tell;
use crate::progress::Progress;
use crate::sources::{Found, Source, SourceFile};

/// How many files are uploaded at the same time; each holds up to three parts of 8 MiB.
const UPLOADS_CONCURRENT_MAX: usize = 4;
/// The most packages that are uploaded and wait for their turn to be asked for; beyond that, files wait.
const AWAITED_MAX: usize = 10_000;
/// How often a package is asked for.
const WAIT_INTERVAL: Duration = Duration::from_secs(1);
/// After this long without any trail, a package's notification may be lost.
const NOTIFICATION_WAIT: Duration = Duration::from_mins(5);

pub async fn execute(
    context: &Context,
    relay: &OpenRelay,
    sources: Vec<Source>,
    checksums: HashMap<PathBuf, Sha256Digest>,
) -> anyhow::Result<Outcome> {
    let intake = context.intake(relay, "run");
    let stop = stop_on_signal()?;
    let progress = Progress::new("packages");
    progress.count_in_background(&sources);
    let mut tally = Tally::new(context.output());
    let (uploaded, mut packages) = mpsc::channel(AWAITED_MAX);
    let uploading = async {
        let untaken = upload_all(&intake, &sources, &checksums, &stop, &progress, &uploaded).await;
        drop(uploaded);
        untaken
    };
    let waiting = async {
        let waited = async {
            while let Some(package) = packages.recv().await {
                let was_there = wait_for(relay, &package, &stop).await?;
                if let Some(record) = relay.ports.trail_reader.record(&package.id).await? {
                    tally.take(record, 1, was_there)?;
                }
                progress.step();
            }
            anyhow::Ok(())
        };
        let waited = waited.await;
        // Whoever uploads must not wait for room that nobody makes.
        packages.close();
        waited
    };
    let (untaken, waited) = tokio::join!(uploading, waiting);
    progress.finish();
    waited?;
    if stop.is_cancelled() {
        tell("stopped waiting; what was uploaded goes on: see relay packages list");
    }
    let all_processed = tally.finish()?;
    let balances = relay.ports.trail_reader.counts().await?.balances();
    Ok(Outcome::all_well_if(all_processed && untaken == 0 && balances))
}

struct Uploaded {
    id: PackageId,
    is_new: bool,
}

// Uploads every file; returns how many could not be.
async fn upload_all(
    intake: &Intake,
    sources: &[Source],
    checksums: &HashMap<PathBuf, Sha256Digest>,
    stop: &CancellationToken,
    progress: &Progress,
    uploaded: &mpsc::Sender<Uploaded>,
) -> u64 {
    let found = futures_util::stream::iter(sources.iter().flat_map(Source::files));
    let mut uploads = found
        .take_while(|_| std::future::ready(!stop.is_cancelled()))
        .map(|found| async {
            let refused = |path: &Path, why: String| Err(format!("not taken: {}: {why}", path.display()));
            match found {
                Found::File(file) => {
                    progress.found();
                    match upload(intake, &file, checksums).await {
                        Ok(package) => Ok(Some(package)),
                        Err(error) => refused(&file.path, error_chain(&error)),
                    }
                }
                Found::Untaken(untaken) => refused(&untaken.path, untaken.why),
                Found::DataFolder(found) => {
                    progress.tell(&found.in_words());
                    Ok(None)
                }
                Found::Folder(_) => Ok(None),
            }
        })
        .buffered(UPLOADS_CONCURRENT_MAX);
    let mut untaken = 0;
    while let Some(upload) = uploads.next().await {
        match upload {
            // Nobody waits any more only when the waiting has failed, which ends the command.
            Ok(Some(package)) => {
                if uploaded.send(package).await.is_err() {
                    break;
                }
            }
            Ok(None) => {}
            Err(refused) => {
                untaken += 1;
                progress.tell(&refused);
            }
        }
    }
    untaken
}

async fn upload(
    intake: &Intake,
    file: &SourceFile,
    checksums: &HashMap<PathBuf, Sha256Digest>,
) -> Result<Uploaded, IntakeError> {
    let delivery = Delivery {
        key: file.key.clone(),
        declared_sha256: declared(checksums, &file.path),
        source: ArrivalSource::Folder,
    };
    let taken = take_file(intake, &delivery, &file.path).await?;
    Ok(Uploaded {
        id: taken.arrival.object.package_id(),
        is_new: taken.is_new,
    })
}

// Whether the package was there, concluded, before this command.
async fn wait_for(relay: &OpenRelay, package: &Uploaded, stop: &CancellationToken) -> anyhow::Result<bool> {
    let since = Instant::now();
    let mut has_warned = false;
    let mut is_first_look = true;
    loop {
        let record = relay.ports.trail_reader.record(&package.id).await?;
        if let Some(record) = &record
            && record.state.is_terminal()
        {
            return Ok(is_first_look && !package.is_new);
        }
        if record.is_none() && !has_warned && since.elapsed() > NOTIFICATION_WAIT {
            has_warned = true;
            tell(&format!(
                "{} has no audit event yet: its notification may be lost; relay reconcile takes it up",
                package.id
            ));
        }
        is_first_look = false;
        tokio::select! {
            () = stop.cancelled() => return Ok(false),
            () = tokio::time::sleep(WAIT_INTERVAL) => {}
        }
    }
}
