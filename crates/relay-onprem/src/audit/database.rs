//! The database, read as of one moment: every row of every table, and how it is laid out.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use relay_audit::{Finding, ListedPackage, Problem, StoredClaim, StoredEvent, Verifier, advance};
use relay_model::{PackageId, PackageRecord, SealedEvent, Sha256Digest, TrailState, error_chain, organization_trail};
use relay_pipeline::ports::RunOrder;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::registry;
use crate::sqlite::{connect_to_verify, schema, seals};

/// The most that SQLite's own check tells of what it finds.
const INTEGRITY_LINES_MAX: u32 = 1_000;
/// Behind a part of a table that cannot be read, this many places are tried one by one.
const PLACES_TRIED_MAX: i64 = 100_000;

/// Open for reading, and for nothing else.
pub(super) struct Database {
    connection: Connection,
    layout: u32,
    // How many commits and events the noted head knows of.
    noted: Cell<(u64, u64)>,
}

impl Database {
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let connection = connect_to_verify(path).map_err(|error| error_chain(&error))?;
        let layout = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| error_chain(&error))?;
        Ok(Self {
            connection,
            layout,
            noted: Cell::new((0, 0)),
        })
    }

    pub(super) const fn is_of_earlier_layout(&self) -> bool {
        0 < self.layout && self.layout < schema::SCHEMA_VERSION
    }

    pub(super) fn expect_noted(&self, commits: u64, events: u64) {
        self.noted.set((commits, events));
    }

    /// Gives `verifier` everything, as of one moment.
    pub(super) fn examine(&self, verifier: &mut Verifier) {
        // The first statement that reads fixes the moment.
        let begun = self
            .connection
            .execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;");
        unless(verifier, "relay.db", begun);
        let claims_since = self.examine_written(verifier);
        let last = self.examine_events(verifier);
        self.examine_list(verifier, last);
        let counted = self.examine_counts(verifier);
        unless(verifier, "table package_counts", counted);
        let claimed = self.examine_claims(verifier, claims_since);
        unless(verifier, "table claims", claimed);
        self.examine_organizations(verifier);
        self.examine_orders(verifier);
        self.examine_seals(verifier);
        // Last, since most of what is wrong with events, rows and indexes has been named better by now.
        self.examine_layout(verifier);
        // A transaction that only read; if it cannot end, it ends with the connection.
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    /// The same for one package.
    pub(super) fn examine_one(&self, id: &PackageId, verifier: &mut Verifier) {
        let begun = self.connection.execute_batch("BEGIN");
        unless(verifier, "relay.db", begun);
        for event in self.trail(id) {
            verifier.event(&event);
        }
        let find = "SELECT number, package_id, organization, state, file_name, received_ms, is_duplicate, record
                    FROM packages WHERE package_id = ?1";
        let row = self.rows(find, [id.as_str()], listed_row);
        match row.map(|mut rows| rows.pop()) {
            Ok(Some((listed, record))) => {
                verifier.listed_alone(&listed);
                give_record(verifier, &listed, &record);
            }
            Ok(None) => {}
            Err(error) => unless(verifier, "table packages", Err(error)),
        }
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    /// The events of one package that can be read, as they are now.
    pub(super) fn trail(&self, id: &PackageId) -> Vec<StoredEvent> {
        let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE package_id = ?1 ORDER BY seq");
        self.rows(&sql, [id.as_str()], |row| Ok(stored_event(row)?.0))
            .unwrap_or_default()
    }

    /// The ids of the organizations that are registered, as text that nobody has judged.
    pub(super) fn organizations(&self) -> rusqlite::Result<Vec<String>> {
        self.rows("SELECT organization FROM organizations", [], |row| text(row, 0))
    }

    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.connection
            .prepare_cached(sql)?
            .query_map(params, |row| read(row))?
            .collect()
    }

    // Tables, indexes and triggers are those that this program makes, and SQLite itself finds nothing wrong.
    fn examine_layout(&self, verifier: &mut Verifier) {
        let mut damaged = |text: String| verifier.report(Finding::at(Problem::DatabaseDamaged, "relay.db", text));
        if self.layout != schema::SCHEMA_VERSION {
            damaged(format!(
                "its layout is {}, this program knows {}",
                self.layout,
                schema::SCHEMA_VERSION
            ));
        }
        let sql = format!("PRAGMA integrity_check({INTEGRITY_LINES_MAX})");
        match self.rows(&sql, [], |row| text(row, 0)) {
            Ok(lines) if lines == ["ok"] => {}
            Ok(lines) => lines
                .into_iter()
                .for_each(|line| damaged(format!("SQLite finds: {line}"))),
            Err(error) => damaged(format!("SQLite cannot check it: {}", error_chain(&error))),
        }
        let expected = match expected_layout() {
            Ok(expected) => expected,
            Err(error) => return damaged(format!("its layout could not be compared: {}", error_chain(&error))),
        };
        let found = match layout_of(&self.connection) {
            Ok(found) => found,
            Err(error) => return damaged(format!("its layout cannot be read: {}", error_chain(&error))),
        };
        for (name, made) in &expected {
            match found.get(name) {
                Some(there) if there == made => {}
                Some(_) => damaged(format!("the {name} is not as the relay made it")),
                None => damaged(format!("the {name} is gone")),
            }
        }
        for name in found.keys().filter(|name| !expected.contains_key(*name)) {
            damaged(format!("the {} was not made by the relay", name.escape_debug()));
        }
    }

    // Since which position of the log concluded packages have claims.
    fn examine_written(&self, verifier: &mut Verifier) -> u64 {
        const PLACE: &str = "table written";
        let read = self.rows("SELECT number, commits, claims_since FROM written", [], |row| {
            Ok((row.get::<_, u64>(1)?, row.get::<_, u64>(2)?))
        });
        let (noted, _) = self.noted.get();
        match read.as_deref() {
            Ok([(commits, since)]) => {
                if *commits < noted {
                    let text =
                        format!("{commits} changes were committed, the relay noted {noted}: the last ones are missing");
                    verifier.report(Finding::at(Problem::HeadDiffers, PLACE, text));
                }
                *since
            }
            Ok(rows) => {
                let text = format!("it has {} rows instead of one", rows.len());
                verifier.report(Finding::at(Problem::RowChanged, PLACE, text));
                0
            }
            Err(_) => {
                unless(verifier, PLACE, read.map(drop));
                0
            }
        }
    }

    // The position of the last event.
    fn examine_events(&self, verifier: &mut Verifier) -> i64 {
        let sequence = self.rows("SELECT name, seq FROM sqlite_sequence", [], |row| {
            Ok((text(row, 0)?, row.get::<_, i64>(1)?))
        });
        let numbered = sequence
            .as_ref()
            .ok()
            .and_then(|rows| rows.first())
            .map_or(0, |row| row.1);
        let bound = numbered.max(i64::try_from(self.noted.get().1).unwrap_or(0));
        let mut last = 0;
        self.scan(
            verifier,
            &Scanned {
                table: "events",
                key: "position",
                columns: EVENT_COLUMNS,
                bound,
            },
            stored_event,
            |verifier, (event, is_negative)| {
                if is_negative {
                    let text = "an event stands at a position, or a place in its trail, that there is not";
                    verifier.report(Finding::at(Problem::Swapped, "table events", text).of(event.package_id.clone()));
                }
                last = last.max(i64::try_from(event.position).unwrap_or(i64::MAX));
                verifier.event(&event);
            },
        );
        let expected: &[(String, i64)] = if last == 0 { &[] } else { &[("events".to_owned(), last)] };
        match sequence {
            Ok(found) if found == expected => {}
            Ok(_) => {
                let text = format!("the counter of events is not {last}, the position of the last one");
                verifier.report(Finding::at(Problem::Dropped, "table sqlite_sequence", text));
            }
            Err(error) => unless(verifier, "table sqlite_sequence", Err(error)),
        }
        bound.max(last)
    }

    // There are no more packages than events.
    fn examine_list(&self, verifier: &mut Verifier, bound: i64) {
        self.scan(
            verifier,
            &Scanned {
                table: "packages",
                key: "number",
                columns: "number, package_id, organization, state, file_name, received_ms, is_duplicate, record",
                bound,
            },
            listed_row,
            |verifier, (listed, record)| {
                give_record(verifier, &listed, &record);
                verifier.listed(&listed);
            },
        );
        verifier.end_of_lists();
    }

    fn examine_counts(&self, verifier: &mut Verifier) -> rusqlite::Result<()> {
        verifier.expect_counts();
        let counts = self.rows("SELECT state, number FROM package_counts", [], |row| {
            Ok((text(row, 0)?, row.get::<_, i64>(1)?))
        })?;
        for (state, number) in counts {
            verifier.counted(&state, u64::try_from(number).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    fn examine_claims(&self, verifier: &mut Verifier, since: u64) -> rusqlite::Result<()> {
        let mut query = self
            .connection
            .prepare("SELECT organization, subject, fingerprint, package_id, key, sha256 FROM claims")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            verifier.claim(&StoredClaim {
                organization: text(row, 0)?,
                subject: text(row, 1)?,
                fingerprint: digest(row, 2)?,
                package_id: text(row, 3)?,
                key: text(row, 4)?,
                sha256: digest(row, 5)?,
            });
        }
        let mut holder_of = self
            .connection
            .prepare("SELECT package_id FROM claims WHERE organization = ?1 AND subject = ?2 AND fingerprint = ?3")?;
        let mut wrong = Vec::new();
        for due in verifier.due_claims(since) {
            let place = (due.organization.as_str(), due.subject, due.fingerprint.as_bytes());
            let holder: Option<String> = holder_of.query_row(place, |row| text(row, 0)).optional()?;
            if !holder
                .as_deref()
                .is_some_and(|holder| due.holders.iter().any(|id| id.as_str() == holder))
            {
                wrong.push((due, holder));
            }
        }
        for (due, holder) in wrong {
            verifier.claim_held(&due, holder.as_deref());
        }
        Ok(())
    }

    fn examine_organizations(&self, verifier: &mut Verifier) {
        const PLACE: &str = "table organizations";
        let rows = match self.rows(
            &format!("SELECT {} FROM organizations", registry::COLUMNS),
            [],
            registry::kept_of,
        ) {
            Ok(rows) => rows,
            Err(error) => return unless(verifier, PLACE, Err(error)),
        };
        let mut registered = Vec::new();
        for (id, kept) in rows {
            let organization = kept.and_then(|kept| Ok((registry::organization_of(&kept)?, kept.facts.settings)));
            match organization {
                Ok((organization, settings)) => {
                    // To the same effect, and in other words than were recorded.
                    let recorded = verifier.settings_text_of(&organization.id);
                    if recorded.is_some_and(|recorded| recorded != settings) {
                        let text = "its settings are not written as its trail has them";
                        let trail = organization_trail(&organization.id);
                        verifier.report(Finding::at(Problem::SettingsDiffer, PLACE, text).of(trail));
                    }
                    registered.push(organization);
                }
                Err(error) => {
                    let text = format!("'{}' cannot be read: {}", id.escape_default(), error_chain(&error));
                    verifier.report(Finding::at(Problem::Unreadable, PLACE, text));
                }
            }
        }
        verifier.organizations(&registered, false);
    }

    fn examine_orders(&self, verifier: &mut Verifier) {
        const PLACE: &str = "table orders";
        let orders = self.rows("SELECT package_id, run_order FROM orders", [], |row| {
            Ok((text(row, 0)?, text(row, 1)?))
        });
        let orders = match orders {
            Ok(orders) => orders,
            Err(error) => return unless(verifier, PLACE, Err(error)),
        };
        for (id, order) in orders {
            let found = match serde_json::from_str::<RunOrder>(&order) {
                Ok(order) => self
                    .contradiction(verifier, &id, &order)
                    .map(|text| (Problem::OrderDiffers, text)),
                Err(error) => Some((Problem::Unreadable, format!("the order cannot be read: {error}"))),
            };
            if let Some((problem, text)) = found {
                verifier.report(Finding::at(problem, PLACE, text).of(id));
            }
        }
    }

    fn contradiction(&self, verifier: &Verifier, id: &str, order: &RunOrder) -> Option<String> {
        if order.package_id.as_str() != id {
            return Some(format!("the order is of {}", order.package_id));
        }
        if verifier.is_broken(&order.package_id) {
            return None;
        }
        let Some(record) = verifier.record_of(&order.package_id) else {
            return Some("the order is of a package that has no trail".to_owned());
        };
        let differs =
            |is_other: bool, what: &str| is_other.then(|| format!("the order names another {what} than the trail"));
        differs(
            record.organization.as_ref() != Some(&order.organization),
            "organization",
        )
        .or_else(|| differs(order.custody.object != record.trail_state.object, "object version"))
        .or_else(|| differs(are_other(order.custody.sha256, record.sha256), "hash"))
        .or_else(|| differs(are_other(order.custody.size_bytes, record.size_bytes), "length"))
        .or_else(|| {
            let trail_state = self.trail_state_at(&order.package_id, order.trail_state.head.seq);
            differs(trail_state.as_ref() != Some(&order.trail_state), "course")
        })
    }

    // Where a trail stood at event `seq`.
    fn trail_state_at(&self, id: &PackageId, seq: u64) -> Option<TrailState> {
        let mut trail_state: Option<TrailState> = None;
        for event in self.trail(id).iter().take_while(|event| event.seq <= seq) {
            let sealed = SealedEvent::from_canonical(&event.canonical).ok()?;
            trail_state = Some(advance(trail_state.as_ref(), &sealed).ok()?);
        }
        trail_state.filter(|trail_state| trail_state.head.seq == seq)
    }

    fn examine_seals(&self, verifier: &mut Verifier) {
        for table in seals::SEALED {
            let place = format!("table {table}");
            match seals::broken(&self.connection, table) {
                Ok(rows) => rows.into_iter().for_each(|row| {
                    let text = format!("the row with {row} is not as the relay wrote it");
                    verifier.report(Finding::at(Problem::RowChanged, place.clone(), text));
                }),
                Err(error) => unless(verifier, &place, Err(error)),
            }
        }
    }

    // Every row of a table in the order of its key. Behind a part that cannot be read, it goes on at the next place that can.
    fn scan<T>(
        &self,
        verifier: &mut Verifier,
        scanned: &Scanned,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut visit: impl FnMut(&mut Verifier, T),
    ) {
        let Scanned {
            table, key, columns, ..
        } = scanned;
        let behind = format!("SELECT {key}, {columns} FROM {table} NOT INDEXED WHERE {key} > ?1 ORDER BY {key}");
        let at = format!("SELECT {key}, {columns} FROM {table} NOT INDEXED WHERE {key} = ?1");
        let place = format!("table {table}");
        let mut after = i64::MIN;
        loop {
            let mut last = after;
            let scanning = self.each_behind(&behind, after, &read, |position, row| {
                last = position;
                visit(verifier, row);
            });
            let Err(error) = scanning else { return };
            let next = self.next_readable(&at, last, scanned.bound, &read);
            let text = match &next {
                Some((next, _)) => format!(
                    "what is behind {key} {} and before {next} cannot be read: {}",
                    last.max(0),
                    error_chain(&error)
                ),
                None => format!(
                    "what is behind {key} {} cannot be read: {}",
                    last.max(0),
                    error_chain(&error)
                ),
            };
            verifier.report(Finding::at(Problem::Unreadable, place.clone(), text));
            let Some((position, row)) = next else { return };
            visit(verifier, row);
            after = position;
        }
    }

    fn each_behind<T>(
        &self,
        sql: &str,
        after: i64,
        read: &impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut visit: impl FnMut(i64, T),
    ) -> rusqlite::Result<()> {
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query([after])?;
        while let Some(row) = rows.next()? {
            let position = row.get(0)?;
            visit(position, read(row)?);
        }
        Ok(())
    }

    fn next_readable<T>(
        &self,
        sql: &str,
        after: i64,
        bound: i64,
        read: &impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<(i64, T)> {
        let first = after.max(0).saturating_add(1);
        let last = bound.min(first.saturating_add(PLACES_TRIED_MAX));
        (first..=last).find_map(|position| {
            let mut query = self.connection.prepare_cached(sql).ok()?;
            let row = query.query_row([position], |row| read(row)).ok()?;
            Some((position, row))
        })
    }
}

struct Scanned {
    table: &'static str,
    key: &'static str,
    columns: &'static str,
    // The greatest place that can be expected.
    bound: i64,
}

// Read behind the key, which is read for itself.
const EVENT_COLUMNS: &str = "position, package_id, seq, hash, canonical";

// Whatever stands in a row, as far as an event can be made of it; what does not fit is found by its hash or its place. Also
// whether a number in it is one that there is not.
fn stored_event(row: &Row<'_>) -> rusqlite::Result<(StoredEvent, bool)> {
    let at = row.as_ref().column_count() - 5;
    let (position, seq): (i64, i64) = (integer(row, at)?, integer(row, at + 2)?);
    let event = StoredEvent {
        position: u64::try_from(position).unwrap_or_default(),
        package_id: text(row, at + 1)?,
        seq: u64::try_from(seq).unwrap_or(u64::MAX),
        hash: digest(row, at + 3)?,
        canonical: text(row, at + 4)?,
    };
    Ok((event, position < 1 || seq < 0))
}

fn listed_row(row: &Row<'_>) -> rusqlite::Result<(ListedPackage, String)> {
    let at = row.as_ref().column_count() - 8;
    let organization = match row.get_ref(at + 2)? {
        ValueRef::Null => None,
        _ => Some(text(row, at + 2)?),
    };
    let listed = ListedPackage {
        number: integer(row, at)?,
        package_id: text(row, at + 1)?,
        organization,
        state: text(row, at + 3)?,
        file_name: text(row, at + 4)?,
        received_ms: integer(row, at + 5)?,
        is_duplicate: integer(row, at + 6)? != 0,
    };
    Ok((listed, text(row, at + 7)?))
}

fn give_record(verifier: &mut Verifier, listed: &ListedPackage, text: &str) {
    const PLACE: &str = "table packages";
    let id = &listed.package_id;
    match serde_json::from_str::<PackageRecord>(text) {
        Ok(record) if record.package_id.as_str() == id => {
            // To the same effect, and in other words than this relay writes.
            if serde_json::to_string(&record).is_ok_and(|expected| expected != text) {
                let text = "its record is not written as the relay writes it";
                verifier.report(Finding::at(Problem::RecordDiffers, PLACE, text).of(id.clone()));
            }
            verifier.record(&record);
        }
        Ok(record) => {
            let text = format!("its record is that of {}", record.package_id);
            verifier.report(Finding::at(Problem::RecordDiffers, PLACE, text).of(id.clone()));
        }
        // What is wrong in it, but not what stands in it.
        Err(error) => {
            let text = format!("its record cannot be read, at column {} of the text", error.column());
            verifier.report(Finding::at(Problem::Unreadable, PLACE, text).of(id.clone()));
        }
    }
}

// A value of another type than the table allows is damage; what can be said of it is that it is another value.
fn text(row: &Row<'_>, index: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(index)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Null => String::new(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
    })
}

fn integer(row: &Row<'_>, index: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(index)? {
        ValueRef::Integer(value) => value,
        _ => i64::MIN,
    })
}

