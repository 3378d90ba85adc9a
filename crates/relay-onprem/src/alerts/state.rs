//! The book of alerts in SQLite.

use async_trait::async_trait;
use relay_alerts::AlertState;
use relay_pipeline::ports::{AlertStateStore, PortError, PortErrorClass, StoredAlertState};
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::{SqliteDatabase, failed};

/// The place of the book in a [`SqliteDatabase`].
#[derive(Clone)]
pub struct SqliteAlertState {
    database: SqliteDatabase,
}

impl SqliteAlertState {
    /// The book in `database`.
    pub const fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }
}

fn load(connection: &Connection) -> rusqlite::Result<Option<(u64, String)>> {
    connection
        .prepare_cached("SELECT revision, content FROM alert_book WHERE number = 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn save(connection: &Connection, content: &str, revision: u64) -> rusqlite::Result<usize> {
    if revision == 0 {
        let mut insert = connection.prepare_cached(
            "INSERT INTO alert_book (number, revision, content) VALUES (1, 1, ?1) ON CONFLICT (number) DO NOTHING",
        )?;
        return insert.execute([content]);
    }
    connection
        .prepare_cached(
            "UPDATE alert_book SET revision = revision + 1, content = ?2 WHERE number = 1 AND revision = ?1",
        )?
        .execute(params![revision, content])
}

#[async_trait]
impl AlertStateStore for SqliteAlertState {
    async fn load(&self) -> Result<StoredAlertState, PortError> {
        let read = |connection: &Connection| load(connection).map_err(failed("the book of alerts could not be read"));
        let Some((revision, content)) = self.database.read(read).await? else {
            return Ok(StoredAlertState::default());
        };
        let book = serde_json::from_str(&content).unwrap_or_else(|error| {
            tracing::error!(book.revision = revision, error = %error, "the book of alerts cannot be read; a new one is begun");
            AlertState::default()
        });
        Ok(StoredAlertState { book, revision })
    }

    async fn save(&self, book: &AlertState, revision: u64) -> Result<(), PortError> {
        let content = serde_json::to_string(book).map_err(|error| {
            PortError::new(PortErrorClass::Permanent, "the book of alerts has no JSON form").caused_by(error)
        })?;
        let write = move |connection: &Connection| {
            save(connection, &content, revision).map_err(failed("the book of alerts could not be kept"))
        };
        match self.database.write(write).await? {
            0 => Err(PortError::new(
                PortErrorClass::PreconditionFailed,
                "another round has kept its book of alerts",
            )),
            _ => Ok(()),
        }
    }
}
