//! Every port in memory, with the semantics of the real thing.

mod alerts;
mod clock;
mod duplicate_index;
mod keys;
mod launcher;
mod queue;
mod registry;
mod signer;
mod store;
mod trail;

pub use alerts::{MemoryAlertState, MemoryNotices, MemorySink};
pub use clock::ManualClock;
pub use duplicate_index::MemoryDuplicateIndex;
pub use keys::MemoryTokenKeys;
pub use launcher::{MemoryLauncher, MemoryNotifier};
pub use queue::MemoryQueue;
pub use registry::MemoryRegistry;
pub use signer::MemorySigner;
pub use store::MemoryStore;
pub use trail::MemoryTrail;
