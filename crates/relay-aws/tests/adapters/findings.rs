//! Findings in S3: what one run leaves the next one finds, and of two that write at once one is told.

use relay_aws::{Connection, S3Findings};
use relay_model::{BucketName, Timestamp};
use relay_monitor::{AcceptedRisk, FindingStore, Findings, Inventory, Report, Scope, UnreadList, Why, WhyKind, assess};
use relay_testing::emulator::Emulator;

use crate::support;

struct Place {
    config: aws_config::SdkConfig,
    bucket: BucketName,
    key_arn: String,
    store: S3Findings,
    _emulator: Emulator,
}

impl Place {
    async fn new() -> Self {
        let emulator = Emulator::start().await;
        let config = support::root_of(&emulator).await;
        let bucket = support::versioned_bucket(&config).await;
        let created = aws_sdk_kms::Client::new(&config).create_key().send().await.unwrap();
        let key_arn = created.key_metadata().unwrap().arn().unwrap().to_owned();
        let connection = Connection::from_config(config.clone());
        Self {
            store: S3Findings::new(&connection, bucket.clone(), key_arn.clone()),
            config,
            bucket,
            key_arn,
            _emulator: emulator,
        }
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn found(now: Timestamp) -> (Findings, Report) {
    let action = "s3:ListAllMyBuckets".to_owned();
    let inventory = Inventory {
        account_id: "111122223333".to_owned(),
        region: "eu-north-1".to_owned(),
        resources: Vec::new(),
        unread: vec![UnreadList {
            service: "s3".to_owned(),
            action: action.clone(),
            why: Why {
                action,
                kind: WhyKind::AccessDenied,
                message: "no".to_owned(),
            },
        }],
    };
    let assessment = assess(&inventory, &Findings::default(), &[], now);
    let report = Report::new(&assessment);
    (assessment.findings, report)
}

#[tokio::test]
async fn what_a_run_leaves_the_next_one_finds() {
    let place = Place::new().await;
    let store = &place.store;
    let before = store.load().await.unwrap();
    assert_eq!(
        (before.revision.as_deref(), before.findings),
        (None, Findings::default())
    );
    let now = at("2026-01-31T08:15:00.000Z");
    let (findings, report) = found(now);
    store.publish(&report).await.unwrap();
    store.save(&findings, None).await.unwrap();
    let after = store.load().await.unwrap();
    assert_eq!(after.findings, findings);
    // Who has not read what stands there does not write over it.
    assert!(store.save(&findings, None).await.is_err());
    store
        .save(&Findings::default(), after.revision.as_deref())
        .await
        .unwrap();
    assert!(store.save(&findings, after.revision.as_deref()).await.is_err());
    assert_eq!(store.load().await.unwrap().findings, Findings::default());

    let s3 = support::s3(&place.config);
    let listed = s3.list_objects_v2().bucket(place.bucket.as_str()).send().await.unwrap();
    let keys: Vec<&str> = listed.contents().iter().filter_map(|object| object.key()).collect();
    let name = "_monitor/reports/2026-01-31/2026-01-31T08:15:00.000Z";
    assert_eq!(
        keys,
        [
            "_monitor/findings.json",
            &format!("{name}.asff.json"),
            &format!("{name}.md")
        ]
    );
    for key in keys {
        let head = s3
            .head_object()
            .bucket(place.bucket.as_str())
            .key(key)
            .send()
            .await
            .unwrap();
        assert_eq!(head.ssekms_key_id(), Some(place.key_arn.as_str()), "{key}");
    }
}

#[tokio::test]
async fn risks_that_are_accepted_at_once_are_all_kept() {
    let place = Place::new().await;
    let accept = async |number: usize| {
        let scope = Scope::Pattern {
            check: "s3.versioning".to_owned(),
            resource: format!("arn:aws:s3:::bucket-{number}"),
        };
        let (now, until) = (at("2026-01-31T08:15:00.000Z"), at("2026-06-30T00:00:00.000Z"));
        let risk = AcceptedRisk::new(scope, "Ada", "nothing to keep", now, until).unwrap();
        place.store.accept(&risk).await.unwrap();
    };
    tokio::join!(accept(1), accept(2), accept(3));
    let accepted = place.store.load().await.unwrap().accepted;
    let mut resources: Vec<String> = accepted
        .iter()
        .map(|risk| {
            serde_json::to_value(risk).unwrap()["resource"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    resources.sort_unstable();
    assert_eq!(
        resources,
        [1, 2, 3].map(|number| format!("arn:aws:s3:::bucket-{number}"))
    );
}

#[tokio::test]
async fn findings_of_another_version_are_not_taken_for_none() {
    let place = Place::new().await;
    let s3 = support::s3(&place.config);
    let put = s3
        .put_object()
        .bucket(place.bucket.as_str())
        .key("_monitor/findings.json");
    put.body(b"{\"v\": \"two\"}".to_vec().into()).send().await.unwrap();
    let error = place.store.load().await.unwrap_err();
    assert!(error.to_string().contains("_monitor/findings.json"), "{error}");
}
