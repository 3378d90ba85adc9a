//! Grouping, quiet periods, limits, repetition.

use std::collections::BTreeSet;

use proptest::prelude::*;
use relay_alerts::{
    ALERTS_PER_ROUND_MAX, AlertKind, AlertState, BOOK_BYTES_MAX, BOOK_GROUPS_MAX, EXAMPLES_MAX, Received,
    SENDER_GROUPS_MAX, Sender, Series, Severity,
};
use relay_model::ReasonCode;

use super::{QUIET_MS, at, failures, notice, organizations, received, settings};

#[test]
fn ten_thousand_failures_within_a_minute_are_one_alert() {
    let failures = failures(10_000, 0);
    let (alerts, _) = AlertState::default().advance(at(60_000), &failures, &settings());
    let [alert] = &alerts[..] else {
        panic!("{} alerts", alerts.len())
    };
    assert_eq!((alert.count, alert.first_at, alert.last_at), (10_000, at(0), at(9_999)));
    assert_eq!((alert.kind, alert.series), (AlertKind::PackageFailed, Series::New));
    assert_eq!(alert.examples.len(), EXAMPLES_MAX);
    assert_eq!(alert.examples[0].key, "org-001/0.csv");
    assert_eq!(alert.subject, "Relay dev: storage_unavailable in org-001");
}

#[test]
fn ten_thousand_failures_over_many_rounds_are_one_alert_and_one_continuation() {
    let (mut book, mut told) = (AlertState::default(), Vec::new());
    for (round, failures) in failures(10_000, 0).chunks(100).enumerate() {
        let (alerts, next) = book.advance(at(600 * (round as u64 + 1)), failures, &settings());
        told.extend(alerts);
        book = next;
    }
    assert_eq!(told.iter().map(|alert| alert.count).collect::<Vec<_>>(), [100]);
    let (alerts, book) = book.advance(at(600 + QUIET_MS - 1), &[], &settings());
    assert!(alerts.is_empty(), "the period is not over");
    let (alerts, book) = book.advance(at(600 + QUIET_MS), &[], &settings());
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].count, alerts[0].series), (9_900, Series::Continued));
    assert_eq!(alerts[0].subject, "Relay dev: again storage_unavailable in org-001");
    assert_ne!(alerts[0].id, told[0].id);
    // The continuation begins a period of its own; when that brings nothing, the group is forgotten, and new again.
    let (alerts, book) = book.advance(at(600 + 2 * QUIET_MS), &[], &settings());
    assert!(alerts.is_empty());
    assert_eq!(book, AlertState::default());
    let (alerts, _) = book.advance(at(600 + 2 * QUIET_MS), &failures(1, 0), &settings());
    assert_eq!(alerts[0].series, Series::New);
}

