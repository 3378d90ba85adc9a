//! Every port in memory, with the semantics of the real thing.

mod alerts;
mod claims;
mod clock;
mod keys;
mod launcher;
mod queue;
mod registry;
mod signer;
mod store;
mod trail;

pub use alerts::{MemoryBooks, MemoryNotices, MemorySink};
pub use claims::MemoryClaims;
pub use clock::ManualClock;
pub use keys::MemoryTokenKeys;
pub use launcher::{MemoryLauncher, MemoryNotifier};
pub use queue::MemoryQueue;
pub use registry::MemoryRegistry;
pub use signer::MemorySigner;
pub use store::MemoryStore;
pub use trail::MemoryTrail;
