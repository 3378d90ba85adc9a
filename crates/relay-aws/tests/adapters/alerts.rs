//! Notices, the book and the topic at an emulator: 200 failures are one message.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use futures_util::StreamExt;
use relay_alerts::{Alert, AlertKind, AlertSettings, Place, Series};
use relay_aws::{AlerterNames, Connection, DynamoAlertState, SqsNotices, SqsNotifier, alerting};
use relay_model::{Notice, ObjectKey, PackageId, ReasonCode, Timestamp};
use relay_pipeline::alerting::{Alerting, Round};
use relay_pipeline::ports::{AlertStateStore, Clock, NoticeQueue, Notifier, PortError, PortErrorClass, QueuedNotice};
use relay_testing::conformance;
use relay_testing::emulator::Emulator;
use relay_testing::fakes::ManualClock;
use serde_json::Value;

use crate::support;

const QUIET_MS: u64 = 3_600_000;
const SENDERS_AT_ONCE: usize = 20;
/// A key that wants to be a message of its own, with a subject of its own.
const HOSTILE_KEY: &str = "org-001/\u{202E}\n\nSubject: all is well\n{\"default\": \"\u{FFFE}\"}";

async fn queue(config: &SdkConfig, name: &str) -> String {
    let created = aws_sdk_sqs::Client::new(config)
        .create_queue()
        .queue_name(support::fresh(name));
    created.send().await.unwrap().queue_url().unwrap().to_owned()
}

async fn alerts_table(config: &SdkConfig) -> String {
    let name = support::fresh("alerts");
    let key = KeySchemaElement::builder()
        .attribute_name("Book")
        .key_type(KeyType::Hash)
        .build();
    let attribute = AttributeDefinition::builder()
        .attribute_name("Book")
        .attribute_type(ScalarAttributeType::S)
        .build();
    aws_sdk_dynamodb::Client::new(config)
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key.unwrap())
        .attribute_definitions(attribute.unwrap())
        .send()
        .await
        .unwrap();
    name
}

struct BothEnds {
    notifier: SqsNotifier,
    notices: SqsNotices,
}

#[async_trait]
impl Notifier for BothEnds {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        self.notifier.notify(notice).await
    }
}

#[async_trait]
impl NoticeQueue for BothEnds {
    async fn receive(&self, limit: usize) -> Result<Vec<QueuedNotice>, PortError> {
        self.notices.receive(limit).await
    }

