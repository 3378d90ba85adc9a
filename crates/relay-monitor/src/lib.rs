//! What an account must be like, checks that compare it with what it is, and findings that live from run to run.

mod facts;

pub use facts::*;
