//! `relay serve`: takes in and processes whatever arrives in the inbox, until told to stop.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::StreamExt;
use relay_model::{ArrivalSource, PackageId, PackageState, ReasonCode, error_chain};
use relay_pipeline::RunObserver;
use relay_pipeline::intake::{Delivery, Intake};
use relay_pipeline::ports::RunOrder;
use relay_pipeline::validation::{Validated, Validation};
use relay_pipeline::worker::{Until, Workers};
use relay_runtime::stop_on_signal;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::taking::take_file;
use crate::alerts;
use crate::args::ServeArgs;
use crate::context::{Context, OpenRelay, Place};
use crate::inbox::Inbox;
use crate::output::{Output, tell};
use crate::sources::SourceFile;

/// The pause after a pass in which something could not be taken in.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);
/// How many files are taken in at the same time.
const INTAKE_CONCURRENCY: usize = 16;

fn worker_name() -> String {
    format!("relay serve, process {}", std::process::id())
}

pub async fn execute(context: &Context, args: ServeArgs) -> anyhow::Result<Outcome> {
    let relay = context.open_or_create().await?;
    let premises = match &relay.place {
        Place::Premises(premises) => premises,
        Place::Stack(_) => {
            let message = "relay serve watches a data folder; on AWS the ingress bucket is watched by itself. Upload with relay run --stack, or any S3 client";
            return Ok(Outcome::WrongUsage(message.to_owned()));
        }
    };
    let _lock = premises.lock("relay serve")?;
    let settle = Duration::from_millis(context.configuration.inbox_settle_ms);
    let inbox = Inbox::open(premises.folder.inbox(), premises.folder.taking(), settle)
        .with_context(|| format!("the inbox {} cannot be used", premises.folder.inbox().display()))?;
    // This process is the only one now: whoever held a claim has ended.
    premises.queue.release_abandoned(&worker_name()).await?;
    context.reconciliation(&relay, "serve").reconcile().await?;
    let desk = alerts::desk(premises, &context.configuration.alerts)?;
    let stop = stop_on_signal()?;
    let (concluded, announcements) = mpsc::unbounded_channel();
    let wake = Arc::new(Notify::new());
    let workers = Workers {
        processing: context.processing(&relay, premises, "serve")?,
        trail_reader: Arc::clone(&relay.ports.trail_reader),
        queue: premises.queue.clone(),
        owner: worker_name(),
        jobs: context.jobs(args.jobs),
        observer: Arc::new(Conclusions(concluded.clone())),
        wake: Arc::clone(&wake),
    };
    tell(&format!(
        "watching {} (process {}); SIGTERM or Ctrl-C ends it",
        premises.folder.inbox().display(),
        std::process::id()
    ));
    let watcher = Watcher {
        intake: context.intake(&relay, "serve"),
        validation: context.validation(&relay, "serve"),
        wake,
        concluded,
    };
    let work = async {
        let (worked, ()) = tokio::join!(workers.run(Until::Stopped, &stop), watcher.watch(inbox, &stop));
        // The last senders: without them the printing ends when all is printed.
        drop((workers, watcher));
        worked
    };
    let all_done = CancellationToken::new();
    let work_and_print = async {
        let ended = tokio::join!(work, print_conclusions(&relay, context.output(), announcements));
        all_done.cancel();
        ended
    };
    let ((worked, printed), ()) = tokio::join!(work_and_print, alerts::attend(&desk, &all_done));
    worked?;
    printed?;
    tell("stopped");
    Ok(Outcome::AllWell)
}

// Hands conclusions from the workers to the task that prints them.
struct Conclusions(mpsc::UnboundedSender<PackageId>);

impl RunObserver for Conclusions {
    fn started(&self, _order: &RunOrder) {}

    fn progressed(&self, _package_id: &PackageId, _read_bytes: u64) {}

    fn concluded(&self, package_id: &PackageId, _state: PackageState, _reason: Option<ReasonCode>) {
        // The receiver is gone only while the process ends.
        let _ = self.0.send(package_id.clone());
    }
}

