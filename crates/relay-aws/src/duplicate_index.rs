//! The index on Amazon DynamoDB: items beside the trail's, in the same table, so that whoever may add events for an
//! organization may claim for it, and no one else.
//!
//! Claiming needs `dynamodb:PutItem` and no permission to read: what a put lost to comes back with its refusal. Claims have
//! none of the attributes that the table's indexes are made of, so they are in none of them.

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use relay_aws_client::{Connection, port_error};
use relay_model::{ObjectKey, OrganizationId};
use relay_pipeline::ports::{DuplicateIndex, DuplicateKey, IndexedPackage, PortError, PortErrorClass};

use crate::trail::items::{Item, number, text, text_of};

// The attributes as they are stored (docs/AWS.md): a deployed table has items with these names.
const CLAIMANT: &str = "Claimant";
const CLAIMED_KEY: &str = "ClaimedKey";
const CLAIMED_SHA256: &str = "ClaimedSha256";

/// The index in the table of a trail.
pub struct DynamoDuplicateIndex {
    client: aws_sdk_dynamodb::Client,
    table: String,
}

impl DynamoDuplicateIndex {
    /// The index in this table.
    pub fn new(connection: &Connection, table: String) -> Self {
        Self {
            client: aws_sdk_dynamodb::Client::new(connection.sdk_config()),
            table,
        }
    }
}

// IAM compares what is before the slash (`dynamodb:LeadingKeys`). No package's partition goes on like this: its id would
// stand there. Names are hashed: a partition key has at most 2,048 bytes (DynamoDB Developer Guide, "Constraints"), and a
// key with an organization in front of it is not far from that.
fn partition_of(organization: &OrganizationId, subject: DuplicateKey, claimant: &IndexedPackage) -> String {
    format!(
        "{organization}/CLAIM#{}#{}",
        subject.name(),
        claimant.fingerprint(subject)
    )
}

fn item_of(partition: String, claimant: &IndexedPackage) -> Item {
    let attributes: [(&str, AttributeValue); 5] = [
        ("Partition", text(partition)),
        ("Seq", number(0)),
        (CLAIMANT, text(claimant.package_id.as_str())),
        (CLAIMED_KEY, text(claimant.key.as_str())),
        (CLAIMED_SHA256, text(claimant.sha256.to_string())),
    ];
    attributes.map(|(name, value)| (name.to_owned(), value)).into()
}

fn claimant_of(item: &Item) -> Result<IndexedPackage, PortError> {
    let damaged = || {
        PortError::new(
            PortErrorClass::Permanent,
            "the claim that was made before cannot be read",
        )
    };
    Ok(IndexedPackage {
        package_id: text_of(item, CLAIMANT)
            .parse()
            .map_err(|error| damaged().caused_by(error))?,
        key: ObjectKey::new(text_of(item, CLAIMED_KEY)),
        sha256: text_of(item, CLAIMED_SHA256)
            .parse()
            .map_err(|error| damaged().caused_by(error))?,
    })
}

#[async_trait]
impl DuplicateIndex for DynamoDuplicateIndex {
    async fn claim(
        &self,
        organization: &OrganizationId,
        subject: DuplicateKey,
        claimant: &IndexedPackage,
    ) -> Result<IndexedPackage, PortError> {
        let item = item_of(partition_of(organization, subject, claimant), claimant);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(Seq)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else {
            return Ok(claimant.clone());
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(taken)) => {
                let none = Item::new();
                claimant_of(taken.item().unwrap_or(&none))
            }
            _ => Err(port_error("a claim could not be made", error)),
        }
    }
}
