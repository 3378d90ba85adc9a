//! Reading trails back: for operators, auditors and reconciliation. Runtimes do not have the permissions for it.

use std::collections::HashMap;
use std::sync::PoisonError;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::future::try_join_all;
use relay_audit::{StoredEvent, project};
use relay_model::{PackageId, PackageRecord, PackageState, SealedEvent};
use relay_pipeline::ports::{PortError, PortErrorClass, StateCounts};
use tokio::io::AsyncReadExt;

use super::DynamoTrail;
use super::items::{Bytes, Item, bytes_of, package_of, seq_of, stored_event, text, text_of};
use super::walk::{GREATEST, LEAST, Walk};
use crate::errors::port_error;

/// The most items that one batch read may ask for (API Reference, `BatchGetItem`).
const BATCH_ITEMS_MAX: usize = 100;
/// How often the items that a batch read left out are asked for again.
const BATCH_TRIES_MAX: u32 = 8;
/// How many index entries are asked of each shard at once.
const PAGE_ENTRIES: usize = 200;

/// An entry of an index.
pub(super) struct Entry {
    pub(super) order: String,
    pub(super) partition: String,
    seq: u64,
    kind: String,
}

impl DynamoTrail {
    // The next entries behind `after`, in order over all shards; none at the end.
    pub(super) async fn next_entries(&self, walk: &Walk, after: Option<&str>) -> Result<Vec<Entry>, PortError> {
        // At most sixteen shards, so all at the same time.
        let shards = walk.shards.iter().map(|shard| self.query_index(walk, shard, after));
        let pages: Vec<(Vec<Entry>, bool)> = try_join_all(shards).await?;
        // Behind the last entry of a shard that has more, another shard's entry may not be the next one.
        let ends = pages
            .iter()
            .filter(|(_, has_more)| *has_more)
            .filter_map(|(page, _)| page.last())
            .map(|entry| entry.order.clone());
        let horizon = if walk.forward { ends.min() } else { ends.max() };
        let mut entries: Vec<Entry> = pages.into_iter().flat_map(|(page, _)| page).collect();
        if let Some(horizon) = horizon {
            entries.retain(|entry| {
                if walk.forward {
                    entry.order <= horizon
                } else {
                    entry.order >= horizon
                }
            });
        }
        entries.sort_by(|a, b| a.order.cmp(&b.order));
        if !walk.forward {
            entries.reverse();
        }
        Ok(entries)
    }

