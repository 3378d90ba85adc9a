//! Events as items: the attributes of `docs/AWS.md`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use relay_audit::{StoredEvent, phase_after};
use relay_model::{
    AuditEvent, EventKind, ObjectVersion, OrganizationId, PackageId, Phase, SealedEvent, SealedOrganizationEvent,
    Sha256Digest, organization_of_trail, organization_trail,
};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// What stands for no organization in the index by organization: no id can be this.
pub(super) const NO_ORGANIZATION: &str = "-";
/// The longest file name that is indexed; a key of a table's index has at most 2,048 bytes.
const FILE_NAME_BYTES_MAX: usize = 1_024;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Where the bytes of an event are that has no room in an item: always the same name for the same event.
pub(super) fn spilled_key(partition: &str, seq: u64, hash: &str) -> String {
    format!("{partition}/trail/{seq:06}-{hash}.json")
}

/// Where a package's events are: its key's first segment, which IAM compares, and its id. No segment has a slash.
pub(super) fn partition_of(event: &AuditEvent) -> String {
    partition(&event.object, &event.package_id)
}

/// The same from the object version that a trail is about.
pub(super) fn partition_of_object(object: &ObjectVersion) -> String {
    partition(object, &object.package_id())
}

fn partition(object: &ObjectVersion, package_id: &PackageId) -> String {
    let segment = object.key.as_str().split('/').next().unwrap_or_default();
    format!("{segment}/{package_id}")
}

/// Where an organization's events are: before its first slash is nothing, and behind it another one, so that it is the
/// partition of no package, whatever its key; and no task's, since those begin with the organization's id.
pub(crate) fn partition_of_organization(id: &OrganizationId) -> String {
    format!("/{}", organization_trail(id))
}

/// Whether a partition is that of an organization's own trail.
pub(super) fn is_of_organization(partition: &str) -> bool {
    let name = partition.strip_prefix('/');
    name.is_some_and(|name| organization_of_trail(name).is_some())
}

/// The trail of a partition: the id of a package, or the name of an organization's trail.
pub(super) fn package_of(partition: &str) -> &str {
    let of_organization = partition
        .strip_prefix('/')
        .filter(|name| organization_of_trail(name).is_some());
    of_organization.unwrap_or_else(|| partition.rsplit('/').next().unwrap_or_default())
}

/// The shard of the log: sixteen of them share the load of the present moment.
pub(super) fn shard_of(package_id: &PackageId) -> String {
    let id = package_id.as_str();
    id[id.len() - 1..].to_owned()
}

pub(super) const SHARDS: &str = "0123456789abcdef";

/// The order of the log: by time, then by package, then along its trail.
fn log_order(event: &AuditEvent) -> String {
    format!("{}#{}#{:06}", event.at, event.package_id, event.seq)
}

