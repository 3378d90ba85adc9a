//! The trail of an organization: what may follow what, what is registered then, and what verification says of both.

use relay_audit::{
    KeptOrganization, OrganizationChange, OrganizationState, OrganizationTransitionError, Problem, StoredEvent,
    Verification, Verifier, advance_organization, events_of_change, fold_organization, registration,
};
use relay_model::{
    Author, EventBody, Organization, OrganizationEvent, OrganizationEventKind, OrganizationFacts, OrganizationId,
    Sealed, SealedOrganizationEvent, Sha256Digest, Timestamp, TrailHead, organization_trail,
};

use crate::support::{Log, accepted, object, received, sample_with_organizations};

fn id(text: &str) -> OrganizationId {
    text.parse().unwrap()
}

fn author(by: &str, second: i64) -> Author {
    Author {
        by: by.to_owned(),
        actor: "test 1".to_owned(),
        at: Timestamp::from_unix_milliseconds(1_769_846_400_000 + second * 1_000).unwrap(),
    }
}

fn facts(settings: &str) -> OrganizationFacts {
    OrganizationFacts {
        added_at: author("x", 0).at,
        enabled: true,
        settings: settings.to_owned(),
    }
}

/// A registry of one organization, as adapters keep one.
struct Registry {
    state: OrganizationState,
    trail: Vec<SealedOrganizationEvent>,
}

impl Registry {
    fn new(settings: &str) -> Self {
        let (event, state) = registration(&id("org-001"), None, facts(settings), &author("ada", 0)).unwrap();
        Self {
            state,
            trail: vec![event],
        }
    }

    fn change(&mut self, change: &OrganizationChange) -> usize {
        let kept = KeptOrganization {
            id: self.state.id.clone(),
            facts: self.state.facts.clone(),
            version: Some(self.state.version),
        };
        let (events, state) = events_of_change(&kept, None, change, &author("bob", 1)).unwrap();
        let count = events.len();
        self.trail.extend(events);
        self.state = state;
        count
    }

    fn settings(&mut self, settings: &str) -> (OrganizationEventKind, Vec<String>) {
        assert_eq!(self.change(&OrganizationChange::Settings(settings.to_owned())), 1);
        let event = self.trail.last().unwrap().event();
        (event.kind, event.details.changes.clone())
    }
}

const ONE_TABLE: &str =
    r#"{"tables":[{"path":"a/*","schema":{"fields":[{"name":"x","type":"integer"}],"missingValues":[""]}}]}"#;

