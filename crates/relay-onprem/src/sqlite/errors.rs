//! What SQLite's errors mean to the journey.
//!
//! Source: SQLite, "Result and Error Codes".

use relay_pipeline::ports::{PortError, PortErrorClass};
use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

/// Turns an error of SQLite into one of the port; `context` says what was attempted.
pub(crate) fn failed(context: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> PortError {
    move |error| {
        let (class, advice) = classify(&error);
        PortError::new(class, context.into() + advice).caused_by(error)
    }
}

/// Something that only this program writes cannot be read by it.
pub(crate) fn damaged(what: impl Into<String>) -> PortError {
    PortError::new(PortErrorClass::Permanent, what.into() + DAMAGED)
}

const DAMAGED: &str = " (the database is damaged: stop the relay and restore relay.db from a backup)";

pub(super) fn classify(error: &rusqlite::Error) -> (PortErrorClass, &'static str) {
    let Some(cause) = error.sqlite_error() else {
        return (PortErrorClass::Permanent, "");
    };
    // The shared-memory file cannot grow: in practice always for want of space.
    if cause.extended_code == SQLITE_IOERR_SHMSIZE {
        return (PortErrorClass::StorageFull, "");
    }
    match cause.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OperationInterrupted => {
            (PortErrorClass::Retryable, "")
        }
        ErrorCode::DiskFull => (PortErrorClass::StorageFull, ""),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => (PortErrorClass::Permanent, DAMAGED),
        _ => (PortErrorClass::Permanent, ""),
    }
}
