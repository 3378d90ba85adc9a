//! The registered organizations in SQLite: a row for each, and its trail among the events.

use async_trait::async_trait;
use relay_audit::{
    KeptOrganization, OrganizationChange, OrganizationState, StoredEvent, events_of_change, registration,
};
use relay_model::{
    Author, EventError, Organization, OrganizationFacts, OrganizationId, OrganizationSettings, SealedOrganizationEvent,
    SettingsVersion, Sha256Digest, Timestamp, organization_trail,
};
use relay_pipeline::ports::{Added, OrganizationLookup, OrganizationRegistry, PortError, PortErrorClass};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{SqliteDatabase, damaged, failed, insert_event};
use crate::trail::read_events;

pub(crate) const COLUMNS: &str = "organization, enabled, added_ms, settings, version_seq, version_hash, version_ms";

/// Organizations in a [`SqliteDatabase`].
#[derive(Clone)]
pub struct SqliteRegistry {
    database: SqliteDatabase,
}

impl SqliteRegistry {
    /// The registry in `database`.
    pub const fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }

    // All in one transaction of the only writer: what is changed is what was judged.
    async fn change(
        &self,
        id: &OrganizationId,
        before: Option<Organization>,
        change: OrganizationChange,
        author: &Author,
    ) -> Result<(), PortError> {
        let (id, author) = (id.clone(), author.clone());
        let work = move |connection: &Connection| {
            let Some(stored) = find(connection, &id).map_err(failed("the organization could not be read"))? else {
                let text = format!("{id} is not registered");
                return Err(PortError::new(PortErrorClass::NotFound, text));
            };
            let kept = stored.keep()?;
            if let Some(before) = before
                && before != organization_of(&kept)?
            {
                return Err(PortError::new(
                    PortErrorClass::PreconditionFailed,
                    changed_meanwhile(&id),
                ));
            }
            record(connection, &kept, &change, &author)
        };
        self.database.write(work).await
    }
}

fn changed_meanwhile(id: &OrganizationId) -> String {
    format!("{id} was changed by somebody else at the same time; nothing was changed: look at it, and try again")
}

// As the columns have it, before anything is believed.
struct Stored {
    id: String,
    enabled: bool,
    added_ms: i64,
    settings: String,
    version: Option<(u64, [u8; 32], i64)>,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let seq: Option<u64> = row.get(4)?;
        let hash: Option<[u8; 32]> = row.get(5)?;
        let changed_ms: Option<i64> = row.get(6)?;
        Ok(Self {
            id: row.get(0)?,
            enabled: row.get(1)?,
            added_ms: row.get(2)?,
            settings: row.get(3)?,
            version: seq
                .zip(hash)
                .zip(changed_ms)
                .map(|((seq, hash), changed_ms)| (seq, hash, changed_ms)),
        })
    }

    fn keep(self) -> Result<KeptOrganization, PortError> {
        let name = self.id.escape_default().to_string();
        let unreadable = || damaged(format!("organization '{name}' cannot be read"));
        let time = |milliseconds| {
            Timestamp::from_unix_milliseconds(milliseconds).map_err(|error| unreadable().caused_by(error))
        };
        let version = match self.version {
            None => None,
            Some((seq, hash, changed_ms)) => Some(SettingsVersion {
                seq,
                hash: Sha256Digest::from_bytes(hash),
                at: time(changed_ms)?,
            }),
        };
        Ok(KeptOrganization {
            id: self.id.parse().map_err(|error| unreadable().caused_by(error))?,
            facts: OrganizationFacts {
                added_at: time(self.added_ms)?,
                enabled: self.enabled,
                settings: self.settings,
            },
            version,
        })
    }

    fn parse(self) -> Result<Organization, PortError> {
        organization_of(&self.keep()?)
    }
}

pub(crate) fn organization_of(kept: &KeptOrganization) -> Result<Organization, PortError> {
    let settings = serde_json::from_str(&kept.facts.settings)
        .map_err(|error| damaged(format!("the settings of {} cannot be read", kept.id)).caused_by(error))?;
    Ok(Organization {
        id: kept.id.clone(),
        enabled: kept.facts.enabled,
        added_at: kept.facts.added_at,
        settings,
        version: kept.version,
    })
}

/// For verification: the id as it is stored, and what is made of the row, which may be nothing.
pub(crate) fn kept_of(row: &Row<'_>) -> rusqlite::Result<(String, Result<KeptOrganization, PortError>)> {
    let id = match row.get_ref(0)? {
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    let kept = Stored::read(row)
        .map_err(failed("the row cannot be read"))
        .and_then(Stored::keep);
    Ok((id, kept))
}

fn settings_text(settings: &OrganizationSettings) -> Result<String, PortError> {
    serde_json::to_string(settings).map_err(|error| {
        PortError::new(
            PortErrorClass::Permanent,
            "settings have no JSON form; report this as a defect",
        )
        .caused_by(error)
    })
}

fn unsealed(error: EventError) -> PortError {
    PortError::new(PortErrorClass::Permanent, "the change could not be recorded").caused_by(error)
}

fn find(connection: &Connection, id: &OrganizationId) -> rusqlite::Result<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM organizations WHERE organization = ?1");
    let mut query = connection.prepare_cached(&sql)?;
    query.query_row([id.as_str()], Stored::read).optional()
}

