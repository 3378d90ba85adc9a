//! `relay reconcile`: compares the ingress store with the trails and drives on what stands still.

use super::Outcome;
use crate::context::{Context, Place};

pub async fn execute(context: &Context) -> anyhow::Result<Outcome> {
    let relay = context.open_existing().await?;
    let _lock = match &relay.place {
        Place::Premises(premises) => Some(premises.lock("relay reconcile")?),
        Place::Stack(_) => None,
    };
    let done = context.reconciliation(&relay, "reconcile").reconcile().await?;
    let output = context.output();
    if output.is_json() {
        output.json(&done)?;
    } else {
        output.line(&format!(
            "{} object versions; {} had no trail, {} had no verdict, {} had no run. All of these are driven on.",
            done.versions, done.without_trail, done.without_verdict, done.without_run
        ))?;
        if done.not_driven_on > 0 {
            output.line(&format!(
                "{} could not be driven on: the log above says why; run relay reconcile again when that is mended.",
                done.not_driven_on
            ))?;
        }
    }
    Ok(if done.not_driven_on == 0 {
        Outcome::AllWell
    } else {
        Outcome::NotAllWell
    })
}
