//! The ports in memory: an account that is what it is set to, a store that forgets with the process, people who only listen.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use relay_monitor::{
    AcceptedRisk, AccountInventory, Announcement, Announcer, FindingStore, Findings, Inventory, PortFailure, Report,
    Stored,
};

fn locked<T, R>(mutex: &Mutex<T>, change: impl FnOnce(&mut T) -> R) -> R {
    change(&mut mutex.lock().unwrap_or_else(PoisonError::into_inner))
}

/// An account that is as it was set.
#[derive(Debug)]
pub struct FixedInventory(Mutex<Inventory>);

impl FixedInventory {
    /// An account that is like this.
    pub const fn new(inventory: Inventory) -> Self {
        Self(Mutex::new(inventory))
    }

    /// From now on it is like this.
    pub fn set(&self, inventory: Inventory) {
        locked(&self.0, |held| *held = inventory);
    }
}

#[async_trait]
impl AccountInventory for FixedInventory {
    async fn take(&self, _time: Duration) -> Result<Inventory, PortFailure> {
        Ok(locked(&self.0, |held| held.clone()))
    }
}

#[derive(Debug, Default)]
struct Held {
    findings: Option<Findings>,
    revision: u64,
    accepted: Vec<AcceptedRisk>,
    reports: BTreeMap<String, Report>,
}

/// Findings, reports and accepted risks in memory.
#[derive(Debug, Default)]
pub struct MemoryFindings(Mutex<Held>);

impl MemoryFindings {
    /// The reports, by name.
    pub fn reports(&self) -> BTreeMap<String, Report> {
        locked(&self.0, |held| held.reports.clone())
    }
}

#[async_trait]
impl FindingStore for MemoryFindings {
    async fn load(&self) -> Result<Stored, PortFailure> {
        Ok(locked(&self.0, |held| Stored {
            revision: held.findings.is_some().then(|| held.revision.to_string()),
            findings: held.findings.clone().unwrap_or_default(),
            accepted: held.accepted.clone(),
        }))
    }

    async fn publish(&self, report: &Report) -> Result<(), PortFailure> {
        locked(&self.0, |held| held.reports.insert(report.name(), report.clone()));
        Ok(())
    }

    async fn save(&self, findings: &Findings, revision: Option<&str>) -> Result<(), PortFailure> {
        locked(&self.0, |held| {
            let current = held.findings.is_some().then(|| held.revision.to_string());
            if current.as_deref() != revision {
                return Err(PortFailure::new("another run has kept its findings meanwhile"));
            }
            held.findings = Some(findings.clone());
            held.revision += 1;
            Ok(())
        })
    }

    async fn accept(&self, risk: &AcceptedRisk) -> Result<(), PortFailure> {
        locked(&self.0, |held| held.accepted.push(risk.clone()));
        Ok(())
    }
}

/// People who listen, and a line that can be cut.
#[derive(Debug, Default)]
pub struct MemoryAnnouncer {
    told: Mutex<Vec<Announcement>>,
    is_cut: Mutex<bool>,
}

impl MemoryAnnouncer {
    /// What was announced so far.
    pub fn told(&self) -> Vec<Announcement> {
        locked(&self.told, |told| told.clone())
    }

    /// From now on announcements fail, or do no more.
    pub fn cut(&self, is_cut: bool) {
        locked(&self.is_cut, |held| *held = is_cut);
    }
}

#[async_trait]
impl Announcer for MemoryAnnouncer {
    async fn announce(&self, announcement: &Announcement) -> Result<(), PortFailure> {
        if locked(&self.is_cut, |is_cut| *is_cut) {
            return Err(PortFailure::new("the line is cut"));
        }
        locked(&self.told, |told| told.push(announcement.clone()));
        Ok(())
    }
}
