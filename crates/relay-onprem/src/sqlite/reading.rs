//! Connections to a database that cannot be written: a read-only file system, a snapshot, another user's folder.
//!
//! SQLite in WAL mode writes even to read: an index of the log, in shared memory that is a file beside the database. What stands
//! in for that depends on what is there (SQLite, "Write-Ahead Logging", "Read-Only Databases").

use std::ffi::CStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::STATEMENTS_KEPT;

/// SQLite's way to use files without locks, which it calls a VFS.
const WITHOUT_LOCKS: &CStr = c"unix-none";

/// How a database is read where nothing can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The log and its index are there: perhaps a relay works on the folder through another mount, so locks are taken.
    Locked,
    /// There is a log without an index: SQLite makes one in memory, which it does for a database that nobody else uses.
    Alone,
    /// There is no log: the file is all there is. (With a log, this would leave the last events unseen.)
    Immutable,
}

/// Whether there is a write-ahead log with anything in it.
pub(super) fn has_log(path: &Path) -> bool {
    beside(path, "-wal").metadata().is_ok_and(|log| log.len() > 0)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

impl Reading {
    pub(super) fn of(path: &Path) -> Self {
        match (has_log(path), beside(path, "-shm").exists()) {
            (_, true) => Self::Locked,
            (true, false) => Self::Alone,
            (false, false) => Self::Immutable,
        }
    }

    pub(super) fn connect(self, path: &Path) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self {
            Self::Locked => {
                let connection = Connection::open_with_flags(path, flags)?;
                connection.busy_timeout(super::BUSY_TIMEOUT)?;
                connection
            }
            Self::Alone => {
                let connection = Connection::open_with_flags_and_vfs(path, flags, WITHOUT_LOCKS)?;
                connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
                connection
            }
            Self::Immutable => {
                let flags = flags | OpenFlags::SQLITE_OPEN_URI;
                // Two slashes in front would name a host.
                let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                Connection::open_with_flags(immutable_uri(&path), flags)?
            }
        };
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(connection)
    }
}

fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri + "?immutable=1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri_that_says_no_more_than_the_path() {
        assert_eq!(
            immutable_uri(Path::new("/srv/a b?mode=rwc#1/relay.db")),
            "file:/srv/a%20b%3Fmode%3Drwc%231/relay.db?immutable=1"
        );
    }

    #[test]
    fn what_is_only_in_the_log_is_read_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let writer = Connection::open(&path).unwrap();
        writer.pragma_update(None, "journal_mode", "WAL").unwrap();
        writer
            .execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1);")
            .unwrap();
        let count = |path: &Path| {
            let reading = Reading::of(path);
            let connection = reading.connect(path).unwrap();
            let rows = connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, u64>(0));
            (reading, rows.unwrap())
        };
        assert_eq!(count(&path), (Reading::Locked, 1));
        // A copy of a folder in use, without the index of the log.
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::copy(folder.path().join("a.db-wal"), folder.path().join("copy.db-wal")).unwrap();
        assert_eq!(count(&copy), (Reading::Alone, 1));
        drop(writer);
        assert_eq!(count(&path), (Reading::Immutable, 1));
        assert!(!folder.path().join("a.db-shm").exists());
    }
}
