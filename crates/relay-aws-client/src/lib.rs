//! How the relay speaks to AWS: timeouts, retries and endpoint of every client, and what an error of a service means for a port.
//!
//! The client of a service belongs to the crate that uses it, so that whoever needs one service compiles no other.

mod connection;
mod errors;

pub use connection::Connection;
pub use errors::{class_of, port_error};
