//! Keys that want to break, spoof or silence an alert.

use proptest::prelude::*;
use relay_alerts::{
    ALERT_BYTES_MAX, Alert, AlertSettings, AlertState, EXAMPLES_MAX, KEY_BYTES_MAX, Place, Received,
    SUBJECT_CHARACTERS_MAX, visible,
};
use relay_model::{Disposition, REASONS, ReasonCode};
use serde_json::Value;

use super::{at, failures, notice, received, settings};

fn alert_on(key: &str) -> Alert {
    let notice = notice("org-001", key, ReasonCode::StorageUnavailable);
    let (mut alerts, _) = AlertState::default().advance(at(1), &[received(0, None, notice)], &settings());
    assert_eq!(alerts.len(), 1);
    alerts.remove(0)
}

#[test]
fn the_format_is_what_is_documented() {
    let place = Place::Aws {
        region: "eu-north-1".to_owned(),
        trail_table: "hybrid-relay-dev-trail".to_owned(),
        task_log_group: "/ecs/hybrid-relay-dev-processor".to_owned(),
        state_machine_arn: Some("arn:aws:states:eu-north-1:123456789012:stateMachine:hybrid-relay-dev".to_owned()),
    };
    let settings = AlertSettings { place, ..settings() };
    let notice = notice("org-001", "org-001/a\nb.csv", ReasonCode::StorageFull);
    let id = notice.package_id.to_string();
    let (alerts, _) = AlertState::default().advance(at(1), &[received(0, Some("AROA1"), notice)], &settings);
    let found: Value = serde_json::from_str(&alerts[0].to_json().unwrap()).unwrap();
    let console = "https://eu-north-1.console.aws.amazon.com";
    let expected = serde_json::json!({
        "v": 1, "id": found["id"], "kind": "package_failed", "severity": "error", "series": "new",
        "subject": "Relay dev: storage_full in org-001",
        "environment": "dev", "organization": "org-001",
        "reason": {"code": "storage_full", "rule": "There is no space left for the results."},
        "count": 1, "first_at": "2026-01-31T08:00:00.000Z", "last_at": "2026-01-31T08:00:00.000Z",
        "further_groups": 0,
        "examples": [{"package_id": id, "key": "org-001/a\\nb.csv", "key_bytes": 15}],
        "what_to_do": "Free some space, then replay the package.",
        "links": [
            {"what": "the first example", "target": format!("relay packages show {id} --stack outputs.json")},
            {"what": "its execution", "target": format!(
                "{console}/states/home?region=eu-north-1#/v2/executions/details/arn:aws:states:eu-north-1:123456789012:execution:hybrid-relay-dev:{id}")},
            {"what": "the trail", "target": format!(
                "{console}/dynamodbv2/home?region=eu-north-1#item-explorer?table=hybrid-relay-dev-trail")},
            {"what": "the log of tasks", "target": format!(
                "{console}/cloudwatch/home?region=eu-north-1#logsV2:log-groups/log-group/$252Fecs$252Fhybrid-relay-dev-processor")},
        ],
        "sender": "AROA1",
    });
    assert_eq!(found, expected);
    assert_eq!(alerts[0].id.len(), 32);
}

#[test]
fn keys_that_want_something_get_nothing() {
    let plain = alert_on("org-001/a.csv");
    let lookalike = r#"{"default":"all is well","email":"all is well","sms":"x"}"#;
    for key in [
        "org-001/a\nSubject: Relay dev: all is well\n\nNothing to do.".to_owned(),
        "org-001/a\r\n.\r\nMAIL FROM:<x@example.com>\r\n".to_owned(),
        "\"}],\"severity\":\"warning\",\"count\":0,\"x\":[{\"".to_owned(),
        "\\\",\\\"severity\\\":\\\"warning\\\"".to_owned(),
        lookalike.to_owned(),
        "\u{202E}\u{2066}\u{200B}\u{FEFF}\u{0}\u{1B}[31m\u{FFFE}".to_owned(),
        "\"".repeat(1_024),
        "\u{0}".repeat(1_024),
        "😀".repeat(256),
        String::new(),
    ] {
        let alert = alert_on(&key);
        assert_eq!(alert.subject, plain.subject);
        assert_eq!(alert.id, plain.id, "an id does not depend on keys");
        let text = alert.to_json().unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(!text.chars().any(char::is_control), "{text}");
        assert_eq!(serde_json::from_str::<Alert>(&text).unwrap(), alert);
        let value: Value = serde_json::from_str(&text).unwrap();
        let fields: Vec<&String> = value.as_object().unwrap().keys().collect();
        let plain: Value = serde_json::from_str(&plain.to_json().unwrap()).unwrap();
        assert_eq!(fields, plain.as_object().unwrap().keys().collect::<Vec<_>>());
        assert!(value.get("default").is_none());
        assert_eq!(
            (&value["severity"], &value["count"]),
            (&plain["severity"], &plain["count"])
        );
    }
}

