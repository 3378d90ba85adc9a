//! The index in SQLite: a table that only grows.

use async_trait::async_trait;
use relay_model::{ObjectKey, OrganizationId, Sha256Digest};
use relay_pipeline::ports::{DuplicateIndex, DuplicateKey, IndexedPackage, PortError};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{SqliteDatabase, damaged, failed};

/// The index in a [`SqliteDatabase`].
#[derive(Clone)]
pub struct SqliteDuplicateIndex {
    database: SqliteDatabase,
}

impl SqliteDuplicateIndex {
    /// The claims in `database`.
    pub const fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }
}

// As the columns have it, before anything is believed.
struct Stored {
    package_id: String,
    key: String,
    sha256: [u8; 32],
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            package_id: row.get(0)?,
            key: row.get(1)?,
            sha256: row.get(2)?,
        })
    }

    fn parse(self) -> Result<IndexedPackage, PortError> {
        let package_id = self.package_id.parse();
        Ok(IndexedPackage {
            package_id: package_id.map_err(|error| damaged("a claim cannot be read").caused_by(error))?,
            key: ObjectKey::new(self.key),
            sha256: Sha256Digest::from_bytes(self.sha256),
        })
    }
}

// Both in one transaction of the only writer, so whoever is found is whoever was first.
fn find_or_insert(
    connection: &Connection,
    organization: &OrganizationId,
    subject: DuplicateKey,
    claimant: &IndexedPackage,
) -> rusqlite::Result<Option<Stored>> {
    let fingerprint = claimant.fingerprint(subject);
    let mut find = connection.prepare_cached(
        "SELECT package_id, key, sha256 FROM claims WHERE organization = ?1 AND subject = ?2 AND fingerprint = ?3",
    )?;
    let place = params![organization.as_str(), subject.name(), fingerprint.as_bytes()];
    let found = find.query_row(place, Stored::read).optional()?;
    if found.is_none() {
        let mut insert = connection.prepare_cached(
            "INSERT INTO claims (organization, subject, fingerprint, package_id, key, sha256)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        insert.execute(params![
            organization.as_str(),
            subject.name(),
            fingerprint.as_bytes(),
            claimant.package_id.as_str(),
            claimant.key.as_str(),
            claimant.sha256.as_bytes()
        ])?;
    }
    Ok(found)
}

#[async_trait]
impl DuplicateIndex for SqliteDuplicateIndex {
    async fn claim(
        &self,
        organization: &OrganizationId,
        subject: DuplicateKey,
        claimant: &IndexedPackage,
    ) -> Result<IndexedPackage, PortError> {
        let (organization, mine) = (organization.clone(), claimant.clone());
        let work = move |connection: &Connection| {
            let found = find_or_insert(connection, &organization, subject, &mine)
                .map_err(failed(format!("a claim of {} could not be made", mine.package_id)))?;
            found.map_or(Ok(mine), Stored::parse)
        };
        self.database.write(work).await
    }
}
