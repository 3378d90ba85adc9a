//! The rules of Data Packages through the public interface of the crate.

mod cells;
mod constraints;
mod descriptors;
mod diffs;
mod headers;
mod keys;
mod properties;
mod schemas;
mod support;
