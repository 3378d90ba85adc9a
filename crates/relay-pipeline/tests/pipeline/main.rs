//! The journey on fakes: every step, every fault, and the law that every package has exactly one ending.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod alerting;
mod auditing;
mod custody;
mod duplicates;
mod endings;
mod faults;
mod intake;
mod races;
mod recovery;
mod tables;
mod world;
