//! The tables, and the version of their layout.

use std::path::Path;

use relay_audit::{KeptOrganization, OrganizationChange, events_of_change, project};
use relay_model::{Author, OrganizationFacts, PackageRecord, SealedEvent, Timestamp, organization_trail};
use relay_pipeline::ports::{Clock, SystemClock};
use rusqlite::{Connection, TransactionBehavior};

use super::{DatabaseError, head, insert_event, seals};

/// The layout that this program reads and writes, kept in `user_version`. It is also raised when events get members that an
/// earlier program would not know: to that one they would look altered. And when records of packages get members: those that
/// are there are folded anew then, since verification compares them text by text.
pub(crate) const SCHEMA_VERSION: u32 = 4;

// Events can be added, and never changed or removed: not by this program, and not by a slip in the sqlite3 shell.
// `packages` is folded from `events` in the same transaction; `audit verify` compares the two.
const SCHEMA: &str = "
CREATE TABLE events (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    package_id TEXT NOT NULL,
    seq        INTEGER NOT NULL CHECK (seq >= 0),
    hash       BLOB NOT NULL CHECK (length(hash) = 32),
    canonical  TEXT NOT NULL,
    UNIQUE (package_id, seq)
) STRICT;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END;
CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'audit events are never removed'); END;
CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE package_id = NEW.package_id AND seq = NEW.seq)
  OR EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'audit events are never replaced'); END;

