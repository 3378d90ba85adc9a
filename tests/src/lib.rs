//! Drives the real `relay` binary from outside: what the system tests and the measurements share.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "linked into tests only, which say by panicking what failed"
)]

mod memory;
mod people;
mod relay;
mod samples;

pub use memory::{Usage, process_usage, run_measured};
pub use people::{parquet_rows, people};
pub use relay::{Ran, Relay, Serving, binary, cargo_profile, python, wait_until};
pub use samples::{january, repository, sample_packages, samples, write_repeated, write_repeated_csv};
