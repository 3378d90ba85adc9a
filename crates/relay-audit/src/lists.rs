//! Verification of what is derived from trails: lists of packages, their counts, and claims.
//!
//! Nothing of it is believed: it is derived once more from the events that were read, and compared.

use std::collections::BTreeMap;

use relay_model::{OrganizationId, PackageId, PackageRecord, PackageState, Sha256Digest};

use crate::verify::Folded;
use crate::{Finding, Problem, Verifier};

/// Where findings about the list of packages stand.
const LIST: &str = "list of packages";
/// Where findings about counts stand.
const COUNTS: &str = "counts of packages";
/// Where findings about claims stand.
const CLAIMS: &str = "claims";

/// What listings are sorted and searched by, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPackage {
    /// Its place in the order of arrival, from 1 and without gaps.
    pub number: i64,
    /// The package.
    pub package_id: String,
    /// Its owner.
    pub organization: Option<String>,
    /// Its state.
    pub state: String,
    /// Its file name.
    pub file_name: String,
    /// When it was received, in milliseconds since 1970.
    pub received_ms: i64,
    /// Whether it duplicates another.
    pub is_duplicate: bool,
}

/// A claim as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClaim {
    /// Within which organization.
    pub organization: String,
    /// `bytes` or `name`.
    pub subject: String,
    /// What is claimed.
    pub fingerprint: Sha256Digest,
    /// Who holds it.
    pub package_id: String,
    /// The holder's key.
    pub key: String,
    /// The hash of the holder's bytes.
    pub sha256: Sha256Digest,
}

/// A claim that must be there, since a package was concluded that made it or lost it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueClaim {
    /// Within which organization.
    pub organization: OrganizationId,
    /// `bytes` or `name`.
    pub subject: &'static str,
    /// What is claimed.
    pub fingerprint: Sha256Digest,
    /// The package that asked.
    pub package_id: PackageId,
    /// Who may hold it, by what the conclusion says.
    pub holders: Vec<PackageId>,
}

/// What was seen of lists so far.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    last_number: i64,
    last_rank: u64,
    /// Packages whose trails do not hold, by the state that their records give.
    pub(crate) broken: BTreeMap<&'static str, u64>,
    counts: Option<BTreeMap<String, u64>>,
}

impl Verifier {
    /// The record of a package as its trail says, without results and table; `None` when its trail does not hold.
    pub fn record_of(&self, package_id: &PackageId) -> Option<&PackageRecord> {
        self.sound.get(package_id).map(|folded| &folded.record)
    }

    /// Every package of which an event was read, whether its trail holds or not.
    pub fn packages(&self) -> impl Iterator<Item = PackageId> {
        let broken = self.broken.keys().filter(|id| !self.is_sound(id));
        let broken = broken.filter_map(|id| id.parse().ok());
        self.sound.keys().cloned().chain(broken)
    }

    /// Every package of which an event was read, and of which no record was given.
    pub fn unrecorded(&self) -> impl Iterator<Item = PackageId> {
        let sound = self.whole().filter(|folded| !folded.is_recorded);
        let broken = self.broken.iter().filter(|(_, broken)| !broken.is_recorded);
        let broken = broken.filter_map(|(id, _)| id.parse().ok());
        sound.map(|folded| folded.record.package_id.clone()).chain(broken)
    }

    /// Whether a package's trail was found not to hold.
    pub fn is_broken(&self, package_id: &PackageId) -> bool {
        self.broken.contains_key(package_id.as_str())
    }

    /// The next row of the list of packages, in the order of its numbers. Call after all events.
    pub fn listed(&mut self, row: &ListedPackage) {
        let mut differing: Vec<String> = Vec::new();
        if row.number != self.lists.last_number + 1 {
            differing.push(format!(
                "number (it is {} behind {})",
                row.number, self.lists.last_number
            ));
        }
        self.lists.last_number = row.number;
        // Where the trail does not hold, that was said.
        if self.broken.contains_key(&row.package_id) {
            return;
        }
        let id = row.package_id.parse::<PackageId>().ok();
        let Some(folded) = id.and_then(|id| self.sound.get_mut(&id)) else {
            let text = format!(
                "a row names package '{}', which has no trail",
                row.package_id.escape_default()
            );
            self.report(Finding::at(Problem::RecordDiffers, LIST, text));
            return;
        };
        if folded.rank <= self.lists.last_rank {
            differing.push("its place in the order of arrival".to_owned());
        }
        self.lists.last_rank = folded.rank;
        folded.is_listed = true;
        differing.extend(differing_columns(folded, row).into_iter().map(str::to_owned));
        if !differing.is_empty() {
            let text = format!(
                "the list says something else than the trail of: {}",
                differing.join(", ")
            );
            self.report(Finding::at(Problem::RecordDiffers, LIST, text).of(row.package_id.clone()));
        }
    }

    /// The row of a package that is verified alone: its place in the order of arrival cannot be judged.
    pub fn listed_alone(&mut self, row: &ListedPackage) {
        self.lists.last_number = row.number - 1;
        self.listed(row);
    }

    /// All records and rows of the list were given: a package that has a trail and is not listed is found now.
    pub fn end_of_lists(&mut self) {
        let unlisted = self.whole().filter(|folded| !folded.is_recorded || !folded.is_listed);
        let mut unlisted: Vec<String> = unlisted.map(|folded| folded.record.package_id.to_string()).collect();
        let broken = self.broken.iter().filter(|(_, broken)| !broken.is_recorded);
        unlisted.extend(broken.map(|(id, _)| id.clone()));
        unlisted.sort();
        for id in unlisted {
            let text = "the package has a trail, but no readable row in the list";
            self.report(Finding::at(Problem::RecordDiffers, LIST, text).of(id));
        }
    }