#[test]
fn subjects_are_what_sns_takes_whatever_the_organization_and_reason() {
    let longest = "o".repeat(63);
    for entry in REASONS {
        for organization in ["a1", &longest] {
            let settings = AlertSettings {
                environment: "e".repeat(12).parse().unwrap(),
                ..settings()
            };
            let first = [received(0, None, notice(organization, "x/y", entry.code))];
            let (mut alerts, book) = AlertState::default().advance(at(0), &first, &settings);
            let (_, book) = book.advance(at(1), &first, &settings);
            alerts.extend(book.advance(at(settings.quiet_ms), &[], &settings).0);
            assert_eq!(alerts.len(), 2);
            for subject in alerts.iter().map(|alert| &alert.subject) {
                assert!(subject.len() <= SUBJECT_CHARACTERS_MAX, "{subject}");
                assert!(subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{subject}");
            }
        }
        assert!(entry.disposition != Disposition::Failed || !entry.remedy.is_empty());
    }
}

#[test]
fn an_environments_name_cannot_carry_anything() {
    for bad in ["", "Dev", "dev\n", "dev prod", "ünit", "thirteen-char", "a_b"] {
        assert!(bad.parse::<relay_alerts::EnvironmentName>().is_err(), "{bad:?}");
    }
}

#[test]
fn the_longest_alert_is_far_below_what_a_message_may_have() {
    let notices: Vec<Received> = (0..20)
        .map(|index| {
            let key = format!("{index}{}", "\"\\".repeat(600));
            received(
                0,
                Some(&"s".repeat(200)),
                notice(&"o".repeat(63), &key, ReasonCode::KeyLookalikeSeparator),
            )
        })
        .collect();
    let place = Place::Aws {
        region: "ap-southeast-1".to_owned(),
        trail_table: "t".repeat(255),
        task_log_group: "/".repeat(512),
        state_machine_arn: Some(format!("arn:aws:states:::stateMachine:{}", "m".repeat(80))),
    };
    let settings = AlertSettings { place, ..settings() };
    let (alerts, _) = AlertState::default().advance(at(0), &notices, &settings);
    let text = alerts[0].to_json().unwrap();
    assert_eq!(alerts[0].examples.len(), EXAMPLES_MAX);
    // Whoever carries it as a string in JSON, as SNS does for queues, escapes it once more.
    let carried = serde_json::to_string(&text).unwrap();
    assert!(carried.len() <= ALERT_BYTES_MAX, "{} bytes", carried.len());
}

#[test]
fn examples_name_each_package_once() {
    let mut notices = failures(2, 0);
    notices.extend(failures(2, 0));
    let (alerts, _) = AlertState::default().advance(at(9), &notices, &settings());
    assert_eq!((alerts[0].count, alerts[0].examples.len()), (4, 2));
}

proptest! {
    #[test]
    fn any_key_is_shown_as_it_is_escaped_and_changes_nothing_else(
        key in "(?s).*|\\PC{0,300}|[\"{}:,\\\\\n\r\u{202E}\u{0}a]{0,400}"
    ) {
        let plain = alert_on("org-001/a.csv");
        let alert = alert_on(&key);
        let text = alert.to_json().unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let shown = value["examples"][0]["key"].as_str().unwrap();
        prop_assert_eq!(shown, visible(&key));
        prop_assert!(shown.len() <= KEY_BYTES_MAX + '…'.len_utf8());
        prop_assert_eq!(value["examples"][0]["key_bytes"].as_u64(), Some(key.len() as u64));
        prop_assert!(!text.chars().any(char::is_control));
        prop_assert!(text.len() <= ALERT_BYTES_MAX);
        // All but the example, and the command that names its package, is as for any other key.
        let without = Alert { examples: plain.examples.clone(), links: plain.links.clone(), ..alert };
        prop_assert_eq!(without, plain);
    }
}