// The end of an organization's trail, for where its row does not say.
fn last(connection: &Connection, id: &OrganizationId) -> Result<Option<SettingsVersion>, PortError> {
    let trail = read_events(connection, &organization_trail(id))?;
    let Some(last) = trail.last() else {
        return Ok(None);
    };
    let sealed = SealedOrganizationEvent::from_canonical(&last.canonical)
        .map_err(|error| damaged(format!("event {} of {id} cannot be read", last.seq)).caused_by(error))?;
    Ok(Some(relay_audit::version_of(&sealed)))
}

fn record(
    connection: &Connection,
    kept: &KeptOrganization,
    change: &OrganizationChange,
    author: &Author,
) -> Result<(), PortError> {
    let last = match kept.version {
        Some(_) => None,
        None => last(connection, &kept.id)?,
    };
    let (events, state) = events_of_change(kept, last, change, author).map_err(unsealed)?;
    if events.is_empty() {
        return Ok(());
    }
    let update = || {
        insert_events(connection, &events)?;
        let mut update = connection.prepare_cached(
            "UPDATE organizations
             SET enabled = ?2, added_ms = ?3, settings = ?4, version_seq = ?5, version_hash = ?6, version_ms = ?7
             WHERE organization = ?1",
        )?;
        write_row(&mut update, &state)
    };
    update().map_err(failed(format!("{} could not be changed", kept.id)))?;
    Ok(())
}

fn write_row(statement: &mut rusqlite::CachedStatement<'_>, state: &OrganizationState) -> rusqlite::Result<usize> {
    let (facts, version) = (&state.facts, &state.version);
    statement.execute(params![
        state.id.as_str(),
        facts.enabled,
        facts.added_at.unix_milliseconds(),
        facts.settings,
        version.seq,
        version.hash.as_bytes(),
        version.at.unix_milliseconds()
    ])
}

fn insert_events(connection: &Connection, events: &[SealedOrganizationEvent]) -> rusqlite::Result<()> {
    for sealed in events {
        insert_event(connection, &organization_trail(&sealed.event().organization), sealed)?;
    }
    Ok(())
}

fn add(
    connection: &Connection,
    id: &OrganizationId,
    facts: OrganizationFacts,
    author: &Author,
) -> Result<Added, PortError> {
    let context = || format!("{id} could not be registered");
    if let Some(stored) = find(connection, id).map_err(failed(context()))? {
        // If it has no trail yet, it gets one.
        record(connection, &stored.keep()?, &OrganizationChange::Nothing, author)?;
        return Ok(Added::AlreadyThere);
    }
    let (event, state) = registration(id, last(connection, id)?, facts, author).map_err(unsealed)?;
    let insert = || {
        insert_events(connection, &[event])?;
        let mut insert = connection.prepare_cached(&format!(
            "INSERT INTO organizations ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        ))?;
        write_row(&mut insert, &state)
    };
    insert().map_err(failed(context()))?;
    Ok(Added::Registered)
}

#[async_trait]
impl OrganizationLookup for SqliteRegistry {
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError> {
        let id = id.clone();
        let read =
            move |connection: &Connection| find(connection, &id).map_err(failed("the organization could not be read"));
        self.database.read(read).await?.map(Stored::parse).transpose()
    }
}

#[async_trait]
impl OrganizationRegistry for SqliteRegistry {
    async fn list(&self) -> Result<Vec<Organization>, PortError> {
        let all = |connection: &Connection| {
            let sql = format!("SELECT {COLUMNS} FROM organizations ORDER BY organization");
            let mut query = connection.prepare_cached(&sql)?;
            query
                .query_map([], Stored::read)?
                .collect::<rusqlite::Result<Vec<Stored>>>()
        };
        let read =
            move |connection: &Connection| all(connection).map_err(failed("the organizations could not be read"));
        self.database.read(read).await?.into_iter().map(Stored::parse).collect()
    }

    async fn add(&self, organization: &Organization, author: &Author) -> Result<Added, PortError> {
        let facts = OrganizationFacts {
            added_at: organization.added_at,
            enabled: organization.enabled,
            settings: settings_text(&organization.settings)?,
        };
        let (id, author) = (organization.id.clone(), author.clone());
        self.database
            .write(move |connection| add(connection, &id, facts, &author))
            .await
    }

    async fn set_enabled(&self, id: &OrganizationId, enabled: bool, author: &Author) -> Result<(), PortError> {
        self.change(id, None, OrganizationChange::Enabled(enabled), author)
            .await
    }

    async fn set_settings(
        &self,
        before: &Organization,
        settings: &OrganizationSettings,
        author: &Author,
    ) -> Result<(), PortError> {
        let change = OrganizationChange::Settings(settings_text(settings)?);
        self.change(&before.id, Some(before.clone()), change, author).await
    }

    async fn history(&self, id: &OrganizationId) -> Result<Vec<StoredEvent>, PortError> {
        let name = organization_trail(id);
        self.database
            .read(move |connection| read_events(connection, &name))
            .await
    }
}
