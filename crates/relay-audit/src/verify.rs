//! Verification: reads all stored events in the order of the log and says which of them is not what was recorded.
//!
//! Three witnesses stand for each event: its bytes, the hash it is filed under, and the link in the event after it (for
//! the last one, the record of its package). Somebody who changes all of them, and every later event, is caught only by
//! a log head noted earlier: see [`LogHead`].

use std::collections::HashMap;

use relay_model::{
    EventError, Journey, Organization, OrganizationId, PackageId, PackageRecord, Phase, SealedEvent,
    SealedOrganizationEvent, Sha256Digest, organization_of_trail, organization_trail,
};

use crate::findings::FINDINGS_MAX;
use crate::likeness::Likenesses;
use crate::registered::Registered;
use crate::{
    Finding, LogHead, MerkleTree, OrganizationTransitionError, Problem, StoredEvent, TransitionError, Verification,
    advance, advance_organization,
};

/// Reads the log event by event.
#[derive(Debug, Default)]
pub struct Verifier {
    tree: MerkleTree,
    events: u64,
    last_position: u64,
    expected: Option<LogHead>,
    // One trail alone has gaps in the log: the events of others.
    is_partial: bool,
    sound: HashMap<PackageId, Journey>,
    likenesses: Likenesses,
    registered: Registered,
    organizations_without_trail: u64,
    // A broken trail is reported once, at its first bad event; later events can still sharpen that report.
    broken: HashMap<String, Broken>,
    gaps: Vec<(u64, u64)>,
    findings: Vec<Finding>,
    findings_total: u64,
}

#[derive(Debug)]
struct Broken {
    finding: usize,
    clue: Clue,
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
            expected: head,
            ..Self::default()
        }
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
        let error = match advance(self.sound.get(&event.package_id), sealed) {
            Ok(journey) => {
                self.sound.insert(event.package_id.clone(), journey);
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
        let Some(expected) = self.expected.filter(|expected| expected.size == self.events) else {
            return;
        };
        let head = self.tree.head();
        if head != expected {
            let text = format!(
                "the first {} events have root {}, not {}",
                head.size, head.root, expected.root
            );
            self.find(Problem::HeadDiffers, None, None, Some(self.last_position), text);
        }
    }

    /// Compares the record that listings show with what the trail says. Call after all events, once for each record.
    pub fn record(&mut self, record: &PackageRecord) {
        let id = record.package_id.as_str();
        let head = record.journey.head;
        if let Some(broken) = self.broken.get(id) {
            if let Clue::Unlinked { seq, hash } = broken.clue
                && (seq, hash) != (head.seq, head.hash)
                && let Some(finding) = self.findings.get_mut(broken.finding)
            {
                finding.seq = Some(seq);
            }
            return;
        }
        let (problem, seq, text) = match self.sound.get(&record.package_id) {
            None => (Problem::Dropped, 0, "the package has a record, but no trail".to_owned()),
            Some(trail) if trail.head.seq < head.seq => (
                Problem::Dropped,
                trail.head.seq + 1,
                format!(
                    "the trail ends at event {}, its record knows event {}",
                    trail.head.seq, head.seq
                ),
            ),
            Some(trail) if trail.head.seq > head.seq => (
                Problem::Added,
                head.seq + 1,
                format!(
                    "the trail goes to event {}, its record ends at event {}",
                    trail.head.seq, head.seq
                ),
            ),
            Some(trail) if trail.head.hash != head.hash => (
                Problem::Changed,
                head.seq,
                format!("its hash is {}, the record says {}", trail.head.hash, head.hash),
            ),
            Some(trail) if *trail != record.journey || is_open(trail) == record.state.is_terminal() => (
                Problem::RecordDiffers,
                head.seq,
                format!("the record says {}, the trail does not", record.state),
            ),
            Some(_) => return,
        };
        self.find(problem, Some(id.to_owned()), Some(seq), None, text);
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
        if let Some(expected) = self.expected
            && expected.size > self.events
        {
            let text = format!(
                "the log has {} events, the noted head stands for {}",
                self.events, expected.size
            );
            self.find(Problem::Dropped, None, None, Some(self.last_position + 1), text);
        }
        self.attribute_gaps();
        for unlike in self.likenesses.judge(&self.sound) {
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
        let broken = self.broken.keys().filter(|trail| !self.is_sound(trail));
        let (organizations, packages): (Vec<&String>, Vec<&String>) =
            broken.partition(|trail| organization_of_trail(trail).is_some());
        Verification {
            events: self.events,
            packages: (self.sound.len() + packages.len()) as u64,
            organizations: (self.registered.ids().count() + organizations.len()) as u64,
            organizations_without_trail: self.organizations_without_trail,
            in_flight: self.sound.values().filter(|journey| is_open(journey)).count() as u64,
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
    fn is_sound(&self, trail: &str) -> bool {
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
        self.findings_total += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding {
                problem,
                package_id,
                seq,
                position,
                text,
            });
        }
    }
}

// The event that the stored bytes are, if they are what they are filed as.
fn read(stored: &StoredEvent) -> Result<SealedEvent, (Problem, String)> {
    let sealed = SealedEvent::from_canonical(&stored.canonical).map_err(|error| (Problem::Changed, in_full(&error)))?;
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
        .map_err(|error| (Problem::Changed, in_full(&error)))?;
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

fn is_open(journey: &Journey) -> bool {
    journey.phase != Phase::Concluded
}

fn in_full(error: &EventError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
