//! Connections that only read, each used by one request at a time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relay_pipeline::ports::{PortError, PortErrorClass};
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{connect, failed};

/// The most requests that read at the same time.
const READERS_MAX: usize = 4;

pub(super) struct Readers {
    path: PathBuf,
    busy_timeout: Duration,
    permits: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, busy_timeout: Duration) -> Self {
        Self {
            path,
            busy_timeout,
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
        let (path, busy_timeout, idle) = (self.path.clone(), self.busy_timeout, Arc::clone(&self.idle));
        let query = tokio::task::spawn_blocking(move || {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => open(&path, busy_timeout).map_err(failed("the database could not be opened for reading"))?,
            };
            let result = work(&connection);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        });
        query.await.map_err(|error| stopped().caused_by(error))?
    }
}

fn open(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    let connection = connect(path, busy_timeout)?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}
