//! Trails as an auditor meets them: written by the rules, damaged in every way, checked again.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]
#![expect(clippy::many_single_char_names, reason = "packages a to e")]

mod attacks;
mod duplicates;
mod explanations;
mod golden;
mod order;
mod organizations;
mod support;
