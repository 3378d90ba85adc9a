//! Verification: reads all stored events in the order of the log and says which of them is not what was recorded.
//!
//! Three witnesses stand for each event: its bytes, the hash it is filed under, and the link in the event after it (for
//! the last one, the record of its package). Somebody who changes all of them, and every later event, is caught only by
//! a log head noted earlier: see [`LogHead`].

use std::collections::HashMap;

use relay_model::{
    EventBody, Organization, OrganizationId, PackageId, PackageRecord, Phase, SealedEvent, SealedOrganizationEvent,
    Sha256Digest, TrailState, error_chain, organization_of_trail, organization_trail,
};

use crate::findings::FINDINGS_MAX;
use crate::likeness::Likenesses;
use crate::lists::Lists;
use crate::registered::Registered;
use crate::{
    Finding, LogHead, MerkleTree, OrganizationTransitionError, Problem, StoredEvent, TransitionError, Verification,
    advance_organization, project,
};

/// Reads the log event by event.
#[derive(Debug, Default)]
pub struct Verifier {
    tree: MerkleTree,
    events: u64,
    last_position: u64,
    expected: Vec<(LogHead, HeadWitness)>,
    // One trail alone has gaps in the log: the events of others.
    is_partial: bool,
    pub(crate) sound: HashMap<PackageId, Folded>,
    likenesses: Likenesses,
    registered: Registered,
    organizations_without_trail: u64,
    // A broken trail is reported once, at its first bad event; later events can still sharpen that report.
    pub(crate) broken: HashMap<String, Broken>,
    pub(crate) lists: Lists,
    gaps: Vec<(u64, u64)>,
    findings: Vec<Finding>,
    findings_total: u64,
}

/// Who noted a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadWitness {
    /// Somebody who gives it now.
    Auditor,
    /// The relay itself, in a file beside its database.
    Relay,
}

impl HeadWitness {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Auditor => "the noted head",
            Self::Relay => "the head that the relay itself noted",
        }
    }
}

/// What a sound trail says of its package.
#[derive(Debug)]
pub(crate) struct Folded {
    /// Without results and table, which may be large: their digest stands for them.
    pub(crate) record: PackageRecord,
    pub(crate) bulk: Option<Sha256Digest>,
    /// The hash of all bytes, as the conclusion says, and where that stands in the log.
    pub(crate) concluded: Option<(Sha256Digest, u64)>,
    /// The how-manieth package of the log it is, from 1.
    pub(crate) rank: u64,
    pub(crate) is_recorded: bool,
    pub(crate) is_listed: bool,
}

/// The digest of what is left out of a record that is kept in memory; `None` when there is nothing.
pub(crate) fn bulk_of(record: &PackageRecord) -> Option<Sha256Digest> {
    if record.results.is_empty() && record.table.is_none() {
        return None;
    }
    let text = serde_json::to_vec(&(&record.results, &record.table)).unwrap_or_default();
    Some(Sha256Digest::of(&text))
}

#[derive(Debug)]
pub(crate) struct Broken {
    finding: usize,
    clue: Clue,
    pub(crate) is_recorded: bool,
}

// What a later event can tell about the first bad one.
#[derive(Debug)]
enum Clue {
    None,
    // This event was missing in its place. If it turns up later, it was moved, not dropped.
    Missing { seq: u64 },
    // This event does not link to the one before it. If the one after it links to it, the one before was changed.
    Unlinked { seq: u64, hash: Sha256Digest },
}

impl Verifier {
    /// A verifier that also checks a head noted earlier.
    #[must_use]
    pub fn expecting(head: Option<LogHead>) -> Self {
        Self {
            expected: head.into_iter().map(|head| (head, HeadWitness::Auditor)).collect(),
            ..Self::default()
        }
    }

    /// Also checks a head that the relay itself noted. Call before the first event.
    pub fn expect_noted(&mut self, head: LogHead) {
        self.expected.push((head, HeadWitness::Relay));
    }

    /// A verifier that is given the events of one package only, so that it cannot judge the log.
    #[must_use]
    pub fn of_one_trail() -> Self {
        Self {
            is_partial: true,
            ..Self::default()
        }
    }

