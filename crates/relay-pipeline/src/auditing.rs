//! Verification of trails where they cannot be read as of one moment, beside writers that go on.
//!
//! What is listed is read first, then the log. A package of which the two do not say the same, or whose trail does not hold as
//! the log has it, is looked at once more, from its trail itself: all that was seen of it before must be there still, and
//! what is there now must be a whole trail. So what grew meanwhile is never named, and what vanished is. Indexes may lag; an
//! event or a package that is [`INDEX_LAG`] old and that its index still leaves out is named.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use relay_audit::{Finding, LogHead, Problem, StoredEvent, Verification, Verifier};
use relay_model::{
    OrganizationId, PackageId, PackageRecord, SealedEvent, SealedOrganizationEvent, Sha256Digest, Timestamp, TrailHead,
    organization_of_trail, organization_trail,
};

use crate::ports::{OrganizationRegistry, PackageQuery, PortError, TrailReader};

/// How far an index may be behind, and how far the clocks of writers may be off. A global secondary index has what was written
/// within a fraction of a second, rarely later ("Using Global Secondary Indexes", Amazon DynamoDB Developer Guide).
pub const INDEX_LAG: Duration = Duration::from_mins(5);
/// How often an organization is looked at before it is said that something is wrong with it.
const LOOKS_MAX: u32 = 3;
const PAGE_EVENTS: usize = 10_000;
const PAGE_PACKAGES: usize = 1_000;

/// Where findings about events that the log leaves out stand.
const LOG: &str = "index of the log";
/// Where findings about packages that no list shows stand.
const LIST: &str = "index of arrivals";

/// Verifies all trails, and what is registered of organizations; `now` is the moment at which that begins.
pub async fn verify_trails(
    trail: &dyn TrailReader,
    registry: &dyn OrganizationRegistry,
    expected: Option<LogHead>,
    now: Timestamp,
) -> Result<Verification, PortError> {
    let listed = list(trail).await?;
    let registered = registry.list().await?;
    let mut verifier = Verifier::expecting(expected);
    let mut seen: HashMap<String, Vec<TrailHead>> = HashMap::new();
    each_event(trail, |event| {
        let head = TrailHead {
            seq: event.seq,
            hash: event.hash,
        };
        seen.entry(event.package_id.clone()).or_default().push(head);
        verifier.event(event);
    })
    .await?;
    verifier.organizations(&registered, registry.may_lack_trails());
    let doubtful = doubtful(&verifier, &listed, &seen);
    let mut verification = verifier.finish();
    let found = std::mem::take(&mut verification.findings);
    let mut organizations: BTreeSet<OrganizationId> = BTreeSet::new();
    for finding in found {
        let about = finding.package_id.as_deref().unwrap_or_default();
        if let Some(id) = organization_of_trail(about).and_then(|id| id.parse().ok()) {
            organizations.insert(id);
        } else if finding.problem == Problem::SettingsUnknown {
            if !was_recorded_meanwhile(trail, registry, &finding).await? {
                verification.findings.push(finding);
            }
        } else if finding.problem == Problem::NotADuplicate
            || !about.parse::<PackageId>().is_ok_and(|id| doubtful.contains(&id))
        {
            // What is said of the others is said anew; that something is no duplicate rests on more than one trail, and stays.
            verification.findings.push(finding);
        }
    }
    for id in &doubtful {
        let events = trail.read(id).await?;
        let place = Place {
            name: id.as_str(),
            before: seen.get(id.as_str()).map_or(&[][..], Vec::as_slice),
            listed: listed.get(id).copied().flatten(),
            is_in_list: listed.contains_key(id),
        };
        verification.findings.extend(look_again(&place, &events, now));
    }
    for id in organizations {
        let before = seen.get(&organization_trail(&id)).map_or(&[][..], Vec::as_slice);
        let found = look_at_organization(registry, &id, before, now).await?;
        verification.findings.extend(found);
    }
    verification.findings_total = verification.findings.len() as u64;
    Ok(verification)
}

// What is registered of one organization, and its trail, once more: another moment may have come between the two again, so it
// is looked at several times before anything is said.
async fn look_at_organization(
    registry: &dyn OrganizationRegistry,
    id: &OrganizationId,
    before: &[TrailHead],
    now: Timestamp,
) -> Result<Vec<Finding>, PortError> {
    let mut found = Vec::new();
    for _ in 0..LOOKS_MAX {
        let events = registry.history(id).await?;
        let registered = registry.get(id).await?;
        let name = organization_trail(id);
        let place = Place {
            name: &name,
            before,
            listed: None,
            is_in_list: true,
        };
        found = look_again(&place, &events, now);
        let mut verifier = Verifier::of_one_trail();
        for event in &events {
            verifier.event(event);
        }
        verifier.organizations(registered.as_slice(), registry.may_lack_trails());
        let registered = verifier.finish().findings;
        found.extend(
            registered
                .into_iter()
                .filter(|finding| finding.problem == Problem::SettingsDiffer),
        );
        if found.is_empty() {
            break;
        }
    }
    Ok(found)
}

