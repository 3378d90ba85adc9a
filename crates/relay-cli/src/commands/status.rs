//! `relay status`: packages by state, and the work that is waiting.

use relay_pipeline::ports::{Clock, QueueDepth, StateCounts, SystemClock};
use serde::Serialize;

use super::Outcome;
use crate::context::Context;

#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    packages: StateCounts,
    queue_ready: u64,
    queue_waiting: u64,
    queue_claimed: u64,
}

pub async fn execute(context: &Context) -> anyhow::Result<Outcome> {
    let relay = context.open_existing()?;
    let packages = relay.trail.counts().await?;
    let QueueDepth {
        ready,
        waiting,
        claimed,
    } = relay.queue.depth(SystemClock.now()).await?;
    let output = context.output();
    if output.is_json() {
        output.json(&Status {
            packages,
            queue_ready: ready,
            queue_waiting: waiting,
            queue_claimed: claimed,
        })?;
    } else {
        output.line(&counts_in_words(&packages))?;
        output.line(&format!(
            "Work: {ready} ready, {waiting} waiting for their time, {claimed} running."
        ))?;
    }
    Ok(Outcome::all_well_if(packages.balances()))
}

/// The law of one ending, as a sentence.
pub fn counts_in_words(counts: &StateCounts) -> String {
    format!(
        "{} received = {} processed + {} rejected + {} quarantined + {} failed + {} in flight",
        counts.received, counts.processed, counts.rejected, counts.quarantined, counts.failed, counts.in_flight
    )
}
