//! Keeps the book as one item of a table on Amazon `DynamoDB`, which is replaced only by who has read it.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use relay_alerts::AlertState;
use relay_aws_client::{Connection, port_error};
use relay_pipeline::ports::{AlertStateStore, PortError, PortErrorClass, StoredAlertState};

/// The key of the one item.
const BOOK: &str = "alerts";

/// The place of the book on Amazon `DynamoDB`. The table's key is `Book` (S); the item has `Revision` (N) and `Content` (S).
#[derive(Clone, Debug)]
pub struct DynamoAlertState {
    client: aws_sdk_dynamodb::Client,
    table: String,
}

impl DynamoAlertState {
    /// In this table.
    pub fn new(connection: &Connection, table: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_dynamodb::Client::new(connection.sdk_config()),
            table: table.into(),
        }
    }
}

fn kept(item: &HashMap<String, AttributeValue>) -> Result<StoredAlertState, PortError> {
    let revision = item.get("Revision").and_then(|value| value.as_n().ok());
    let revision = revision.and_then(|text| text.parse().ok()).ok_or_else(|| {
        PortError::new(
            PortErrorClass::Permanent,
            "the item of the book of alerts has no usable revision",
        )
    })?;
    let content = item.get("Content").and_then(|value| value.as_s().ok());
    let book = serde_json::from_str(content.map_or("", String::as_str)).unwrap_or_else(|error| {
        tracing::error!(book.revision = revision, error = %error, "the book of alerts cannot be read; a new one is begun");
        AlertState::default()
    });
    Ok(StoredAlertState { book, revision })
}

#[async_trait]
impl AlertStateStore for DynamoAlertState {
    async fn load(&self) -> Result<StoredAlertState, PortError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("Book", AttributeValue::S(BOOK.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error("the book of alerts could not be read", error))?;
        found.item().map_or_else(|| Ok(StoredAlertState::default()), kept)
    }

    async fn save(&self, book: &AlertState, revision: u64) -> Result<(), PortError> {
        let content = serde_json::to_string(book).map_err(|error| {
            PortError::new(PortErrorClass::Permanent, "the book of alerts has no JSON form").caused_by(error)
        })?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("Book", AttributeValue::S(BOOK.to_owned()))
            .item("Revision", AttributeValue::N((revision + 1).to_string()))
            .item("Content", AttributeValue::S(content));
        let put = match revision {
            0 => put.condition_expression("attribute_not_exists(Book)"),
            _ => put
                .condition_expression("Revision = :revision")
                .expression_attribute_values(":revision", AttributeValue::N(revision.to_string())),
        };
        put.send()
            .await
            .map_err(|error| port_error("the book of alerts could not be kept", error))?;
        Ok(())
    }
}