// Whether the settings that a verdict names are in the trail of its organization: the log may not have had that event yet.
async fn was_recorded_meanwhile(
    trail: &dyn TrailReader,
    registry: &dyn OrganizationRegistry,
    finding: &Finding,
) -> Result<bool, PortError> {
    let Some(Ok(id)) = finding.package_id.as_ref().map(|id| id.parse::<PackageId>()) else {
        return Ok(false);
    };
    for event in trail
        .read(&id)
        .await?
        .iter()
        .filter(|event| Some(event.seq) == finding.seq)
    {
        let Ok(sealed) = SealedEvent::from_canonical(&event.canonical) else {
            continue;
        };
        let (Some(version), Some(organization)) =
            (sealed.event().body.settings_version(), &sealed.event().organization)
        else {
            continue;
        };
        let history = registry.history(organization).await?;
        return Ok(history
            .iter()
            .any(|event| (event.seq, event.hash) == (version.seq, version.hash)));
    }
    Ok(false)
}

// The packages of which list and log do not say the same, or whose trail does not hold as the log has it.
fn doubtful(
    verifier: &Verifier,
    listed: &HashMap<PackageId, Option<TrailHead>>,
    seen: &HashMap<String, Vec<TrailHead>>,
) -> BTreeSet<PackageId> {
    let in_log = verifier.packages().filter(|id| {
        let last = seen
            .get(id.as_str())
            .and_then(|heads| heads.iter().max_by_key(|head| head.seq));
        verifier.is_broken(id) || listed.get(id).is_none_or(|head| head.as_ref() != last)
    });
    let in_list = listed.keys().filter(|id| !seen.contains_key(id.as_str()));
    in_log.chain(in_list.cloned()).collect()
}

// What is known of a trail that is looked at once more.
struct Place<'a> {
    name: &'a str,
    // What the log had of it.
    before: &'a [TrailHead],
    // Where the list saw it stand.
    listed: Option<TrailHead>,
    is_in_list: bool,
}

// What is wrong with a trail, as it is now and by what was seen of it before; nothing when it only grew.
fn look_again(place: &Place<'_>, events: &[StoredEvent], now: Timestamp) -> Vec<Finding> {
    let Place { name, before, .. } = *place;
    let mut verifier = Verifier::of_one_trail();
    for event in events {
        verifier.event(event);
    }
    let mut found = verifier.finish().findings;
    let there: HashSet<(u64, Sha256Digest)> = events.iter().map(|event| (event.seq, event.hash)).collect();
    let vanished: BTreeSet<u64> = before
        .iter()
        .chain(&place.listed)
        .filter(|head| !there.contains(&(head.seq, head.hash)))
        .map(|head| head.seq)
        .collect();
    // A trail that does not hold has told it in its own words.
    if found.is_empty() {
        for seq in vanished {
            let is_there = events.iter().any(|event| event.seq == seq);
            let (problem, text) = if is_there {
                (Problem::Changed, "another event stands here than a moment ago")
            } else {
                (Problem::Dropped, "the event was read a moment ago and is gone")
            };
            let mut finding = Finding::at(problem, "trail", text).of(name);
            finding.seq = Some(seq);
            found.push(finding);
        }
    }
    let old = events
        .iter()
        .filter(|event| at_of(event).is_some_and(|at| is_old(at, now)));
    for event in old {
        let seq = event.seq;
        if !before.iter().any(|head| head.seq == seq) {
            let text = "the event is in its trail, and the log leaves it out";
            let mut finding = Finding::at(Problem::RecordDiffers, LOG, text).of(name);
            finding.seq = Some(seq);
            found.push(finding);
        }
        if seq == 0 && !place.is_in_list {
            let text = "the package has a trail, and no list shows it";
            found.push(Finding::at(Problem::RecordDiffers, LIST, text).of(name));
        }
    }
    found
}

// When an event says that it was recorded.
fn at_of(event: &StoredEvent) -> Option<Timestamp> {
    let of_package = SealedEvent::from_canonical(&event.canonical).map(|sealed| sealed.event().at);
    let of_organization = || SealedOrganizationEvent::from_canonical(&event.canonical).map(|sealed| sealed.event().at);
    of_package.or_else(|_| of_organization()).ok()
}

// Whether an index must have it: also when it names a time that has not come, by which it could hide.
fn is_old(at: Timestamp, now: Timestamp) -> bool {
    let lag_ms = u64::try_from(INDEX_LAG.as_millis()).unwrap_or(u64::MAX);
    now.milliseconds_since(at) > lag_ms || at > now.plus_milliseconds(lag_ms)
}

// Where the trail of each listed package stood.
async fn list(trail: &dyn TrailReader) -> Result<HashMap<PackageId, Option<TrailHead>>, PortError> {
    let mut query = PackageQuery {
        limit: PAGE_PACKAGES,
        ..PackageQuery::default()
    };
    let mut listed = HashMap::new();
    loop {
        let page = trail.list(&query).await?;
        let heads = page
            .packages
            .iter()
            .map(|record: &PackageRecord| (record.package_id.clone(), Some(record.trail_state.head)));
        listed.extend(heads);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(listed),
        }
    }
}

async fn each_event(trail: &dyn TrailReader, mut visit: impl FnMut(&StoredEvent)) -> Result<(), PortError> {
    let mut after = 0;
    loop {
        let events = trail.read_log(after, PAGE_EVENTS).await?;
        let Some(last) = events.last() else { return Ok(()) };
        after = last.position;
        events.iter().for_each(&mut visit);
    }
}
