//! Listing packages, newest first, a page at a time.

use relay_model::{OrganizationId, PackageRecord};
use relay_pipeline::ports::{DamagedTrail, PackagePage, PackageQuery, PortError, PortErrorClass};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::parse_record;
use crate::sqlite::failed;

/// Where a page ended: when its last package was received, and its number.
#[derive(Clone, Copy)]
struct Cursor {
    received_ms: i64,
    number: i64,
}

pub(super) fn list(connection: &Connection, query: &PackageQuery) -> Result<PackagePage, PortError> {
    if query.limit == 0 {
        return Ok(PackagePage::default());
    }
    let (sql, values) = select(query)?;
    let mut rows = fetch(connection, &sql, values).map_err(failed("the packages could not be listed"))?;
    let has_more = rows.len() > query.limit;
    rows.truncate(query.limit);
    let mut page = PackagePage {
        next: rows.last().filter(|_| has_more).map(|row| row.cursor.to_string()),
        ..PackagePage::default()
    };
    for row in rows {
        match row.record() {
            Some(record) => page.packages.push(record),
            None => page.damaged.push(row.damaged()),
        }
    }
    Ok(page)
}

// A package as it is stored. What cannot be read is a row that says so: it must not hide the others.
struct Stored {
    cursor: Cursor,
    package_id: String,
    organization: Option<String>,
    record: String,
}

impl Stored {
    fn record(&self) -> Option<PackageRecord> {
        let record = parse_record(&self.record).ok()?;
        (record.package_id.as_str() == self.package_id).then_some(record)
    }

    fn damaged(&self) -> DamagedTrail {
        let escaped = |text: &str| text.escape_default().to_string();
        DamagedTrail {
            package_id: escaped(&self.package_id),
            organization: self.organization.as_deref().map(escaped),
            damage: "its record cannot be read, or is another package's".to_owned(),
        }
    }
}

// All conditions of the query that are given, joined by AND.
fn select(query: &PackageQuery) -> Result<(String, Vec<Value>), PortError> {
    let mut conditions: Vec<&str> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut restrict = |condition: &'static str, given: Vec<Value>| {
        conditions.push(condition);
        values.extend(given);
    };
    if let Some(organization) = query.organization.as_ref().map(OrganizationId::as_str) {
        restrict("organization = ?", vec![organization.to_owned().into()]);
    }
    if let Some(state) = query.state {
        restrict("state = ?", vec![state.name().to_owned().into()]);
    }
    if let Some(since) = query.since {
        restrict("received_ms >= ?", vec![since.unix_milliseconds().into()]);
    }
    if let Some(until) = query.until {
        restrict("received_ms < ?", vec![until.unix_milliseconds().into()]);
    }
    if query.duplicates_only {
        restrict("is_duplicate = 1", Vec::new());
    }
    if let Some(file_name) = &query.file_name {
        restrict("file_name = ?", vec![file_name.clone().into()]);
    }
    if let Some(prefix) = &query.id_prefix {
        // Ids are ASCII, so everything that starts with the prefix sorts before the prefix and the last character.
        let behind = format!("{prefix}{}", char::MAX);
        restrict(
            "package_id >= ? AND package_id < ?",
            vec![prefix.clone().into(), behind.into()],
        );
    }
    if let Some(after) = &query.after {
        let cursor = Cursor::parse(after)?;
        restrict(
            "(received_ms, number) < (?, ?)",
            vec![cursor.received_ms.into(), cursor.number.into()],
        );
    }
    // One more than asked for says whether there is another page.
    values.push(i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1).into());
    let conditions = if conditions.is_empty() {
        "TRUE".to_owned()
    } else {
        conditions.join(" AND ")
    };
    let sql = format!(
        "SELECT received_ms, number, package_id, organization, record FROM packages WHERE {conditions}
         ORDER BY received_ms DESC, number DESC LIMIT ?"
    );
    Ok((sql, values))
}

fn fetch(connection: &Connection, sql: &str, values: Vec<Value>) -> rusqlite::Result<Vec<Stored>> {
    let mut query = connection.prepare_cached(sql)?;
    query
        .query_map(params_from_iter(values), |row| {
            Ok(Stored {
                cursor: Cursor {
                    received_ms: row.get(0)?,
                    number: row.get(1)?,
                },
                package_id: text(row.get_ref(2)?),
                organization: Some(row.get_ref(3)?).filter(|value| *value != ValueRef::Null).map(text),
                record: text(row.get_ref(4)?),
            })
        })?
        .collect()
}

// Damage on the disk may leave bytes that are no text.
fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

impl Cursor {
    fn parse(text: &str) -> Result<Self, PortError> {
        let parsed = text
            .split_once(':')
            .and_then(|(received_ms, number)| Some((received_ms.parse().ok()?, number.parse().ok()?)))
            .map(|(received_ms, number)| Self { received_ms, number });
        parsed.ok_or_else(|| {
            let context = format!("'{}' is not where a page of packages ended", text.escape_default());
            PortError::new(PortErrorClass::Permanent, context)
        })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.received_ms, self.number)
    }
}
