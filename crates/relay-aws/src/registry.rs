//! The registered organizations, on Amazon DynamoDB.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use relay_model::{Organization, OrganizationId, OrganizationSettings};
use relay_pipeline::ports::{Added, OrganizationRegistry, PortError, PortErrorClass};
use std::collections::HashMap;

use crate::client::Connection;
use crate::errors::port_error;

/// The registry on Amazon DynamoDB. A task's role may get the item of its own organization, and nothing else.
#[derive(Clone, Debug)]
pub struct DynamoRegistry {
    client: aws_sdk_dynamodb::Client,
    table: String,
}

impl DynamoRegistry {
    /// A registry in this table.
    pub fn new(connection: &Connection, table: impl Into<String>) -> Self {
        Self {
            client: connection.dynamodb(),
            table: table.into(),
        }
    }

    async fn update(&self, id: &OrganizationId, attribute: &str, value: AttributeValue) -> Result<(), PortError> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("OrganizationId", AttributeValue::S(id.to_string()))
            .update_expression("SET #attribute = :value")
            .condition_expression("attribute_exists(OrganizationId)")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":value", value)
            .send()
            .await;
        match updated {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Err(PortError::new(
                    PortErrorClass::NotFound,
                    format!("{id} is not registered"),
                )),
                _ => Err(port_error(format!("{id} could not be changed"), error)),
            },
        }
    }
}

fn settings_text(settings: &OrganizationSettings) -> Result<AttributeValue, PortError> {
    let text = serde_json::to_string(settings).map_err(|error| {
        PortError::new(PortErrorClass::Permanent, "the settings have no JSON form").caused_by(error)
    })?;
    Ok(AttributeValue::S(text))
}

fn organization_of(item: &HashMap<String, AttributeValue>) -> Result<Organization, PortError> {
    let text = |name: &str| {
        item.get(name)
            .and_then(|value| value.as_s().ok())
            .map_or("", String::as_str)
    };
    let damaged = |what: &str| {
        let id = text("OrganizationId").escape_default().to_string();
        PortError::new(
            PortErrorClass::Permanent,
            format!("the item of organization {id} has no usable {what}"),
        )
    };
    Ok(Organization {
        id: text("OrganizationId")
            .parse()
            .map_err(|error| damaged("id").caused_by(error))?,
        enabled: *item
            .get("Enabled")
            .and_then(|value| value.as_bool().ok())
            .ok_or_else(|| damaged("state"))?,
        added_at: text("AddedAt")
            .parse()
            .map_err(|error| damaged("time").caused_by(error))?,
        settings: serde_json::from_str(text("Settings")).map_err(|error| damaged("settings").caused_by(error))?,
    })
}

#[async_trait]
impl OrganizationRegistry for DynamoRegistry {
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("OrganizationId", AttributeValue::S(id.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error(format!("{id} could not be looked up"), error))?;
        found.item().map(organization_of).transpose()
    }

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
                organizations.push(organization_of(item)?);
            }
            start = page.last_evaluated_key().cloned();
            if start.is_none() {
                break;
            }
        }
        organizations.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(organizations)
    }

    async fn add(&self, organization: &Organization) -> Result<Added, PortError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("OrganizationId", AttributeValue::S(organization.id.to_string()))
            .item("Enabled", AttributeValue::Bool(organization.enabled))
            .item("Settings", settings_text(&organization.settings)?)
            .item("AddedAt", AttributeValue::S(organization.added_at.to_string()))
            .condition_expression("attribute_not_exists(OrganizationId)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(Added::Registered),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Added::AlreadyThere),
                _ => Err(port_error(
                    format!("{} could not be registered", organization.id),
                    error,
                )),
            },
        }
    }

    async fn set_enabled(&self, id: &OrganizationId, enabled: bool) -> Result<(), PortError> {
        self.update(id, "Enabled", AttributeValue::Bool(enabled)).await
    }

    async fn set_settings(&self, id: &OrganizationId, settings: &OrganizationSettings) -> Result<(), PortError> {
        self.update(id, "Settings", settings_text(settings)?).await
    }
}