CREATE TABLE packages (
    number       INTEGER PRIMARY KEY,
    package_id   TEXT NOT NULL UNIQUE,
    organization TEXT,
    state        TEXT NOT NULL,
    file_name    TEXT NOT NULL,
    received_ms  INTEGER NOT NULL,
    record       TEXT NOT NULL
) STRICT;
CREATE INDEX packages_by_time ON packages (received_ms, number);
CREATE INDEX packages_by_organization ON packages (organization, received_ms, number);
CREATE INDEX packages_by_state ON packages (state, received_ms, number);
CREATE INDEX packages_by_file_name ON packages (file_name, received_ms, number);
CREATE TABLE package_counts (
    state  TEXT PRIMARY KEY,
    number INTEGER NOT NULL CHECK (number >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE organizations (
    organization TEXT PRIMARY KEY,
    enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    added_ms     INTEGER NOT NULL,
    settings     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    number         INTEGER PRIMARY KEY,
    package_id     TEXT NOT NULL UNIQUE,
    run_order      TEXT NOT NULL,
    not_before_ms  INTEGER NOT NULL,
    owner          TEXT,
    lease_until_ms INTEGER,
    CHECK ((owner IS NULL) = (lease_until_ms IS NULL))
) STRICT;
CREATE INDEX orders_due ON orders (not_before_ms, number) WHERE owner IS NULL;
CREATE INDEX orders_claimed ON orders (lease_until_ms) WHERE owner IS NOT NULL;
";

// From layout 1 to 2: claims, and packages that are known to be duplicates. Nothing is known of packages from before.
const SCHEMA_2: &str = "
CREATE TABLE claims (
    organization TEXT NOT NULL,
    subject      TEXT NOT NULL CHECK (subject IN ('bytes', 'name')),
    fingerprint  BLOB NOT NULL CHECK (length(fingerprint) = 32),
    package_id   TEXT NOT NULL,
    key          TEXT NOT NULL,
    sha256       BLOB NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (organization, subject, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER claims_are_never_changed BEFORE UPDATE ON claims
BEGIN SELECT RAISE(ABORT, 'claims are never changed'); END;
CREATE TRIGGER claims_are_never_removed BEFORE DELETE ON claims
BEGIN SELECT RAISE(ABORT, 'claims are never removed'); END;
ALTER TABLE packages ADD COLUMN is_duplicate INTEGER NOT NULL DEFAULT 0 CHECK (is_duplicate IN (0, 1));
CREATE INDEX packages_duplicates ON packages (received_ms, number) WHERE is_duplicate = 1;
";

// From layout 2 to 3: organizations have trails. The events of an organization are filed under its trail's name in the column
// of packages' ids; `organizations` is folded from them.
const SCHEMA_3: &str = "
ALTER TABLE organizations ADD COLUMN version_seq INTEGER CHECK (version_seq >= 0);
ALTER TABLE organizations ADD COLUMN version_hash BLOB CHECK (length(version_hash) = 32);
ALTER TABLE organizations ADD COLUMN version_ms INTEGER;
";

// Against a slip in the sqlite3 shell, as for events.
const SCHEMA_3_TRIGGERS: &str = "
CREATE TRIGGER organizations_are_added_with_an_event BEFORE INSERT ON organizations
WHEN NEW.version_seq IS NULL OR NEW.version_hash IS NULL OR NEW.version_ms IS NULL
BEGIN SELECT RAISE(ABORT, 'organizations are added by relay org add, which records it'); END;
CREATE TRIGGER organizations_are_changed_with_an_event BEFORE UPDATE ON organizations
WHEN NEW.organization <> OLD.organization OR NEW.version_seq IS NULL OR NEW.version_seq <= OLD.version_seq
BEGIN SELECT RAISE(ABORT, 'organizations are changed by relay org, policy and schema, which record it'); END;
CREATE TRIGGER organizations_are_never_removed BEFORE DELETE ON organizations
BEGIN SELECT RAISE(ABORT, 'organizations are never removed; relay org disable refuses their packages'); END;
";

// Tables that came later and that an earlier program does not miss: they need no layout of their own.
const ADDED: &str = "
CREATE TABLE IF NOT EXISTS notices (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    sent_ms INTEGER NOT NULL,
    notice  TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS alert_book (
    number   INTEGER PRIMARY KEY CHECK (number = 1),
    revision INTEGER NOT NULL CHECK (revision > 0),
    content  TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS alert_outbox (
    channel       TEXT NOT NULL,
    alert         TEXT NOT NULL,
    content       TEXT NOT NULL,
    since_ms      INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    PRIMARY KEY (channel, alert)
) STRICT, WITHOUT ROWID;
";

// From layout 3 to 4: what the relay works with is sealed (`seals`), and commits are counted, so that a head noted outside
// (`head`) says whether any of them is missing. Notices no longer count numbers that are never used again: a counter of
// which nothing can be said but that it grows could be changed by anybody.
const SCHEMA_4: &str = "
CREATE TABLE written (
    number       INTEGER PRIMARY KEY CHECK (number = 1),
    commits      INTEGER NOT NULL CHECK (commits >= 0),
    claims_since INTEGER NOT NULL CHECK (claims_since >= 0)
) STRICT;
ALTER TABLE notices RENAME TO notices_2;
CREATE TABLE notices (
    number  INTEGER PRIMARY KEY,
    sent_ms INTEGER NOT NULL,
    notice  TEXT NOT NULL
) STRICT;
INSERT INTO notices (number, sent_ms, notice) SELECT number, sent_ms, notice FROM notices_2;
DROP TABLE notices_2;
";

/// Makes the tables in a new database, and what an earlier layout lacks; refuses one of a later layout.
pub(super) fn prepare(connection: &mut Connection, path: &str) -> Result<(), DatabaseError> {
    let sqlite = |source| DatabaseError::sqlite(path, source);
    // Most of the time there is nothing to do, and no reason to wait for whoever is writing.
    if version(connection, path)? == SCHEMA_VERSION {
        return Ok(());
    }
    // Immediate, so that of two processes that start together one makes the tables and the other finds them.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sqlite)?;
    let found = version(&transaction, path)?;
    if found < SCHEMA_VERSION {
        make(&transaction, found).map_err(sqlite)?;
        // Before the layout that asks for it is durable.
        head::ensure(Path::new(path)).map_err(|source| DatabaseError::Io {
            path: path.to_owned(),
            source,
        })?;
    }
    transaction.commit().map_err(sqlite)
}

/// Refuses any other layout, where none can be brought up to date.
pub(super) fn require(connection: &Connection, path: &str) -> Result<(), DatabaseError> {
    let found = version(connection, path)?;
    if found == SCHEMA_VERSION {
        return Ok(());
    }
    Err(DatabaseError::Earlier {
        path: path.to_owned(),
        found,
        known: SCHEMA_VERSION,
    })
}

// The first event of each organization that was registered before there were trails. One that cannot be read is left as it is:
// opening must not fail for it, and verification names it.
fn record_found_organizations(connection: &Connection) -> rusqlite::Result<()> {
    let author = Author {
        by: "relay, when the data folder was brought up to date".to_owned(),
        actor: concat!("relay ", env!("CARGO_PKG_VERSION")).to_owned(),
        at: SystemClock.now(),
    };
    let mut query = connection.prepare("SELECT organization, enabled, added_ms, settings FROM organizations")?;
    let rows = query.query_map([], |row| {
        let (id, enabled, added_ms): (String, bool, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((id, enabled, added_ms, row.get::<_, String>(3)?))
    })?;
    for row in rows {
        let (id, enabled, added_ms, settings) = row?;
        let (Ok(id), Ok(added_at)) = (id.parse(), Timestamp::from_unix_milliseconds(added_ms)) else {
            continue;
        };
        let kept = KeptOrganization {
            id,
            facts: OrganizationFacts {
                added_at,
                enabled,
                settings,
            },
            version: None,
        };
        let Ok((events, state)) = events_of_change(&kept, None, &OrganizationChange::Nothing, &author) else {
            continue;
        };
        for event in &events {
            insert_event(connection, &organization_trail(&kept.id), event)?;
        }
        let mut update = connection.prepare_cached(
            "UPDATE organizations SET version_seq = ?2, version_hash = ?3, version_ms = ?4 WHERE organization = ?1",
        )?;
        let version = state.version;
        let changed_ms = version.at.unix_milliseconds();
        update.execute((kept.id.as_str(), version.seq, version.hash.as_bytes(), changed_ms))?;
    }
    Ok(())
}

// The records of packages as this program folds them: an earlier one may have written fewer members. A trail that cannot be
// folded leaves its record as it is; verification names it.
fn fold_anew(connection: &Connection) -> rusqlite::Result<()> {
    let mut ids = connection.prepare("SELECT package_id, record FROM packages")?;
    let mut events = connection.prepare("SELECT canonical FROM events WHERE package_id = ?1 ORDER BY seq")?;
    let mut update = connection.prepare("UPDATE packages SET record = ?2 WHERE package_id = ?1")?;
    let rows = ids.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for row in rows.collect::<rusqlite::Result<Vec<_>>>()? {
        let (id, before) = row;
        let texts = events.query_map([&id], |row| row.get::<_, String>(0))?;
        let texts: Vec<String> = texts.collect::<rusqlite::Result<_>>()?;
        let fold = |record: Option<PackageRecord>, text: &String| {
            let sealed = SealedEvent::from_canonical(text).ok()?;
            project(record.as_ref(), &sealed).ok().map(Some)
        };
        let record = texts.iter().try_fold(None, fold).flatten();
        let text = record.and_then(|record| serde_json::to_string(&record).ok());
        if let Some(text) = text.filter(|text| *text != before) {
            update.execute([id, text])?;
        }
    }
    Ok(())
}

/// Brings a database of layout `found` to that of this program; 0 is an empty one.
pub(crate) fn make(connection: &Connection, found: u32) -> rusqlite::Result<()> {
    if found == 0 {
        connection.execute_batch(SCHEMA)?;
    }
    if found < 2 {
        connection.execute_batch(SCHEMA_2)?;
    }
    if found < 3 {
        connection.execute_batch(SCHEMA_3)?;
        record_found_organizations(connection)?;
        connection.execute_batch(SCHEMA_3_TRIGGERS)?;
    }
    connection.execute_batch(ADDED)?;
    connection.execute_batch(SCHEMA_4)?;
    seals::add(connection)?;
    // Packages that were concluded before there were claims have none; which these are, nobody wrote down.
    connection.execute(
        "INSERT INTO written (number, commits, claims_since) SELECT 1, 0, coalesce(max(position), 0) FROM events",
        [],
    )?;
    fold_anew(connection)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)
}

fn version(connection: &Connection, path: &str) -> Result<u32, DatabaseError> {
    let found = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    match found.map_err(|source| DatabaseError::sqlite(path, source))? {
        found if found > SCHEMA_VERSION => Err(DatabaseError::Newer {
            found,
            known: SCHEMA_VERSION,
        }),
        found => Ok(found),
    }
}