    /// The next event of the log.
    pub fn event(&mut self, stored: &StoredEvent) {
        if stored.position != self.last_position + 1 && !self.is_partial {
            self.gaps
                .push((self.last_position + 1, stored.position.saturating_sub(1)));
        }
        self.last_position = stored.position;
        self.events += 1;
        self.tree.push(&stored.hash);
        self.check_expected();
        if organization_of_trail(&stored.package_id).is_some() {
            match read_organization(stored) {
                Ok(sealed) => self.follow_organization(stored, &sealed),
                Err((problem, text)) => self.break_trail(stored, problem, stored.seq, text, Clue::None),
            }
            return;
        }
        match read(stored) {
            Ok(sealed) => self.follow(stored, &sealed),
            Err((problem, text)) => self.break_trail(stored, problem, stored.seq, text, Clue::None),
        }
    }

    fn follow(&mut self, stored: &StoredEvent, sealed: &SealedEvent) {
        let event = sealed.event();
        if self.broken.contains_key(&stored.package_id) {
            return self.sharpen(stored, event.prev);
        }
        let error = match project(self.sound.get(&event.package_id).map(|folded| &folded.record), sealed) {
            Ok(record) => {
                self.keep(record, stored.position, &event.body);
                self.likenesses.event(event);
                self.registered.event(event);
                return;
            }
            Err(error) => error,
        };
        let text = error.to_string();
        let (problem, seq, clue) = match error {
            TransitionError::NotNext { expected, found } if found > expected => {
                (Problem::Dropped, expected, Clue::Missing { seq: expected })
            }
            TransitionError::NotNext { .. } => (Problem::Swapped, event.seq, Clue::None),
            TransitionError::BrokenLink { .. } if event.seq > 0 => (
                Problem::Changed,
                event.seq - 1,
                Clue::Unlinked {
                    seq: event.seq,
                    hash: sealed.hash(),
                },
            ),
            TransitionError::BrokenLink { .. } => (Problem::Changed, event.seq, Clue::None),
            TransitionError::IllegalOrder { .. }
            | TransitionError::OtherObject
            | TransitionError::WrongPackage { .. } => (Problem::Added, event.seq, Clue::None),
        };
        self.break_trail(stored, problem, seq, text, clue);
    }

    fn follow_organization(&mut self, stored: &StoredEvent, sealed: &SealedOrganizationEvent) {
        let event = sealed.event();
        if self.broken.contains_key(&stored.package_id) {
            return self.sharpen(stored, event.prev);
        }
        let error = match advance_organization(self.registered.state(&event.organization), sealed) {
            Ok(state) => return self.registered.advance(state),
            Err(error) => error,
        };
        let text = error.to_string();
        let (problem, seq, clue) = match error {
            OrganizationTransitionError::NotNext { expected, found } if found > expected => {
                (Problem::Dropped, expected, Clue::Missing { seq: expected })
            }
            OrganizationTransitionError::NotNext { .. } => (Problem::Swapped, event.seq, Clue::None),
            OrganizationTransitionError::BrokenLink if event.seq > 0 => (
                Problem::Changed,
                event.seq - 1,
                Clue::Unlinked {
                    seq: event.seq,
                    hash: sealed.hash(),
                },
            ),
            OrganizationTransitionError::BrokenLink => (Problem::Changed, event.seq, Clue::None),
            OrganizationTransitionError::IllegalOrder { .. }
            | OrganizationTransitionError::OtherOrganization { .. } => (Problem::Added, event.seq, Clue::None),
        };
        self.break_trail(stored, problem, seq, text, clue);
    }

    fn keep(&mut self, mut record: PackageRecord, position: u64, body: &EventBody) {
        let bulk = bulk_of(&record);
        record.results = Vec::new();
        record.table = None;
        let concluded = match body {
            EventBody::Processed { sha256, .. } => Some((*sha256, position)),
            EventBody::Quarantined { sha256, .. } => sha256.map(|sha256| (sha256, position)),
            _ => None,
        };
        if let Some(folded) = self.sound.get_mut(&record.package_id) {
            folded.record = record;
            folded.bulk = bulk;
            folded.concluded = concluded;
            return;
        }
        let folded = Folded {
            bulk,
            concluded,
            rank: self.sound.len() as u64 + 1,
            is_recorded: false,
            is_listed: false,
            record,
        };
        self.sound.insert(folded.record.package_id.clone(), folded);
    }

