//! `relay run` on AWS: puts files into the ingress bucket, and waits until each package has its conclusion there.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use relay_model::{ArrivalSource, PackageId, Sha256Digest};
use relay_pipeline::Backbone;
use relay_pipeline::intake::{Delivery, IntakeError};
use relay_runtime::{in_full, stop_on_signal};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::run::{declared, report, take_file};
use crate::args::RunArgs;
use crate::context::{Context, OpenRelay};
use crate::output::tell;
use crate::progress::bar;
use crate::sources::{SourceFile, Untaken, collect};

/// How many files are uploaded at the same time; each holds up to three parts of 8 MiB.
const UPLOADS_CONCURRENT_MAX: usize = 4;
/// How often a package is asked for.
const WAIT_INTERVAL: Duration = Duration::from_secs(1);
/// After this long without any trail, a package's notification may be lost.
const NOTIFICATION_WAIT: Duration = Duration::from_mins(5);

pub async fn execute(
    context: &Context,
    relay: &OpenRelay,
    args: &RunArgs,
    checksums: HashMap<PathBuf, Sha256Digest>,
) -> anyhow::Result<Outcome> {
    let backbone = context.backbone(relay, "run");
    let stop = stop_on_signal()?;
    let (mut files, mut untaken) = (Vec::new(), Vec::new());
    for path in &args.paths {
        let (found, refused) = collect(path, args.org.as_deref());
        files.extend(found);
        untaken.extend(refused);
    }
    let progress = bar(files.len() as u64, "packages");
    let (packages, refused) = upload_all(&backbone, files, &checksums, &stop).await;
    untaken.extend(refused);
    let mut unchanged = 0;
    for package in &packages {
        let was_concluded = wait_for(relay, package, &stop).await?;
        unchanged += u64::from(was_concluded);
        progress.inc(1);
    }
    progress.finish_and_clear();
    for untaken in &untaken {
        tell(&format!("not taken: {}: {}", untaken.path.display(), untaken.why));
    }
    if stop.is_cancelled() {
        tell("stopped waiting; what was uploaded goes on: see relay packages list");
    }
    let packages: Vec<PackageId> = packages.into_iter().map(|package| package.id).collect();
    report(&context.output(), relay, &packages, unchanged, untaken.is_empty()).await
}

struct Uploaded {
    id: PackageId,
    is_new: bool,
}

async fn upload_all(
    backbone: &Backbone,
    files: Vec<SourceFile>,
    checksums: &HashMap<PathBuf, Sha256Digest>,
    stop: &CancellationToken,
) -> (Vec<Uploaded>, Vec<Untaken>) {
    let uploads: Vec<Result<Uploaded, Untaken>> = futures_util::stream::iter(files)
        .take_while(|_| std::future::ready(!stop.is_cancelled()))
        .map(|file| async {
            let uploaded = upload(backbone, &file, checksums).await;
            uploaded.map_err(|error| Untaken {
                path: file.path,
                why: in_full(&error),
            })
        })
        .buffered(UPLOADS_CONCURRENT_MAX)
        .collect()
        .await;
    let (mut uploaded, mut untaken) = (Vec::new(), Vec::new());
    for upload in uploads {
        match upload {
            Ok(package) => uploaded.push(package),
            Err(refused) => untaken.push(refused),
        }
    }
    (uploaded, untaken)
}

async fn upload(
    backbone: &Backbone,
    file: &SourceFile,
    checksums: &HashMap<PathBuf, Sha256Digest>,
) -> Result<Uploaded, IntakeError> {
    let delivery = Delivery {
        key: file.key.clone(),
        declared_sha256: declared(checksums, &file.path),
        source: ArrivalSource::Folder,
    };
    let taken = take_file(backbone, &delivery, &file.path).await?;
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
        let record = relay.trail.record(&package.id).await?;
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
