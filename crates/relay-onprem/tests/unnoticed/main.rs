//! Nothing that means something can be changed in a data folder without verification naming it, and nothing that a relay
//! does by itself is ever named.
//!
//! `HYBRID_TEST_BYTES=all` flips every byte of every file, `HYBRID_TEST_BYTES=2000` that many at random;
//! `HYBRID_TEST_COLUMNS=all` makes every change of every row; `HYBRID_TEST_VERIFIES=1000` verifies that often beside a working relay. Without them a short version runs.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed, and says how far it came"
)]

mod beside;
mod bytes;
mod columns;
mod crash;
mod strays;
mod world;
