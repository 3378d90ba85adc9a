//! `relay queue status|redrive`: the work that is waiting, and what failed too often.
//!
//! On AWS notifications of uploads and notices of failures wait in SQS; on premises a file waits in the inbox itself, and a notice
//! is in the book of alerts at once.
//! Runs are accepted packages; their dead letters are those that ended as failed, and putting one back is replaying it.

use relay_model::{BucketName, Notice, OrganizationId, PackageRecord, PackageState, Timestamp, error_chain};
use relay_pipeline::ports::{Clock, PackageQuery, SystemClock};
use relay_rules::decode;
use serde::Serialize;

use super::packages::print_records;
use super::{Outcome, replay};
use crate::args::{QueueCommand, QueueName, RedriveArgs};
use crate::context::{Context, OpenRelay, Place};
use crate::output::tell;
use crate::stack::{DeadLetter, SqsQueue};

const PAGE_PACKAGES: usize = 1_000;

pub async fn execute(context: &Context, command: QueueCommand) -> anyhow::Result<Outcome> {
    match command {
        QueueCommand::Status => status(context).await,
        QueueCommand::Redrive(args) => redrive(context, &args).await,
    }
}

// What is not known of a queue has no number.
#[derive(Serialize)]
struct Depth {
    queue: &'static str,
    ready: Option<u64>,
    delayed: Option<u64>,
    in_progress: Option<u64>,
    dead_letters: u64,
}

async fn status(context: &Context) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    let counts = relay.ports.trail_reader.counts().await?;
    let mut depths = Vec::new();
    match &relay.place {
        Place::Premises(premises) => {
            let work = premises.queue.depth(SystemClock.now()).await?;
            depths.push(Depth {
                queue: "runs",
                ready: Some(work.ready),
                delayed: Some(work.waiting),
                in_progress: Some(work.claimed),
                dead_letters: counts.failed,
            });
        }
        Place::Stack(stack) => {
            for (queue, sqs) in [("notifications", &stack.notifications), ("notices", &stack.notices)] {
                let depth = sqs.depth().await?;
                depths.push(Depth {
                    queue,
                    ready: Some(depth.ready),
                    delayed: Some(depth.delayed),
                    in_progress: Some(depth.in_progress),
                    dead_letters: depth.dead_letters,
                });
            }
            // Step Functions and ECS keep no queue: what was accepted is started.
            depths.push(Depth {
                queue: "runs",
                ready: None,
                delayed: None,
                in_progress: Some(counts.in_flight),
                dead_letters: counts.failed,
            });
        }
    }
    let output = context.output();
    if output.is_json() {
        for depth in &depths {
            output.json(depth)?;
        }
    } else {
        let shown = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let rows = depths.iter().map(|depth| {
            vec![
                depth.queue.to_owned(),
                shown(depth.ready),
                shown(depth.delayed),
                shown(depth.in_progress),
                depth.dead_letters.to_string(),
            ]
        });
        output.table(&["QUEUE", "READY", "DELAYED", "IN PROGRESS", "DEAD"], rows)?;
    }
    Ok(Outcome::all_well_if(depths.iter().all(|depth| depth.dead_letters == 0)))
}

async fn redrive(context: &Context, args: &RedriveArgs) -> anyhow::Result<Outcome> {
    let relay = context.open_existing().await?;
    if let Some(id) = &args.org
        && relay.ports.registry.get(id).await?.is_none()
    {
        return Ok(super::policy::not_registered(id));
    }
    let is_wanted = |queue| args.queue.is_none_or(|wanted| wanted == queue);
    let mut all_well = true;
    match &relay.place {
        Place::Stack(stack) => {
            if is_wanted(QueueName::Notifications) {
                all_well &= messages(
                    context,
                    Messages::Notifications(&relay.ingress_bucket),
                    &stack.notifications,
                    args,
                )
                .await?;
            }
            if is_wanted(QueueName::Notices) {
                all_well &= messages(context, Messages::Notices, &stack.notices, args).await?;
            }
        }
        Place::Premises(_) => {
            if let Some(QueueName::Notifications | QueueName::Notices) = args.queue {
                let message = "on premises only runs have a queue: files wait in the inbox, and alerts are told at once; see relay queue status";
                return Ok(Outcome::WrongUsage(message.to_owned()));
            }
        }
    }
    if is_wanted(QueueName::Runs) {
        all_well &= runs(context, &relay, args).await?;
    }
    Ok(Outcome::all_well_if(all_well))
}

