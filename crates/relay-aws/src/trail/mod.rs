//! Audit trails on Amazon DynamoDB: one item for each event, written once.
//!
//! Appending needs `dynamodb:PutItem` and `dynamodb:ConditionCheckItem`, and no permission to read: what a put lost to
//! comes back with its refusal.

mod counting;
mod folding;
pub(crate) mod items;
mod listing;
mod reading;
mod walk;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use bytes::Bytes as ByteString;
use relay_audit::{StoredEvent, phases_before};
use relay_aws_client::{Connection, port_error};
use relay_model::{
    BucketName, EventKind, ObjectKey, ObjectVersion, PackageId, PackageRecord, SealedEvent, Sha256Digest,
};
use relay_pipeline::ports::{
    Appended, AuditTrail, PackagePage, PackageQuery, PackageStore, PortError, PortErrorClass, StateCounts, TrailReader,
    WriteMode, WriteRequest,
};

use self::items::{
    Bytes, Item, bytes_of, item_of, number, partition_of, partition_of_object, phase_name, spilled_key, text,
};

/// An item has at most 400 KB (DynamoDB Developer Guide, "Constraints"); the other attributes and the copies of the keys
/// in it take their part.
const EVENT_BYTES_MAX: usize = 350_000;
/// How often an append is tried against others that write the same item at that moment.
const CONFLICTS_MAX: u32 = 8;
/// The pause after the first of them; it doubles with each further one.
const CONFLICT_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// Where trails are.
#[derive(Clone)]
pub struct DynamoTrailOptions {
    /// The table.
    pub table: String,
    /// Where events go that are too large for an item; without it they are refused.
    pub spill: Option<(Arc<dyn PackageStore>, BucketName)>,
}

/// The trail on Amazon DynamoDB.
pub struct DynamoTrail {
    client: aws_sdk_dynamodb::Client,
    options: DynamoTrailOptions,
    // Position and order of the last event that was read from the log, so that the next page goes on from there.
    cursor: Mutex<Option<(u64, String)>>,
}

impl DynamoTrail {
    /// A trail on this table.
    pub fn new(connection: &Connection, options: DynamoTrailOptions) -> Self {
        Self {
            client: aws_sdk_dynamodb::Client::new(connection.sdk_config()),
            options,
            cursor: Mutex::default(),
        }
    }

    // Writes an event's bytes where there is room for them. The same event always has the same name.
    async fn spill(&self, event: &SealedEvent) -> Result<Option<String>, PortError> {
        if event.canonical().len() <= EVENT_BYTES_MAX {
            return Ok(None);
        }
        let Some((store, bucket)) = &self.options.spill else {
            let text = format!("an event of more than {EVENT_BYTES_MAX} bytes has no place in this trail");
            return Err(PortError::new(PortErrorClass::Permanent, text));
        };
        let key = spilled_key(
            &partition_of(event.event()),
            event.event().seq,
            &event.hash().to_string(),
        );
        let request = WriteRequest {
            bucket: bucket.clone(),
            key: ObjectKey::new(key.clone()),
            mode: WriteMode::NewVersion,
            declared_sha256: None,
        };
        let mut writer = store.write(&request).await?;
        writer
            .write(ByteString::copy_from_slice(event.canonical().as_bytes()))
            .await?;
        let outcome = writer.finish().await?;
        let version_id = &outcome.stored().object.version_id;
        Ok(Some(format!("{version_id}:{key}")))
    }

    // The event of an item that stood in the way.
    async fn found(&self, item: &Item) -> Result<SealedEvent, PortError> {
        let canonical = match bytes_of(item) {
            Bytes::Here(canonical) => canonical.to_owned(),
            Bytes::Spilled(place) => self.read_spilled(item, place).await?,
        };
        SealedEvent::from_canonical(&canonical).map_err(|error| {
            PortError::new(
                PortErrorClass::Permanent,
                "the event that stands in this place is damaged",
            )
            .caused_by(error)
        })
    }

