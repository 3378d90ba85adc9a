//! The audit trail in SQLite: a table of events that only grows, and the packages folded from it.

mod append;
mod listing;

use async_trait::async_trait;
use relay_audit::StoredEvent;
use relay_model::{ObjectVersion, PackageId, PackageRecord, PackageState, SealedEvent, Sha256Digest};
use relay_pipeline::ports::{
    Appended, AuditTrail, PackagePage, PackageQuery, PortError, StateCounts, TrailReader, find_event,
};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::sqlite::{SqliteDatabase, damaged, failed};

/// Audit events and packages in a [`SqliteDatabase`].
#[derive(Clone)]
pub struct SqliteTrail {
    database: SqliteDatabase,
}

impl SqliteTrail {
    /// The trail in `database`.
    pub const fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }
}

#[async_trait]
impl AuditTrail for SqliteTrail {
    async fn append(&self, event: &SealedEvent) -> Result<Appended, PortError> {
        let event = event.clone();
        self.database
            .write(move |connection| append::append(connection, &event))
            .await
    }

    async fn event_at(&self, object: &ObjectVersion, seq: u64) -> Result<Option<SealedEvent>, PortError> {
        find_event(self.read(&object.package_id()).await?, seq)
    }
}

#[async_trait]
impl TrailReader for SqliteTrail {
    async fn read(&self, package_id: &PackageId) -> Result<Vec<StoredEvent>, PortError> {
        let package_id = package_id.clone();
        self.database
            .read(move |connection| read_events(connection, package_id.as_str()))
            .await
    }

    async fn read_log(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, PortError> {
        self.database
            .read(move |connection| read_log(connection, after, limit))
            .await
    }

    async fn record(&self, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError> {
        let package_id = package_id.clone();
        self.database
            .read(move |connection| read_record(connection, &package_id))
            .await
    }

    async fn list(&self, query: &PackageQuery) -> Result<PackagePage, PortError> {
        let query = query.clone();
        self.database
            .read(move |connection| listing::list(connection, &query))
            .await
    }

    async fn counts(&self) -> Result<StateCounts, PortError> {
        self.database.read(count).await
    }
}

const EVENT_COLUMNS: &str = "position, package_id, seq, hash, canonical";

fn stored_event(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    Ok(StoredEvent {
        position: row.get(0)?,
        package_id: row.get(1)?,
        seq: row.get(2)?,
        hash: Sha256Digest::from_bytes(row.get(3)?),
        canonical: row.get(4)?,
    })
}

/// The trail of this name, in order.
pub(crate) fn read_events(connection: &Connection, trail: &str) -> Result<Vec<StoredEvent>, PortError> {
    let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE package_id = ?1 ORDER BY seq");
    let mut query = connection
        .prepare_cached(&sql)
        .map_err(failed("the audit trail could not be read"))?;
    let events = query.query_map([trail], stored_event).and_then(Iterator::collect);
    events.map_err(failed(format!("the trail of {trail} could not be read")))
}

fn read_log(connection: &Connection, after: u64, limit: usize) -> Result<Vec<StoredEvent>, PortError> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE position > ?1 ORDER BY position LIMIT ?2");
    let mut query = connection
        .prepare_cached(&sql)
        .map_err(failed("the log could not be read"))?;
    let events = query
        .query_map([after, limit], stored_event)
        .and_then(Iterator::collect);
    events.map_err(failed(format!("the log could not be read behind position {after}")))
}

fn read_record(connection: &Connection, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError> {
    let error = || failed(format!("the record of {package_id} could not be read"));
    let mut query = connection
        .prepare_cached("SELECT record FROM packages WHERE package_id = ?1")
        .map_err(error())?;
    let text: Option<String> = query
        .query_row([package_id.as_str()], |row| row.get(0))
        .optional()
        .map_err(error())?;
    text.map(|text| parse_record(&text)).transpose()
}

fn parse_record(text: &str) -> Result<PackageRecord, PortError> {
    serde_json::from_str(text).map_err(|error| damaged("the record of a package cannot be read").caused_by(error))
}

fn count(connection: &Connection) -> Result<StateCounts, PortError> {
    let error = || failed("the packages could not be counted");
    let mut query = connection
        .prepare_cached("SELECT state, number FROM package_counts")
        .map_err(error())?;
    let rows = query.query_map([], |row| {
        Ok((row.get::<_, String>(0).unwrap_or_default(), row.get::<_, u64>(1)?))
    });
    let rows: Vec<(String, u64)> = rows.and_then(Iterator::collect).map_err(error())?;
    let mut counts = StateCounts::default();
    for (state, number) in rows {
        // A state that nobody knows is damage; the other counts stand.
        match state.parse::<PackageState>() {
            Ok(state) => counts.count(state, number),
            Err(_) => counts.count_damaged(number),
        }
    }
    Ok(counts)
}