#[derive(Serialize)]
struct Letter<'a> {
    queue: &'static str,
    message_id: &'a str,
    sent_at: Option<Timestamp>,
    // What it is about: keys of the ingress bucket.
    keys: Vec<String>,
    // Why it cannot be understood.
    problem: Option<String>,
    put_back: bool,
}

// What a queue on SQS holds.
#[derive(Clone, Copy)]
enum Messages<'a> {
    // Of uploads to this bucket.
    Notifications(&'a BucketName),
    Notices,
}

impl Messages<'_> {
    const fn name(self) -> &'static str {
        match self {
            Self::Notifications(_) => "notifications",
            Self::Notices => "notices",
        }
    }

    fn read(self, letter: &DeadLetter) -> Letter<'_> {
        let (keys, problem) = match self {
            Self::Notifications(ingress) => notification(&letter.body, ingress),
            Self::Notices => notice(&letter.body),
        };
        Letter {
            queue: self.name(),
            message_id: &letter.message_id,
            sent_at: letter.sent_at,
            keys,
            problem,
            put_back: false,
        }
    }
}

async fn messages(context: &Context, kind: Messages<'_>, queue: &SqsQueue, args: &RedriveArgs) -> anyhow::Result<bool> {
    let letters = queue.dead_letters(args.limit as usize).await?;
    let output = context.output();
    let (mut rows, mut all_well) = (Vec::new(), true);
    for letter in &letters {
        let mut told = kind.read(letter);
        let is_wanted = match &args.org {
            Some(organization) => is_of(&told, organization),
            None => told.problem.is_none() || args.all,
        };
        if is_wanted && !args.dry_run {
            queue.put_back(letter).await?;
            told.put_back = true;
        } else {
            queue.leave(letter).await?;
            all_well &= args.dry_run || args.org.is_some();
        }
        if output.is_json() {
            output.json(&told)?;
        } else {
            rows.push(vec![
                told.message_id.to_owned(),
                told.sent_at.map_or_else(String::new, |time| time.to_string()),
                if told.put_back { "put back" } else { "left" }.to_owned(),
                told.problem.unwrap_or_else(|| told.keys.join(", ")),
            ]);
        }
    }
    if !output.is_json() && !rows.is_empty() {
        output.table(&["MESSAGE", "SENT", "", "ABOUT"], rows)?;
    }
    if letters.is_empty() {
        tell(&format!("no dead {}", kind.name()));
    }
    Ok(all_well)
}

fn notification(body: &str, ingress: &BucketName) -> (Vec<String>, Option<String>) {
    let (mut keys, mut problem) = (Vec::new(), None);
    for arrival in &decode(body).arrivals {
        match arrival {
            Ok(arrival) if arrival.object.bucket == *ingress => keys.push(arrival.object.key.to_string()),
            Ok(arrival) => problem = Some(format!("it is about the bucket {}", arrival.object.bucket)),
            Err(error) => problem = Some(error_chain(error)),
        }
    }
    (keys, problem)
}

fn notice(body: &str) -> (Vec<String>, Option<String>) {
    match Notice::from_wire(body) {
        Ok(notice) => (vec![notice.key.to_string()], None),
        Err(error) => (Vec::new(), Some(error_chain(&error))),
    }
}

fn is_of(letter: &Letter<'_>, organization: &OrganizationId) -> bool {
    let mut organizations = letter.keys.iter().map(|key| key.split('/').next());
    letter.problem.is_none()
        && !letter.keys.is_empty()
        && organizations.all(|first| first == Some(organization.as_str()))
}

async fn runs(context: &Context, relay: &OpenRelay, args: &RedriveArgs) -> anyhow::Result<bool> {
    let records = failed(relay, args).await?;
    if records.is_empty() {
        tell("no failed packages");
        return Ok(true);
    }
    if args.dry_run {
        print_records(&context.output(), &records)?;
        return Ok(true);
    }
    let outcome = replay::take_up(context, relay, &records, "queue redrive").await?;
    Ok(matches!(outcome, Outcome::AllWell))
}

async fn failed(relay: &OpenRelay, args: &RedriveArgs) -> anyhow::Result<Vec<PackageRecord>> {
    let mut wanted = args.limit as usize;
    let mut query = PackageQuery {
        organization: args.org.clone(),
        state: Some(PackageState::Failed),
        ..PackageQuery::default()
    };
    let mut records = Vec::new();
    while wanted > 0 {
        query.limit = wanted.min(PAGE_PACKAGES);
        let page = relay.ports.trail_reader.list(&query).await?;
        wanted -= page.packages.len();
        records.extend(page.packages);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Ok(records)
}
