//! The registered organizations in SQLite.

use async_trait::async_trait;
use relay_model::{Organization, OrganizationId, OrganizationSettings, Timestamp};
use relay_pipeline::ports::{Added, OrganizationRegistry, PortError, PortErrorClass};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{SqliteDatabase, damaged, failed};

const COLUMNS: &str = "organization, enabled, added_ms, settings";

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

    async fn change(
        &self,
        id: &OrganizationId,
        work: impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<(), PortError> {
        let context = format!("{id} could not be changed");
        let changed = self
            .database
            .write(move |connection| work(connection).map_err(failed(context)))
            .await?;
        if changed == 0 {
            return Err(PortError::new(
                PortErrorClass::NotFound,
                format!("{id} is not registered"),
            ));
        }
        Ok(())
    }
}

// As the columns have it, before anything is believed.
struct Stored {
    id: String,
    enabled: bool,
    added_ms: i64,
    settings: String,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            enabled: row.get(1)?,
            added_ms: row.get(2)?,
            settings: row.get(3)?,
        })
    }

    fn parse(self) -> Result<Organization, PortError> {
        let unreadable = || damaged(format!("organization '{}' cannot be read", self.id.escape_default()));
        Ok(Organization {
            id: self.id.parse().map_err(|error| unreadable().caused_by(error))?,
            enabled: self.enabled,
            added_at: Timestamp::from_unix_milliseconds(self.added_ms)
                .map_err(|error| unreadable().caused_by(error))?,
            settings: serde_json::from_str(&self.settings).map_err(|error| unreadable().caused_by(error))?,
        })
    }
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

#[async_trait]
impl OrganizationRegistry for SqliteRegistry {
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError> {
        let id = id.clone();
        let find = move |connection: &Connection| {
            let sql = format!("SELECT {COLUMNS} FROM organizations WHERE organization = ?1");
            let mut query = connection.prepare_cached(&sql)?;
            query.query_row([id.as_str()], Stored::read).optional()
        };
        let read =
            move |connection: &Connection| find(connection).map_err(failed("the organization could not be read"));
        self.database.read(read).await?.map(Stored::parse).transpose()
    }

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

    async fn add(&self, organization: &Organization) -> Result<Added, PortError> {
        let settings = settings_text(&organization.settings)?;
        let context = format!("{} could not be registered", organization.id);
        let organization = organization.clone();
        let add = move |connection: &Connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO organizations (organization, enabled, added_ms, settings) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (organization) DO NOTHING",
            )?;
            let added_ms = organization.added_at.unix_milliseconds();
            insert.execute(params![
                organization.id.as_str(),
                organization.enabled,
                added_ms,
                settings
            ])
        };
        let added = self
            .database
            .write(move |connection| add(connection).map_err(failed(context)))
            .await?;
        Ok(if added == 0 {
            Added::AlreadyThere
        } else {
            Added::Registered
        })
    }

    async fn set_enabled(&self, id: &OrganizationId, enabled: bool) -> Result<(), PortError> {
        let name = id.clone();
        let set = move |connection: &Connection| {
            let mut update =
                connection.prepare_cached("UPDATE organizations SET enabled = ?2 WHERE organization = ?1")?;
            update.execute(params![name.as_str(), enabled])
        };
        self.change(id, set).await
    }

    async fn set_settings(&self, id: &OrganizationId, settings: &OrganizationSettings) -> Result<(), PortError> {
        let (name, settings) = (id.clone(), settings_text(settings)?);
        let set = move |connection: &Connection| {
            let mut update =
                connection.prepare_cached("UPDATE organizations SET settings = ?2 WHERE organization = ?1")?;
            update.execute(params![name.as_str(), settings])
        };
        self.change(id, set).await
    }
}
