//! Adding one event, and folding it into the record of its package, in one transaction.

use relay_audit::project;
use relay_model::{PackageRecord, PackageState, SealedEvent};
use relay_pipeline::ports::{Appended, PortError, PortErrorClass};
use rusqlite::{Connection, OptionalExtension, params};

use super::read_record;
use crate::sqlite::{damaged, failed, insert_event};

pub(super) fn append(connection: &Connection, sealed: &SealedEvent) -> Result<Appended, PortError> {
    let event = sealed.event();
    let previous = read_record(connection, &event.package_id)?;
    if previous
        .as_ref()
        .is_some_and(|record| event.seq <= record.trail_state.head.seq)
    {
        return taken(connection, sealed);
    }
    let record = project(previous.as_ref(), sealed).map_err(|error| {
        let context = format!("event {} of {} cannot be recorded", event.seq, event.package_id);
        PortError::new(PortErrorClass::Permanent, context).caused_by(error)
    })?;
    insert_event(connection, event.package_id.as_str(), sealed)
        .map_err(failed(format!("event {} could not be recorded", event.seq)))?;
    fold(connection, previous.as_ref(), &record)?;
    Ok(Appended::Recorded)
}

fn taken(connection: &Connection, sealed: &SealedEvent) -> Result<Appended, PortError> {
    let event = sealed.event();
    let mut query = connection
        .prepare_cached("SELECT canonical FROM events WHERE package_id = ?1 AND seq = ?2")
        .map_err(failed("the audit trail could not be read"))?;
    let found: Option<String> = query
        .query_row(params![event.package_id.as_str(), event.seq], |row| row.get(0))
        .optional()
        .map_err(failed("the audit trail could not be read"))?;
    let missing = || damaged(format!("event {} of {} is missing", event.seq, event.package_id));
    let found = SealedEvent::from_canonical(&found.ok_or_else(missing)?).map_err(|error| {
        damaged(format!("event {} of {} cannot be read", event.seq, event.package_id)).caused_by(error)
    })?;
    Ok(Appended::Taken(Box::new(found)))
}

fn fold(connection: &Connection, previous: Option<&PackageRecord>, record: &PackageRecord) -> Result<(), PortError> {
    let error = || failed(format!("the record of {} could not be written", record.package_id));
    let text = serde_json::to_string(record).map_err(|cause| {
        PortError::new(
            PortErrorClass::Permanent,
            "a record has no JSON form; report this as a defect",
        )
        .caused_by(cause)
    })?;
    write_record(connection, previous, record, &text).map_err(error())?;
    let old_state = previous.map(|record| record.state);
    if old_state != Some(record.state) {
        if let Some(old_state) = old_state {
            count(connection, old_state, -1).map_err(error())?;
        }
        count(connection, record.state, 1).map_err(error())?;
    }
    Ok(())
}

fn write_record(
    connection: &Connection,
    previous: Option<&PackageRecord>,
    record: &PackageRecord,
    text: &str,
) -> rusqlite::Result<()> {
    let package_id = record.package_id.as_str();
    let organization = record.organization.as_ref().map(relay_model::OrganizationId::as_str);
    let state = record.state.name();
    let is_duplicate = !record.duplicates.known().is_empty();
    match previous {
        None => {
            let mut insert = connection.prepare_cached(
                "INSERT INTO packages (package_id, organization, state, file_name, received_ms, record)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let file_name = record.trail_state.object.key.file_name();
            let received_ms = record.received_at.unix_milliseconds();
            insert.execute(params![package_id, organization, state, file_name, received_ms, text])?;
        }
        // Most events change nothing that is indexed; a statement that does not name those columns leaves the indexes alone.
        // Whether it is a duplicate is told with its conclusion, and forgotten with a replay.
        Some(previous) if previous.state == record.state && previous.organization == record.organization => {
            let mut update = connection.prepare_cached("UPDATE packages SET record = ?2 WHERE package_id = ?1")?;
            update.execute(params![package_id, text])?;
        }
        Some(_) => {
            let mut update = connection.prepare_cached(
                "UPDATE packages SET organization = ?2, state = ?3, is_duplicate = ?4, record = ?5 WHERE package_id = ?1",
            )?;
            update.execute(params![package_id, organization, state, is_duplicate, text])?;
        }
    }
    Ok(())
}

fn count(connection: &Connection, state: PackageState, change: i64) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached(
        "INSERT INTO package_counts (state, number) VALUES (?1, max(?2, 0))
         ON CONFLICT (state) DO UPDATE SET number = number + ?2",
    )?;
    update.execute(params![state.name(), change])?;
    Ok(())
}
