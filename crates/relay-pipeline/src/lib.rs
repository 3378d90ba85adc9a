//! The journey of a package: one module for each step, and the ports they speak through.

pub mod ports;
