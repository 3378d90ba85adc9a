//! The queue of run orders in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use relay_model::{PackageId, Timestamp};
use relay_pipeline::ports::{Launched, Lease, PortError, PortErrorClass, QueueDepth, RunOrder, WorkQueue};

/// The queue of run orders in memory.
#[derive(Default)]
pub struct MemoryQueue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    orders: HashMap<PackageId, Entry>,
    enqueued: u64,
}

struct Entry {
    number: u64,
    order: RunOrder,
    not_before: Timestamp,
    held: Option<Held>,
}

struct Held {
    owner: String,
    until: Timestamp,
}

impl Entry {
    fn is_ready(&self, now: Timestamp) -> bool {
        self.held.as_ref().map_or(self.not_before, |held| held.until) <= now
    }
}

impl State {
    fn held(&mut self, claim: &Lease) -> Result<&mut Entry, PortError> {
        let entry = self.orders.get_mut(&claim.order.package_id);
        entry
            .filter(|entry| entry.held.as_ref().is_some_and(|held| held.owner == claim.owner))
            .ok_or_else(|| PortError::new(PortErrorClass::PreconditionFailed, "the claim was lost"))
    }
}

#[async_trait]
impl WorkQueue for MemoryQueue {
    async fn enqueue(&self, order: &RunOrder, not_before: Timestamp) -> Result<Launched, PortError> {
        let mut state = self.state.lock().unwrap();
        if state.orders.contains_key(&order.package_id) {
            return Ok(Launched::AlreadyRunning);
        }
        state.enqueued += 1;
        let entry = Entry {
            number: state.enqueued,
            order: order.clone(),
            not_before,
            held: None,
        };
        state.orders.insert(order.package_id.clone(), entry);
        Ok(Launched::Started)
    }

    async fn claim(&self, owner: &str, now: Timestamp, lease_ms: u64) -> Result<Option<Lease>, PortError> {
        let mut state = self.state.lock().unwrap();
        let ready = state.orders.values_mut().filter(|entry| entry.is_ready(now));
        Ok(ready.min_by_key(|entry| (entry.not_before, entry.number)).map(|entry| {
            entry.held = Some(Held {
                owner: owner.to_owned(),
                until: now.plus_milliseconds(lease_ms),
            });
            Lease {
                order: entry.order.clone(),
                owner: owner.to_owned(),
            }
        }))
    }

    async fn complete(&self, claim: &Lease) -> Result<(), PortError> {
        let mut state = self.state.lock().unwrap();
        state.held(claim)?;
        state.orders.remove(&claim.order.package_id);
        Ok(())
    }

    async fn release(&self, claim: &Lease, order: &RunOrder, not_before: Timestamp) -> Result<(), PortError> {
        if order.package_id != claim.order.package_id {
            return Err(PortError::new(
                PortErrorClass::Permanent,
                "an order for another package",
            ));
        }
        let mut state = self.state.lock().unwrap();
        let entry = state.held(claim)?;
        entry.order = order.clone();
        entry.not_before = not_before;
        entry.held = None;
        Ok(())
    }

    async fn release_abandoned(&self, owner: &str) -> Result<u64, PortError> {
        let mut state = self.state.lock().unwrap();
        let abandoned = state
            .orders
            .values_mut()
            .filter(|entry| entry.held.as_ref().is_some_and(|held| held.owner != owner));
        Ok(abandoned.map(|entry| entry.held = None).count() as u64)
    }

    async fn depth(&self, now: Timestamp) -> Result<QueueDepth, PortError> {
        let state = self.state.lock().unwrap();
        let mut depth = QueueDepth::default();
        for entry in state.orders.values() {
            match (entry.is_ready(now), &entry.held) {
                (true, _) => depth.ready += 1,
                (false, None) => depth.waiting += 1,
                (false, Some(_)) => depth.claimed += 1,
            }
        }
        Ok(depth)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, PortError> {
        let state = self.state.lock().unwrap();
        Ok(state
            .orders
            .values()
            .filter(|entry| entry.held.is_none())
            .map(|entry| entry.not_before)
            .min())
    }
}
