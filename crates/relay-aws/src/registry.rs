//! The registered organizations, on Amazon DynamoDB: an item for each, and its trail among the events.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Put, TransactWriteItem, Update};
use relay_audit::{
    KeptOrganization, OrganizationChange, OrganizationState, StoredEvent, events_of_change, registration,
};
use relay_aws_client::{Connection, port_error};
use relay_model::{
    Author, EventError, Organization, OrganizationFacts, OrganizationId, OrganizationSettings, SealedOrganizationEvent,
    SettingsVersion,
};
use relay_pipeline::ports::{Added, OrganizationLookup, OrganizationRegistry, PortError, PortErrorClass};

use crate::trail::items::{
    Item, item_of_organization, number, partition_of_organization, seq_of, stored_event, text, text_of,
};

/// An item has at most 400 KB (DynamoDB Developer Guide, "Constraints"), of which the other attributes take their part.
const EVENT_BYTES_MAX: usize = 400_000;
/// How often a change is tried against others that change the same organization at that moment.
const CONFLICTS_MAX: u32 = 8;
/// The pause after the first of them; it doubles with each further one.
const CONFLICT_PAUSE: Duration = Duration::from_millis(10);

/// The registry on Amazon DynamoDB. A task's role may get the item of its own organization, and nothing else: only
/// operators change anything, and read trails.
#[derive(Clone, Debug)]
pub struct DynamoRegistry {
    client: aws_sdk_dynamodb::Client,
    table: String,
    trail_table: String,
}

// What became of a transaction.
enum Written {
    Yes,
    // Somebody else was first, or is writing: what is there must be read again.
    No,
}

