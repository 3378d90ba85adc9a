//! Everything together: a data folder, and each port on it.

use std::sync::Arc;

use relay_pipeline::ports::{
    AuditTrail, Clock, DuplicateIndex, Launcher, NoTokenKeys, Notifier, OrganizationRegistry, PackageStore, TokenKeys,
    WorkQueue,
};

use crate::{
    DataFolder, DatabaseError, FileStore, FileStoreError, FileTokenKeys, QueueLauncher, SqliteDatabase,
    SqliteDuplicateIndex, SqliteNotices, SqliteQueue, SqliteRegistry, SqliteTrail,
};

/// Why the ports could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database.
    #[error("the data folder's database could not be opened")]
    Database(#[from] DatabaseError),
    /// The store, or the token keys.
    #[error("the data folder's files could not be opened")]
    Store(#[from] FileStoreError),
}

/// The ports of one data folder.
#[derive(Clone)]
pub struct OnPrem {
    /// Object versions.
    pub store: Arc<dyn PackageStore>,
    /// Audit events.
    pub trail: Arc<dyn AuditTrail>,
    /// Who was first with which bytes and names.
    pub duplicate_index: Arc<dyn DuplicateIndex>,
    /// Organizations.
    pub registry: Arc<dyn OrganizationRegistry>,
    /// What organizations' tokens are made with.
    pub token_keys: Arc<dyn TokenKeys>,
    /// Run orders.
    pub queue: Arc<dyn WorkQueue>,
    /// Puts run orders into the queue.
    pub launcher: Arc<dyn Launcher>,
    /// Keeps notices of failures.
    pub notifier: Arc<dyn Notifier>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What all but the store and the token keys are in.
    pub database: SqliteDatabase,
}

impl OnPrem {
    /// Opens every port on `folder`.
    pub fn open(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = SqliteDatabase::open(&folder.database())?;
        let store: Arc<dyn PackageStore> = Arc::new(FileStore::open(&folder.store())?);
        let token_keys: Arc<dyn TokenKeys> = Arc::new(FileTokenKeys::open(&folder.keys())?);
        Ok(Self::of(database, store, token_keys, clock))
    }

    /// Opens every port on `folder` to look at what is there; each attempt to write is an error. Nothing is made, locked or
    /// changed, so that a snapshot, a backup or another user's folder will do.
    pub fn open_reading(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = SqliteDatabase::open_reading(&folder.database())?;
        let store: Arc<dyn PackageStore> = Arc::new(FileStore::open_reading(&folder.store()));
        Ok(Self::of(database, store, Arc::new(NoTokenKeys), clock))
    }

    fn of(
        database: SqliteDatabase,
        store: Arc<dyn PackageStore>,
        token_keys: Arc<dyn TokenKeys>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let queue: Arc<dyn WorkQueue> = Arc::new(SqliteQueue::new(database.clone()));
        Self {
            store,
            trail: Arc::new(SqliteTrail::new(database.clone())),
            duplicate_index: Arc::new(SqliteDuplicateIndex::new(database.clone())),
            registry: Arc::new(SqliteRegistry::new(database.clone())),
            token_keys,
            launcher: Arc::new(QueueLauncher::new(Arc::clone(&queue), Arc::clone(&clock))),
            queue,
            notifier: Arc::new(SqliteNotices::new(database.clone(), Arc::clone(&clock))),
            clock,
            database,
        }
    }
}
