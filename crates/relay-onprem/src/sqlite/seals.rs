//! Seals on rows that change: what waits to be done is in no log, so each row carries a hash of itself.
//!
//! Triggers write the seal, whatever statement writes the row. A row that was written by anything else (a bad disk, a hand
//! with a hex editor, another program) does not fit its seal, and the sqlite3 shell cannot write one at all, since only the
//! relay has the function. A seal is no proof against somebody who knows this code; what such a person could gain is held
//! against the events (`crate::audit`).

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

/// The tables whose rows are sealed: those that are not derived from events.
pub(crate) const SEALED: [&str; 5] = ["written", "orders", "notices", "alert_book", "alert_outbox"];
const SEAL: &str = "seal";
const FUNCTION: &str = "relay_seal";
/// So that no other hash of the same bytes is a seal.
const LABEL: &[u8] = b"relay row seal v1\0";

/// Gives `connection` the function that seals are made with.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(FUNCTION, -1, flags, |context| Ok(seal_of(context)))
}

fn seal_of(context: &Context<'_>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(LABEL);
    // Each value with its type and length, so that no two rows have the same bytes.
    let mut add = |kind: u8, bytes: &[u8]| {
        hasher.update([kind]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    for index in 0..context.len() {
        match context.get_raw(index) {
            ValueRef::Null => add(0, &[]),
            ValueRef::Integer(value) => add(1, &value.to_be_bytes()),
            ValueRef::Real(value) => add(2, &value.to_be_bytes()),
            ValueRef::Text(text) => add(3, text),
            ValueRef::Blob(bytes) => add(4, bytes),
        }
    }
    hasher.finalize().into()
}

/// Adds seals to the tables: the column, the triggers, and the seals of the rows that are there.
pub(super) fn add(connection: &Connection) -> rusqlite::Result<()> {
    for table in SEALED {
        connection.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {SEAL} BLOB;"))?;
        let Columns { all, key } = Columns::of(connection, table)?;
        let seal = expression(table, "NEW.", &all);
        let this = key
            .iter()
            .map(|name| format!("{name} = NEW.{name}"))
            .collect::<Vec<_>>();
        let write = format!(
            "BEGIN UPDATE {table} SET {SEAL} = {seal} WHERE {}; END",
            this.join(" AND ")
        );
        connection.execute_batch(&format!(
            "CREATE TRIGGER {table}_are_sealed AFTER INSERT ON {table} {write};
             CREATE TRIGGER {table}_are_sealed_anew AFTER UPDATE OF {} ON {table} {write};
             UPDATE {table} SET {first} = {first};",
            all.join(", "),
            first = all[0]
        ))?;
    }
    Ok(())
}

/// The rows of a table that do not fit their seals, by what names them.
pub(crate) fn broken(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let Columns { all, key } = Columns::of(connection, table)?;
    let name = key
        .iter()
        .map(|name| format!("'{name} ' || quote({name})"))
        .collect::<Vec<_>>()
        .join(" || ', ' || ");
    // Without an index: what an index leaves out is to be seen as well.
    let sql = format!(
        "SELECT {name} FROM {table} WHERE {SEAL} IS NOT {}",
        expression(table, "", &all)
    );
    connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect()
}

fn expression(table: &str, prefix: &str, columns: &[String]) -> String {
    let values: Vec<String> = columns.iter().map(|name| format!("{prefix}{name}")).collect();
    format!("{FUNCTION}('{table}', {})", values.join(", "))
}

// The columns of a table but its seal, and those among them that name a row.
struct Columns {
    all: Vec<String>,
    key: Vec<String>,
}

impl Columns {
    fn of(connection: &Connection, table: &str) -> rusqlite::Result<Self> {
        let mut query =
            connection.prepare("SELECT name, pk FROM pragma_table_info(?1) WHERE name <> ?2 ORDER BY cid")?;
        let rows = query.query_map([table, SEAL], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        })?;
        let rows: Vec<(String, i64)> = rows.collect::<rusqlite::Result<_>>()?;
        let key = rows
            .iter()
            .filter(|(_, key)| *key > 0)
            .map(|(name, _)| name.clone())
            .collect();
        let all: Vec<String> = rows.into_iter().map(|(name, _)| name).collect();
        if all.is_empty() {
            return Err(rusqlite::Error::InvalidParameterName(table.to_owned()));
        }
        Ok(Self { all, key })
    }
}
