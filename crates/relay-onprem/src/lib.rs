//! The ports on a file system, SQLite and worker tasks.

mod files;

pub use files::{FileStore, FileStoreError};
