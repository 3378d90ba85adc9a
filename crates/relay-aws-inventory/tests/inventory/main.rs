//! An account is read as it is, at an emulator of AWS, and through a proxy that records, throttles and refuses.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests say what failed by panicking")]

mod account;
mod actions;
mod ec2;
mod faults;
mod guards;
mod proxy;
mod scale;
mod support;