    async fn delete(&self, receipts: &[String]) -> Result<(), PortError> {
        self.notices.delete(receipts).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_and_book_keep_what_their_ports_promise() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let connection = Connection::from_config(config.clone());
    conformance::notices(async || {
        let url = queue(&config, "notices").await;
        BothEnds {
            notifier: SqsNotifier::new(&connection, &url),
            notices: SqsNotices::new(&connection, &url),
        }
    })
    .await;
    conformance::books(async || DynamoAlertState::new(&connection, alerts_table(&config).await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_gone_is_nothing_to_wait_for() {
    let emulator = Emulator::start().await;
    let connection = Connection::from_config(support::root_of(&emulator).await);
    let url = format!("{}/000000000000/none", emulator.endpoint_url());
    let error = SqsNotices::new(&connection, &url).receive(1).await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent, "{error:?}");
    let error = SqsNotifier::new(&connection, &url).notify(&failure("org-001/a")).await;
    assert_eq!(error.unwrap_err().class(), PortErrorClass::Permanent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_that_cannot_be_read_is_begun_anew_and_silences_nothing() {
    let desk = Desk::open().await;
    desk.send_failures(2).await;
    assert_eq!(desk.round().await.alerts, 1);
    let damage = aws_sdk_dynamodb::Client::new(&desk.config)
        .update_item()
        .table_name(&desk.table)
        .key("Book", aws_sdk_dynamodb::types::AttributeValue::S("alerts".to_owned()))
        .update_expression("SET Content = :content")
        .expression_attribute_values(
            ":content",
            aws_sdk_dynamodb::types::AttributeValue::S("{\"v\":9}".to_owned()),
        );
    damage.send().await.unwrap();
    desk.send_failures(3).await;
    assert_eq!(desk.round().await.alerts, 1);
    let kept = DynamoAlertState::new(&Connection::from_config(desk.config.clone()), &desk.table);
    assert_eq!(kept.load().await.unwrap().revision, 2);
}

fn failure(key: &str) -> Notice {
    let key = ObjectKey::new(key);
    let package_id = PackageId::derive(&"ingress".parse().unwrap(), &key, &"v1".parse().unwrap());
    let organization = Some("org-001".parse().unwrap());
    Notice::package_failed(package_id, organization, key, ReasonCode::StorageUnavailable)
}

// Everything that is deployed for alerts, and a queue that listens to the topic.
struct Desk {
    _emulator: Emulator,
    config: SdkConfig,
    clock: Arc<ManualClock>,
    notices_url: String,
    table: String,
    inbox_url: String,
    notifier: SqsNotifier,
    alerting: Alerting,
}

impl Desk {
    async fn open() -> Self {
        let emulator = Emulator::start().await;
        let config = support::root_of(&emulator).await;
        let connection = Connection::from_config(config.clone());
        let (notices_url, inbox_url) = (queue(&config, "notices").await, queue(&config, "inbox").await);
        let sns = aws_sdk_sns::Client::new(&config);
        let topic = sns.create_topic().name("alerts").send().await.unwrap();
        let topic = topic.topic_arn().unwrap();
        let inbox = inbox_url.rsplit('/').next().unwrap();
        let inbox_arn = format!("arn:aws:sqs:eu-north-1:000000000000:{inbox}");
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": inbox_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
            }],
        });
        let attributes = aws_sdk_sqs::Client::new(&config)
            .set_queue_attributes()
            .queue_url(&inbox_url)
            .attributes(aws_sdk_sqs::types::QueueAttributeName::Policy, policy.to_string());
        attributes.send().await.unwrap();
        let subscription = sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(inbox_arn);
        subscription.send().await.unwrap();
        let names = AlerterNames {
            notices_queue_url: notices_url.clone(),
            alerts_table: alerts_table(&config).await,
            alerts_topic_arn: topic.to_owned(),
            trail_table: "trail".to_owned(),
            task_log_group: "/ecs/processor".to_owned(),
            state_machine_arn: None,
        };
        let settings = AlertSettings {
            environment: "test".parse().unwrap(),
            quiet_ms: QUIET_MS,
            place: Place::Premises,
        };
        let clock = Arc::<ManualClock>::default();
        let shared: Arc<dyn Clock> = clock.clone();
        Self {
            notifier: SqsNotifier::new(&connection, &notices_url),
            alerting: alerting(&connection, &names, shared, settings),
            table: names.alerts_table,
            _emulator: emulator,
            config,
            clock,
            notices_url,
            inbox_url,
        }
    }

    async fn send_failures(&self, number: usize) {
        let keys = (0..number).map(|index| format!("org-001/{index}.csv"));
        futures_util::stream::iter(keys)
            .for_each_concurrent(SENDERS_AT_ONCE, async |key| {
                self.notifier.notify(&failure(&key)).await.unwrap();
            })
            .await;
    }

    async fn round(&self) -> Round {
        self.alerting.round().await.unwrap()
    }

    // What subscribers got since the last time: subject and alert.
    async fn told(&self) -> Vec<(String, Alert)> {
        let client = aws_sdk_sqs::Client::new(&self.config);
        let mut told = Vec::new();
        loop {
            let received = client
                .receive_message()
                .queue_url(&self.inbox_url)
                .max_number_of_messages(10)
                .wait_time_seconds(1);
            let received = received.send().await.unwrap();
            if received.messages().is_empty() {
                return told;
            }
            for message in received.messages() {
                let envelope: Value = serde_json::from_str(message.body().unwrap()).unwrap();
                let alert = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
                told.push((envelope["Subject"].as_str().unwrap().to_owned(), alert));
                let delete = client.delete_message().queue_url(&self.inbox_url);
                let delete = delete.receipt_handle(message.receipt_handle().unwrap());
                delete.send().await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_failures_are_one_message_then_quiet_then_one_more() {
    let desk = Desk::open().await;
    desk.send_failures(200).await;
    let round = desk.round().await;
    assert_eq!((round.notices, round.unreadable, round.alerts), (200, 0, 1));
    let [(subject, alert)] = &desk.told().await[..] else {
        panic!("not one message")
    };
    assert_eq!(subject, "Relay test: storage_unavailable in org-001");
    assert_eq!(
        (alert.count, alert.series, alert.examples.len()),
        (200, Series::New, 10)
    );
    // The time that the queue attests, not one of ours.
    let year_2020: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    assert!(year_2020 < alert.first_at && alert.first_at <= alert.last_at);

    desk.send_failures(30).await;
    assert_eq!(desk.round().await.notices, 30);
    desk.clock.advance(QUIET_MS - 1);
    assert_eq!(desk.round().await, Round::default());
    assert!(desk.told().await.is_empty());

    desk.clock.advance(1);
    assert_eq!(desk.round().await.alerts, 1);
    let [(subject, again)] = &desk.told().await[..] else {
        panic!("not one message")
    };
    assert_eq!(subject, "Relay test: again storage_unavailable in org-001");
    assert_eq!((again.count, again.series), (30, Series::Continued));
    assert_ne!(again.id, alert.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_keys_and_unreadable_notices_arrive_as_what_they_are() {
    let desk = Desk::open().await;
    desk.notifier.notify(&failure(HOSTILE_KEY)).await.unwrap();
    for body in ["all is well", "{\"v\":1,\"kind\":\"package_failed\"}", "{\"v\":2}"] {
        let send = aws_sdk_sqs::Client::new(&desk.config)
            .send_message()
            .queue_url(&desk.notices_url)
            .message_body(body);
        send.send().await.unwrap();
    }
    let round = desk.round().await;
    assert_eq!((round.notices, round.unreadable, round.alerts), (4, 3, 2));
    let mut told = desk.told().await;
    told.sort_by_key(|(_, alert)| alert.kind);
    let [(subject, failed), (other_subject, unreadable)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(subject, "Relay test: storage_unavailable in org-001");
    assert_eq!(failed.examples[0].key, relay_alerts::visible(HOSTILE_KEY));
    assert_eq!(other_subject, "Relay test: notices that cannot be read");
    assert_eq!((unreadable.kind, unreadable.count), (AlertKind::NoticeUnreadable, 3));
    // They are told of, so they are gone.
    assert!(desk.alerting.notices.receive(10).await.unwrap().is_empty());
}