fn digest(row: &Row<'_>, index: usize) -> rusqlite::Result<Sha256Digest> {
    let bytes = match row.get_ref(index)? {
        ValueRef::Blob(bytes) => bytes.try_into().ok(),
        _ => None,
    };
    Ok(bytes.map_or(Sha256Digest::ZERO, Sha256Digest::from_bytes))
}

fn are_other<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

fn unless(verifier: &mut Verifier, place: &str, result: rusqlite::Result<()>) {
    if let Err(error) = result {
        verifier.report(Finding::at(Problem::Unreadable, place, error_chain(&error)));
    }
}

// What makes up a layout, by kind and name.
type Layout = BTreeMap<String, (String, Option<String>)>;

fn layout_of(connection: &Connection) -> rusqlite::Result<Layout> {
    let mut query = connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
    let rows = query.query_map([], |row| {
        let name = format!("{} {}", text(row, 0)?, text(row, 1)?);
        let sql = match row.get_ref(3)? {
            ValueRef::Null => None,
            _ => Some(text(row, 3)?),
        };
        Ok((name, (text(row, 2)?, sql)))
    })?;
    rows.collect()
}

// That of a database that this program makes, made once.
fn expected_layout() -> rusqlite::Result<Layout> {
    static EXPECTED: OnceLock<Layout> = OnceLock::new();
    if let Some(expected) = EXPECTED.get() {
        return Ok(expected.clone());
    }
    let memory = Connection::open_in_memory()?;
    seals::register(&memory)?;
    schema::make(&memory, 0)?;
    let expected = layout_of(&memory)?;
    Ok(EXPECTED.get_or_init(|| expected).clone())
}
