//! Packages in, results and verdicts out, through the public interface.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod agreement;
mod archives;
mod bags;
mod data_packages;
mod data_packages_besides;
mod opaque;
mod personal;
mod refusals;
mod support;
