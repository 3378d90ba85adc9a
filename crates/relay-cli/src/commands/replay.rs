//! `relay packages replay`: takes concluded packages up again. On AWS their tasks are started; where a
//! relay is at work on the folder it runs them; otherwise this command does.

use std::sync::Arc;

use relay_model::{PackageRecord, PackageState, error_chain};
use relay_pipeline::replay::{Replay, ReplayError};
use relay_pipeline::worker::{Until, Workers};
use relay_runtime::stop_on_signal;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::packages::print_records;
use crate::author::author;
use crate::context::{Context, Found, OpenRelay, Place, damage_in_words};
use crate::output::tell;
use crate::progress::Progress;

pub async fn execute(context: &Context, ids: &[String]) -> anyhow::Result<Outcome> {
    let relay = context.open_existing().await?;
    let mut records = Vec::with_capacity(ids.len());
    for id in ids {
        match relay.find(id).await? {
            Found::One(record) => records.push(*record),
            Found::Damaged(damaged) => anyhow::bail!(damage_in_words(&damaged)),
            Found::NotOne(message) => return Ok(Outcome::WrongUsage(message)),
        }
    }
    take_up(context, &relay, &records, "packages replay").await
}

/// Takes these packages up again, in the name of this command, and tells what became of them.
pub async fn take_up(
    context: &Context,
    relay: &OpenRelay,
    records: &[PackageRecord],
    command: &str,
) -> anyhow::Result<Outcome> {
    // With the lock, this process runs what it replays; without, somebody else does.
    let premises = match &relay.place {
        Place::Premises(premises) => Some((premises, premises.lock(&format!("relay {command}")).ok())),
        Place::Stack(_) => None,
    };
    let step = Replay::new(&relay.ports, context.validation(relay, command));
    let mut all_replayed = true;
    // A replay changes no settings: it need not fail because AWS does not say who asks for it.
    let who = author(context, relay, command, None).await;
    let who = who.map_or_else(|_| "an operator".to_owned(), |author| author.by);
    let by = format!("{who}, by relay {command}");
    for record in records {
        match step.replay(&record.package_id, &by).await {
            Ok(_) => {}
            Err(ReplayError::Trail(error)) => return Err(error.into()),
            Err(error) => {
                all_replayed = false;
                tell(&format!("not replayed: {}", error_chain(&error)));
            }
        }
    }
    if let Some((premises, Some(_lock))) = &premises {
        let nothing_more = CancellationToken::new();
        nothing_more.cancel();
        let observer = Arc::new(Progress::of(records.len() as u64, "packages"));
        let workers = Workers {
            jobs: context.jobs(None),
            processing: context.processing(relay, premises, command)?,
            trail_reader: Arc::clone(&relay.ports.trail_reader),
            queue: premises.queue.clone(),
            owner: format!("relay {command}, process {}", std::process::id()),
            observer: observer.clone(),
            wake: Arc::new(Notify::new()),
        };
        workers.run(Until::Drained(nothing_more), &stop_on_signal()?).await?;
        observer.finish();
    } else if premises.is_some() {
        tell("another relay is at work on this folder; it runs what is accepted. See relay packages show ID");
    }
    let mut now = Vec::with_capacity(records.len());
    for record in records {
        now.extend(relay.ports.trail_reader.record(&record.package_id).await?);
    }
    print_records(&context.output(), &now)?;
    let went_well = now.iter().all(|record| match record.state {
        PackageState::Processed => true,
        PackageState::InFlight => !matches!(premises, Some((_, Some(_)))),
        _ => false,
    });
    Ok(Outcome::all_well_if(all_replayed && went_well))
}
