//! System tests: the real binary on real files, from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod audit;
mod bad_input;
mod bombs;
mod canaries;
mod check;
mod command_line;
mod duplicates;
mod growth;
mod independent;
mod journey;
mod kill;
mod memory;
mod organizations;
mod own_folder;
mod people;
mod personal;
mod read_only;
mod schemas;
mod schemas_held;
mod serve;
mod short;
mod walkthrough;
