//! The ports: everything the journey asks of the world, in our own words. Adapters implement them; no type of any
//! adapter passes through.

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
mod signer;
mod store;
mod trail;

pub use alerts::{AlertSink, AlertStateStore, NoticeQueue, QueuedNotice, StoredAlertState};
pub(crate) use blocking::MayBlock;
pub use blocking::run_blocking;
pub use clock::{Clock, SystemClock};
pub use duplicate_index::{DuplicateIndex, DuplicateKey, IndexedPackage};
pub use error::{PortError, PortErrorClass};
pub use keys::{NoTokenKeys, TokenKeys};
pub use launcher::{Launched, Launcher, RunOrder};
pub use notifier::Notifier;
pub use queue::{Lease, QueueDepth, WorkQueue};
pub use registry::{Added, OrganizationRegistry};
pub use relay_model::Notice;
pub use signer::{PublicKey, Signature, SignatureAlgorithm, Signer};
pub use store::{
    ObjectHead, ObjectReader, ObjectWriter, PackageStore, StoredObject, StoredVersion, VersionPage, WriteMode,
    WriteOutcome, WriteRequest, finish_each,
};
pub use trail::{Appended, AuditTrail, DamagedTrail, PackagePage, PackageQuery, StateCounts};