impl DynamoRegistry {
    /// A registry in `table`, whose trails are in `trail_table`.
    pub fn new(connection: &Connection, table: impl Into<String>, trail_table: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_dynamodb::Client::new(connection.sdk_config()),
            table: table.into(),
            trail_table: trail_table.into(),
        }
    }

    async fn find(&self, id: &OrganizationId) -> Result<Option<KeptOrganization>, PortError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("OrganizationId", text(id.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error(format!("{id} could not be looked up"), error))?;
        found.item().map(kept_of).transpose()
    }

    async fn change(
        &self,
        id: &OrganizationId,
        before: Option<&Organization>,
        change: &OrganizationChange,
        author: &Author,
    ) -> Result<(), PortError> {
        let mut pause = CONFLICT_PAUSE;
        for _ in 0..CONFLICTS_MAX {
            let Some(kept) = self.find(id).await? else {
                let text = format!("{id} is not registered");
                return Err(PortError::new(PortErrorClass::NotFound, text));
            };
            if let Some(before) = before
                && *before != organization_of(&kept)?
            {
                let text = format!(
                    "{id} was changed by somebody else at the same time; nothing was changed: look at it, and try again"
                );
                return Err(PortError::new(PortErrorClass::PreconditionFailed, text));
            }
            let last = match kept.version {
                Some(version) => Some(version),
                None => self.last(id).await?,
            };
            let (events, state) = events_of_change(&kept, last, change, author).map_err(unsealed)?;
            if events.is_empty() {
                return Ok(());
            }
            let row = TransactWriteItem::builder()
                .update(self.update(&kept, &state).map_err(unbuilt)?)
                .build();
            match self.write(last, &events, row).await? {
                Written::Yes => return Ok(()),
                Written::No => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        Err(too_many_writers(id))
    }

    // One transaction: the event before is the one that is linked to, the places of the new ones are free, and the
    // organization is as it was read.
    async fn write(
        &self,
        last: Option<SettingsVersion>,
        events: &[SealedOrganizationEvent],
        row: TransactWriteItem,
    ) -> Result<Written, PortError> {
        let Some(first) = events.first() else {
            return Ok(Written::Yes);
        };
        let id = &first.event().organization;
        let mut items = Vec::new();
        if let Some(last) = last {
            let check = ConditionCheck::builder()
                .table_name(&self.trail_table)
                .key("Partition", text(partition_of_organization(id)))
                .key("Seq", number(last.seq))
                .condition_expression("#hash = :prev")
                .expression_attribute_names("#hash", "Hash")
                .expression_attribute_values(":prev", text(last.hash.to_string()))
                .build()
                .map_err(unbuilt)?;
            items.push(TransactWriteItem::builder().condition_check(check).build());
        }
        for event in events {
            if event.canonical().len() > EVENT_BYTES_MAX {
                let text = format!(
                    "the settings of {id} are too large for an event of {EVENT_BYTES_MAX} bytes: register fewer or shorter schemas"
                );
                return Err(PortError::new(PortErrorClass::Permanent, text));
            }
            let put = Put::builder()
                .table_name(&self.trail_table)
                .set_item(Some(item_of_organization(event)))
                .condition_expression("attribute_not_exists(Seq)")
                .build()
                .map_err(unbuilt)?;
            items.push(TransactWriteItem::builder().put(put).build());
        }
        items.push(row);
        let written = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .await;
        match written {
            Ok(_) => Ok(Written::Yes),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled))
                    if canceled.cancellation_reasons().iter().any(|reason| {
                        matches!(
                            reason.code(),
                            Some(
                                "ConditionalCheckFailed"
                                    | "TransactionConflict"
                                    | "ThrottlingError"
                                    | "ProvisionedThroughputExceeded"
                            )
                        )
                    }) =>
                {
                    Ok(Written::No)
                }
                _ => Err(port_error(format!("the change of {id} could not be recorded"), error)),
            },
        }
    }

    fn update(&self, kept: &KeptOrganization, state: &OrganizationState) -> Result<Update, BuildError> {
        let (facts, version) = (&state.facts, &state.version);
        let update = Update::builder()
            .table_name(&self.table)
            .key("OrganizationId", text(kept.id.as_str()))
            .update_expression(
                "SET #enabled = :enabled, #settings = :settings, #version = :seq, #hash = :hash, #changed = :at",
            )
            .expression_attribute_names("#enabled", "Enabled")
            .expression_attribute_names("#settings", "Settings")
            .expression_attribute_names("#version", "Version")
            .expression_attribute_names("#hash", "VersionHash")
            .expression_attribute_names("#changed", "ChangedAt")
            .expression_attribute_values(":enabled", AttributeValue::Bool(facts.enabled))
            .expression_attribute_values(":settings", text(&facts.settings))
            .expression_attribute_values(":seq", number(version.seq))
            .expression_attribute_values(":hash", text(version.hash.to_string()))
            .expression_attribute_values(":at", text(version.at.to_string()));
        match &kept.version {
            Some(before) => update
                .condition_expression("#version = :old_seq AND #hash = :old_hash")
                .expression_attribute_values(":old_seq", number(before.seq))
                .expression_attribute_values(":old_hash", text(before.hash.to_string())),
            None => update
                .condition_expression(
                    "attribute_not_exists(#hash) AND #enabled = :old_enabled AND #settings = :old_settings",
                )
                .expression_attribute_values(":old_enabled", AttributeValue::Bool(kept.facts.enabled))
                .expression_attribute_values(":old_settings", text(&kept.facts.settings)),
        }
        .build()
    }

    fn put(&self, state: &OrganizationState) -> Result<Put, BuildError> {
        let (facts, version) = (&state.facts, &state.version);
        Put::builder()
            .table_name(&self.table)
            .item("OrganizationId", text(state.id.as_str()))
            .item("Enabled", AttributeValue::Bool(facts.enabled))
            .item("Settings", text(&facts.settings))
            .item("AddedAt", text(facts.added_at.to_string()))
            .item("Version", number(version.seq))
            .item("VersionHash", text(version.hash.to_string()))
            .item("ChangedAt", text(version.at.to_string()))
            .condition_expression("attribute_not_exists(OrganizationId)")
            .build()
    }

    // The end of an organization's trail, for where its item does not say.
    async fn last(&self, id: &OrganizationId) -> Result<Option<SettingsVersion>, PortError> {
        let trail = self.trail(id, 1, false).await?;
        let Some(last) = trail.last() else {
            return Ok(None);
        };
        let sealed = SealedOrganizationEvent::from_canonical(&last.canonical).map_err(|error| {
            let text = format!("event {} of {id} is damaged: see relay audit verify", last.seq);
            PortError::new(PortErrorClass::Permanent, text).caused_by(error)
        })?;
        Ok(Some(relay_audit::version_of(&sealed)))
    }

    async fn trail(&self, id: &OrganizationId, limit: usize, forward: bool) -> Result<Vec<StoredEvent>, PortError> {
        let mut events = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.trail_table)
                .consistent_read(true)
                .key_condition_expression("#partition = :partition")
                .expression_attribute_names("#partition", "Partition")
                .expression_attribute_values(":partition", text(partition_of_organization(id)))
                .scan_index_forward(forward)
                .set_limit(i32::try_from(limit).ok())
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| port_error(format!("the trail of {id} could not be read"), error))?;
            for item in page.items() {
                let position = seq_of(item).unwrap_or_default() + 1;
                events.push(stored_event(item, text_of(item, "Event").to_owned(), position));
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() || events.len() >= limit {
                return Ok(events);
            }
        }
    }
}

fn too_many_writers(id: &OrganizationId) -> PortError {
    let text = format!(
        "others changed {id} {CONFLICTS_MAX} times at the same moment, or its trail does not go on from its item: see relay audit verify"
    );
    PortError::new(PortErrorClass::Retryable, text)
}

