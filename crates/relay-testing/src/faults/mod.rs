//! Any port, made unreliable: it loses, repeats, delays, cuts short, fails after having succeeded, or dies.
//!
//! All decorators of one test share a [`FaultPlan`]. On a current-thread runtime the faults depend on the seed and on
//! nothing else.

mod alerts;
mod plan;
mod ports;
mod reader;
mod store;

pub use alerts::{FaultyAlertState, FaultyNotices, FaultySink};
pub use plan::{CrashMoment, Fault, FaultPlan, FaultRates, Injected};
pub use ports::{
    FaultyDuplicateIndex, FaultyLauncher, FaultyNotifier, FaultyQueue, FaultyRegistry, FaultyTokenKeys, FaultyTrail,
    WholeTrail,
};
pub use store::FaultyStore;
