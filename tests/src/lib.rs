//! Drives the real `relay` binary from outside: what the system tests and the measurements share.

mod memory;
mod relay;
mod samples;

pub use memory::{PeakMemory, run_measured};
pub use relay::{Ran, Relay, Serving, binary, cargo_profile, python, wait_until};
pub use samples::{repository, sample_packages, samples, write_repeated_csv};
