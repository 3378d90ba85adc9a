//! `relay status`: packages by state, and the work that is waiting.

use relay_pipeline::ports::{Clock, QueueDepth, StateCounts, SystemClock};
use serde::Serialize;

use super::Outcome;
use crate::context::{Context, Place};

#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    packages: StateCounts,
    #[serde(flatten)]
    queue: Option<Queue>,
}

#[derive(Serialize)]
struct Queue {
    #[serde(rename = "queue_ready")]
    ready: u64,
    #[serde(rename = "queue_waiting")]
    waiting: u64,
    #[serde(rename = "queue_claimed")]
    claimed: u64,
}

pub async fn execute(context: &Context) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    let packages = relay.ports.trail_reader.counts().await?;
    // On AWS the work that is waiting is in SQS and ECS, with their own metrics.
    let depth = match &relay.place {
        Place::Premises(premises) => Some(premises.queue.depth(SystemClock.now()).await?),
        Place::Stack(_) => None,
    };
    let output = context.output();
    if output.is_json() {
        output.json(&Status {
            packages,
            queue: depth.map(|depth| Queue {
                ready: depth.ready,
                waiting: depth.waiting,
                claimed: depth.claimed,
            }),
        })?;
    } else {
        output.line(&counts_in_words(&packages))?;
        if let Some(QueueDepth {
            ready,
            waiting,
            claimed,
        }) = depth
        {
            output.line(&format!(
                "Work: {ready} ready, {waiting} waiting for their time, {claimed} running."
            ))?;
        }
    }
    Ok(Outcome::all_well_if(packages.balances() && packages.damaged == 0))
}

/// The law of one ending, as a sentence.
pub fn counts_in_words(counts: &StateCounts) -> String {
    let damaged = match counts.damaged {
        0 => String::new(),
        damaged => format!(" + {damaged} damaged"),
    };
    format!(
        "{} received = {} processed + {} rejected + {} quarantined + {} failed + {} in flight{damaged}",
        counts.received, counts.processed, counts.rejected, counts.quarantined, counts.failed, counts.in_flight
    )
}
