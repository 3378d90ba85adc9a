//! Whatever reads a producer's bytes, fed with what no producer would send; properties that must hold all the same.
//!
//! A [`Target`] is a function that takes bytes and panics when a property is broken; [`TARGETS`] are all of them. Two engines
//! make the bytes: [`engine`] changes seeds by chance, the same for the same number, within `cargo test`; libFuzzer
//! (`src/bin/guided.rs`, `scripts/fuzz`) keeps what takes a new path through the code. docs/FUZZING.md has the properties.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a broken property is told by panicking, which is what both engines wait for"
)]

mod archives;
mod bags;
mod choices;
mod descriptors;
pub mod engine;
mod independent;
mod keys;
mod made;
mod notifications;
mod packages;
mod privacy;
mod random;
mod reference;
mod seeds;
mod tables;
mod target;
mod text;

pub use target::{Figures, TARGETS, Target};
