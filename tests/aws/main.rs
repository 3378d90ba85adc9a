//! The whole relay on AWS, at an emulator: infrastructure that Terraform made, the deployed zip, the real processor, IAM enforced.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what failed by panicking"
)]

mod alerts;
mod contents;
mod dead_letters;
mod direct;
mod journey;
mod monitor;
mod page;
mod permissions;
mod runs;
mod stack;
