//! The store keeps what its port promises, at an emulator; and what it makes of a service that fails.
#![expect(clippy::unwrap_used, reason = "tests say what failed by panicking")]

mod documents;
mod faults;
mod promises;
mod support;
