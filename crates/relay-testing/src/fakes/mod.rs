//! Every port in memory, with the semantics of the real thing.

mod clock;
mod store;
mod trail;

pub use clock::ManualClock;
pub use store::MemoryStore;
pub use trail::MemoryTrail;
