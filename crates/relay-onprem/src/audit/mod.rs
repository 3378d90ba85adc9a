//! Verification of a whole data folder: every row and every file, believing none of it, and changing nothing.
//!
//! The database is read in one transaction, so what a working relay adds meanwhile is not seen, and nothing of it can look
//! wrong. The head that the relay noted is read before that: the log can only have grown since. Files are read afterwards,
//! outside that transaction, since it would keep the write-ahead log from being used again; a file that came meanwhile is
//! held against the events that came meanwhile.
//!
//! Nothing ends the verification: what cannot be read is a finding, and the rest is read all the same.

mod database;
mod objects;

use std::path::Path;

use relay_audit::{AuditReport, Finding, LogHead, Problem, Verifier};
use relay_model::{PackageId, error_chain};

use crate::folder::{DataFolder, FolderError};
use crate::sqlite::SqliteDatabase;
use crate::sqlite::head::{Note, NoteError};
use database::Database;

/// What to verify.
#[derive(Clone, Debug, Default)]
pub struct AuditRequest {
    /// Only this package.
    pub only: Option<PackageId>,
    /// Also every stored file and the token keys.
    pub objects: bool,
    /// A head that somebody noted.
    pub expected: Option<LogHead>,
}

/// Verifies the data folder `path`; `progress` is told how many of how many packages had their files read. It fails only when
/// there is no data folder; whatever is wrong with one is a finding.
pub fn audit(
    path: &Path,
    request: &AuditRequest,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<AuditReport, FolderError> {
    let mut verifier = match &request.only {
        Some(_) => Verifier::of_one_trail(),
        None => Verifier::expecting(request.expected),
    };
    let folder = match DataFolder::open_reading(path) {
        Err(error @ (FolderError::Marker { .. } | FolderError::Newer { .. })) => {
            verifier.report(Finding::at(Problem::Unreadable, "relay.json", error.to_string()));
            DataFolder::assumed(path)
        }
        other => other?,
    };
    // Before the database: whatever was noted is in what is read after.
    let note = Note::read(&folder.database());
    let database = match open(&folder) {
        Ok(database) => Some(database),
        Err(text) => {
            verifier.report(Finding::at(Problem::Unreadable, "relay.db", text));
            None
        }
    };
    if let Some(database) = &database {
        if let Some(id) = &request.only {
            database.examine_one(id, &mut verifier);
        } else {
            expect_noted(note, &mut verifier, database);
            database.examine(&mut verifier);
        }
    }
    let objects = request.objects.then(|| {
        objects::examine(
            &folder,
            database.as_ref(),
            request.only.as_ref(),
            &mut verifier,
            progress,
        )
    });
    Ok(AuditReport::new(verifier.finish(), objects))
}

// A database of an earlier layout is brought up to date first, as by every other command.
fn open(folder: &DataFolder) -> Result<Database, String> {
    let path = folder.database();
    let database = Database::open(&path)?;
    if !database.is_of_earlier_layout() {
        return Ok(database);
    }
    drop(database);
    SqliteDatabase::open(&path).map_err(|error| error_chain(&error))?;
    Database::open(&path)
}

fn expect_noted(note: Result<Note, NoteError>, verifier: &mut Verifier, database: &Database) {
    match note {
        Ok(note) => {
            verifier.expect_noted(note.head());
            database.expect_noted(note.commits, note.head().size);
        }
        Err(error) => verifier.report(Finding::at(Problem::HeadNoteDamaged, "relay.head", error_chain(&error))),
    }
}
