//! Adding to the log of all events.

use relay_model::{LoggedEvent, Sealed};
use rusqlite::{Connection, params};

/// Puts an event into the log, under the name of its trail.
pub(crate) fn insert_event<E: LoggedEvent>(
    connection: &Connection,
    trail: &str,
    sealed: &Sealed<E>,
) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT INTO events (package_id, seq, hash, canonical) VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![
        trail,
        sealed.event().seq(),
        sealed.hash().as_bytes(),
        sealed.canonical()
    ])?;
    Ok(())
}
