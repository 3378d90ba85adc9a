//! Durable audit events.

use async_trait::async_trait;
use relay_audit::StoredEvent;
use relay_model::{ObjectVersion, OrganizationId, PackageId, PackageRecord, PackageState, SealedEvent, Timestamp};

use super::{PortError, PortErrorClass};

/// What became of an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The event is durable.
    Recorded,
    /// Its place in the trail was taken: this is the event that stands there. Nothing was written.
    Taken(Box<SealedEvent>),
}

/// Which packages to list. Everything that is `None` does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageQuery {
    /// Only of this organization.
    pub organization: Option<OrganizationId>,
    /// Only in this state.
    pub state: Option<PackageState>,
    /// Only received at or after this instant.
    pub since: Option<Timestamp>,
    /// Only received before this instant.
    pub until: Option<Timestamp>,
    /// Only with this file name, the last segment of the key.
    pub file_name: Option<String>,
    /// Only those whose conclusion names others that they duplicate.
    pub duplicates_only: bool,
    /// Only ids that start with this.
    pub id_prefix: Option<String>,
    /// At most this many.
    pub limit: usize,
    /// Continue behind this cursor of the page before.
    pub after: Option<String>,
}

/// A package of which no record can be made: what stands in its place in the trail is no trail.
///
/// It takes a row of its own where packages are listed. An error in its stead would let one bad item hide every package.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DamagedTrail {
    /// The package that the place is of. It is for people, and escaped: whoever did the damage may have chosen it.
    pub package_id: String,
    /// The organization that alone could write there, where the place says so; not what the damaged bytes say of themselves.
    pub organization: Option<String>,
    /// What is wrong, in words that hold nothing of what was found.
    pub damage: String,
}

/// One page of packages, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackagePage {
    /// The packages.
    pub packages: Vec<PackageRecord>,
    /// Those among them whose trail is damaged. They count towards the page's limit, and fit every state, since they have none.
    pub damaged: Vec<DamagedTrail>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<String>,
}

/// How many packages are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct StateCounts {
    /// All of them.
    pub received: u64,
    /// Processed.
    pub processed: u64,
    /// Rejected.
    pub rejected: u64,
    /// Quarantined.
    pub quarantined: u64,
    /// Failed.
    pub failed: u64,
    /// Not yet concluded.
    pub in_flight: u64,
    /// Of unknown state, because their trail is damaged.
    pub damaged: u64,
}

impl StateCounts {
    /// The law that every package has one ending: received = processed + rejected + quarantined + failed + in flight, and those
    /// whose trail is damaged.
    pub const fn balances(&self) -> bool {
        self.received == self.processed + self.rejected + self.quarantined + self.failed + self.in_flight + self.damaged
    }

    /// Counts one package whose trail is damaged.
    pub const fn count_damaged(&mut self, number: u64) {
        self.received += number;
        self.damaged += number;
    }

    /// Counts one package in `state`.
    pub const fn count(&mut self, state: PackageState, number: u64) {
        self.received += number;
        match state {
            PackageState::Processed => self.processed += number,
            PackageState::Rejected => self.rejected += number,
            PackageState::Quarantined => self.quarantined += number,
            PackageState::Failed => self.failed += number,
            PackageState::InFlight => self.in_flight += number,
        }
    }
}

/// Writing trails: append-only, one for each package. Whoever runs packages has this port and no other on the trail, so
/// that it needs the permission to add events and none to read them.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Makes `event` durable if its (package, sequence) is free. It must be the one after the trail's last event;
    /// an event further ahead, or one that may not follow, is `Permanent`.
    async fn append(&self, event: &SealedEvent) -> Result<Appended, PortError>;

    /// The event in place `seq` of the trail of this object version, if one stands there. Needs no permission to list
    /// or query trails.
    async fn event_at(&self, object: &ObjectVersion, seq: u64) -> Result<Option<SealedEvent>, PortError>;
}

/// Reading trails, and the log of all events in the order in which they became durable: for operators, for
/// verification, and for a backbone whose one process does everything.
#[async_trait]
pub trait TrailReader: Send + Sync {
    /// The trail of one package, in order; empty when there is none. Positions ascend; only [`TrailReader::read_log`]
    /// knows the places in the log where it is not sealed.
    async fn read(&self, package_id: &PackageId) -> Result<Vec<StoredEvent>, PortError>;

    /// At most `limit` events behind position `after`, in the order of the log.
    async fn read_log(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, PortError>;

    /// The record of one package.
    async fn record(&self, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError>;

    /// Packages, newest first.
    async fn list(&self, query: &PackageQuery) -> Result<PackagePage, PortError>;

    /// How many packages are in each state.
    async fn counts(&self) -> Result<StateCounts, PortError>;
}

/// The event in place `seq`, for adapters that have to read the trail to know it.
pub fn find_event(trail: Vec<StoredEvent>, seq: u64) -> Result<Option<SealedEvent>, PortError> {
    let found = trail.into_iter().find(|event| event.seq == seq);
    let sealed = found.map(|event| SealedEvent::from_canonical(&event.canonical));
    sealed.transpose().map_err(|error| {
        let text = "the event that stands in this place is damaged";
        PortError::new(PortErrorClass::Permanent, text).caused_by(error)
    })
}