fn unbuilt(error: BuildError) -> PortError {
    PortError::new(PortErrorClass::Permanent, "the change could not be recorded").caused_by(error)
}

fn unsealed(error: EventError) -> PortError {
    PortError::new(PortErrorClass::Permanent, "the change could not be recorded").caused_by(error)
}

fn settings_text(settings: &OrganizationSettings) -> Result<String, PortError> {
    serde_json::to_string(settings)
        .map_err(|error| PortError::new(PortErrorClass::Permanent, "the settings have no JSON form").caused_by(error))
}

fn kept_of(item: &HashMap<String, AttributeValue>) -> Result<KeptOrganization, PortError> {
    let damaged = |what: &str| {
        let id = text_of(item, "OrganizationId").escape_default().to_string();
        PortError::new(
            PortErrorClass::Permanent,
            format!("the item of organization {id} has no usable {what}"),
        )
    };
    let version = match item.get("VersionHash") {
        None => None,
        Some(_) => Some(SettingsVersion {
            seq: item
                .get("Version")
                .and_then(|value| value.as_n().ok()?.parse().ok())
                .ok_or_else(|| damaged("version"))?,
            hash: text_of(item, "VersionHash")
                .parse()
                .map_err(|error| damaged("version").caused_by(error))?,
            at: text_of(item, "ChangedAt")
                .parse()
                .map_err(|error| damaged("time of its last change").caused_by(error))?,
        }),
    };
    Ok(KeptOrganization {
        id: text_of(item, "OrganizationId")
            .parse()
            .map_err(|error| damaged("id").caused_by(error))?,
        facts: OrganizationFacts {
            enabled: *item
                .get("Enabled")
                .and_then(|value| value.as_bool().ok())
                .ok_or_else(|| damaged("state"))?,
            added_at: text_of(item, "AddedAt")
                .parse()
                .map_err(|error| damaged("time").caused_by(error))?,
            settings: text_of(item, "Settings").to_owned(),
        },
        version,
    })
}

fn organization_of(kept: &KeptOrganization) -> Result<Organization, PortError> {
    let settings = serde_json::from_str(&kept.facts.settings).map_err(|error| {
        let text = format!("the item of organization {} has no usable settings", kept.id);
        PortError::new(PortErrorClass::Permanent, text).caused_by(error)
    })?;
    Ok(Organization {
        id: kept.id.clone(),
        enabled: kept.facts.enabled,
        added_at: kept.facts.added_at,
        settings,
        version: kept.version,
    })
}

#[async_trait]
impl OrganizationLookup for DynamoRegistry {
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError> {
        self.find(id).await?.as_ref().map(organization_of).transpose()
    }
}

#[async_trait]
impl OrganizationRegistry for DynamoRegistry {
    async fn list(&self) -> Result<Vec<Organization>, PortError> {
        let mut organizations = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .scan()
                .table_name(&self.table)
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| port_error("the organizations could not be listed", error))?;
            for item in page.items() {
                organizations.push(organization_of(&kept_of(item)?)?);
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                break;
            }
        }
        organizations.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(organizations)
    }

    async fn add(&self, organization: &Organization, author: &Author) -> Result<Added, PortError> {
        let id = &organization.id;
        let facts = OrganizationFacts {
            added_at: organization.added_at,
            enabled: organization.enabled,
            settings: settings_text(&organization.settings)?,
        };
        let mut pause = CONFLICT_PAUSE;
        for _ in 0..CONFLICTS_MAX {
            if self.find(id).await?.is_some() {
                // If it has no trail yet, it gets one.
                self.change(id, None, &OrganizationChange::Nothing, author).await?;
                return Ok(Added::AlreadyThere);
            }
            let last = self.last(id).await?;
            let (event, state) = registration(id, last, facts.clone(), author).map_err(unsealed)?;
            let row = TransactWriteItem::builder()
                .put(self.put(&state).map_err(unbuilt)?)
                .build();
            match self.write(last, &[event], row).await? {
                Written::Yes => return Ok(Added::Registered),
                Written::No => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        Err(too_many_writers(id))
    }

    async fn set_enabled(&self, id: &OrganizationId, enabled: bool, author: &Author) -> Result<(), PortError> {
        self.change(id, None, &OrganizationChange::Enabled(enabled), author)
            .await
    }

    async fn set_settings(
        &self,
        before: &Organization,
        settings: &OrganizationSettings,
        author: &Author,
    ) -> Result<(), PortError> {
        let change = OrganizationChange::Settings(settings_text(settings)?);
        self.change(&before.id, Some(before), &change, author).await
    }

    async fn history(&self, id: &OrganizationId) -> Result<Vec<StoredEvent>, PortError> {
        self.trail(id, usize::MAX, true).await
    }

    fn may_lack_trails(&self) -> bool {
        // Terraform registers the first ones.
        true
    }
}
