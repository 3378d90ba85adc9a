//! How many packages are in each state: one walk over the index of the log.
//!
//! The index says of each event where it stands and of which kind it is. A package whose events are not, by that, a trail is read
//! itself: an index lags some moments behind, and a task that is taken over may put anything under its organization. What a trail
//! holds is not read here; `relay audit verify` does that.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

use futures_util::{StreamExt, TryStreamExt, stream};
use relay_audit::phase_between;
use relay_model::{EventKind, PackageId, PackageState, Phase};
use relay_pipeline::ports::{PortError, StateCounts};

use super::DynamoTrail;
use super::folding::Trail;
use super::items::{is_of_organization, place_of};
use super::listing::FOLDS_CONCURRENT_MAX;
use super::reading::Entry;
use super::walk::Walk;

// Where the trail of a package stands that something may follow.
#[derive(Clone, Copy)]
struct Standing {
    place: u64,
    seq: u64,
    phase: Phase,
    state: PackageState,
}

// Packages and places are known by hashes whose key nobody else knows: of most packages, those that are processed, sixteen bytes are
// enough to be remembered.
#[derive(Default)]
struct Tally {
    hasher: RandomState,
    processed: HashMap<u64, u64>,
    standing: HashMap<u64, Standing>,
    // Places whose entries are no trail, and packages that stand in more than one.
    doubtful: BTreeSet<String>,
    twofold: BTreeSet<PackageId>,
}

impl Tally {
    fn count(&mut self, entry: &Entry) {
        if is_of_organization(&entry.partition) {
            return;
        }
        let place = self.hasher.hash_one(&entry.partition);
        let Some((_, package_id)) = place_of(&entry.partition) else {
            self.doubtful.insert(entry.partition.clone());
            return;
        };
        let package = self.hasher.hash_one(&package_id);
        let known = self.processed.get(&package).copied();
        let known = known.or_else(|| self.standing.get(&package).map(|standing| standing.place));
        if known.is_some_and(|known| known != place) {
            self.twofold.insert(package_id);
        } else if self.follow(package, place, &package_id, entry).is_none() {
            self.doubtful.insert(entry.partition.clone());
        }
    }

    // `None` where the entry does not fit what is known.
    fn follow(&mut self, package: u64, place: u64, package_id: &PackageId, entry: &Entry) -> Option<()> {
        let (kind, seq) = (kind_of(&entry.kind)?, entry.seq()?);
        if !entry.order.ends_with(&format!("#{package_id}#{seq:06}")) || self.processed.contains_key(&package) {
            return None;
        }
        let before = self.standing.get(&package).copied();
        if seq != before.map_or(0, |before| before.seq + 1) {
            return None;
        }
        let phase = phase_between(before.map(|before| before.phase), kind)?;
        let state = match kind {
            EventKind::Processed => {
                self.standing.remove(&package);
                self.processed.insert(package, place);
                return Some(());
            }
            EventKind::Rejected => PackageState::Rejected,
            EventKind::Quarantined => PackageState::Quarantined,
            EventKind::Failed => PackageState::Failed,
            _ => PackageState::InFlight,
        };
        let standing = Standing {
            place,
            seq,
            phase,
            state,
        };
        self.standing.insert(package, standing);
        Some(())
    }

    fn forget(&mut self, package_id: &PackageId) {
        let package = self.hasher.hash_one(package_id);
        self.processed.remove(&package);
        self.standing.remove(&package);
    }

    // What is certain, when all that is in doubt is left out; what that is stays here.
    fn certain(&mut self) -> StateCounts {
        for place in self.doubtful.clone() {
            if let Some((_, package_id)) = place_of(&place) {
                self.forget(&package_id);
                // Whatever else stands under this id is read as well.
                self.twofold.insert(package_id);
            }
        }
        for package_id in self.twofold.clone() {
            self.forget(&package_id);
        }
        let mut counts = StateCounts::default();
        counts.count(PackageState::Processed, self.processed.len() as u64);
        for standing in self.standing.values() {
            counts.count(standing.state, 1);
        }
        counts
    }
}

fn kind_of(name: &str) -> Option<EventKind> {
    const KINDS: [EventKind; 10] = [
        EventKind::Received,
        EventKind::Accepted,
        EventKind::Rejected,
        EventKind::Started,
        EventKind::Released,
        EventKind::AttemptFailed,
        EventKind::Processed,
        EventKind::Quarantined,
        EventKind::Failed,
        EventKind::ReplayRequested,
    ];
    KINDS.into_iter().find(|kind| kind.name() == name)
}

impl DynamoTrail {
    pub(super) async fn count_states(&self) -> Result<StateCounts, PortError> {
        let walk = Walk::log(true);
        let mut tally = Tally::default();
        let mut after: Option<String> = None;
        loop {
            let entries = self.next_entries(&walk, after.as_deref()).await?;
            let Some(last) = entries.last() else { break };
            after = Some(last.order.clone());
            for entry in &entries {
                tally.count(entry);
            }
        }
        let mut counts = tally.certain();
        let mut doubtful = std::mem::take(&mut tally.doubtful);
        for package_id in &tally.twofold {
            doubtful.extend(self.partitions(package_id).await?);
        }
        let mut read = stream::iter(doubtful)
            .map(|partition| async move { self.trail_in(&partition).await })
            .buffer_unordered(FOLDS_CONCURRENT_MAX);
        while let Some(trail) = read.try_next().await? {
            match trail {
                Trail::Empty => {}
                Trail::Sound(record) => counts.count(record.state, 1),
                Trail::Damaged(_) => counts.count_damaged(1),
            }
        }
        Ok(counts)
    }
}
