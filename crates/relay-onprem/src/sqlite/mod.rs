//! The database of a data folder: SQLite in WAL mode, one thread that writes, a few connections that read.
//!
//! A transaction that is on disk costs an fsync, so requests are committed in groups: whatever waits when the writer is
//! free runs in one transaction, each request in a savepoint of its own, and all are answered after the commit. A
//! request is never answered before its effect is durable, and one that fails does not harm its neighbours.

mod errors;
pub(crate) mod head;
mod log;
mod readers;
mod reading;
pub(crate) mod schema;
pub(crate) mod seals;
mod writer;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use relay_pipeline::ports::{PortError, PortErrorClass};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

pub(crate) use errors::{damaged, failed};
use head::Noter;
pub(crate) use log::insert_event;
use readers::Readers;
use reading::Reading;
use writer::Writer;

/// How long one process waits for another that writes, before it answers that it should be tried again.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many compiled statements each connection keeps.
const STATEMENTS_KEPT: usize = 64;
const FILE_MODE: u32 = 0o600;

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A later program has changed its tables.
    #[error(
        "this data folder was written by a newer relay (format {found}, this program knows {known}): use that program"
    )]
    Newer {
        /// What the file says.
        found: u32,
        /// What this program can read and write.
        known: u32,
    },
    /// There was no thread for it.
    #[error(
        "the database {path} needs a thread, and the system gives none: allow this user more processes (ulimit -u, TasksMax= of the service, --pids-limit of the container)"
    )]
    Thread {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file could not be made or opened.
    #[error("the database {path} could not be opened")]
    Io {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not what SQLite wrote.
    #[error("the database {path} is damaged: restore it from a backup")]
    Damaged {
        /// Which.
        path: String,
        /// How.
        #[source]
        source: rusqlite::Error,
    },
    /// An earlier program wrote it, and here its tables cannot be brought up to date.
    #[error(
        "the database {path} was written by an earlier relay (layout {found}, this program reads {known}) and cannot be changed here: run relay status once where it can be written"
    )]
    Earlier {
        /// Which.
        path: String,
        /// What the file says.
        found: u32,
        /// What this program can read.
        known: u32,
    },
    /// SQLite could not use the file.
    #[error("the database {path} cannot be used")]
    Sqlite {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
}

impl DatabaseError {
    fn sqlite(path: &str, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, source },
            _ => Self::Sqlite { path, source },
        }
    }
}

/// A database, shared by all adapters of one process. Clones are the same database.
#[derive(Clone)]
pub struct SqliteDatabase {
    // Readers are closed first: the writer's connection is then the last one and tidies up the log.
    readers: Arc<Readers>,
    // None where the database may only be read.
    writer: Option<Arc<Writer>>,
}

/// How a connection that reads is opened.
#[derive(Clone, Copy, Debug)]
enum Access {
    /// Beside a writer; waits so long for others.
    Shared(Duration),
    /// Where nothing can be written, not even the files that SQLite keeps beside a database.
    Reading(Reading),
}

impl SqliteDatabase {
    /// Opens the database at `path`, and creates it when it is missing.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Self::open_with(path, BUSY_TIMEOUT)
    }

    fn open_with(path: &Path, busy_timeout: Duration) -> Result<Self, DatabaseError> {
        let named = path.display().to_string();
        let io = |source| DatabaseError::Io {
            path: named.clone(),
            source,
        };
        let folder = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let folder = File::open(folder).map_err(io)?;
        // Of processes that switch a new database to WAL at the same time, SQLite tells some that it is busy, without
        // waiting. The lock is given back when this function ends.
        folder.lock().map_err(io)?;
        create(path).and_then(|()| folder.sync_all()).map_err(io)?;
        let mut connection = connect(path, busy_timeout).map_err(|error| DatabaseError::sqlite(&named, error))?;
        schema::prepare(&mut connection, &named)?;
        let noter = Noter::new(path.to_owned(), |path| {
            readers::open(path, Access::Shared(BUSY_TIMEOUT))
        });
        let writer = Writer::start(connection, noter).map_err(|source| DatabaseError::Thread {
            path: path.display().to_string(),
            source,
        })?;
        Ok(Self {
            readers: Arc::new(Readers::new(path.to_owned(), Access::Shared(busy_timeout))),
            writer: Some(Arc::new(writer)),
        })
    }

    /// Opens the database at `path` to read from it, where nothing can be written: no file is made or changed.
    pub fn open_reading(path: &Path) -> Result<Self, DatabaseError> {
        let named = path.display().to_string();
        let sqlite = |error| DatabaseError::sqlite(&named, error);
        let reading = Reading::of(path);
        schema::require(&reading.connect(path).map_err(sqlite)?, &named)?;
        Ok(Self {
            readers: Arc::new(Readers::new(path.to_owned(), Access::Reading(reading))),
            writer: None,
        })
    }

    /// Runs `work` in a transaction, and answers when that is durable. An error undoes what `work` has done.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        match &self.writer {
            Some(writer) => writer.run(work).await,
            None => Err(PortError::new(
                PortErrorClass::Permanent,
                "the data folder is opened for reading only: use it as the user that owns it, where it can be written",
            )),
        }
    }

    /// Runs `work` on a connection that sees everything that was answered before, and cannot write.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        self.readers.run(work).await
    }
}

// SQLite gives its side files the mode of this one. A file that is there is not even opened: closing it would take away
// the locks that another connection of this process holds ("How To Corrupt An SQLite Database File", 2.2).
fn create(path: &Path) -> io::Result<()> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)
    {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

fn connect(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    // Without CREATE: a database that vanished while a process runs must not come back empty.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // With it, REPLACE fires the triggers that forbid deleting.
    connection.pragma_update(None, "recursive_triggers", "ON")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    seals::register(&connection)?;
    Ok(connection)
}

/// A connection for verification: it changes nothing, neither the layout nor, when it is the last one, the write-ahead log, of
/// which a damaged end would otherwise be tidied away.
pub(crate) fn connect_to_verify(path: &Path) -> rusqlite::Result<Connection> {
    let has_log = reading::has_log(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let shared = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Where nothing can be written, SQLite says so with the first thing that is read.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    };
    let is_forbidden = |error: &rusqlite::Error| {
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
        )
    };
    let connection = match shared() {
        Err(error) if is_forbidden(&error) => Reading::of(path).connect(path)?,
        opened => opened?,
    };
    // Without a log there is nothing to lose, and SQLite may take away the files that it made to read.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_log)?;
    connection.pragma_update(None, "query_only", "ON")?;
    seals::register(&connection)?;
    Ok(connection)
}

#[cfg(test)]
mod tests;
