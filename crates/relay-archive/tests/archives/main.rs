//! Archives from outside: what common tools make is read, what lies is refused, and nothing in between.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod accepted;
mod damage;
mod kinds;
mod limits;
mod names;
mod nested;
mod outcomes;
mod recognition;
mod support;
mod tar_lies;
mod tools;
mod zip_descriptors;
mod zip_lies;
