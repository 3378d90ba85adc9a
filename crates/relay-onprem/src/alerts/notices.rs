//! Notices in SQLite, where they wait for the next round.

use std::sync::Arc;

use async_trait::async_trait;
use relay_alerts::Received;
use relay_model::{Notice, Timestamp};
use relay_pipeline::ports::{Clock, NoticeQueue, Notifier, PortError, PortErrorClass, QueuedNotice};
use rusqlite::{Connection, params};

use crate::sqlite::{SqliteDatabase, failed};

/// The queue of notices in a [`SqliteDatabase`].
#[derive(Clone)]
pub struct SqliteNotices {
    database: SqliteDatabase,
    clock: Arc<dyn Clock>,
}

impl SqliteNotices {
    /// The notices in `database`.
    pub const fn new(database: SqliteDatabase, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }
}

#[async_trait]
impl Notifier for SqliteNotices {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        let sent_ms = self.clock.now().unix_milliseconds();
        let text = notice
            .to_wire()
            .map_err(|error| PortError::new(PortErrorClass::Permanent, "a notice has no JSON form").caused_by(error))?;
        let insert = move |connection: &Connection| {
            connection
                .prepare_cached("INSERT INTO notices (sent_ms, notice) VALUES (?1, ?2)")?
                .execute(params![sent_ms, text])
        };
        let add = move |connection: &Connection| insert(connection).map_err(failed("the notice could not be kept"));
        self.database.write(add).await.map(drop)
    }
}

fn waiting(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<QueuedNotice>> {
    let mut query =
        connection.prepare_cached("SELECT number, sent_ms, notice FROM notices ORDER BY number LIMIT ?1")?;
    let rows = query.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        let (number, sent_ms, text): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(QueuedNotice {
            id: number.to_string(),
            receipt: number.to_string(),
            received: Received {
                at: Timestamp::from_unix_milliseconds(sent_ms).unwrap_or(Timestamp::EPOCH),
                sender: None,
                notice: Notice::from_wire(&text).ok(),
            },
        })
    })?;
    rows.collect()
}

fn delete(connection: &Connection, receipts: &[String]) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached("DELETE FROM notices WHERE number = CAST(?1 AS INTEGER)")?;
    for receipt in receipts {
        delete.execute([receipt])?;
    }
    Ok(())
}

#[async_trait]
impl NoticeQueue for SqliteNotices {
    async fn receive(&self, limit: usize) -> Result<Vec<QueuedNotice>, PortError> {
        let read =
            move |connection: &Connection| waiting(connection, limit).map_err(failed("the notices could not be read"));
        self.database.read(read).await
    }

    async fn delete(&self, receipts: &[String]) -> Result<(), PortError> {
        let receipts = receipts.to_vec();
        let remove = move |connection: &Connection| {
            delete(connection, &receipts).map_err(failed("notices could not be deleted"))
        };
        self.database.write(remove).await
    }
}
