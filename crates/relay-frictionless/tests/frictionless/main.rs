//! The rules of Data Packages through the public interface of the crate.

mod agreement;
mod cells;
mod constraints;
mod descriptors;
mod differences;
mod diffs;
mod headers;
mod keys;
mod properties;
mod requirements;
mod schemas;
mod support;
mod table;
