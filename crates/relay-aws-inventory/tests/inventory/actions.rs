//! What is called is what is declared, in both directions, and a reader who may do that and no more reads everything.

use std::collections::BTreeSet;
use std::path::Path;

use relay_aws_inventory::ACTIONS;
use relay_monitor::{Facts, Reading, WhyKind};
use serde_json::{Value, json};

use crate::proxy::{Deed, Proxy, Request};
use crate::support::{config, create_bucket, emulator, facts, failure, root_at, take};

/// Needs no permission (`GetCallerIdentity`, AWS STS API Reference), and so is not declared.
const FREE: &str = "sts:GetCallerIdentity";
/// What Terraform gives the monitor's role; the module comes with the monitor.
const MODULE: &str = "../../infra/modules/security_monitor";
/// Only asked for a bucket whose region the list does not say, which the emulator always does: see the faults.
const LOCATION: &str = "s3:GetBucketLocation";

// One of everything whose reading takes more calls than its list.
async fn one_of_each(config: &aws_config::SdkConfig) {
    use aws_sdk_dynamodb::types as t;
    create_bucket(config, "data", "eu-north-1").await;
    aws_sdk_kms::Client::new(config).create_key().send().await.unwrap();
    aws_sdk_sqs::Client::new(config)
        .create_queue()
        .queue_name("jobs")
        .send()
        .await
        .unwrap();
    aws_sdk_sns::Client::new(config)
        .create_topic()
        .name("alerts")
        .send()
        .await
        .unwrap();
    let kinesis = aws_sdk_kinesis::Client::new(config);
    kinesis
        .create_stream()
        .stream_name("events")
        .shard_count(1)
        .send()
        .await
        .unwrap();
    let trails = aws_sdk_cloudtrail::Client::new(config);
    trails
        .create_trail()
        .name("all")
        .s3_bucket_name("data")
        .send()
        .await
        .unwrap();
    let element = t::KeySchemaElement::builder()
        .attribute_name("Id")
        .key_type(t::KeyType::Hash);
    let attribute = t::AttributeDefinition::builder()
        .attribute_name("Id")
        .attribute_type(t::ScalarAttributeType::S);
    let request = aws_sdk_dynamodb::Client::new(config).create_table().table_name("trail");
    let request = request
        .billing_mode(t::BillingMode::PayPerRequest)
        .key_schema(element.build().unwrap());
    request
        .attribute_definitions(attribute.build().unwrap())
        .send()
        .await
        .unwrap();
}

// A user with these actions and no others.
async fn reader(endpoint_url: &str, name: &str, actions: &[&str]) -> aws_config::SdkConfig {
    let iam = aws_sdk_iam::Client::new(&root_at(endpoint_url).await);
    iam.create_user().user_name(name).send().await.unwrap();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    });
    let request = iam.put_user_policy().user_name(name).policy_name("read");
    request.policy_document(policy.to_string()).send().await.unwrap();
    let key = iam
        .create_access_key()
        .user_name(name)
        .send()
        .await
        .unwrap()
        .access_key
        .unwrap();
    config(endpoint_url, &key.access_key_id, &key.secret_access_key).await
}

#[tokio::test]
async fn what_is_called_is_what_is_declared() {
    let (emulator, root) = emulator().await;
    one_of_each(&root).await;
    let proxy = Proxy::start(emulator.endpoint_url(), |_| Deed::Forward).await;
    take(&root_at(&proxy.endpoint_url).await).await;
    let called: BTreeSet<String> = proxy.requests().iter().map(Request::action).collect();
    let mut declared: BTreeSet<String> = ACTIONS.iter().map(|action| (*action).to_owned()).collect();
    assert_eq!(declared.len(), ACTIONS.len(), "an action is declared twice");
    declared.insert(FREE.to_owned());
    declared.remove(LOCATION);
    assert_eq!(called, declared);
}

#[tokio::test]
async fn a_reader_who_may_do_what_is_declared_reads_everything() {
    let (emulator, root) = emulator().await;
    one_of_each(&root).await;
    let proxy = Proxy::start(emulator.endpoint_url(), |request| {
        // The emulator does not know this one.
        crate::guards::volumes(request, true).unwrap_or(Deed::Forward)
    })
    .await;
    let reader = reader(&proxy.endpoint_url, "monitor", ACTIONS).await;
    let (seen, all) = (take(&reader).await, take(&root_at(&proxy.endpoint_url).await).await);
    assert!(seen.unread.is_empty(), "{:?}", seen.unread);
    let text = serde_json::to_string(&seen).unwrap();
    assert!(!text.contains("unreadable"), "{text}");
    assert_eq!(seen, all);
}

#[tokio::test]
async fn what_a_reader_may_not_do_is_said_and_the_rest_is_read() {
    let (emulator, root) = emulator().await;
    one_of_each(&root).await;
    let refused = [
        "s3:GetEncryptionConfiguration",
        "dynamodb:DescribeContinuousBackups",
        "sqs:ListQueues",
    ];
    let actions: Vec<&str> = ACTIONS
        .iter()
        .copied()
        .filter(|action| !refused.contains(action))
        .collect();
    let inventory = take(&reader(emulator.endpoint_url(), "half", &actions).await).await;
    let Facts::Bucket(bucket) = facts(&inventory, "data") else {
        panic!("no bucket")
    };
    assert_eq!(failure(&bucket.encryption), (WhyKind::AccessDenied, refused[0]));
    assert!(matches!(bucket.versioning, Reading::Read(_)));
    let Facts::Table(table) = facts(&inventory, "trail") else {
        panic!("no table")
    };
    assert_eq!(
        failure(&table.point_in_time_recovery),
        (WhyKind::AccessDenied, refused[1])
    );
    let [unread] = inventory.unread.as_slice() else {
        panic!("{:?}", inventory.unread)
    };
    assert_eq!(
        (unread.action.as_str(), unread.why.kind),
        (refused[2], WhyKind::AccessDenied)
    );
}

// Every action that the statements of a policy allow, whichever way they spell the member.
fn allowed(policy: &Value) -> BTreeSet<String> {
    match policy {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match (name.to_ascii_lowercase().as_str(), value) {
                ("action" | "actions", Value::String(action)) => BTreeSet::from([action.clone()]),
                ("action" | "actions", Value::Array(actions)) => actions
                    .iter()
                    .filter_map(|action| action.as_str().map(str::to_owned))
                    .collect(),
                (_, other) => allowed(other),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(allowed).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn the_monitors_role_may_do_exactly_what_is_declared() {
    let declared: BTreeSet<String> = ACTIONS.iter().map(|action| (*action).to_owned()).collect();
    let (first, rest) = ACTIONS.split_first().unwrap();
    let policy = |rest: &[&str]| json!({"Statement": [{"Effect": "Allow", "Action": first}, {"Effect": "Allow", "Action": rest}]});
    assert_eq!(allowed(&policy(rest)), declared);
    assert_ne!(allowed(&policy(&rest[1..])), declared, "one is missing");
    assert_ne!(
        allowed(&policy(&[rest, &["s3:GetObject"]].concat())),
        declared,
        "one is too many"
    );
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join(MODULE);
    if module.exists() {
        let text = std::fs::read_to_string(module.join("policy.json")).unwrap();
        assert_eq!(allowed(&serde_json::from_str(&text).unwrap()), declared);
    }
}
