//! Starting the run of an accepted package.

use async_trait::async_trait;
use relay_model::{CustodyRecord, OrganizationId, PackageId, Sha256Digest, TrailState};
use serde::{Deserialize, Serialize};

use super::PortError;

/// Everything a run needs to know. It names one version of one object, and carries where the trail stands, because a run
/// may be allowed to add events without being allowed to read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOrder {
    /// The package.
    pub package_id: PackageId,
    /// Its owner.
    pub organization: OrganizationId,
    /// What exactly is to be processed.
    pub custody: CustodyRecord,
    /// Where the trail stood when the order was given. Others may have added events since.
    #[serde(rename = "journey")]
    pub trail_state: TrailState,
}

impl RunOrder {
    /// The order to run a package whose trail stands at `journey`.
    pub fn new(
        organization: OrganizationId,
        trail_state: &TrailState,
        size_bytes: Option<u64>,
        sha256: Option<Sha256Digest>,
    ) -> Self {
        Self {
            package_id: trail_state.object.package_id(),
            organization,
            custody: CustodyRecord {
                object: trail_state.object.clone(),
                size_bytes,
                sha256,
            },
            trail_state: trail_state.clone(),
        }
    }
}

/// What became of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launched {
    /// A run was started or queued; or this very order was given before, and its run was: not every place tells the two apart.
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