    // The packages whose trails hold from beginning to end.
    fn whole(&self) -> impl Iterator<Item = &Folded> {
        let folded = self.sound.values();
        folded.filter(|folded| !self.broken.contains_key(folded.record.package_id.as_str()))
    }

    /// How many packages are said to be in a state. Once this was called, all counts are compared at the end.
    pub fn counted(&mut self, state: &str, number: u64) {
        let counts = self.lists.counts.get_or_insert_default();
        *counts.entry(state.to_owned()).or_default() += number;
    }

    /// That counts are kept, even if none could be read.
    pub fn expect_counts(&mut self) {
        self.lists.counts.get_or_insert_default();
    }

    pub(crate) fn compare_counts(&mut self) {
        let Some(found) = self.lists.counts.take() else { return };
        let mut expected: BTreeMap<&str, u64> = self.lists.broken.clone().into_iter().collect();
        for folded in self.whole() {
            *expected.entry(folded.record.state.name()).or_default() += 1;
        }
        let names = PackageState::ALL.map(PackageState::name);
        for name in names {
            let (found, expected) = (
                found.get(name).copied().unwrap_or_default(),
                expected.get(name).copied().unwrap_or_default(),
            );
            if found != expected {
                let text = format!("{found} packages are counted as {name}, by the trails there are {expected}");
                self.report(Finding::at(Problem::CountDiffers, COUNTS, text));
            }
        }
        for name in found.keys().filter(|name| !names.contains(&name.as_str())) {
            let text = format!("'{}' is counted, which is no state", name.escape_default());
            self.report(Finding::at(Problem::CountDiffers, COUNTS, text));
        }
    }

    /// A claim. Call after all events.
    pub fn claim(&mut self, claim: &StoredClaim) {
        let Some(text) = self.contradiction(claim) else { return };
        let text = format!(
            "the claim of the {} {} {text}",
            claim.subject.escape_default(),
            claim.fingerprint
        );
        self.report(Finding::at(Problem::ClaimDiffers, CLAIMS, text).of(claim.package_id.escape_default().to_string()));
    }

    fn contradiction(&self, claim: &StoredClaim) -> Option<&'static str> {
        let fingerprint = match claim.subject.as_str() {
            "bytes" => claim.sha256,
            "name" => Sha256Digest::of(claim.key.as_bytes()),
            _ => return Some("is of a kind that there is not"),
        };
        if fingerprint != claim.fingerprint {
            return Some("is filed under what its holder does not have");
        }
        if self.broken.contains_key(&claim.package_id) {
            return None;
        }
        let id = claim.package_id.parse::<PackageId>().ok();
        let Some(record) = id.and_then(|id| self.sound.get(&id)).map(|folded| &folded.record) else {
            return Some("is held by a package that has no trail");
        };
        if record.organization.as_ref().map(OrganizationId::as_str) != Some(claim.organization.as_str()) {
            return Some("is held by a package of another organization");
        }
        if record.trail_state.object.key.as_str() != claim.key {
            return Some("is held by a package of another name");
        }
        if record.sha256.is_some_and(|sha256| sha256 != claim.sha256) {
            return Some("is held by a package with other bytes");
        }
        (record.trail_state.attempts == 0).then_some("is held by a package that was never run")
    }

    /// The claims that must be there, of packages that were concluded behind position `since` of the log. Call after all
    /// events.
    pub fn due_claims(&self, since: u64) -> impl Iterator<Item = DueClaim> {
        self.whole().flat_map(move |folded| due_claims(folded, since))
    }

    /// Compares who holds a claim that is due with who may hold it; `None` when nobody does.
    pub fn claim_held(&mut self, due: &DueClaim, holder: Option<&str>) {
        let text = match holder {
            None => format!("the claim of the {} {} is gone", due.subject, due.fingerprint),
            Some(holder) if due.holders.iter().any(|id| id.as_str() == holder) => return,
            Some(holder) => format!(
                "the claim of the {} {} is held by {}, its conclusion says otherwise",
                due.subject,
                due.fingerprint,
                holder.escape_default()
            ),
        };
        self.report(Finding::at(Problem::ClaimDiffers, CLAIMS, text).of(due.package_id.to_string()));
    }
}

fn differing_columns(folded: &Folded, row: &ListedPackage) -> Vec<&'static str> {
    let record = &folded.record;
    [
        (
            record.organization.as_ref().map(OrganizationId::as_str) == row.organization.as_deref(),
            "organization",
        ),
        (record.state.name() == row.state, "state"),
        (record.trail_state.object.key.file_name() == row.file_name, "file name"),
        (record.received_at.unix_milliseconds() == row.received_ms, "time"),
        (record.duplicates.known().is_empty() != row.is_duplicate, "duplicate"),
    ]
    .into_iter()
    .filter_map(|(is_same, name)| (!is_same).then_some(name))
    .collect()
}

fn due_claims(folded: &Folded, since: u64) -> Vec<DueClaim> {
    let record = &folded.record;
    let (Some((sha256, position)), Some(organization)) = (folded.concluded, &record.organization) else {
        return Vec::new();
    };
    if position <= since || !record.duplicates.is_known() {
        return Vec::new();
    }
    let mut holders: Vec<PackageId> = record
        .duplicates
        .known()
        .iter()
        .map(|duplicate| duplicate.of.clone())
        .collect();
    holders.push(record.package_id.clone());
    let name = Sha256Digest::of(record.trail_state.object.key.as_str().as_bytes());
    let due = |subject, fingerprint| DueClaim {
        organization: organization.clone(),
        subject,
        fingerprint,
        package_id: record.package_id.clone(),
        holders: holders.clone(),
    };
    vec![due("bytes", sha256), due("name", name)]
}