/// The item of an event of an organization. It is in the index of the log, and in no other.
pub(crate) fn item_of_organization(sealed: &SealedOrganizationEvent) -> Item {
    let event = sealed.event();
    let name = organization_trail(&event.organization);
    let digest = Sha256Digest::of(name.as_bytes()).to_string();
    [
        ("Partition", text(partition_of_organization(&event.organization))),
        ("Seq", number(event.seq)),
        ("Event", text(sealed.canonical())),
        ("Hash", text(sealed.hash().to_string())),
        ("Kind", text(event.kind.name())),
        ("LogShard", text(&digest[digest.len() - 1..])),
        ("LogOrder", text(format!("{}#{name}#{:06}", event.at, event.seq))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The order of the index of duplicates: by organization, then by what is behind that.
pub(super) fn duplicate_order(organization: &OrganizationId, behind: &str) -> String {
    format!("{organization}/{behind}")
}

pub(super) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Deciding => "deciding",
        Phase::Accepted => "accepted",
        Phase::Running => "running",
        Phase::Waiting => "waiting",
        Phase::Concluded => "concluded",
    }
}

/// The item of an event; `spilled` is where its bytes are when they are not in the item.
pub(super) fn item_of(sealed: &SealedEvent, spilled: Option<&str>) -> Item {
    let event = sealed.event();
    let kind = event.body.kind();
    let shard = shard_of(&event.package_id);
    let phase = phase_after(kind).map_or("", phase_name);
    let mut item: Item = [
        ("Partition", text(partition_of(event))),
        ("Seq", number(event.seq)),
        ("Hash", text(sealed.hash().to_string())),
        ("Kind", text(kind.to_string())),
        ("Phase", text(phase)),
        ("PackageId", text(event.package_id.as_str())),
        ("LogShard", text(&shard)),
        ("LogOrder", text(log_order(event))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let mut add = |name: &str, value: String| item.insert(name.to_owned(), text(value));
    match spilled {
        Some(key) => add("Spilled", key.to_owned()),
        None => add("Event", sealed.canonical().to_owned()),
    };
    if kind == EventKind::Received {
        let organization = event.organization.as_ref();
        add("ArrivalShard", shard.clone());
        add("Arrival", format!("{}#{}", event.at, event.package_id));
        add("UploadTimestamp", event.at.to_string());
        add(
            "Organization",
            organization.map_or_else(|| NO_ORGANIZATION.to_owned(), ToString::to_string),
        );
        let file_name = event.object.key.file_name();
        if (1..=FILE_NAME_BYTES_MAX).contains(&file_name.len()) {
            add("Filename", file_name.to_owned());
        }
    }
    if kind.is_conclusion() {
        add("State", kind.to_string());
        add("Concluded", format!("{}#{}", event.at, event.package_id));
    }
    let is_duplicate = event.body.duplicates().is_some_and(|found| !found.known().is_empty());
    if let Some(organization) = event.organization.as_ref().filter(|_| is_duplicate) {
        add("DuplicateShard", shard);
        add(
            "Duplicate",
            duplicate_order(organization, &format!("{}#{}", event.at, event.package_id)),
        );
    }
    item
}

pub(crate) fn text_of<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map_or("", String::as_str)
}

/// Where the bytes of an item's event are.
pub(super) enum Bytes<'a> {
    Here(&'a str),
    Spilled(&'a str),
}

pub(super) fn bytes_of(item: &Item) -> Bytes<'_> {
    match text_of(item, "Spilled") {
        "" => Bytes::Here(text_of(item, "Event")),
        key => Bytes::Spilled(key),
    }
}

/// The organization's segment and the package of a partition; `None` where it is no package's.
pub(super) fn place_of(partition: &str) -> Option<(&str, PackageId)> {
    let (segment, package) = partition.split_once('/')?;
    Some((segment, package.parse().ok()?))
}

/// The stored event of an item, whatever it is: whoever reads it judges it, and one bad item must not end the reading of all.
/// What is no number of an event, or no hash, becomes one that no event has.
pub(crate) fn stored_event(item: &Item, canonical: String, position: u64) -> StoredEvent {
    let partition = text_of(item, "Partition");
    // One that names another place than it stands in is filed under the whole of its place, which no event names.
    let is_misplaced =
        SealedEvent::from_canonical(&canonical).is_ok_and(|sealed| !stands_in(sealed.event(), partition));
    let filed_under = if is_misplaced { partition } else { package_of(partition) };
    StoredEvent {
        position,
        package_id: filed_under.escape_default().to_string(),
        seq: seq_of(item).unwrap_or(NO_SEQ),
        hash: text_of(item, "Hash").parse().unwrap_or(Sha256Digest::ZERO),
        canonical,
    }
}

/// Whether an event belongs where it stands: into the trail of its package, under the organization that it names. IAM lets a task
/// write under its own organization only, so the place cannot lie, and the event can.
pub(super) fn stands_in(event: &AuditEvent, partition: &str) -> bool {
    let names_another = |segment: &str| {
        event
            .organization
            .as_ref()
            .is_some_and(|named| named.as_str() != segment)
    };
    event.object.package_id() == event.package_id
        && partition_of(event) == partition
        && place_of(partition).is_some_and(|(segment, _)| !names_another(segment))
}

/// The number of an item that has none that an event can have.
pub(super) const NO_SEQ: u64 = u64::MAX;

pub(crate) fn seq_of(item: &Item) -> Option<u64> {
    item.get("Seq")?.as_n().ok()?.parse().ok()
}
