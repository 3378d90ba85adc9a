//! The ports: what the monitor asks of the world, in its own words.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;

use crate::announcement::Announcement;
use crate::facts::Inventory;
use crate::finding::Findings;
use crate::report::Report;
use crate::risk::AcceptedRisk;

/// A port operation that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{context}")]
pub struct PortFailure {
    context: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortFailure {
    /// What was attempted on what.
    pub fn new(context: impl Into<String>) -> Self {
        Self {
            context: context.into(),
            source: None,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// Reads an account.
#[async_trait]
pub trait AccountInventory: Send + Sync {
    /// Everything that can be read within `time`; what could not is said in the inventory. An error only when nothing can be
    /// read at all.
    async fn take(&self, time: Duration) -> Result<Inventory, PortFailure>;
}

/// What earlier runs have left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Their findings.
    pub findings: Findings,
    /// Which state of the findings this is, as the store names it; `None` before the first run.
    pub revision: Option<String>,
    /// The risks that were accepted, expired ones among them.
    pub accepted: Vec<AcceptedRisk>,
}

/// Keeps findings, reports and accepted risks.
#[async_trait]
pub trait FindingStore: Send + Sync {
    /// What there is; nothing before the first run.
    async fn load(&self) -> Result<Stored, PortFailure>;

    /// Keeps the files of a run under its date.
    async fn publish(&self, report: &Report) -> Result<(), PortFailure>;

    /// Replaces the findings, if they are still those of `revision`: of two runs at once, one fails.
    async fn save(&self, findings: &Findings, revision: Option<&str>) -> Result<(), PortFailure>;

    /// Adds an accepted risk to those that there are.
    async fn accept(&self, risk: &AcceptedRisk) -> Result<(), PortFailure>;
}

/// Tells people.
#[async_trait]
pub trait Announcer: Send + Sync {
    /// Sends one announcement. It may be sent twice.
    async fn announce(&self, announcement: &Announcement) -> Result<(), PortFailure>;
}
