//! Every event of a log, damaged in every way: verification names it.

use proptest::prelude::*;
use relay_audit::{Problem, StoredEvent};
use relay_model::{SealedEvent, Sha256Digest};

use crate::support::{Log, accepted, object, processed, received, sample, started};

fn name(event: &StoredEvent) -> (Option<String>, Option<u64>) {
    (Some(event.package_id.clone()), Some(event.seq))
}

// The same event with another actor, well formed, filed under its own new hash.
fn forged(event: &StoredEvent) -> StoredEvent {
    let text = event.canonical.replace("test 1", "test 2");
    let sealed = SealedEvent::from_canonical(&text).unwrap();
    StoredEvent {
        hash: sealed.hash(),
        canonical: text,
        ..event.clone()
    }
}

#[test]
fn an_untouched_log_holds() {
    let verification = sample().verify();
    assert!(verification.holds(), "{:?}", verification.findings);
    assert_eq!(
        (verification.events, verification.packages, verification.in_flight),
        (19, 5, 2)
    );
}

#[test]
fn each_changed_event_is_named() {
    for index in 0..sample().events.len() {
        let mut log = sample();
        log.events[index].canonical = log.events[index].canonical.replace("test 1", "test 2");
        let finding = log.first_finding();
        assert_eq!(finding.problem, Problem::Changed);
        assert_eq!((finding.package_id, finding.seq), name(&log.events[index]));
        assert_eq!(log.verify().findings_total, 1);
    }
}

#[test]
fn each_changed_event_is_named_even_when_its_filed_hash_was_changed_too() {
    for index in 0..sample().events.len() {
        let mut log = sample();
        log.events[index] = forged(&log.events[index]);
        let finding = log.first_finding();
        assert_eq!(finding.problem, Problem::Changed, "event {index}");
        assert_eq!(
            (finding.package_id, finding.seq),
            name(&log.events[index]),
            "event {index}: {}",
            finding.text
        );
        assert_eq!(log.verify().findings_total, 1);
    }
}

#[test]
fn an_event_whose_link_was_changed_is_named_and_not_the_one_before_it() {
    for index in 0..sample().events.len() {
        let mut log = sample();
        let event = log.events[index].clone();
        if event.seq == 0 {
            continue;
        }
        let prev = SealedEvent::from_canonical(&event.canonical).unwrap().event().prev;
        let other = Sha256Digest::of(b"other").to_string();
        let text = event.canonical.replace(&prev.to_string(), &other);
        let hash = Sha256Digest::of(text.as_bytes());
        log.events[index] = StoredEvent {
            canonical: text,
            hash,
            ..event
        };
        let finding = log.first_finding();
        assert_eq!(
            (finding.package_id, finding.seq),
            name(&log.events[index]),
            "event {index}: {}",
            finding.text
        );
    }
}

#[test]
fn each_dropped_event_is_named() {
    for index in 0..sample().events.len() {
        let mut log = sample();
        let dropped = log.events.remove(index);
        let verification = log.verify();
        let finding = &verification.findings[0];
        assert_eq!(finding.problem, Problem::Dropped, "event {index}");
        assert_eq!(
            (finding.package_id.clone(), finding.seq),
            name(&dropped),
            "event {index}"
        );
        assert_eq!(
            verification.findings_total, 1,
            "event {index}: {:?}",
            verification.findings
        );
    }
}

#[test]
fn each_dropped_event_is_named_even_when_the_log_was_renumbered() {
    for index in 0..sample().events.len() {
        let mut log = sample();
        let dropped = log.events.remove(index);
        log.events
            .iter_mut()
            .zip(1..)
            .for_each(|(event, position)| event.position = position);
        let finding = log.first_finding();
        assert_eq!(finding.problem, Problem::Dropped, "event {index}");
        assert_eq!((finding.package_id, finding.seq), name(&dropped), "event {index}");
    }
}

#[test]
fn a_whole_trail_that_was_dropped_with_its_record_leaves_gaps_in_the_log() {
    let mut log = sample();
    let id = log.records[0].package_id.to_string();
    log.events.retain(|event| event.package_id != id);
    log.records.remove(0);
    let finding = log.first_finding();
    assert_eq!(
        (finding.problem, finding.package_id, finding.position),
        (Problem::Dropped, None, Some(1))
    );
}

#[test]
fn two_swapped_events_are_noticed_wherever_they_stand() {
    let count = sample().events.len();
    for (first, second) in (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))) {
        // The bytes change places; the places keep their names.
        let mut log = sample();
        let (a, b) = (log.events[first].clone(), log.events[second].clone());
        log.events[first] = StoredEvent {
            hash: b.hash,
            canonical: b.canonical.clone(),
            ..a.clone()
        };
        log.events[second] = StoredEvent {
            hash: a.hash,
            canonical: a.canonical,
            ..b
        };
        let finding = log.first_finding();
        assert_eq!(finding.problem, Problem::Swapped, "{first} and {second}");
        assert_eq!((finding.package_id, finding.seq), name(&log.events[first]));
    }
}

