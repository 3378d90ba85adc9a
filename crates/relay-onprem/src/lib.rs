//! The ports on a file system, SQLite and worker tasks.
//!
//! [`DataFolder`] says where everything is, [`OnPrem`] opens it all.

mod alerts;
mod audit;
mod compose;
mod duplicate_index;
mod files;
mod folder;
mod queue;
mod recognition;
mod registry;
mod sqlite;
mod trail;

pub use alerts::{
    AlertDesk, Channel, ChannelError, Delivered, Email, Outbox, SqliteAlertState, SqliteNotices, Webhook,
};
pub use audit::{AuditRequest, audit};
pub use compose::{OnPrem, OpenError, token_keys};
pub use duplicate_index::SqliteDuplicateIndex;
pub use files::{FileStore, FileStoreError, FileTokenKeys};
pub use folder::{DataFolder, FolderError, FolderLock};
pub use queue::{QueueLauncher, SqliteQueue};
pub use recognition::{Recognizer, RelayFile, is_data_folder};
pub use registry::SqliteRegistry;
pub use sqlite::{DatabaseError, SqliteDatabase};
pub use trail::SqliteTrail;