    // A trail that is already broken goes on: what does this event say about where it broke?
    fn sharpen(&mut self, stored: &StoredEvent, prev: Sha256Digest) {
        let Some(broken) = self.broken.get_mut(&stored.package_id) else {
            return;
        };
        let Some(finding) = self.findings.get_mut(broken.finding) else {
            return;
        };
        match broken.clue {
            Clue::Missing { seq } if seq == stored.seq => {
                finding.problem = Problem::Swapped;
                finding.position = Some(stored.position);
                finding.text = format!("event {seq} stands behind later events of its trail");
                broken.clue = Clue::None;
            }
            Clue::Unlinked { seq, hash } if stored.seq == seq + 1 => {
                if prev != hash {
                    finding.seq = Some(seq);
                }
                broken.clue = Clue::None;
            }
            _ => {}
        }
    }

    fn check_expected(&mut self) {
        let due = self
            .expected
            .iter()
            .filter(|(expected, _)| expected.size == self.events);
        let due: Vec<(LogHead, HeadWitness)> = due.copied().collect();
        if due.is_empty() {
            return;
        }
        let head = self.tree.head();
        for (expected, witness) in due {
            if head != expected {
                let text = format!(
                    "the first {} events have root {}, {} says {}",
                    head.size,
                    head.root,
                    witness.in_words(),
                    expected.root
                );
                self.find(Problem::HeadDiffers, None, None, Some(self.last_position), text);
            }
        }
    }

    /// Compares the record that listings show with what the trail says. Call after all events, once for each record.
    pub fn record(&mut self, record: &PackageRecord) {
        let id = record.package_id.as_str();
        let head = record.trail_state.head;
        if let Some(broken) = self.broken.get_mut(id) {
            broken.is_recorded = true;
            *self.lists.broken.entry(record.state.name()).or_default() += 1;
            if let Clue::Unlinked { seq, hash } = broken.clue
                && (seq, hash) != (head.seq, head.hash)
                && let Some(finding) = self.findings.get_mut(broken.finding)
            {
                finding.seq = Some(seq);
            }
            return;
        }
        let folded = self.sound.get_mut(&record.package_id);
        if folded.is_none() {
            *self.lists.broken.entry(record.state.name()).or_default() += 1;
        }
        let (problem, seq, text) = match folded {
            None => (Problem::Dropped, 0, "the package has a record, but no trail".to_owned()),
            Some(folded) => {
                folded.is_recorded = true;
                match compare(folded, record) {
                    Some(difference) => difference,
                    None => return,
                }
            }
        };
        self.find(problem, Some(id.to_owned()), Some(seq), None, text);
    }

    /// The settings of an organization as the last event of its trail has them, as text.
    pub fn settings_text_of(&self, id: &OrganizationId) -> Option<&str> {
        self.registered.state(id).map(|state| state.facts.settings.as_str())
    }

    /// Compares what is registered of organizations with what their trails say. Call after all events, once, with all that
    /// are registered; `may_lack_trails` where something that keeps no trail registers organizations as well.
    pub fn organizations(&mut self, registered: &[Organization], may_lack_trails: bool) {
        for organization in registered {
            let trail = organization_trail(&organization.id);
            if let Some(broken) = self.broken.get(&trail) {
                if let (Clue::Unlinked { seq, hash }, Some(version)) = (&broken.clue, organization.version)
                    && (*seq, *hash) != (version.seq, version.hash)
                    && let Some(finding) = self.findings.get_mut(broken.finding)
                {
                    finding.seq = Some(*seq);
                }
                continue;
            }
            if organization.version.is_none() && self.registered.state(&organization.id).is_none() {
                self.organizations_without_trail += 1;
                if !may_lack_trails {
                    let text = "it is registered, and no event says so".to_owned();
                    self.find(Problem::SettingsDiffer, Some(trail), None, None, text);
                }
                continue;
            }
            if let Some(differs) = self.registered.judge(organization) {
                self.find(differs.problem, Some(trail), differs.seq, None, differs.text);
            }
        }
        let is_registered = |id: &OrganizationId| registered.iter().any(|organization| organization.id == *id);
        let gone: Vec<OrganizationId> = self.registered.ids().filter(|id| !is_registered(id)).cloned().collect();
        for id in gone {
            let text = "it has a trail, and is not registered any more".to_owned();
            self.find(Problem::SettingsDiffer, Some(organization_trail(&id)), None, None, text);
        }
    }