#[test]
fn two_events_of_one_trail_that_changed_their_order_in_the_log_are_named() {
    let mut log = sample();
    // Positions 3 and 7 hold events 1 and 2 of the first package.
    log.events.swap(2, 6);
    log.events
        .iter_mut()
        .zip(1..)
        .for_each(|(event, position)| event.position = position);
    let finding = log.first_finding();
    assert_eq!(
        (finding.problem, finding.seq),
        (Problem::Swapped, Some(1)),
        "{}",
        finding.text
    );
    assert_eq!(finding.package_id, Some(log.records[0].package_id.to_string()));
}

#[test]
fn an_added_event_is_named() {
    // After a conclusion nothing but a replay may follow.
    let mut log = sample();
    let first = object("a.csv");
    let sealed = log.next(&first, started(2));
    let stored = StoredEvent {
        position: 20,
        package_id: sealed.event().package_id.to_string(),
        seq: sealed.event().seq,
        hash: sealed.hash(),
        canonical: sealed.canonical().to_owned(),
    };
    log.events.push(stored.clone());
    let finding = log.first_finding();
    assert_eq!(
        (finding.problem, finding.package_id.clone(), finding.seq),
        (Problem::Added, name(&stored).0, Some(4))
    );

    // One that could follow is known by the record that does not know it.
    let mut log = sample();
    let records = log.records.clone();
    log.add(&object("e.csv"), accepted());
    log.records = records;
    let finding = log.first_finding();
    assert_eq!((finding.problem, finding.seq), (Problem::Added, Some(1)));
}

#[test]
fn an_event_filed_for_a_package_that_it_is_not_about_is_noticed() {
    let mut log = sample();
    log.events[0].package_id = object("z.csv").package_id().to_string();
    assert_eq!(log.first_finding().problem, Problem::Swapped);

    // A trail whose events name a package id that is not derived from their object.
    let mut log = Log::default();
    log.add(&object("a.csv"), received(b"a"));
    let false_id = object("z.csv").package_id().to_string();
    let text = log.events[0]
        .canonical
        .replace(log.records[0].package_id.as_str(), &false_id);
    let hash = Sha256Digest::of(text.as_bytes());
    log.events[0] = StoredEvent {
        canonical: text,
        hash,
        package_id: false_id,
        ..log.events[0].clone()
    };
    log.records.clear();
    assert_eq!(log.first_finding().problem, Problem::Added);
}

#[test]
fn a_record_that_says_something_else_than_its_trail_is_noticed() {
    let mut log = sample();
    log.records[0].state = relay_model::PackageState::InFlight;
    assert_eq!(log.first_finding().problem, Problem::RecordDiffers);
    let mut log = sample();
    log.records[0].trail_state.attempts = 7;
    assert_eq!(log.first_finding().problem, Problem::RecordDiffers);
    let mut log = sample();
    log.events.clear();
    assert!(
        log.verify()
            .findings
            .iter()
            .all(|finding| finding.problem == Problem::Dropped)
    );
    assert_eq!(log.verify().findings_total, 5);
}

#[test]
fn a_noted_head_finds_what_is_otherwise_consistent() {
    let head = sample().verify().head;
    let mut grown = sample();
    grown.add(&object("e.csv"), accepted());
    assert!(grown.verify_expecting(Some(head)).holds());

    // Somebody rewrites the whole log with one package fewer: all of it is consistent, and not what was noted.
    let mut rewritten = Log::default();
    for name in ["a.csv", "b.csv", "c.csv", "d.csv", "e.csv"] {
        rewritten.add(&object(name), received(b"x"));
        rewritten.add(&object(name), accepted());
        rewritten.add(&object(name), started(1));
        rewritten.add(&object(name), processed(name));
    }
    assert!(rewritten.verify().holds());
    let verification = rewritten.verify_expecting(Some(head));
    assert_eq!(verification.findings[0].problem, Problem::HeadDiffers);

    let mut shortened = sample();
    let last = shortened.events.pop().unwrap();
    shortened
        .records
        .retain(|record| record.package_id.as_str() != last.package_id);
    assert!(shortened.verify().holds());
    let verification = shortened.verify_expecting(Some(head));
    assert_eq!(verification.findings[0].problem, Problem::Dropped);
}

#[test]
fn one_trail_alone_is_verified_without_the_log() {
    let log = sample();
    for record in &log.records {
        let mut verifier = relay_audit::Verifier::of_one_trail();
        let own = || {
            log.events
                .iter()
                .filter(|event| event.package_id == record.package_id.as_str())
        };
        own().for_each(|event| verifier.event(event));
        verifier.record(record);
        assert!(verifier.finish().holds());

        let mut verifier = relay_audit::Verifier::of_one_trail();
        own().skip(1).for_each(|event| verifier.event(event));
        verifier.record(record);
        let verification = verifier.finish();
        assert_eq!(verification.findings[0].problem, Problem::Dropped);
        assert_eq!(verification.findings[0].seq, Some(0));
    }
}

proptest! {
    #[test]
    fn no_flipped_byte_goes_unnoticed(index in 0_usize..19, at in any::<prop::sample::Index>(), bit in 0_u8..7) {
        let mut log = sample();
        let mut bytes = log.events[index].canonical.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(text) = String::from_utf8(bytes) {
            log.events[index].canonical = text;
            let finding = log.first_finding();
            prop_assert_eq!((finding.package_id, finding.seq), name(&log.events[index]));
        }
    }
}
