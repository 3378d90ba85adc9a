//! One run: the account is read and judged, what changed is announced, the findings are kept for the next run.

use std::sync::Arc;
use std::time::Duration;

use relay_alerts::EnvironmentName;
use relay_model::Timestamp;

use crate::announcement::Announcement;
use crate::assess::{Assessment, assess};
use crate::ports::{AccountInventory, Announcer, FindingStore, PortFailure, Stored};
use crate::report::Report;

/// What a run takes.
#[derive(Clone)]
pub struct Monitor {
    /// The account.
    pub inventory: Arc<dyn AccountInventory>,
    /// What earlier runs have left.
    pub store: Arc<dyn FindingStore>,
    /// People.
    pub announcer: Arc<dyn Announcer>,
    /// Which environment this is.
    pub environment: EnvironmentName,
}

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing could be read.
    #[error("the account could not be read")]
    Inventory(#[source] PortFailure),
    /// It is not known what was found before.
    #[error("the findings of earlier runs could not be read")]
    Load(#[source] PortFailure),
    /// The run has left no report.
    #[error("the report could not be kept")]
    Publish(#[source] PortFailure),
    /// Nobody was told; the next run tells it.
    #[error("what changed could not be announced")]
    Announce(#[source] PortFailure),
    /// The next run will find the same again, and tell it again.
    #[error("the findings could not be kept")]
    Save(#[source] PortFailure),
}

impl Monitor {
    /// Reads and judges, and changes nothing. `now` is the time of the run.
    pub async fn look(&self, now: Timestamp, time: Duration) -> Result<Assessment, RunError> {
        Ok(self.judge(now, time).await?.0)
    }

    /// A whole run. People are told before the findings are kept: whatever dies in between, they are told again rather than
    /// never. A run after which nothing is new, resolved or open again tells nobody.
    pub async fn run(&self, now: Timestamp, time: Duration) -> Result<Assessment, RunError> {
        let (assessment, stored) = self.judge(now, time).await?;
        let report = Report::new(&assessment);
        self.store.publish(&report).await.map_err(RunError::Publish)?;
        if let Some(announcement) = Announcement::of(&assessment, &self.environment) {
            self.announcer
                .announce(&announcement)
                .await
                .map_err(RunError::Announce)?;
        }
        let saved = self.store.save(&assessment.findings, stored.revision.as_deref());
        saved.await.map_err(RunError::Save)?;
        Ok(assessment)
    }

    async fn judge(&self, now: Timestamp, time: Duration) -> Result<(Assessment, Stored), RunError> {
        // What is stored is read first: reading the account takes minutes, and is in vain without it.
        let stored = self.store.load().await.map_err(RunError::Load)?;
        let inventory = self.inventory.take(time).await.map_err(RunError::Inventory)?;
        let assessment = assess(&inventory, &stored.findings, &stored.accepted, now);
        Ok((assessment, stored))
    }
}