    async fn put_first(&self, item: Item) -> Result<Option<Item>, PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.options.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(Seq)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(taken)) => Ok(taken.item().cloned()),
                _ => Err(port_error("an audit event could not be written", error)),
            },
        }
    }

    // Who stands in an event's place: a put whose condition never holds shows it, without the permission to read.
    async fn look(&self, partition: &str, seq: u64) -> Result<Option<SealedEvent>, PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.options.table)
            .item("Partition", text(partition))
            .item("Seq", number(seq))
            .condition_expression("attribute_exists(Seq) AND attribute_not_exists(Seq)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else {
            let text = "a condition that cannot hold was held to be true";
            return Err(PortError::new(PortErrorClass::Permanent, text));
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(taken)) => match taken.item() {
                Some(item) if !item.is_empty() => Ok(Some(self.found(item).await?)),
                _ => Ok(None),
            },
            _ => Err(port_error("an audit event could not be written", error)),
        }
    }

    // One transaction: the event before is the one that this one links to, and its place is free.
    async fn put_next(&self, event: &SealedEvent, item: Item) -> Result<Outcome, PortError> {
        let kind = event.event().body.kind();
        let mut names = Vec::new();
        let mut check = ConditionCheck::builder()
            .table_name(&self.options.table)
            .key("Partition", text(partition_of(event.event())))
            .key("Seq", number(event.event().seq - 1))
            .expression_attribute_names("#hash", "Hash")
            .expression_attribute_values(":prev", text(event.event().prev.to_string()));
        for (index, phase) in phases_before(kind).enumerate() {
            let name = format!(":phase{index}");
            check = check.expression_attribute_values(&name, text(phase_name(phase)));
            names.push(name);
        }
        let check = check
            .expression_attribute_names("#phase", "Phase")
            .condition_expression(format!("#hash = :prev AND #phase IN ({})", names.join(", ")))
            .build();
        let put = Put::builder()
            .table_name(&self.options.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(Seq)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        let built = |error: aws_sdk_dynamodb::error::BuildError| {
            PortError::new(PortErrorClass::Permanent, "an audit event could not be written").caused_by(error)
        };
        let written = self
            .client
            .transact_write_items()
            .transact_items(
                TransactWriteItem::builder()
                    .condition_check(check.map_err(built)?)
                    .build(),
            )
            .transact_items(TransactWriteItem::builder().put(put.map_err(built)?).build())
            .send()
            .await;
        match written {
            Ok(_) => Ok(Outcome::Written),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                    judge(canceled.cancellation_reasons())
                        .ok_or_else(|| port_error("an audit event could not be written", error))
                }
                _ => Err(port_error("an audit event could not be written", error)),
            },
        }
    }

    async fn append_next(&self, event: &SealedEvent, item: &Item) -> Result<Appended, PortError> {
        let mut pause = CONFLICT_PAUSE;
        for _ in 0..CONFLICTS_MAX {
            match self.put_next(event, item.clone()).await? {
                Outcome::Written => return Ok(Appended::Recorded),
                Outcome::Taken(found) => return Ok(Appended::Taken(Box::new(self.found(&found).await?))),
                Outcome::Illegal => {
                    let kind = event.event().body.kind();
                    let text = format!(
                        "'{kind}' as event {} does not follow what is recorded",
                        event.event().seq
                    );
                    return Err(PortError::new(PortErrorClass::Permanent, text));
                }
                Outcome::Conflict => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
            }
        }
        let text = format!("others wrote the same item {CONFLICTS_MAX} times");
        Err(PortError::new(PortErrorClass::Retryable, text))
    }
}

enum Outcome {
    Written,
    Taken(Box<Item>),
    Illegal,
    // Another transaction, or throttling: nothing was decided.
    Conflict,
}

// What a cancelled transaction says (API Reference, TransactWriteItems): one reason for the check, one for the put. `None`
// when it says nothing that is known.
fn judge(reasons: &[CancellationReason]) -> Option<Outcome> {
    let code = |index: usize| reasons.get(index).and_then(CancellationReason::code).unwrap_or("None");
    // Who took the place comes first, whatever else is wrong with the event.
    if code(1) == "ConditionalCheckFailed" {
        return Some(Outcome::Taken(Box::new(reasons[1].item()?.clone())));
    }
    if code(0) == "ConditionalCheckFailed" {
        return Some(Outcome::Illegal);
    }
    reasons
        .iter()
        .filter_map(CancellationReason::code)
        .any(|code| {
            matches!(
                code,
                "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
            )
        })
        .then_some(Outcome::Conflict)
}

#[async_trait]
impl AuditTrail for DynamoTrail {
    async fn append(&self, event: &SealedEvent) -> Result<Appended, PortError> {
        let it = event.event();
        let refused = |text: &str| Err(PortError::new(PortErrorClass::Permanent, text));
        if it.object.package_id() != it.package_id {
            return refused("the event names another package than its object version is");
        }
        let is_first = it.seq == 0;
        let is_received = it.body.kind() == EventKind::Received;
        if is_first != is_received || (is_first && it.prev != Sha256Digest::ZERO) {
            // Judged only where the place is free.
            return match self.look(&partition_of(it), it.seq).await? {
                Some(found) => Ok(Appended::Taken(Box::new(found))),
                None => refused("a trail begins with 'received', which follows nothing and comes once"),
            };
        }
        let spilled = self.spill(event).await?;
        let item = item_of(event, spilled.as_deref());
        if !is_first {
            return self.append_next(event, &item).await;
        }
        match self.put_first(item).await? {
            None => Ok(Appended::Recorded),
            Some(found) => Ok(Appended::Taken(Box::new(self.found(&found).await?))),
        }
    }

    async fn event_at(&self, object: &ObjectVersion, seq: u64) -> Result<Option<SealedEvent>, PortError> {
        self.look(&partition_of_object(object), seq).await
    }
}

#[async_trait]
impl TrailReader for DynamoTrail {
    async fn read(&self, package_id: &PackageId) -> Result<Vec<StoredEvent>, PortError> {
        self.read_trail(package_id).await
    }

    async fn read_log(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, PortError> {
        self.read_log_page(after, limit).await
    }

    async fn record(&self, package_id: &PackageId) -> Result<Option<PackageRecord>, PortError> {
        self.fold(package_id).await
    }

    async fn list(&self, query: &PackageQuery) -> Result<PackagePage, PortError> {
        self.list_packages(query).await
    }

    async fn counts(&self) -> Result<StateCounts, PortError> {
        self.count_states().await
    }
}
