//! The adapters keep what their ports promise, at an emulator of AWS.
#![expect(clippy::unwrap_used, reason = "tests say what failed by panicking")]

mod alerts;
mod findings;
mod forged;
mod launcher;
mod launcher_answers;
mod queues;
mod run_report_answers;
mod signer;
mod support;
mod tenants;
mod token_keys;
mod trail;
mod workflow;
