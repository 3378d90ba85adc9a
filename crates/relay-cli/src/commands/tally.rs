//! What becomes of the packages of one command: counted, and told as far as people can read it. Memory does not grow with how
//! many there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relay_model::{PackageId, PackageRecord, PackageState, Timestamp};
use relay_pipeline::ports::{Clock, StateCounts, SystemClock, TrailReader};
use tokio::sync::{Semaphore, mpsc};

use super::packages::print_records;
use super::status::counts_in_words;
use crate::output::Output;

/// The most packages of one command that are taken in and have not been told yet; beyond that, files wait.
pub const IN_FLIGHT_MAX: usize = 1_024;
/// Up to this many packages are shown one by one; of more, only those that were not processed, and only so many.
const SHOWN_PACKAGES_MAX: usize = 100;

/// Packages that a command has taken in, and that have no conclusion yet.
pub struct Waiting {
    // How often each was taken in: a file may be named twice.
    packages: Mutex<HashMap<PackageId, u64>>,
    room: Arc<Semaphore>,
    concluded: mpsc::UnboundedSender<Concluded>,
}

/// A package is done.
pub struct Concluded {
    package_id: PackageId,
    times: u64,
    /// It was there, and concluded, before this command.
    was_there: bool,
    room: Arc<Semaphore>,
}

// Room is given back when it has been told: files that were there before are concluded faster than they are told.
impl Drop for Concluded {
    fn drop(&mut self) {
        self.room
            .add_permits(usize::try_from(self.times).unwrap_or(IN_FLIGHT_MAX));
    }
}

impl Waiting {
    /// Nothing waits yet. What is concluded comes out of the channel, which holds at most what waited.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Concluded>) {
        let (concluded, receiver) = mpsc::unbounded_channel();
        let waiting = Self {
            packages: Mutex::default(),
            room: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
            concluded,
        };
        (waiting, receiver)
    }

    /// Waits until another package may be taken in. Each room that was given must be given back: by a conclusion, or by
    /// [`Waiting::give_up`].
    pub async fn room(&self) {
        // It is never closed.
        if let Ok(permit) = self.room.acquire().await {
            permit.forget();
        }
    }

    /// The file was not taken in.
    pub fn give_up(&self) {
        self.room.add_permits(1);
    }

    /// The package is taken in. To be called before its record is looked at: a conclusion in between is not missed then.
    pub fn expect(&self, package_id: &PackageId) {
        *self.lock().entry(package_id.clone()).or_default() += 1;
    }

    /// The package has its conclusion; nothing if nobody waits for it.
    pub fn conclude(&self, package_id: &PackageId, was_there: bool) {
        let Some(times) = self.lock().remove(package_id) else {
            return;
        };
        // The receiver is gone only while the command ends.
        let _ = self.concluded.send(Concluded {
            package_id: package_id.clone(),
            times,
            was_there,
            room: Arc::clone(&self.room),
        });
    }

    /// Whatever still waits.
    pub fn all(&self) -> Vec<PackageId> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PackageId, u64>> {
        // A map of ids is sound whatever happened to the thread that held it.
        self.packages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sum of a command, and what it shows.
pub struct Tally {
    output: Output,
    started_at: Timestamp,
    counts: StateCounts,
    unchanged: u64,
    // The first of all, and the first of those that were not processed.
    first: Vec<PackageRecord>,
    remarkable: Vec<PackageRecord>,
}

impl Tally {
    /// Nothing is counted yet.
    pub fn new(output: Output) -> Self {
        Self {
            output,
            started_at: SystemClock.now(),
            counts: StateCounts::default(),
            unchanged: 0,
            first: Vec::new(),
            remarkable: Vec::new(),
        }
    }

    /// Counts each package as it is concluded, and tells programs, until nothing waits any more.
    pub async fn take_all(
        &mut self,
        trail: &dyn TrailReader,
        mut concluded: mpsc::UnboundedReceiver<Concluded>,
    ) -> anyhow::Result<()> {
        while let Some(one) = concluded.recv().await {
            if let Some(record) = trail.record(&one.package_id).await? {
                self.take(record, one.times, one.was_there)?;
            }
        }
        Ok(())
    }

    /// Counts one package that is concluded, and tells programs.
    pub fn take(&mut self, record: PackageRecord, times: u64, was_there: bool) -> anyhow::Result<()> {
        self.counts.count(record.state, times);
        // A file that is named twice is new once.
        self.unchanged += if was_there { times } else { times - 1 };
        if self.output.is_json() {
            return print_records(&self.output, std::slice::from_ref(&record));
        }
        if record.state != PackageState::Processed && self.remarkable.len() < SHOWN_PACKAGES_MAX {
            self.remarkable.push(record.clone());
        }
        if self.first.len() < SHOWN_PACKAGES_MAX {
            self.first.push(record);
        }
        Ok(())
    }

    /// Tells people the sum; returns whether all were processed.
    pub fn finish(self) -> anyhow::Result<bool> {
        let all_processed = self.counts.processed == self.counts.received;
        if self.output.is_json() {
            return Ok(all_processed);
        }
        let shows_all = self.counts.received <= self.first.len() as u64;
        let mut shown = if shows_all { self.first } else { self.remarkable };
        shown.sort_by(|one, other| one.trail_state.object.key.cmp(&other.trail_state.object.key));
        if !shown.is_empty() {
            print_records(&self.output, &shown)?;
        }
        let unchanged = match self.unchanged {
            0 => String::new(),
            unchanged => format!("; {unchanged} of them were here before, unchanged"),
        };
        self.output
            .line(&format!("{}{unchanged}", counts_in_words(&self.counts)))?;
        let hidden = self.counts.received - shown.len() as u64;
        if !shows_all && hidden > 0 {
            self.output
                .line(&not_shown(hidden, &self.counts, shown.len() as u64, self.started_at))?;
        }
        Ok(all_processed)
    }
}

// How many are not shown, and how to see them.
fn not_shown(hidden: u64, counts: &StateCounts, shown: u64, since: Timestamp) -> String {
    let processed = counts.processed;
    let others = counts.received - processed - shown;
    let kinds = match (processed, others) {
        (0, others) => format!("{others} that were not processed"),
        (processed, 0) => format!("{processed} processed"),
        (processed, others) => format!("{processed} processed, and {others} that were not"),
    };
    let limit = counts.received;
    format!(
        "{hidden} are not shown here ({kinds}); relay packages list --since {since} --limit {limit} lists what is new (--state rejected, quarantined, failed …)"
    )
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_package_takes_room_until_it_has_been_told() {
        let (waiting, mut concluded) = Waiting::new();
        for number in 0..IN_FLIGHT_MAX {
            waiting.room().await;
            let id: PackageId = format!("pkg-{number:040x}").parse().unwrap();
            waiting.expect(&id);
            waiting.conclude(&id, true);
        }
        assert!(waiting.room().now_or_never().is_none());
        drop(concluded.recv().await);
        assert!(waiting.room().now_or_never().is_some());
        assert!(waiting.room().now_or_never().is_none());
    }
}
