//! Tests of the handler on ports in memory.

use std::num::NonZero;
use std::sync::Arc;

use relay_model::{Limits, Organization, OrganizationSettings, PackageState};
use relay_pipeline::Settings;
use relay_pipeline::ports::{OrganizationRegistry, PortErrorClass, Ports, TrailReader, WriteMode};
use relay_testing::conformance::put;
use relay_testing::fakes::{
    ManualClock, MemoryDuplicateIndex, MemoryLauncher, MemoryNotifier, MemoryRegistry, MemoryStore, MemoryTrail,
};
use relay_testing::faults::{Fault, FaultPlan, FaultyLauncher};
use serde_json::json;

use super::*;

const CSV: &[u8] = b"a,b\n1,2\n3,4\n";

struct Deployed {
    validator: Validator,
    store: Arc<MemoryStore>,
    trail: Arc<MemoryTrail>,
    launcher: Arc<MemoryLauncher>,
    plan: Arc<FaultPlan>,
}

impl Deployed {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let (store, trail) = (Arc::new(MemoryStore::default()), Arc::new(MemoryTrail::default()));
        let (registry, launcher) = (Arc::new(MemoryRegistry::default()), Arc::new(MemoryLauncher::default()));
        let plan = FaultPlan::calm();
        let organization = Organization {
            id: "org-001".parse().unwrap(),
            enabled: true,
            added_at: "2026-01-31T08:15:00Z".parse().unwrap(),
            settings: OrganizationSettings::default(),
            version: None,
        };
        registry
            .add(&organization, &relay_testing::story::author())
            .await
            .unwrap();
        let ports = Ports {
            store: store.clone(),
            trail: trail.clone(),
            trail_reader: trail.clone(),
            duplicate_index: Arc::new(MemoryDuplicateIndex::default()),
            registry,
            notifier: Arc::new(MemoryNotifier::default()),
            clock,
        };
        let settings = Settings {
            ingress_bucket: "ingress".parse().unwrap(),
            results_bucket: "results".parse().unwrap(),
            actor: "validator test".into(),
            transform_threads: NonZero::<usize>::MIN,
            limits: Limits::default(),
        };
        let launching = Arc::new(FaultyLauncher::new(launcher.clone(), plan.clone()));
        let validator = Validator {
            validation: Validation::new(&ports, launching, &settings),
            ingress_bucket: settings.ingress_bucket,
        };
        Self {
            validator,
            store,
            trail,
            launcher,
            plan,
        }
    }

    // Stores a package and gives the notification that S3 sends for it.
    async fn upload(&self, key: &str) -> Value {
        let bucket = "ingress".parse().unwrap();
        let outcome = put(self.store.as_ref(), &bucket, key, WriteMode::NewVersion, CSV).await;
        let stored = outcome.unwrap().stored().clone();
        notification("ingress", key, stored.object.version_id.as_str())
    }

    async fn handle(&self, event: Value) -> Result<Value, HandlerError> {
        handle(&self.validator, event).await
    }

    async fn state_of_all(&self) -> Vec<PackageState> {
        let query = relay_pipeline::ports::PackageQuery {
            limit: 100,
            ..Default::default()
        };
        let page = self.trail.list(&query).await.unwrap();
        page.packages.iter().map(|record| record.state).collect()
    }
}

fn notification(bucket: &str, key: &str, version_id: &str) -> Value {
    json!({"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-north-1",
        "eventTime": "2026-01-31T08:15:00.000Z", "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": bucket, "arn": format!("arn:aws:s3:::{bucket}")},
            "object": {"key": key.replace(' ', "+"), "size": CSV.len(), "versionId": version_id, "sequencer": "0055AED6DCD90281E5"}
        }
    }]})
}

fn batch(bodies: &[String]) -> Value {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(number, body)| {
            json!({
                "messageId": format!("message-{number}"), "receiptHandle": "handle", "body": body,
                "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}, "md5OfBody": "",
                "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-north-1:000000000000:queue", "awsRegion": "eu-north-1"
            })
        })
        .collect();
    json!({ "Records": records })
}

