//! Stateful fakes, seeded faults and the conformance suites of the ports. For tests only.
//!
//! A suite ends by panicking when an adapter does not do what its port promises; that is its purpose.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    reason = "this crate is linked into tests only, and says what failed by panicking"
)]

pub mod bombs;
pub mod conformance;
pub mod emulator;
pub mod fakes;
pub mod faults;
pub mod packed;
pub mod scripted_server;
pub mod story;