#[test]
fn groups_differ_by_reason_organization_and_sender() {
    let one = |sender, organization, reason| received(0, Some(sender), notice(organization, "org-001/a", reason));
    let notices = [
        one("validator", "org-001", ReasonCode::StorageFull),
        one("validator", "org-001", ReasonCode::StorageFull),
        one("validator", "org-001", ReasonCode::InternalError),
        one("validator", "org-002", ReasonCode::StorageFull),
        one("task", "org-001", ReasonCode::StorageFull),
    ];
    let (alerts, _) = AlertState::default().advance(at(1), &notices, &settings());
    let mut counts: Vec<u64> = alerts.iter().map(|alert| alert.count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 1, 1, 2]);
    assert_eq!(alerts.iter().map(|alert| &alert.id).collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn what_cannot_be_read_is_told_of_and_hides_nothing() {
    let unreadable = Received {
        at: at(0),
        sender: Some(Sender::attested("AROA\n\"EXAMPLE:session")),
        notice: None,
    };
    let mut notices = vec![unreadable; 50];
    notices.extend(failures(1, 0));
    let (alerts, _) = AlertState::default().advance(at(1), &notices, &settings());
    let unreadable = alerts
        .iter()
        .find(|alert| alert.kind == AlertKind::NoticeUnreadable)
        .unwrap();
    assert_eq!((unreadable.count, unreadable.severity), (50, Severity::Error));
    assert_eq!(unreadable.sender.as_deref(), Some("AROAEXAMPLEsession"));
    assert_eq!(
        alerts
            .iter()
            .filter(|alert| alert.kind == AlertKind::PackageFailed)
            .count(),
        1
    );
}

#[test]
fn what_is_beyond_a_round_is_summed_up_once() {
    let senders = ["a", "b", "c"];
    let notices: Vec<Received> = senders.iter().flat_map(|sender| organizations(30, sender)).collect();
    let (alerts, book) = AlertState::default().advance(at(0), &notices, &settings());
    assert_eq!(alerts.len(), ALERTS_PER_ROUND_MAX + 1);
    let last = alerts.last().unwrap();
    assert_eq!(last.kind, AlertKind::FurtherGroups);
    assert_eq!((last.further_groups, last.count), (70, 70));
    for sender in senders {
        let told = alerts
            .iter()
            .filter(|alert| alert.sender.as_deref() == Some(sender))
            .count();
        assert!(
            told >= ALERTS_PER_ROUND_MAX / senders.len(),
            "{sender} was told of {told} times"
        );
    }
    // What was summed up is told: the same again is quiet.
    let (alerts, _) = book.advance(at(60_000), &notices, &settings());
    assert!(alerts.is_empty(), "{alerts:?}");
}

#[test]
fn a_sender_that_floods_does_not_silence_another() {
    let mut book = AlertState::default();
    let (mut told, mut counted) = (0, 0);
    for round in 0..60_u64 {
        // Ever new groups, all from one sender.
        let flood: Vec<Received> = (0..500)
            .map(|index| {
                let organization = format!("made-up-{round}-{index}");
                received(
                    0,
                    Some("taken-over"),
                    notice(&organization, "x/y", ReasonCode::InternalError),
                )
            })
            .collect();
        let (alerts, next) = book.advance(at(60_000 * round), &flood, &settings());
        told += alerts.len();
        counted += alerts.iter().map(|alert| alert.count).sum::<u64>();
        book = next;
    }
    assert!(told <= SENDER_GROUPS_MAX + 2, "{told} alerts in an hour");
    let honest = received(
        0,
        Some("validator"),
        notice("org-001", "org-001/a", ReasonCode::CustodyMismatch),
    );
    let (alerts, book) = book.advance(at(60 * 60_000 - 1), &[honest], &settings());
    assert!(
        alerts.iter().any(|alert| alert.sender.as_deref() == Some("validator")),
        "{alerts:?}"
    );
    let (last, _) = book.advance(at(3 * QUIET_MS), &[], &settings());
    counted += last.iter().map(|alert| alert.count).sum::<u64>();
    assert_eq!(counted, 60 * 500);
}

#[test]
fn a_book_does_not_grow_past_its_item() {
    let mut book = AlertState::default();
    for round in 0..3 {
        let mut notices = Vec::new();
        for sender in 0..20 {
            for organization in 0..40 {
                for package in 0..12 {
                    let organization = format!("{}{sender:02}-{organization:02}", "o".repeat(58));
                    // Each byte of the key becomes two in JSON, and each sender's name is as long as it may be.
                    let key = format!("{}{round}{package}{organization}", "\"".repeat(300));
                    let notice = notice(&organization, &key, ReasonCode::AttemptsExhausted);
                    let sender = format!("{}{sender:02}", "s".repeat(62));
                    notices.push(received(0, Some(&sender), notice));
                }
            }
        }
        book = book.advance(at(round), &notices, &settings()).1;
    }
    let text = serde_json::to_string(&book).unwrap();
    assert!(text.len() <= BOOK_BYTES_MAX, "{} bytes", text.len());
    assert!(text.matches("\"quiet_until\"").count() <= BOOK_GROUPS_MAX + 1);
    assert_eq!(serde_json::from_str::<AlertState>(&text).unwrap(), book);
}

#[test]
fn a_book_of_a_later_program_is_refused() {
    assert!(serde_json::from_str::<AlertState>(r#"{"v":1,"groups":[]}"#).is_ok());
    let error = serde_json::from_str::<AlertState>(r#"{"v":2,"groups":[]}"#).unwrap_err();
    assert!(error.to_string().contains("format 2"), "{error}");
}

#[test]
fn a_clock_that_was_wrong_silences_nothing_for_longer_than_a_period() {
    let years = 20 * 365 * 24 * QUIET_MS;
    let (_, book) = AlertState::default().advance(at(years), &failures(1, 0), &settings());
    let (alerts, book) = book.advance(at(0), &failures(1, 0), &settings());
    assert!(alerts.is_empty());
    let (alerts, _) = book.advance(at(QUIET_MS), &[], &settings());
    assert_eq!(alerts.len(), 1);
}

proptest! {
    // Whatever comes in which rounds: what is told in the end is what came, and a round done again says the same.
    #[test]
    fn every_notice_is_counted_once(rounds in prop::collection::vec(
        (0_u64..QUIET_MS, prop::collection::vec((0_usize..60, 0_usize..4, any::<bool>()), 0..80)), 0..12,
    )) {
        let (mut book, mut now, mut came, mut told) = (AlertState::default(), 0, 0, 0);
        for (pause, notices) in rounds {
            now += pause;
            let notices: Vec<Received> = notices
                .into_iter()
                .map(|(organization, sender, is_read)| {
                    let sender = ["a", "b", "c"].get(sender).copied();
                    let notice = notice(&format!("org-{organization}"), "x/y", ReasonCode::StorageFull);
                    let received = received(now, sender, notice);
                    Received { notice: received.notice.filter(|_| is_read), ..received }
                })
                .collect();
            let (alerts, next) = book.clone().advance(at(now), &notices, &settings());
            prop_assert_eq!(&book.advance(at(now), &notices, &settings()).0, &alerts);
            prop_assert!(alerts.len() <= ALERTS_PER_ROUND_MAX + 1);
            came += notices.len() as u64;
            told += alerts.iter().map(|alert| alert.count).sum::<u64>();
            book = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
        }
        // What was summed up in the one period is told at the end of the next.
        for period in 1..=3 {
            let (alerts, next) = book.advance(at(now + period * QUIET_MS), &[], &settings());
            told += alerts.iter().map(|alert| alert.count).sum::<u64>();
            book = next;
        }
        prop_assert_eq!(told, came);
    }
}
