//! The monitor as its users see it: what it says of an account, and what it tells from run to run.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what failed by panicking")]

mod accounts;
mod cases;
mod checks;
mod formats;
mod lifecycle;
mod memory;
mod references;