    /// What was found.
    pub fn finish(mut self) -> Verification {
        for (expected, witness) in std::mem::take(&mut self.expected) {
            if expected.size > self.events {
                let text = format!(
                    "the log has {} events, {} stands for {}",
                    self.events,
                    witness.in_words(),
                    expected.size
                );
                self.find(Problem::Dropped, None, None, Some(self.last_position + 1), text);
            }
        }
        self.attribute_gaps();
        let trail_states = |id: &PackageId| self.sound.get(id).map(|folded| &folded.record.trail_state);
        for unlike in self.likenesses.judge(trail_states) {
            let package = Some(unlike.package_id.to_string());
            self.find(Problem::NotADuplicate, package, Some(unlike.seq), None, unlike.text);
        }
        if !self.is_partial {
            // Of an organization of which something was found, one finding says it.
            let doubted = |id: &OrganizationId| {
                let trail = organization_trail(id);
                self.broken.contains_key(&trail)
                    || self
                        .findings
                        .iter()
                        .any(|finding| finding.package_id.as_ref() == Some(&trail))
            };
            for unknown in self.registered.unknown_versions(doubted) {
                let package = Some(unknown.package_id.to_string());
                self.find(Problem::SettingsUnknown, package, Some(unknown.seq), None, unknown.text);
            }
        }
        self.compare_counts();
        let broken = self.broken.keys().filter(|trail| !self.is_sound(trail));
        let (organizations, packages): (Vec<&String>, Vec<&String>) =
            broken.partition(|trail| organization_of_trail(trail).is_some());
        Verification {
            events: self.events,
            packages: (self.sound.len() + packages.len()) as u64,
            organizations: (self.registered.ids().count() + organizations.len()) as u64,
            organizations_without_trail: self.organizations_without_trail,
            in_flight: self
                .sound
                .values()
                .filter(|folded| is_open(&folded.record.trail_state))
                .count() as u64,
            head: self.tree.head(),
            findings: self.findings,
            findings_total: self.findings_total,
        }
    }

    // A gap in the log says that something is gone, not what. Where a trail names its missing event, that finding gets
    // the position; a gap that no trail explains (a whole trail with its record) stands for itself.
    fn attribute_gaps(&mut self) {
        let gaps = std::mem::take(&mut self.gaps);
        let missing: u64 = gaps.iter().map(|(first, last)| (last + 1).saturating_sub(*first)).sum();
        let mut named: Vec<&mut Finding> = self
            .findings
            .iter_mut()
            .filter(|finding| finding.problem == Problem::Dropped && finding.package_id.is_some())
            .collect();
        if let ([finding], [(first, _)]) = (named.as_mut_slice(), gaps.as_slice()) {
            finding.position = Some(*first);
            return;
        }
        if !named.is_empty() && named.len() as u64 >= missing {
            return;
        }
        for (first, last) in gaps {
            let text = if last < first {
                format!("position {} of the log stands twice or out of order", last + 1)
            } else {
                format!("the log has no events at positions {first} to {last}")
            };
            self.find(Problem::Dropped, None, None, Some(first), text);
        }
    }

    // Whether some of the trail's first events were in order.
    pub(crate) fn is_sound(&self, trail: &str) -> bool {
        match organization_of_trail(trail) {
            Some(id) => id.parse().is_ok_and(|id| self.registered.state(&id).is_some()),
            None => trail.parse::<PackageId>().is_ok_and(|id| self.sound.contains_key(&id)),
        }
    }

    fn break_trail(&mut self, stored: &StoredEvent, problem: Problem, seq: u64, text: String, clue: Clue) {
        if self.broken.contains_key(&stored.package_id) {
            return;
        }
        self.broken.insert(
            stored.package_id.clone(),
            Broken {
                finding: self.findings.len(),
                clue,
                is_recorded: false,
            },
        );
        let position = (problem != Problem::Dropped && seq == stored.seq).then_some(stored.position);
        self.find(problem, Some(stored.package_id.clone()), Some(seq), position, text);
    }