async fn print_conclusions(
    relay: &OpenRelay,
    output: Output,
    mut announcements: mpsc::UnboundedReceiver<PackageId>,
) -> anyhow::Result<()> {
    while let Some(package_id) = announcements.recv().await {
        let Some(record) = relay.ports.trail_reader.record(&package_id).await? else {
            continue;
        };
        if output.is_json() {
            output.json(&record)?;
        } else {
            let reason = record.reason.map_or_else(String::new, |reason| format!(" ({reason})"));
            let key = &record.trail_state.object.key;
            let contents = record
                .contents
                .map_or_else(String::new, |contents| format!(", {contents}"));
            output.line(&format!("{:<12} {key}{reason} {package_id}{contents}", record.state))?;
        }
    }
    Ok(())
}

// Why a file was not taken in now.
struct Trouble {
    text: String,
    // Whether it is in `taking` still.
    is_left_over: bool,
}

struct Watcher {
    intake: Intake,
    validation: Validation,
    wake: Arc<Notify>,
    concluded: mpsc::UnboundedSender<PackageId>,
}

impl Watcher {
    async fn watch(&self, mut inbox: Inbox, stop: &CancellationToken) {
        let mut told: HashSet<String> = HashSet::new();
        loop {
            tokio::select! {
                () = inbox.wait() => {}
                () = stop.cancelled() => return,
            }
            let batch = inbox.look();
            for problem in batch.problems {
                tell(&problem);
            }
            if batch.files.is_empty() {
                continue;
            }
            let troubles = self.take_all(&inbox, batch.files, stop).await;
            if troubles.is_empty() {
                told.clear();
                continue;
            }
            for trouble in troubles.iter().filter(|trouble| !told.contains(&trouble.text)) {
                tell(&trouble.text);
            }
            if troubles.iter().any(|trouble| trouble.is_left_over) {
                inbox.expect_leftovers();
            }
            // A trouble that has passed may be told again when it comes back.
            told = troubles.into_iter().map(|trouble| trouble.text).collect();
            tokio::select! {
                () = tokio::time::sleep(TROUBLE_PAUSE) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn take_all(&self, inbox: &Inbox, files: Vec<SourceFile>, stop: &CancellationToken) -> Vec<Trouble> {
        futures_util::stream::iter(files)
            .map(|file| async move {
                if stop.is_cancelled() {
                    return None;
                }
                let why = match self.record(&file).await {
                    Ok(()) => {
                        let error = inbox.remove(&file).err()?;
                        return Some(Trouble {
                            text: format!(
                                "{}: its package is recorded, but it could not be removed: {error}",
                                file.path.display()
                            ),
                            is_left_over: true,
                        });
                    }
                    Err(why) => why,
                };
                let is_left_over = match inbox.give_back(&file) {
                    Ok(()) => false,
                    Err(error) => {
                        tracing::info!(path = %file.path.display(), %error, "a file could not go back to the inbox");
                        true
                    }
                };
                Some(Trouble {
                    text: format!("not taken yet: {}: {why}", file.key),
                    is_left_over,
                })
            })
            .buffer_unordered(INTAKE_CONCURRENCY)
            .filter_map(std::future::ready)
            .collect()
            .await
    }

    // Takes a file in and records what was decided about it.
    async fn record(&self, file: &SourceFile) -> Result<(), String> {
        let delivery = Delivery {
            key: file.key.clone(),
            declared_sha256: None,
            source: ArrivalSource::Inbox,
        };
        let taken = take_file(&self.intake, &delivery, &file.path)
            .await
            .map_err(|error| error_chain(&error))?;
        let arrival = taken.arrival;
        match self
            .validation
            .validate(&arrival)
            .await
            .map_err(|error| error_chain(&error))?
        {
            Validated::Accepted { .. } => self.wake.notify_one(),
            Validated::Rejected { package_id, .. }
            | Validated::Failed { package_id, .. }
            | Validated::AlreadyDecided { package_id } => {
                let _ = self.concluded.send(package_id);
            }
        }
        Ok(())
    }
}
