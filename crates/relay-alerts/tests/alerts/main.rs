//! What rounds make of notices: few alerts, true counts, nothing that a key could do.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail here")]

mod hostile;
mod rounds;

use relay_alerts::{AlertSettings, Place, QUIET_SECONDS, Received, Sender};
use relay_model::{Notice, ObjectKey, PackageId, ReasonCode, Timestamp};

const QUIET_MS: u64 = QUIET_SECONDS * 1_000;

fn at(milliseconds: u64) -> Timestamp {
    "2026-01-31T08:00:00.000Z"
        .parse::<Timestamp>()
        .unwrap()
        .plus_milliseconds(milliseconds)
}

fn settings() -> AlertSettings {
    AlertSettings {
        environment: "dev".parse().unwrap(),
        quiet_ms: QUIET_MS,
        place: Place::Premises,
    }
}

fn notice(organization: &str, key: &str, reason: ReasonCode) -> Notice {
    let key = ObjectKey::new(key);
    let package_id = PackageId::derive(&"ingress".parse().unwrap(), &key, &"v1".parse().unwrap());
    Notice::package_failed(package_id, Some(organization.parse().unwrap()), key, reason)
}

fn received(milliseconds: u64, sender: Option<&str>, notice: Notice) -> Received {
    Received {
        at: at(milliseconds),
        sender: sender.map(Sender::attested),
        notice: Some(notice),
    }
}

/// `number` failures of `org-001`, one each millisecond.
fn failures(number: u64, start: u64) -> Vec<Received> {
    (start..start + number)
        .map(|index| {
            let key = format!("org-001/{index}.csv");
            received(index, None, notice("org-001", &key, ReasonCode::StorageUnavailable))
        })
        .collect()
}

/// `number` organizations, each of which has one failure, as `sender` says.
fn organizations(number: usize, sender: &str) -> Vec<Received> {
    (0..number)
        .map(|index| {
            let organization = format!("org-{sender}-{index:04}");
            let key = format!("{organization}/a.csv");
            let notice = notice(&organization, &key, ReasonCode::InternalError);
            received(0, Some(sender), notice)
        })
        .collect()
}
