//! The audit trail in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use relay_audit::{StoredEvent, project};
use relay_model::{
    ObjectVersion, OrganizationId, PackageId, PackageRecord, SealedEvent, SealedOrganizationEvent, organization_trail,
};
use relay_pipeline::ports::{
    Appended, AuditTrail, PackagePage, PackageQuery, PortError, PortErrorClass, StateCounts, TrailReader, find_event,
};

/// The audit trail in memory.
#[derive(Default)]
pub struct MemoryTrail {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    log: Vec<Logged>,
    packages: HashMap<PackageId, Package>,
}

#[expect(clippy::large_enum_variant, reason = "nearly all of them are of packages")]
enum Logged {
    Package(SealedEvent),
    Organization(SealedOrganizationEvent),
}

struct Package {
    // In the order in which packages were first heard of.
    number: usize,
    record: PackageRecord,
    // Indexes into the log.
    events: Vec<usize>,
}

impl MemoryTrail {
    /// All events of packages, in the order in which they were recorded.
    pub fn events(&self) -> Vec<SealedEvent> {
        let state = self.state.lock().unwrap();
        let events = state.log.iter().filter_map(|logged| match logged {
            Logged::Package(sealed) => Some(sealed.clone()),
            Logged::Organization(_) => None,
        });
        events.collect()
    }

    /// Events of an organization, for the registry.
    pub(super) fn append_of_organization(&self, events: Vec<SealedOrganizationEvent>) {
        let mut state = self.state.lock().unwrap();
        state.log.extend(events.into_iter().map(Logged::Organization));
    }

    pub(super) fn trail_of_organization(&self, id: &OrganizationId) -> Vec<StoredEvent> {
        let state = self.state.lock().unwrap();
        let name = organization_trail(id);
        let events = (0..state.log.len()).map(|index| state.stored(index));
        events.filter(|stored| stored.package_id == name).collect()
    }
}

impl State {
    fn stored(&self, index: usize) -> StoredEvent {
        let (package_id, seq, hash, canonical) = match &self.log[index] {
            Logged::Package(sealed) => {
                let event = sealed.event();
                (
                    event.package_id.to_string(),
                    event.seq,
                    sealed.hash(),
                    sealed.canonical(),
                )
            }
            Logged::Organization(sealed) => {
                let event = sealed.event();
                let name = organization_trail(&event.organization);
                (name, event.seq, sealed.hash(), sealed.canonical())
            }
        };
        StoredEvent {
            position: index as u64 + 1,
            package_id,
            seq,
            hash,
            canonical: canonical.to_owned(),
        }
    }

    fn package_event(&self, index: usize) -> SealedEvent {
        match &self.log[index] {
            Logged::Package(sealed) => sealed.clone(),
            Logged::Organization(_) => panic!("an event of an organization stands in the trail of a package"),
        }
    }
}

fn fits(record: &PackageRecord, query: &PackageQuery) -> bool {
    query
        .organization
        .as_ref()
        .is_none_or(|id| record.organization.as_ref() == Some(id))
        && query.state.is_none_or(|state| record.state == state)
        && query.since.is_none_or(|since| record.received_at >= since)
        && query.until.is_none_or(|until| record.received_at < until)
        && (!query.duplicates_only || !record.duplicates.known().is_empty())
        && query
            .file_name
            .as_ref()
            .is_none_or(|name| record.trail_state.object.key.file_name() == name)
        && query
            .id_prefix
            .as_ref()
            .is_none_or(|prefix| record.package_id.as_str().starts_with(prefix))
}

#[async_trait]
impl AuditTrail for MemoryTrail {
    async fn append(&self, event: &SealedEvent) -> Result<Appended, PortError> {
        let mut state = self.state.lock().unwrap();
        let package_id = &event.event().package_id;
        let previous = state.packages.get(package_id);
        let seq = usize::try_from(event.event().seq).unwrap();
        if let Some(&index) = previous.and_then(|package| package.events.get(seq)) {
            return Ok(Appended::Taken(Box::new(state.package_event(index))));
        }
        let record = project(previous.map(|package| &package.record), event)
            .map_err(|error| PortError::new(PortErrorClass::Permanent, "not the next event").caused_by(error))?;
        let (index, number) = (state.log.len(), state.packages.len());
        state.log.push(Logged::Package(event.clone()));
        let new = Package {
            number,
            record: record.clone(),
            events: Vec::new(),
        };
        let package = state.packages.entry(package_id.clone()).or_insert(new);
        package.record = record;
        package.events.push(index);
        Ok(Appended::Recorded)
    }

    async fn event_at(&self, object: &ObjectVersion, seq: u64) -> Result<Option<SealedEvent>, PortError> {
        find_event(self.read(&object.package_id()).await?, seq)
    }
}

#[async_trait]
impl TrailReader for MemoryTrail {
    async fn read(&self, package_id: &PackageId) -> Result<Vec<StoredEvent>, PortError> {
        let state = self.state.lock().unwrap();
        let events = state
            .packages
            .get(package_id)
            .map_or(&[][..], |package| &package.events);
        Ok(events.iter().map(|index| state.stored(*index)).collect())
    }

    async fn read_log(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, PortError> {
        let state = self.state.lock().unwrap();
        let first = usize::try_from(after).unwrap();
        Ok((first..state.log.len())
            .take(limit)
            .map(|index| state.stored(index))
            .collect())
    }

    async fn record(&self, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError> {
        let state = self.state.lock().unwrap();
        Ok(state.packages.get(package_id).map(|package| package.record.clone()))
    }

    async fn list(&self, query: &PackageQuery) -> Result<PackagePage, PortError> {
        let state = self.state.lock().unwrap();
        let after = query.after.as_ref().map(|cursor| {
            let (received_ms, number) = cursor.split_once(':').unwrap();
            (received_ms.parse().unwrap(), number.parse().unwrap())
        });
        let mut found: Vec<((i64, usize), &PackageRecord)> = state
            .packages
            .values()
            .map(|package| {
                (
                    (package.record.received_at.unix_milliseconds(), package.number),
                    &package.record,
                )
            })
            .filter(|(place, record)| fits(record, query) && after.is_none_or(|after| *place < after))
            .collect();
        found.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
        let has_more = found.len() > query.limit;
        found.truncate(query.limit);
        let next = found
            .last()
            .filter(|_| has_more)
            .map(|((received_ms, number), _)| format!("{received_ms}:{number}"));
        Ok(PackagePage {
            packages: found.into_iter().map(|(_, record)| record.clone()).collect(),
            damaged: Vec::new(),
            next,
        })
    }

    async fn counts(&self) -> Result<StateCounts, PortError> {
        let mut counts = StateCounts::default();
        for package in self.state.lock().unwrap().packages.values() {
            counts.count(package.record.state, 1);
        }
        Ok(counts)
    }
}
