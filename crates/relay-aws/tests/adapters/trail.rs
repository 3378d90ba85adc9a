//! The DynamoDB trail and registry keep what their ports promise, at an emulator.

use crate::support;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use relay_aws::{Connection, DynamoDuplicateIndex, DynamoRegistry, DynamoTrail, DynamoTrailOptions};
use relay_model::{EventBody, Organization};
use relay_pipeline::ports::{
    Appended, AuditTrail, DuplicateIndex, DuplicateKey, IndexedPackage, OrganizationRegistry, TrailReader,
};
use relay_s3::{S3Store, S3StoreOptions};
use relay_testing::conformance::{self, RegistryUnderTest};
use relay_testing::emulator::Emulator;
use relay_testing::faults::WholeTrail;
use relay_testing::story::{Story, accepted, received, started};

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_keeps_what_the_port_promises() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    conformance::trail(async || {
        let table = support::trail_table(&config).await;
        let options = DynamoTrailOptions { table, spill: None };
        DynamoTrail::new(&Connection::from_config(config.clone()), options)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_keep_what_the_port_promises() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    conformance::duplicate_index(async || {
        let table = support::trail_table(&config).await;
        DynamoDuplicateIndex::new(&Connection::from_config(config.clone()), table)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_stand_beside_the_trail_and_are_in_none_of_its_indexes() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let connection = Connection::from_config(config.clone());
    let table = support::trail_table(&config).await;
    let claims = DynamoDuplicateIndex::new(&connection, table.clone());
    let trail = DynamoTrail::new(
        &connection,
        DynamoTrailOptions {
            table: table.clone(),
            spill: None,
        },
    );
    let mut package = Story::new("org-001", "a.csv");
    package.record(&trail, received()).await;
    let claimant = IndexedPackage {
        package_id: package.package_id(),
        key: relay_model::ObjectKey::new("org-001/a.csv"),
        sha256: relay_model::Sha256Digest::of(b"abc"),
    };
    for subject in [DuplicateKey::Bytes, DuplicateKey::Name] {
        claims
            .claim(&"org-001".parse().unwrap(), subject, &claimant)
            .await
            .unwrap();
    }
    assert_eq!(trail.read(&package.package_id()).await.unwrap().len(), 1);
    assert_eq!(trail.read_log(0, 100).await.unwrap().len(), 1);
    assert_eq!(trail.counts().await.unwrap().received, 1);
    let client = aws_sdk_dynamodb::Client::new(&config);
    let everything = client.scan().table_name(&table).send().await.unwrap();
    assert_eq!(everything.count(), 3, "an event and two claims");
    let described = client.describe_table().table_name(&table).send().await.unwrap();
    let indexes = described.table().unwrap().global_secondary_indexes();
    assert_eq!(indexes.len(), 7);
    for index in indexes.iter().filter_map(|index| index.index_name()) {
        let found = client.scan().table_name(&table).index_name(index).send().await.unwrap();
        let claims = found
            .items()
            .iter()
            .filter(|item| item["Partition"].as_s().unwrap().contains("CLAIM#"));
        assert_eq!(claims.count(), 0, "{index}");
    }
}

struct RegistryOnTable {
    registry: Arc<DynamoRegistry>,
    trail: Arc<DynamoTrail>,
    client: aws_sdk_dynamodb::Client,
    table: String,
}

#[async_trait]
impl RegistryUnderTest for RegistryOnTable {
    fn registry(&self) -> Arc<dyn OrganizationRegistry> {
        self.registry.clone()
    }

    fn trail(&self) -> Arc<dyn WholeTrail> {
        self.trail.clone()
    }

    // As Terraform puts it there.
    async fn put_without_trail(&self, organization: &Organization) {
        let text = |value: String| AttributeValue::S(value);
        self.client
            .put_item()
            .table_name(&self.table)
            .item("OrganizationId", text(organization.id.to_string()))
            .item("Enabled", AttributeValue::Bool(organization.enabled))
            .item("Settings", text(serde_json::to_string(&organization.settings).unwrap()))
            .item("AddedAt", text(organization.added_at.to_string()))
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_keeps_what_the_port_promises() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let client = aws_sdk_dynamodb::Client::new(&config);
    conformance::registry(async || {
        let name = support::fresh("organizations");
        let key = KeySchemaElement::builder()
            .attribute_name("OrganizationId")
            .key_type(KeyType::Hash)
            .build();
        let attribute = AttributeDefinition::builder()
            .attribute_name("OrganizationId")
            .attribute_type(ScalarAttributeType::S)
            .build();
        client
            .create_table()
            .table_name(&name)
            .billing_mode(BillingMode::PayPerRequest)
            .key_schema(key.unwrap())
            .attribute_definitions(attribute.unwrap())
            .send()
            .await
            .unwrap();
        let connection = Connection::from_config(config.clone());
        let table = support::trail_table(&config).await;
        RegistryOnTable {
            registry: Arc::new(DynamoRegistry::new(&connection, name.clone(), table.clone())),
            trail: Arc::new(DynamoTrail::new(&connection, DynamoTrailOptions { table, spill: None })),
            client: client.clone(),
            table: name,
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_for_an_item_comes_back_from_the_store() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let connection = Connection::from_config(config.clone());
    let store = Arc::new(S3Store::new(&connection, S3StoreOptions::with_keys(HashMap::new())));
    let bucket = support::versioned_bucket(&config).await;
    let options = DynamoTrailOptions {
        table: support::trail_table(&config).await,
        spill: Some((store, bucket)),
    };
    let trail = DynamoTrail::new(&connection, options);
    let mut package = Story::new("org-001", "a.csv");
    for body in [received(), accepted(), started()] {
        package.record(&trail, body).await;
    }
    let reason = relay_model::Reason::new(relay_model::ReasonCode::StorageUnavailable, "x".repeat(500_000));
    let large = package.next(EventBody::Failed { attempt: None, reason });
    assert_eq!(trail.append(&large).await.unwrap(), Appended::Recorded);
    assert_eq!(
        trail.append(&large).await.unwrap(),
        Appended::Taken(Box::new(large.clone()))
    );
    let stored = trail.read(&package.package_id()).await.unwrap();
    assert_eq!(stored.last().unwrap().canonical, large.canonical());
}
