//! The ports on a file system, SQLite and worker tasks.

mod files;
mod sqlite;
mod trail;

pub use files::{FileStore, FileStoreError};
pub use sqlite::{DatabaseError, SqliteDatabase};
pub use trail::SqliteTrail;
