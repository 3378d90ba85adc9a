//! Starting the run of an accepted package.

use async_trait::async_trait;
use relay_model::{CustodyRecord, OrganizationId, PackageId, TrailHead};
use serde::{Deserialize, Serialize};

use super::PortError;

/// Everything a run needs to know. It names one version of one object, and carries the end of the trail, because a run
/// may be allowed to add events without being allowed to read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOrder {
    /// The package.
    pub package_id: PackageId,
    /// Its owner.
    pub organization: OrganizationId,
    /// What exactly is to be processed.
    pub custody: CustodyRecord,
    /// The end of the trail when the order was given. Others may have added events since.
    pub head: TrailHead,
    /// How many attempts had been started in the package's whole life; the next one follows on.
    pub attempts_started: u32,
    /// How many had been started since it was accepted, or since the last replay.
    pub starts_this_cycle: u32,
    /// How many of those had failed.
    pub failures_this_cycle: u32,
}

/// What became of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launched {
    /// A run was started or queued.
    Started,
    /// One for the same package is already queued or running; nothing was added.
    AlreadyRunning,
}

/// Starts runs. Launching the same order twice is harmless.
#[async_trait]
pub trait Launcher: Send + Sync {
    /// Starts the run of `order` unless one for the same package exists.
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError>;
}
