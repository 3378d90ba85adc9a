//! Connections that only read, each used by one request at a time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use relay_pipeline::ports::{PortError, PortErrorClass};
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{Access, connect, failed};

/// The most requests that read at the same time.
const READERS_MAX: usize = 4;

/// How much of the database each connection keeps, in KiB.
const CACHE_KIB: i64 = 256;

pub(super) struct Readers {
    path: PathBuf,
    access: Access,
    permits: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, access: Access) -> Self {
        Self {
            path,
            access,
            permits: Semaphore::new(READERS_MAX),
            idle: Arc::default(),
        }
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let stopped = || PortError::new(PortErrorClass::Retryable, "a query was cut off");
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|error| stopped().caused_by(error))?;
        let (path, access, idle) = (self.path.clone(), self.access, Arc::clone(&self.idle));
        let query = tokio::task::spawn_blocking(move || {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => open(&path, access).map_err(failed("the database could not be opened for reading"))?,
            };
            let result = work(&connection);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        });
        query.await.map_err(|error| stopped().caused_by(error))?
    }
}

pub(super) fn open(path: &Path, access: Access) -> rusqlite::Result<Connection> {
    let connection = match access {
        Access::Shared(busy_timeout) => connect(path, busy_timeout)?,
        Access::Reading(reading) => reading.connect(path)?,
    };
    connection.pragma_update(None, "query_only", "ON")?;
    // Each reader would keep 2 MB of pages by itself, as many as the database has by then; the system keeps them for all.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}
