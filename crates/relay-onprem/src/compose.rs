//! Everything together: a data folder, and each port on it.

use std::sync::Arc;

use relay_pipeline::ports::{Clock, Launcher, PackageStore, Ports, TokenKeys, WorkQueue};

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

/// What one data folder gives: the ports, and the queue that its processes share.
#[derive(Clone)]
pub struct OnPrem {
    /// The ports that every backbone has.
    pub ports: Ports,
    /// Run orders.
    pub queue: Arc<dyn WorkQueue>,
    /// Puts run orders into the queue.
    pub launcher: Arc<dyn Launcher>,
    /// What all but the store and the token keys are in.
    pub database: SqliteDatabase,
}

impl OnPrem {
    /// Opens every port on `folder`.
    pub fn open(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = SqliteDatabase::open(&folder.database())?;
        let store: Arc<dyn PackageStore> = Arc::new(FileStore::open(&folder.store())?);
        Ok(Self::of(database, store, clock))
    }

    /// Opens every port on `folder` to look at what is there; each attempt to write is an error. Nothing is made, locked or
    /// changed, so that a snapshot, a backup or another user's folder will do.
    pub fn open_reading(folder: &DataFolder, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let database = SqliteDatabase::open_reading(&folder.database())?;
        let store: Arc<dyn PackageStore> = Arc::new(FileStore::open_reading(&folder.store()));
        Ok(Self::of(database, store, clock))
    }

    fn of(database: SqliteDatabase, store: Arc<dyn PackageStore>, clock: Arc<dyn Clock>) -> Self {
        let queue: Arc<dyn WorkQueue> = Arc::new(SqliteQueue::new(database.clone()));
        let trail = Arc::new(SqliteTrail::new(database.clone()));
        Self {
            ports: Ports {
                store,
                trail: trail.clone(),
                trail_reader: trail,
                duplicate_index: Arc::new(SqliteDuplicateIndex::new(database.clone())),
                registry: Arc::new(SqliteRegistry::new(database.clone())),
                notifier: Arc::new(SqliteNotices::new(database.clone(), Arc::clone(&clock))),
                clock: Arc::clone(&clock),
            },
            launcher: Arc::new(QueueLauncher::new(Arc::clone(&queue), clock)),
            queue,
            database,
        }
    }
}

/// The keys that the personal data of a data folder's packages is tokenized with: for the step that processes them.
pub fn token_keys(folder: &DataFolder) -> Result<Arc<dyn TokenKeys>, OpenError> {
    Ok(Arc::new(FileTokenKeys::open(&folder.keys())?))
}
