//! The adapters keep what their ports promise, at an emulator of AWS.
#![expect(clippy::unwrap_used, reason = "tests say what failed by panicking")]

mod store;
mod support;
mod trail;
