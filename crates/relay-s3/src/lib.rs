//! Versioned objects and small documents on any service that speaks the S3 API; encryption by KMS where a bucket has a key.
//!
//! `AWS_ENDPOINT_URL` names a service that is not Amazon's (AWS SDKs and Tools Reference Guide); it is then asked for
//! buckets in the path, not in the host's name. It needs versioning, conditional writes (`If-Match`, `If-None-Match`) and
//! SHA-256 checksums.

mod client;
mod documents;
mod errors;
mod listing;
mod metadata;
mod reader;
mod store;
mod upload;
mod writer;

pub use documents::{Document, ReadDocument, Replaces, S3Documents, WrittenDocument};
pub use store::{S3Store, S3StoreOptions};