    async fn query_index(
        &self,
        walk: &Walk,
        shard: &str,
        after: Option<&str>,
    ) -> Result<(Vec<Entry>, bool), PortError> {
        let (low, high) = (walk.low.as_deref(), walk.high.as_deref());
        let (low, high) = match (walk.forward, after) {
            (true, after) => (after.or(low).unwrap_or(LEAST), high.unwrap_or(GREATEST)),
            (false, after) => (low.unwrap_or(LEAST), after.or(high).unwrap_or(GREATEST)),
        };
        let mut entries = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.options.table)
                .index_name(walk.index)
                .key_condition_expression("#hash = :shard AND #range BETWEEN :low AND :high")
                .expression_attribute_names("#hash", walk.hash)
                .expression_attribute_names("#range", walk.range)
                .expression_attribute_values(":shard", text(shard))
                .expression_attribute_values(":low", text(low))
                .expression_attribute_values(":high", text(high))
                .scan_index_forward(walk.forward)
                .limit(i32::try_from(PAGE_ENTRIES).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| port_error(format!("the index {} could not be read", walk.index), error))?;
            // BETWEEN has its bounds in it; `after` was seen before.
            let fresh = page
                .items()
                .iter()
                .filter(|item| Some(text_of(item, walk.range)) != after);
            entries.extend(fresh.map(|item| Entry {
                order: text_of(item, walk.range).to_owned(),
                partition: text_of(item, "Partition").to_owned(),
                seq: seq_of(item).unwrap_or_default(),
                kind: text_of(item, "Kind").to_owned(),
            }));
            start = page.last_evaluated_key().cloned();
            if start.is_none() || entries.len() >= PAGE_ENTRIES {
                return Ok((entries, start.is_some()));
            }
        }
    }

    // The partition of a package, by an index that on AWS lags some moments behind.
    async fn partition(&self, package_id: &PackageId) -> Result<Option<String>, PortError> {
        let page = self
            .client
            .query()
            .table_name(&self.options.table)
            .index_name("by_package")
            .key_condition_expression("PackageId = :id")
            .expression_attribute_values(":id", text(package_id.as_str()))
            .limit(1)
            .send()
            .await
            .map_err(|error| port_error(format!("the trail of {package_id} could not be found"), error))?;
        Ok(page.items().first().map(|item| text_of(item, "Partition").to_owned()))
    }

    pub(super) async fn read_trail(&self, package_id: &PackageId) -> Result<Vec<StoredEvent>, PortError> {
        match self.partition(package_id).await? {
            Some(partition) => self.read_partition(&partition).await,
            None => Ok(Vec::new()),
        }
    }

    pub(super) async fn read_partition(&self, partition: &str) -> Result<Vec<StoredEvent>, PortError> {
        let mut events = Vec::new();
        let mut start: Option<HashMap<String, AttributeValue>> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.options.table)
                .consistent_read(true)
                .key_condition_expression("#partition = :partition")
                .expression_attribute_names("#partition", "Partition")
                .expression_attribute_values(":partition", text(partition))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| {
                    port_error(
                        format!("the trail of {} could not be read", package_of(partition)),
                        error,
                    )
                })?;
            for item in page.items() {
                let position = seq_of(item).unwrap_or_default() + 1;
                events.push(self.stored(item, position).await?);
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                return Ok(events);
            }
        }
    }

    async fn stored(&self, item: &Item, position: u64) -> Result<StoredEvent, PortError> {
        let canonical = match bytes_of(item) {
            Bytes::Here(canonical) => canonical.to_owned(),
            Bytes::Spilled(place) => self.read_spilled(place).await?,
        };
        stored_event(item, canonical, position)
    }

    // The bytes of a spilled event; whoever reads them compares their hash with the item's.
    pub(super) async fn read_spilled(&self, place: &str) -> Result<String, PortError> {
        let unreadable = || PortError::new(PortErrorClass::Permanent, "a spilled audit event could not be found");
        let (store, bucket) = self.options.spill.as_ref().ok_or_else(unreadable)?;
        let (version_id, key) = place.split_once(':').ok_or_else(unreadable)?;
        let object = relay_model::ObjectVersion {
            bucket: bucket.clone(),
            key: relay_model::ObjectKey::new(key),
            version_id: version_id.parse().map_err(|error| unreadable().caused_by(error))?,
        };
        let mut bytes = Vec::new();
        let mut reader = store.read(&object, 0).await?;
        reader
            .read_to_end(&mut bytes)
            .await
            .map_err(|error| PortError::from_io("a spilled audit event could not be read", error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) async fn fold(&self, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError> {
        fold_events(&self.read_trail(package_id).await?)
    }

    pub(super) async fn read_log_page(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, PortError> {
        let remembered = self.cursor.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (mut position, mut order) = match remembered {
            Some((position, order)) if position <= after => (position, Some(order)),
            _ => (0, None),
        };
        let walk = Walk::log(true);
        let mut wanted: Vec<(u64, Entry)> = Vec::new();
        while wanted.len() < limit {
            let entries = self.next_entries(&walk, order.as_deref()).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                if wanted.len() == limit {
                    break;
                }
                position += 1;
                order = Some(entry.order.clone());
                if position > after {
                    wanted.push((position, entry));
                }
            }
        }
        if let Some(order) = order {
            *self.cursor.lock().unwrap_or_else(PoisonError::into_inner) = Some((position, order));
        }
        let mut events = Vec::with_capacity(wanted.len());
        for batch in wanted.chunks(BATCH_ITEMS_MAX) {
            events.extend(self.read_batch(batch).await?);
        }
        Ok(events)
    }

    async fn read_batch(&self, batch: &[(u64, Entry)]) -> Result<Vec<StoredEvent>, PortError> {
        let context = || "the audit log could not be read".to_owned();
        let key = |entry: &Entry| -> Item {
            [
                ("Partition".to_owned(), text(&entry.partition)),
                ("Seq".to_owned(), super::items::number(entry.seq)),
            ]
            .into()
        };
        let mut keys: Vec<Item> = batch.iter().map(|(_, entry)| key(entry)).collect();
        let mut found: HashMap<(String, u64), Item> = HashMap::new();
        for _ in 0..BATCH_TRIES_MAX {
            let asked = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(|error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.options.table, asked)
                .send()
                .await
                .map_err(|error| port_error(context(), error))?;
            for item in answer
                .responses()
                .and_then(|tables| tables.get(&self.options.table))
                .into_iter()
                .flatten()
            {
                let at = (text_of(item, "Partition").to_owned(), seq_of(item).unwrap_or_default());
                found.insert(at, item.clone());
            }
            let left_out = answer
                .unprocessed_keys()
                .and_then(|tables| tables.get(&self.options.table));
            keys = left_out.map(|left_out| left_out.keys().to_vec()).unwrap_or_default();
            if keys.is_empty() {
                break;
            }
        }
        if !keys.is_empty() {
            return Err(PortError::new(PortErrorClass::Retryable, context()));
        }
        let mut events = Vec::with_capacity(batch.len());
        for (position, entry) in batch {
            // One that is in the index and not in the table was removed in between: verification sees the gap.
            if let Some(item) = found.get(&(entry.partition.clone(), entry.seq)) {
                events.push(self.stored(item, *position).await?);
            }
        }
        Ok(events)
    }

    // One walk over the index of the log. Only packages that may be replayed are remembered.
    pub(super) async fn count_states(&self) -> Result<StateCounts, PortError> {
        let walk = Walk::log(true);
        let mut states: HashMap<String, PackageState> = HashMap::new();
        let mut counts = StateCounts::default();
        let mut after: Option<String> = None;
        loop {
            let entries = self.next_entries(&walk, after.as_deref()).await?;
            let Some(last) = entries.last() else { break };
            after = Some(last.order.clone());
            for entry in entries {
                let package = package_of(&entry.partition).to_owned();
                match entry.kind.as_str() {
                    "received" | "replay_requested" => {
                        states.insert(package, PackageState::InFlight);
                    }
                    // Nothing follows it.
                    "processed" => {
                        states.remove(&package);
                        counts.count(PackageState::Processed, 1);
                    }
                    "rejected" => drop(states.insert(package, PackageState::Rejected)),
                    "quarantined" => drop(states.insert(package, PackageState::Quarantined)),
                    "failed" => drop(states.insert(package, PackageState::Failed)),
                    _ => {}
                }
            }
        }
        for state in states.into_values() {
            counts.count(state, 1);
        }
        Ok(counts)
    }
}

pub(super) fn fold_events(events: &[StoredEvent]) -> Result<Option<PackageRecord>, PortError> {
    let mut record = None;
    for stored in events {
        let damaged = |error: Box<dyn std::error::Error + Send + Sync>| {
            let text = format!("the trail of {} is damaged: see relay audit verify", stored.package_id);
            PortError::new(PortErrorClass::Permanent, text).caused_by(error)
        };
        let sealed = SealedEvent::from_canonical(&stored.canonical).map_err(|error| damaged(error.into()))?;
        record = Some(project(record.as_ref(), &sealed).map_err(|error| damaged(error.into()))?);
    }
    Ok(record)
}
