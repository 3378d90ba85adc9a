//! The transforms through their public interface; results are read back with the Parquet library's own reader.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::format_push_string,
    reason = "tables are written as they are read, line by line"
)]

mod bad_rows;
mod dialects;
mod differential;
mod files;
mod formats;
mod headings;
mod hostile;
mod limits;
mod packed;
mod people;
mod personal;
mod personal_late;
mod personal_leaks;
mod personal_strays;
mod registered;
mod roundtrip;
mod support;
mod types;
