//! Reading trails back: for operators, auditors and reconciliation. Runtimes do not have the permissions for it.

use std::collections::{BTreeSet, HashMap};
use std::sync::PoisonError;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::future::try_join_all;
use relay_audit::StoredEvent;
use relay_aws_client::port_error;
use relay_model::{PackageId, PackageRecord};
use relay_pipeline::ports::{DamagedTrail, PortError, PortErrorClass};
use tokio::io::AsyncReadExt;

use super::DynamoTrail;
use super::folding::{self, Trail};
use super::items::{Bytes, Item, bytes_of, package_of, seq_of, spilled_key, stored_event, text, text_of};
use super::walk::{GREATEST, LEAST, Walk};

/// The most items that one batch read may ask for (API Reference, `BatchGetItem`).
const BATCH_ITEMS_MAX: usize = 100;
/// How often the items that a batch read left out are asked for again.
const BATCH_TRIES_MAX: u32 = 8;
/// How many places of one package are looked at: there is one, unless somebody forges more.
const PARTITIONS_MAX: usize = 100;
/// How many index entries are asked of each shard at once.
const PAGE_ENTRIES: usize = 200;
/// An event that has no room in an item is the conclusion of an archive of very many files: some hundred bytes for each of them.
const SPILLED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// An entry of an index.
pub(super) struct Entry {
    pub(super) order: String,
    pub(super) partition: String,
    // As it stands there: DynamoDB has numbers that no event has.
    number: String,
    pub(super) kind: String,
}

impl Entry {
    /// The place in the trail, where it is one.
    pub(super) fn seq(&self) -> Option<u64> {
        self.number.parse().ok()
    }
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
                number: number_of(item).to_owned(),
                kind: text_of(item, "Kind").to_owned(),
            }));
            start = page.last_evaluated_key().cloned();
            if start.is_none() || entries.len() >= PAGE_ENTRIES {
                return Ok((entries, start.is_some()));
            }
        }
    }

    // The partitions of a package, by an index that on AWS lags some moments behind. There is one; more only where somebody puts
    // the id of a package that is not his under his own organization.
    pub(super) async fn partitions(&self, package_id: &PackageId) -> Result<BTreeSet<String>, PortError> {
        let mut partitions = BTreeSet::new();
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.options.table)
                .index_name("by_package")
                .key_condition_expression("PackageId = :id")
                .expression_attribute_values(":id", text(package_id.as_str()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| port_error(format!("the trail of {package_id} could not be found"), error))?;
            let found = page.items().iter().map(|item| text_of(item, "Partition"));
            partitions.extend(
                found
                    .filter(|partition| package_of(partition) == package_id.as_str())
                    .map(str::to_owned),
            );
            start = page.last_evaluated_key().cloned();
            if start.is_none() || partitions.len() > PARTITIONS_MAX {
                return Ok(partitions);
            }
        }
    }

    // The events of the package and what they come to. A sound trail is the package's: its id is the hash of what it is about.
    async fn find_trail(&self, package_id: &PackageId) -> Result<(Vec<StoredEvent>, Trail), PortError> {
        let mut instead = (Vec::new(), Trail::Empty);
        for partition in self.partitions(package_id).await? {
            let events = self.read_partition(&partition).await?;
            match folding::fold(&partition, &events) {
                Trail::Empty => {}
                sound @ Trail::Sound(_) => return Ok((events, sound)),
                damaged @ Trail::Damaged(_) => instead = (events, damaged),
            }
        }
        Ok(instead)
    }

    pub(super) async fn read_trail(&self, package_id: &PackageId) -> Result<Vec<StoredEvent>, PortError> {
        Ok(self.find_trail(package_id).await?.0)
    }

    /// What the trail of this package comes to.
    pub(super) async fn trail_of(&self, package_id: &PackageId) -> Result<Trail, PortError> {
        Ok(self.find_trail(package_id).await?.1)
    }

    /// What stands in this partition.
    pub(super) async fn trail_in(&self, partition: &str) -> Result<Trail, PortError> {
        Ok(folding::fold(partition, &self.read_partition(partition).await?))
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
            // What cannot be had is as damaged as what cannot be read; what may be had the next time is not.
            Bytes::Spilled(place) => match self.read_spilled(item, place).await {
                Err(error) if error.class() != PortErrorClass::Retryable => String::new(),
                read => read?,
            },
        };
        Ok(stored_event(item, canonical, position))
    }

    // The bytes of a spilled event; whoever reads them compares their hash with the item's. Only what the item can have spilled is
    // read: whoever may write the item could name any object else.
    pub(super) async fn read_spilled(&self, item: &Item, place: &str) -> Result<String, PortError> {
        let unreadable = || PortError::new(PortErrorClass::Permanent, "a spilled audit event could not be found");
        let (store, bucket) = self.options.spill.as_ref().ok_or_else(unreadable)?;
        let (version_id, key) = place.split_once(':').ok_or_else(unreadable)?;
        let seq = seq_of(item).ok_or_else(unreadable)?;
        if key != spilled_key(text_of(item, "Partition"), seq, text_of(item, "Hash")) {
            return Err(unreadable());
        }
        let object = relay_model::ObjectVersion {
            bucket: bucket.clone(),
            key: relay_model::ObjectKey::new(key),
            version_id: version_id.parse().map_err(|error| unreadable().caused_by(error))?,
        };
        let mut bytes = Vec::new();
        let reader = store.read(&object, 0).await?;
        reader
            .take(SPILLED_BYTES_MAX)
            .read_to_end(&mut bytes)
            .await
            .map_err(|error| PortError::from_io("a spilled audit event could not be read", error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) async fn fold(&self, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError> {
        match self.trail_of(package_id).await? {
            Trail::Empty => Ok(None),
            Trail::Sound(record) => Ok(Some(*record)),
            Trail::Damaged(DamagedTrail { damage, .. }) => {
                let text = format!("{package_id} is damaged: {damage}; see relay audit verify");
                Err(PortError::new(PortErrorClass::Permanent, text))
            }
        }
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
                ("Seq".to_owned(), AttributeValue::N(entry.number.clone())),
            ]
            .into()
        };
        let mut keys: Vec<Item> = batch.iter().map(|(_, entry)| key(entry)).collect();
        let mut found: HashMap<(String, String), Item> = HashMap::new();
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
                let at = (text_of(item, "Partition").to_owned(), number_of(item).to_owned());
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
            if let Some(item) = found.get(&(entry.partition.clone(), entry.number.clone())) {
                events.push(self.stored(item, *position).await?);
            }
        }
        Ok(events)
    }
}

// The number of an item, as DynamoDB gives it.
fn number_of(item: &Item) -> &str {
    item.get("Seq")
        .and_then(|value| value.as_n().ok())
        .map_or("", String::as_str)
}