    fn find(
        &mut self,
        problem: Problem,
        package_id: Option<String>,
        seq: Option<u64>,
        position: Option<u64>,
        text: String,
    ) {
        self.report(Finding {
            problem,
            package_id,
            seq,
            position,
            place: None,
            text,
            remedy: problem.remedy(),
        });
    }

    /// Adds a finding of the caller's own, about something that only the caller knows how to read.
    pub fn report(&mut self, finding: Finding) {
        self.findings_total += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        }
    }
}

// How a record differs from what the trail says, at which event, in words.
fn compare(folded: &Folded, record: &PackageRecord) -> Option<(Problem, u64, String)> {
    let (trail, head) = (&folded.record.trail_state, record.trail_state.head);
    if trail.head.seq < head.seq {
        let text = format!(
            "the trail ends at event {}, its record knows event {}",
            trail.head.seq, head.seq
        );
        return Some((Problem::Dropped, trail.head.seq + 1, text));
    }
    if trail.head.seq > head.seq {
        let text = format!(
            "the trail goes to event {}, its record ends at event {}",
            trail.head.seq, head.seq
        );
        return Some((Problem::Added, head.seq + 1, text));
    }
    if trail.head.hash != head.hash {
        let text = format!("its hash is {}, the record says {}", trail.head.hash, head.hash);
        return Some((Problem::Changed, head.seq, text));
    }
    let mut differing = differing_members(&folded.record, record);
    if folded.bulk != bulk_of(record) {
        differing.push("results or table".to_owned());
    }
    if differing.is_empty() {
        return None;
    }
    let text = format!(
        "the record says something else than the trail of: {}",
        differing.join(", ")
    );
    Some((Problem::RecordDiffers, head.seq, text))
}

// The names of the members that are not the same, results and table apart.
fn differing_members(expected: &PackageRecord, found: &PackageRecord) -> Vec<String> {
    let slim = PackageRecord {
        results: Vec::new(),
        table: None,
        ..found.clone()
    };
    if slim == *expected {
        return Vec::new();
    }
    let members = |record: &PackageRecord| match serde_json::to_value(record) {
        Ok(serde_json::Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (expected, found) = (members(expected), members(&slim));
    let names: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differing = names.into_iter().filter(|name| expected.get(*name) != found.get(*name));
    let differing: Vec<String> = differing.cloned().collect();
    if differing.is_empty() {
        vec!["a member that has no text".to_owned()]
    } else {
        differing
    }
}

// The event that the stored bytes are, if they are what they are filed as.
fn read(stored: &StoredEvent) -> Result<SealedEvent, (Problem, String)> {
    let sealed =
        SealedEvent::from_canonical(&stored.canonical).map_err(|error| (Problem::Changed, error_chain(&error)))?;
    let event = sealed.event();
    if event.package_id.as_str() != stored.package_id || event.seq != stored.seq {
        let text = format!("its bytes are those of event {} of {}", event.seq, event.package_id);
        return Err((Problem::Swapped, text));
    }
    if sealed.hash() != stored.hash {
        let text = format!(
            "its bytes have hash {}, it is filed under {}",
            sealed.hash(),
            stored.hash
        );
        return Err((Problem::Changed, text));
    }
    Ok(sealed)
}

// The same for the event of an organization.
fn read_organization(stored: &StoredEvent) -> Result<SealedOrganizationEvent, (Problem, String)> {
    let sealed = SealedOrganizationEvent::from_canonical(&stored.canonical)
        .map_err(|error| (Problem::Changed, error_chain(&error)))?;
    let event = sealed.event();
    if organization_trail(&event.organization) != stored.package_id || event.seq != stored.seq {
        let text = format!("its bytes are those of event {} of {}", event.seq, event.organization);
        return Err((Problem::Swapped, text));
    }
    if sealed.hash() != stored.hash {
        let (hash, filed) = (sealed.hash(), stored.hash);
        return Err((
            Problem::Changed,
            format!("its bytes have hash {hash}, it is filed under {filed}"),
        ));
    }
    Ok(sealed)
}

fn is_open(trail_state: &TrailState) -> bool {
    trail_state.phase != Phase::Concluded
}