#[test]
fn what_is_registered_is_the_sum_of_the_events() {
    let mut registry = Registry::new("{}");
    registry.change(&OrganizationChange::Enabled(false));
    registry.settings(r#"{"object_bytes_max":7}"#);
    registry.change(&OrganizationChange::Enabled(true));
    let folded = fold_organization(&registry.trail).unwrap().unwrap();
    assert_eq!(folded, registry.state);
    let organization = folded.organization().unwrap();
    assert_eq!(organization.settings.object_bytes_max, Some(7));
    assert!(organization.enabled);
    assert_eq!(organization.version.unwrap().seq, 3);
    assert_eq!(organization.version.unwrap().hash, registry.trail[3].hash());
    assert_eq!(fold_organization([]), Ok(None));
}

#[test]
fn nothing_changed_is_no_event() {
    let mut registry = Registry::new(ONE_TABLE);
    assert_eq!(registry.change(&OrganizationChange::Nothing), 0);
    assert_eq!(registry.change(&OrganizationChange::Enabled(true)), 0);
    assert_eq!(registry.change(&OrganizationChange::Settings(ONE_TABLE.to_owned())), 0);
}

#[test]
fn each_change_has_its_kind_and_its_words() {
    let mut registry = Registry::new("{}");
    let (kind, words) = registry.settings(r#"{"privacy":{"version":1,"iban":"mask","email":"keep"}}"#);
    assert_eq!(kind, OrganizationEventKind::PrivacyPolicyChanged);
    assert_eq!(
        words,
        ["personal data, email: mask → keep", "personal data, iban: keep → mask"]
    );
    let (kind, words) = registry.settings("{}");
    assert_eq!(kind, OrganizationEventKind::PrivacyPolicyChanged);
    assert_eq!(
        words,
        ["personal data, email: keep → mask", "personal data, iban: mask → keep"]
    );
    let (kind, words) = registry.settings(ONE_TABLE);
    assert_eq!(kind, OrganizationEventKind::SchemaAdded);
    assert_eq!(
        words,
        ["tables 'a/*': a schema, version 1, 1 column, changes: compatible"]
    );
    let wider = r#"{"tables":[{"path":"a/*","version":2,"changes":"none","schema":{"fields":[{"name":"x","type":"number"},{"name":"y\u0007","type":"date"}],"missingValues":["","-"]}}]}"#;
    let (kind, words) = registry.settings(wider);
    assert_eq!(kind, OrganizationEventKind::SchemaChanged);
    assert_eq!(
        words,
        [
            "tables 'a/*': schema version 1 → 2",
            "tables 'a/*': changes: compatible → none",
            "tables 'a/*': column 'x' integer → number",
            "tables 'a/*': column 'y\\u{7}' added",
            "tables 'a/*': other missing values",
        ]
    );
    let (kind, words) = registry.settings("{}");
    assert_eq!(kind, OrganizationEventKind::SchemaRemoved);
    assert_eq!(words, ["tables 'a/*': no schema any more; it was version 2"]);
    // A setting that this code knows nothing of is told as well.
    let (kind, words) = registry.settings(r#"{"object_bytes_max":7,"some_setting":"on"}"#);
    assert_eq!(kind, OrganizationEventKind::SettingsChanged);
    assert_eq!(words, ["object_bytes_max: not set → 7", "some_setting: not set → on"]);
}

#[test]
fn words_do_not_grow_without_end() {
    let fields: Vec<String> = (0..5_000)
        .map(|number| format!(r#"{{"name":"{number}{}"}}"#, "é".repeat(500)))
        .collect();
    let wide = format!(
        r#"{{"tables":[{{"path":"a/*","schema":{{"fields":[{}]}}}}]}}"#,
        fields.join(",")
    );
    let mut registry = Registry::new(&wide);
    let (_, words) = registry.settings(r#"{"tables":[{"path":"a/*","schema":{"fields":[{"name":"z"}]}}]}"#);
    assert_eq!(words.len(), 101);
    assert_eq!(words[100], "and 4901 more");
    assert!(words.iter().all(|word| word.chars().count() <= 301));
}

#[test]
fn what_was_there_without_a_trail_is_recorded_as_it_was_found_before_it_is_changed() {
    let kept = KeptOrganization {
        id: id("org-001"),
        facts: OrganizationFacts {
            enabled: false,
            ..facts(r#"{ "object_bytes_max" : 7 }"#)
        },
        version: None,
    };
    let change = OrganizationChange::Enabled(true);
    let (events, state) = events_of_change(&kept, None, &change, &author("ada", 0)).unwrap();
    let kinds: Vec<OrganizationEventKind> = events.iter().map(|sealed| sealed.event().kind).collect();
    assert_eq!(
        kinds,
        [
            OrganizationEventKind::SettingsFound,
            OrganizationEventKind::OrganizationEnabled
        ]
    );
    assert_eq!(events[0].event().details.facts, kept.facts, "byte for byte");
    assert_eq!(
        events[0].event().details.changes,
        ["recorded settings found", "disabled", "object_bytes_max: not set → 7"]
    );
    assert_eq!(fold_organization(&events).unwrap().unwrap(), state);
}

// The event with something else in it, linked and sealed as it should be.
fn altered(sealed: &SealedOrganizationEvent, change: impl FnOnce(&mut OrganizationEvent)) -> SealedOrganizationEvent {
    let mut event = sealed.event().clone();
    change(&mut event);
    Sealed::seal(event).unwrap()
}

#[test]
fn an_event_changes_only_what_its_kind_says() {
    let mut registry = Registry::new("{}");
    registry.change(&OrganizationChange::Enabled(false));
    let before = fold_organization(&registry.trail[..1]).unwrap();
    let next = registry.trail[1].clone();
    let judge = |sealed: &SealedOrganizationEvent| advance_organization(before.as_ref(), sealed).map(drop);
    assert_eq!(judge(&next), Ok(()));
    let illegal = |kind| Err(OrganizationTransitionError::IllegalOrder { kind });
    let other_settings = altered(&next, |event| event.details.facts.settings = "{} ".to_owned());
    assert_eq!(
        judge(&other_settings),
        illegal(OrganizationEventKind::OrganizationDisabled)
    );
    let still_enabled = altered(&next, |event| event.details.facts.enabled = true);
    assert_eq!(
        judge(&still_enabled),
        illegal(OrganizationEventKind::OrganizationDisabled)
    );
    let enabled = altered(&next, |event| event.kind = OrganizationEventKind::OrganizationEnabled);
    assert_eq!(judge(&enabled), illegal(OrganizationEventKind::OrganizationEnabled));
    let policy = altered(&next, |event| event.kind = OrganizationEventKind::PrivacyPolicyChanged);
    assert_eq!(judge(&policy), illegal(OrganizationEventKind::PrivacyPolicyChanged));
    let older = altered(&next, |event| event.details.facts.added_at = Timestamp::EPOCH);
    assert_eq!(judge(&older), illegal(OrganizationEventKind::OrganizationDisabled));
    assert_eq!(
        judge(&altered(&next, |event| event.seq = 2)),
        Err(OrganizationTransitionError::NotNext { expected: 1, found: 2 })
    );
    assert_eq!(
        judge(&altered(&next, |event| event.prev = Sha256Digest::ZERO)),
        Err(OrganizationTransitionError::BrokenLink)
    );
    assert!(matches!(
        judge(&altered(&next, |event| event.organization = id("org-002"))),
        Err(OrganizationTransitionError::OtherOrganization { .. })
    ));
    let first = altered(&registry.trail[0], |event| {
        event.kind = OrganizationEventKind::SchemaAdded;
    });
    assert_eq!(
        advance_organization(None, &first),
        Err(OrganizationTransitionError::IllegalOrder {
            kind: OrganizationEventKind::SchemaAdded
        })
    );
}

fn registered(log: &Log) -> Vec<Organization> {
    log.organizations
        .iter()
        .map(|state| state.organization().unwrap())
        .collect()
}

fn verify(log: &Log, registered: &[Organization], may_lack_trails: bool) -> Verification {
    let mut verifier = Verifier::default();
    log.events.iter().for_each(|event| verifier.event(event));
    log.records.iter().for_each(|record| verifier.record(record));
    verifier.organizations(registered, may_lack_trails);
    verifier.finish()
}

fn only_finding(verification: &Verification) -> (Problem, Option<String>, Option<u64>) {
    assert_eq!(verification.findings_total, 1, "{:?}", verification.findings);
    let finding = &verification.findings[0];
    (finding.problem, finding.package_id.clone(), finding.seq)
}

#[test]
fn an_untouched_log_with_organizations_holds() {
    let log = sample_with_organizations();
    let verification = verify(&log, &registered(&log), false);
    assert!(verification.holds(), "{:?}", verification.findings);
    assert_eq!(verification.organizations, 2);
    let verdicts = log
        .events
        .iter()
        .filter(|event| event.canonical.contains("settings_version"));
    assert!(verdicts.count() >= 4, "verdicts of each kind name their settings");
}

#[test]
fn each_event_of_an_organization_that_is_changed_dropped_or_swapped_is_named() {
    let sample = sample_with_organizations();
    let places: Vec<usize> = (0..sample.events.len())
        .filter(|index| sample.events[*index].package_id.starts_with("organization/"))
        .collect();
    assert!(places.len() > 4);
    for index in places {
        let event = sample.events[index].clone();
        let trail = Some(event.package_id.clone());
        let registered = registered(&sample);

        let mut log = sample.clone();
        log.events[index].canonical = event.canonical.replace("\"by\":\"", "\"by\":\"not ");
        let found = only_finding(&verify(&log, &registered, false));
        assert_eq!(found, (Problem::Changed, trail.clone(), Some(event.seq)));

        // Filed under the new hash as well: the next event, or what is registered, tells.
        let canonical = log.events[index].canonical.clone();
        log.events[index].hash = Sha256Digest::of(canonical.as_bytes());
        let found = only_finding(&verify(&log, &registered, false));
        assert_eq!(found, (Problem::Changed, trail.clone(), Some(event.seq)), "{event:?}");

        let mut log = sample.clone();
        log.events.remove(index);
        let verification = verify(&log, &registered, false);
        let named = verification
            .findings
            .iter()
            .find(|finding| finding.package_id == trail)
            .unwrap();
        assert_eq!(
            (named.problem, named.seq),
            (Problem::Dropped, Some(event.seq)),
            "{verification:?}"
        );

        let mut log = sample.clone();
        log.events[index].package_id = "organization/org-009".to_owned();
        let verification = verify(&log, &registered, false);
        assert_eq!(verification.findings[0].problem, Problem::Swapped);
    }
}

#[test]
fn an_event_that_nobody_recorded_is_named_by_what_is_registered() {
    let mut log = sample_with_organizations();
    let registered = registered(&log);
    log.disable(&id("org-002"));
    let found = only_finding(&verify(&log, &registered, false));
    let state = log.organizations.last().unwrap();
    let trail = Some(organization_trail(&state.id));
    assert_eq!(found, (Problem::SettingsDiffer, trail, Some(state.version.seq)));
}

#[test]
fn what_is_registered_by_hand_is_named() {
    let log = sample_with_organizations();
    let differs = |change: fn(&mut Organization)| {
        let mut registered = registered(&log);
        change(&mut registered[0]);
        verify(&log, &registered, false)
    };
    let trail = Some(organization_trail(&log.organizations[0].id));
    let last = Some(log.organizations[0].version.seq);
    let masks = differs(|organization| {
        organization.settings.privacy = relay_model::PrivacyPolicy::all(relay_model::Treatment::Keep);
    });
    assert_eq!(only_finding(&masks), (Problem::SettingsDiffer, trail.clone(), last));
    assert!(
        masks.findings[0].text.contains("what becomes of personal data"),
        "{masks:?}"
    );
    for change in [
        (|organization: &mut Organization| organization.enabled = !organization.enabled) as fn(&mut Organization),
        |organization| organization.added_at = Timestamp::EPOCH,
        |organization| organization.settings.object_bytes_max = Some(1 << 50),
        |organization| organization.settings.object_bytes_max = None,
        |organization| organization.version.as_mut().unwrap().at = Timestamp::EPOCH,
    ] {
        let found = only_finding(&differs(change));
        assert_eq!(found, (Problem::SettingsDiffer, trail.clone(), last));
    }
    let hash = differs(|organization| organization.version.as_mut().unwrap().hash = Sha256Digest::ZERO);
    assert_eq!(only_finding(&hash), (Problem::Changed, trail.clone(), last));
    let behind = differs(|organization| organization.version.as_mut().unwrap().seq -= 1);
    assert_eq!(only_finding(&behind).0, Problem::SettingsDiffer);
    let ahead = differs(|organization| organization.version.as_mut().unwrap().seq += 1);
    assert_eq!(only_finding(&ahead).0, Problem::Dropped);
    let without = differs(|organization| organization.version = None);
    assert_eq!(only_finding(&without).0, Problem::SettingsDiffer);
    let renamed = differs(|organization| organization.id = "org-007".parse().unwrap());
    assert_eq!(
        renamed.findings_total, 2,
        "one without a trail, and a trail without one"
    );

    let mut more = registered(&log);
    more.push(Organization {
        id: id("org-008"),
        version: None,
        ..more[0].clone()
    });
    assert_eq!(only_finding(&verify(&log, &more, false)).0, Problem::SettingsDiffer);
    let verification = verify(&log, &more, true);
    assert!(verification.holds(), "where Terraform registers organizations as well");
    assert_eq!(verification.organizations_without_trail, 1);
    more.remove(0);
    assert_eq!(
        only_finding(&verify(&log, &more, true)),
        (Problem::SettingsDiffer, trail, None)
    );
}

#[test]
fn a_verdict_under_settings_that_never_were_is_named() {
    let mut log = sample_with_organizations();
    let registered = registered(&log);
    let package = object("late.csv");
    log.add(&package, received(b"late"));
    let EventBody::Accepted {
        size_bytes, content, ..
    } = accepted()
    else {
        panic!("accepted is accepted");
    };
    let settings_version = Some(TrailHead {
        seq: 1,
        hash: Sha256Digest::of(b"never"),
    });
    log.add(
        &package,
        EventBody::Accepted {
            size_bytes,
            content,
            settings_version,
        },
    );
    let verification = verify(&log, &registered, false);
    let name = Some(package.package_id().to_string());
    assert_eq!(only_finding(&verification), (Problem::SettingsUnknown, name, Some(1)));
}

#[test]
fn one_trail_alone_says_nothing_of_settings() {
    let log = sample_with_organizations();
    let mut verifier = Verifier::of_one_trail();
    let of_package = |event: &&StoredEvent| event.canonical.contains("h.csv");
    log.events
        .iter()
        .filter(of_package)
        .for_each(|event| verifier.event(event));
    assert!(verifier.finish().holds());
}
