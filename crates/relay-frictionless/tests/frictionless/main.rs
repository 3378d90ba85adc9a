//! The rules of Data Packages through the crate's public interface: each rule by what breaks it, what holds for any text by
//! properties, and the verdicts beside those of the standard's own tool.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod agreement;
mod cells;
mod constraints;
mod descriptors;
mod differences;
mod diffs;
mod headers;
mod keys;
mod places;
mod properties;
mod registered;
mod requirements;
mod requirements_of_tables;
mod resources;
mod schemas;
mod support;
mod table;
mod times;
