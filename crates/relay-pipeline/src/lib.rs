//! The journey of a package: one module for each step, and the ports they speak through.
//!
//! | step | module | enters | leaves |
//! |---|---|---|---|
//! | 1 intake | [`intake`] | bytes and a key | an arrival |
//! | 2 validation | [`validation`] | an arrival | a verdict, and a run order for accepted packages |
//! | 3 launch | [`validation`] | a run order | one run |
//! | 4 processing | [`processing`] | a run order | results, or what went wrong |
//! | 5 conclusion | [`processing`] | what went wrong | a retry, or the package's one ending |
//! | 5 conclusion | [`failed_runs`] | a run that ended without a word | the package's one ending |
//! | alerts | [`alerting`] | notices of failures | alerts |
//! | audit | [`auditing`] | trails beside writers that go on | what does not hold |
//! | 6 reconciliation | [`reconciliation`] | the store and the trails | whatever was lost, resumed |
//!
//! Each step is a type that holds the few ports it uses; [`ports::Ports`] is the list that a program makes them from.
//! [`worker`] runs step 4 for backbones that have no run service, [`replay`] takes a concluded package up again.

pub mod alerting;
pub mod auditing;
pub mod failed_runs;
pub mod intake;
pub mod ports;
pub mod processing;
pub mod reconciliation;
pub mod replay;
pub mod validation;
pub mod worker;

mod attempt;
mod duplicates;
mod failure_notice;
mod observer;
mod step;
mod streams;
mod trail_writer;

pub use observer::RunObserver;
pub use step::{Settings, StepError};
pub use trail_writer::{Recorded, Recorder, TrailWriter, TrailWriterError};
