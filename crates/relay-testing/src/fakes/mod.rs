//! Every port in memory, with the semantics of the real thing.

mod clock;
mod store;

pub use clock::ManualClock;
pub use store::MemoryStore;
