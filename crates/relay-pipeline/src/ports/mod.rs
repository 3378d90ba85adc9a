//! The ports: everything the journey asks of the world, in our own words. Adapters implement them; no type of any
//! adapter passes through.

use std::sync::Arc;

mod alerts;
mod blocking;
mod clock;
mod duplicate_index;
mod error;
mod keys;
mod launcher;
mod notifier;
mod queue;
mod registry;
mod retry;
mod signer;
mod store;
mod trail;

pub use alerts::{AlertSink, AlertStateStore, NoticeQueue, QueuedNotice, StoredAlertState};
pub(crate) use blocking::MayBlock;
pub use blocking::run_blocking;
pub use clock::{Clock, SystemClock};
pub use duplicate_index::{DuplicateIndex, DuplicateKey, IndexedPackage};
pub use error::{PortError, PortErrorClass};
pub use keys::TokenKeys;
pub use launcher::{Launched, Launcher, RunOrder};
pub use notifier::Notifier;
pub use queue::{Lease, QueueDepth, WorkQueue};
pub use registry::{Added, OrganizationLookup, OrganizationRegistry};
pub use relay_model::Notice;
pub(crate) use retry::milliseconds;
pub use retry::{RetryPolicy, with_retries};
pub use signer::{PublicKey, Signature, SignatureAlgorithm, Signer};
pub use store::{
    ObjectHead, ObjectReader, ObjectWriter, PackageStore, StoredObject, StoredVersion, VersionPage, WriteMode,
    WriteOutcome, WriteRequest, finish_each,
};
pub use trail::{Appended, AuditTrail, DamagedTrail, PackagePage, PackageQuery, StateCounts, TrailReader, find_event};

/// What every program of a backbone is given: the one list of its ports. Composition makes the steps from it; what only
/// one step uses (a launcher, token keys) is given to that step, so that nobody needs a port that stands for none.
#[derive(Clone)]
pub struct Ports {
    /// Object versions.
    pub store: Arc<dyn PackageStore>,
    /// Adds audit events.
    pub trail: Arc<dyn AuditTrail>,
    /// Reads audit events, for operators.
    pub trail_reader: Arc<dyn TrailReader>,
    /// Which packages have the same bytes or name.
    pub duplicate_index: Arc<dyn DuplicateIndex>,
    /// Organizations and their settings.
    pub registry: Arc<dyn OrganizationRegistry>,
    /// Sends failure notices.
    pub notifier: Arc<dyn Notifier>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}
