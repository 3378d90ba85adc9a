//! What is recorded of duplicates, and whether it is true.

use relay_audit::{Problem, explain};
use relay_model::{
    Duplicate, DuplicateKind, Duplicates, EventBody, ObjectKey, ObjectVersion, SealedEvent, Sha256Digest,
};

use crate::support::{
    Log, accepted, failed, object, processed_with, reason, received, sample, sample_with_duplicates, started,
};

fn version(key: &str, version: &str) -> ObjectVersion {
    ObjectVersion {
        bucket: "ingress".parse().unwrap(),
        key: ObjectKey::new(key),
        version_id: version.parse().unwrap(),
    }
}

fn conclude(log: &mut Log, object: &ObjectVersion, bytes: &[u8], duplicates: Duplicates) {
    for body in [received(bytes), accepted(), started(1)] {
        log.add(object, body);
    }
    log.add(object, processed_with(Sha256Digest::of(bytes), duplicates));
}

fn one(kind: DuplicateKind, of: &ObjectVersion) -> Duplicates {
    let of = of.package_id();
    Duplicates::found(vec![Duplicate { kind, of }])
}

#[test]
fn the_record_says_what_the_conclusion_says() {
    let log = sample_with_duplicates();
    let of = |name: &str| {
        let id = object(name).package_id();
        log.records.iter().find(|record| record.package_id == id).unwrap()
    };
    assert_eq!(of("f.csv").duplicates, one(DuplicateKind::SameBytes, &object("a.csv")));
    assert_eq!(of("g.csv").duplicates, Duplicates::unknown());
    assert!(of("a.csv").duplicates.are_none());
    assert!(log.verify().holds(), "{:?}", log.verify().findings);
}

#[test]
fn a_replay_forgets_what_the_conclusion_before_it_said() {
    let mut log = sample();
    let (first, second) = (version("org-001/x", "1"), version("org-001/x", "2"));
    conclude(&mut log, &first, b"x", Duplicates::default());
    for body in [received(b"x"), accepted(), started(1)] {
        log.add(&second, body);
    }
    let body = EventBody::Quarantined {
        attempt: relay_model::Attempt::FIRST,
        reason: reason(relay_model::ReasonCode::CompressionCorrupt),
        sha256: Some(Sha256Digest::of(b"x")),
        results: Vec::new(),
        table: None,
        archive: None,
        settings_version: None,
        opaque: None,
        contents: None,
        duplicates: one(DuplicateKind::SameNameSameBytes, &first),
    };
    log.add(&second, body);
    assert_eq!(log.records.last().unwrap().duplicates.known().len(), 1);
    log.add(&second, EventBody::ReplayRequested { by: "x".into() });
    assert!(log.records.last().unwrap().duplicates.are_none());
    log.add(&second, failed());
    assert!(log.records.last().unwrap().duplicates.are_none());
    assert!(log.verify().holds());
}

#[test]
fn true_duplicates_hold_in_whichever_order_they_were_concluded() {
    let mut log = sample();
    let (first, second) = (version("org-001/x", "1"), version("org-001/y", "1"));
    // The claim of the first one is durable before its conclusion is.
    conclude(&mut log, &second, b"x", one(DuplicateKind::SameBytes, &first));
    conclude(&mut log, &first, b"x", Duplicates::default());
    let third = version("org-001/x", "2");
    conclude(&mut log, &third, b"z", one(DuplicateKind::SameNameOtherBytes, &first));
    let fourth = version("org-001/x", "3");
    conclude(&mut log, &fourth, b"x", one(DuplicateKind::SameNameSameBytes, &first));
    // A package whose trail is not there says nothing.
    let (gone, fifth) = (version("org-001/gone", "1"), version("org-001/v", "1"));
    conclude(&mut log, &fifth, b"v", one(DuplicateKind::SameBytes, &gone));
    assert!(log.verify().holds(), "{:?}", log.verify().findings);
}

#[test]
fn a_duplicate_that_is_none_is_found() {
    let first = version("org-001/x", "1");
    let stranger = version("org-002/x", "1");
    for (key, bytes, kind, of, what) in [
        ("org-001/y", b"z", DuplicateKind::SameBytes, &first, "other bytes"),
        (
            "org-001/x",
            b"x",
            DuplicateKind::SameNameOtherBytes,
            &first,
            "the same bytes",
        ),
        (
            "org-001/x",
            b"z",
            DuplicateKind::SameNameSameBytes,
            &first,
            "other bytes",
        ),
        ("org-001/x", b"x", DuplicateKind::SameBytes, &first, "the same name"),
        (
            "org-001/y",
            b"x",
            DuplicateKind::SameNameSameBytes,
            &first,
            "another name",
        ),
        (
            "org-001/y",
            b"x",
            DuplicateKind::SameBytes,
            &stranger,
            "another organization",
        ),
    ] {
        let mut log = sample();
        conclude(&mut log, &first, b"x", Duplicates::default());
        conclude(&mut log, &stranger, b"x", Duplicates::default());
        let second = version(key, "2");
        conclude(&mut log, &second, bytes, one(kind, of));
        let verification = log.verify();
        assert_eq!(verification.findings_total, 1, "{what}: {:?}", verification.findings);
        let finding = &verification.findings[0];
        assert_eq!(finding.problem, Problem::NotADuplicate);
        assert_eq!(finding.package_id.as_deref(), Some(second.package_id().as_str()));
        assert_eq!(finding.seq, Some(3));
        assert!(finding.text.contains(what), "{}", finding.text);
    }
    let mut log = sample();
    conclude(&mut log, &first, b"x", one(DuplicateKind::SameNameSameBytes, &first));
    assert!(log.first_finding().text.contains("the package itself"));
}

#[test]
fn explanations_tell_of_duplicates() {
    let log = sample_with_duplicates();
    let trail: Vec<SealedEvent> = log
        .events
        .iter()
        .map(|event| SealedEvent::from_canonical(&event.canonical).unwrap())
        .collect();
    let told: Vec<String> = explain(&trail).into_iter().map(|one| one.what).collect();
    let first = object("a.csv").package_id();
    let sentence = format!("A duplicate: the same bytes under another name as {first}.");
    assert_eq!(told.iter().filter(|what| what.ends_with(&sentence)).count(), 1);
    let unknown = "Whether it is a duplicate could not be looked up.";
    assert_eq!(told.iter().filter(|what| what.ends_with(unknown)).count(), 1);
}
