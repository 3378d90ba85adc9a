//! One trail made into the record of its package, or into a row that says that it is damaged.
//!
//! What stands in a partition was put there by somebody whom IAM lets write under its organization: a task that is taken over
//! may put anything. It must not be able to hide the packages of others, so nothing of this is an error.

use relay_audit::{StoredEvent, project};
use relay_model::{PackageRecord, SealedEvent};
use relay_pipeline::ports::DamagedTrail;

use super::items::{NO_SEQ, package_of, place_of, stands_in};

/// What a partition holds.
#[derive(Debug)]
pub(super) enum Trail {
    /// Nothing: an index showed what is not there yet, or not any more.
    Empty,
    /// A trail.
    Sound(Box<PackageRecord>),
    /// Something else.
    Damaged(DamagedTrail),
}

pub(super) fn fold(partition: &str, events: &[StoredEvent]) -> Trail {
    if events.is_empty() {
        return Trail::Empty;
    }
    match record_of(partition, events) {
        Ok(Some(record)) => Trail::Sound(Box::new(record)),
        Ok(None) => Trail::Empty,
        Err(damage) => Trail::Damaged(damaged(partition, damage)),
    }
}

fn damaged(partition: &str, damage: String) -> DamagedTrail {
    let escaped = |text: &str| text.escape_default().to_string();
    DamagedTrail {
        package_id: escaped(package_of(partition)),
        organization: partition.split_once('/').map(|(segment, _)| escaped(segment)),
        damage,
    }
}

// The words hold places only: what was found may be anybody's.
fn record_of(partition: &str, events: &[StoredEvent]) -> Result<Option<PackageRecord>, String> {
    if place_of(partition).is_none() {
        return Err("it stands where no package is".to_owned());
    }
    let mut record: Option<PackageRecord> = None;
    for stored in events {
        if stored.seq == NO_SEQ {
            return Err("an item in its trail has a number that no event has".to_owned());
        }
        let seq = stored.seq;
        let sealed = SealedEvent::from_canonical(&stored.canonical)
            .map_err(|_| format!("event {seq} of its trail cannot be read"))?;
        let event = sealed.event();
        if !stands_in(event, partition) {
            return Err(format!(
                "event {seq} of its trail is of another package or another organization"
            ));
        }
        if event.seq != seq || sealed.hash() != stored.hash {
            return Err(format!("event {seq} of its trail is not the one that it is filed as"));
        }
        let next = project(record.as_ref(), &sealed)
            .map_err(|_| format!("event {seq} of its trail does not follow what is before it"))?;
        record = Some(next);
    }
    Ok(record)
}