fn failed(response: &Value) -> Vec<&str> {
    let failures = response["batchItemFailures"].as_array().unwrap();
    failures
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn one_bad_message_fails_alone() {
    let relay = Deployed::new().await;
    let good = relay.upload("org-001/a b.csv").await.to_string();
    let rejected = relay.upload("org-009/a.csv").await.to_string();
    let foreign = notification("elsewhere", "org-001/a.csv", "v1").to_string();
    let test_event = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "ingress"}).to_string();
    let bodies = [good, "{ not json".to_owned(), rejected, foreign, test_event];
    let response = relay.handle(batch(&bodies)).await.unwrap();
    assert_eq!(failed(&response), ["message-1", "message-3"]);
    let mut states = relay.state_of_all().await;
    states.sort();
    let mut expected = [PackageState::InFlight, PackageState::Rejected];
    expected.sort();
    assert_eq!(states, expected);
    assert_eq!(relay.launcher.started().len(), 1);
}

#[tokio::test]
async fn a_message_is_done_only_when_its_package_is_launched() {
    let relay = Deployed::new().await;
    let body = relay.upload("org-001/a.csv").await.to_string();
    relay
        .plan
        .script("launcher.launch", Fault::FailBefore(PortErrorClass::Retryable));
    let response = relay.handle(batch(std::slice::from_ref(&body))).await.unwrap();
    assert_eq!(failed(&response), ["message-0"], "recorded, and not launched");
    assert!(relay.launcher.started().is_empty());

    let response = relay.handle(batch(&[body])).await.unwrap();
    assert_eq!(failed(&response), [""; 0]);
    assert_eq!(relay.launcher.started().len(), 1, "the second delivery finished it");
}

#[tokio::test]
async fn the_same_notification_five_times_is_one_run() {
    let relay = Deployed::new().await;
    let body = relay.upload("org-001/a.csv").await.to_string();
    let response = relay.handle(batch(&vec![body; 5])).await.unwrap();
    assert_eq!(failed(&response), [""; 0]);
    assert_eq!(relay.launcher.started().len(), 1);
    assert_eq!(relay.trail.events().len(), 2, "received and accepted, once");
}

#[tokio::test]
async fn events_that_come_without_a_queue_are_understood_and_fail_as_a_whole() {
    let relay = Deployed::new().await;
    let direct = relay.upload("org-001/direct.csv").await;
    assert_eq!(relay.handle(direct).await.unwrap(), Value::Null);
    let uploaded = relay.upload("org-001/a+b.csv").await;
    let version_id = uploaded["Records"][0]["s3"]["object"]["versionId"].clone();
    let bridge = json!({
        "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created", "source": "aws.s3",
        "account": "000000000000", "time": "2026-01-31T08:15:00Z", "region": "eu-north-1", "resources": ["arn:aws:s3:::ingress"],
        "detail": {"version": "0", "bucket": {"name": "ingress"},
            "object": {"key": "org-001/a+b.csv", "size": CSV.len(), "version-id": version_id, "sequencer": "00"}}
    });
    assert_eq!(relay.handle(bridge).await.unwrap(), Value::Null);
    let keys: Vec<String> = relay
        .launcher
        .started()
        .iter()
        .map(|order| order.custody.object.key.as_str().to_owned())
        .collect();
    assert_eq!(keys, ["org-001/direct.csv", "org-001/a+b.csv"]);

    let foreign = notification("elsewhere", "org-001/a.csv", "v1");
    assert!(matches!(
        relay.handle(foreign).await,
        Err(HandlerError::ForeignBucket { .. })
    ));
    assert!(matches!(
        relay.handle(json!({"hello": 1})).await,
        Err(HandlerError::Undecodable(_))
    ));
}

#[tokio::test]
async fn the_order_carries_what_the_store_knows() {
    let relay = Deployed::new().await;
    let event = relay.upload("org-001/a.csv").await;
    relay.handle(event).await.unwrap();
    let custody = relay.launcher.started()[0].custody.clone();
    assert_eq!(custody.size_bytes, Some(CSV.len() as u64));
    assert_eq!(custody.sha256, Some(relay_model::Sha256Digest::of(CSV)));
}
