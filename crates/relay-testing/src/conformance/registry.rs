//! What a registry of organizations promises.

use std::sync::Arc;

use crate::faults::WholeTrail;
use async_trait::async_trait;
use relay_audit::{StoredEvent, Verification, Verifier, fold_organization};
use relay_model::{
    Author, DataClass, Field, FieldType, Organization, OrganizationEventKind, OrganizationId, OrganizationSettings,
    PrivacyPolicy, SchemaChanges, SealedOrganizationEvent, TableRule, TableSchema, Treatment, organization_trail,
};
use relay_pipeline::ports::{Added, OrganizationRegistry, PortErrorClass, StateCounts};
use tokio::task::JoinSet;

use crate::story::{Story, accepted, author, received};

const WRITERS: usize = 8;

/// A registry with what it stands beside.
#[async_trait]
pub trait RegistryUnderTest: Send + Sync {
    /// The registry.
    fn registry(&self) -> Arc<dyn OrganizationRegistry>;
    /// The trail in whose log its events stand.
    fn trail(&self) -> Arc<dyn WholeTrail>;
    /// Registers an organization as something would that keeps no trail.
    async fn put_without_trail(&self, organization: &Organization);
}

/// Runs every check, each on a registry of its own.
pub async fn registry<R: RegistryUnderTest>(make: impl AsyncFn() -> R) {
    an_organization_comes_back_as_it_was(make().await.registry().as_ref()).await;
    only_the_exact_id_is_found(make().await.registry().as_ref()).await;
    an_id_is_taken_once(&make().await).await;
    changes_need_a_registered_organization(make().await.registry().as_ref()).await;
    changes_change_only_what_they_name(make().await.registry().as_ref()).await;
    the_list_is_ordered_by_id(make().await.registry().as_ref()).await;
    every_change_is_an_event_of_the_trail(&make().await).await;
    what_changes_nothing_is_no_event(&make().await).await;
    settings_that_were_changed_meanwhile_are_not_replaced(&make().await).await;
    of_many_writers_each_has_its_place(&make().await).await;
    events_stand_in_the_log_of_packages(&make().await).await;
    an_event_is_never_before_the_one_that_it_follows(&make().await).await;
    what_was_registered_without_a_trail_gets_one(&make().await).await;
}

fn unversioned(organization: &Organization) -> Organization {
    Organization {
        version: None,
        ..organization.clone()
    }
}

async fn unversioned_list(registry: &dyn OrganizationRegistry) -> Vec<Organization> {
    registry.list().await.unwrap().iter().map(unversioned).collect()
}

async fn found(registry: &dyn OrganizationRegistry, id: &OrganizationId) -> Organization {
    registry.get(id).await.unwrap().unwrap()
}

async fn history(registry: &dyn OrganizationRegistry, id: &OrganizationId) -> Vec<SealedOrganizationEvent> {
    let stored = registry.history(id).await.unwrap();
    let read = |event: &StoredEvent| SealedOrganizationEvent::from_canonical(&event.canonical).unwrap();
    let events: Vec<SealedOrganizationEvent> = stored.iter().map(read).collect();
    for ((seq, stored), event) in (0..).zip(&stored).zip(&events) {
        assert_eq!((stored.seq, event.event().seq), (seq, seq));
        assert_eq!(stored.package_id, organization_trail(id));
        assert_eq!(stored.hash, event.hash());
    }
    assert!(stored.is_sorted_by(|a, b| a.position < b.position));
    events
}

async fn verified(under_test: &impl RegistryUnderTest) -> Verification {
    let mut verifier = Verifier::default();
    let trail = under_test.trail();
    for event in trail.read_log(0, 1_000).await.unwrap() {
        verifier.event(&event);
    }
    let registry = under_test.registry();
    verifier.organizations(&registry.list().await.unwrap(), registry.may_lack_trails());
    verifier.finish()
}

async fn assert_sound(under_test: &impl RegistryUnderTest) {
    let verification = verified(under_test).await;
    assert!(verification.holds(), "{:?}", verification.findings);
}

fn organization(id: &str) -> Organization {
    Organization {
        id: id.parse().unwrap(),
        enabled: true,
        added_at: "2026-01-31T08:15:00.123Z".parse().unwrap(),
        settings: OrganizationSettings::default(),
        version: None,
    }
}

fn settings() -> OrganizationSettings {
    let field = Field {
        required: true,
        ..Field::new("temp\u{e9}rature\n", FieldType::Number)
    };
    let bounded =
        serde_json::json!({"name": "depth", "type": "year", "constraints": {"minimum": 1e-7, "enum": ["\u{0}", 1]}});
    let schema = TableSchema {
        fields: vec![field, serde_json::from_value(bounded).unwrap()],
        missing_values: vec!["-".to_owned()],
    };
    OrganizationSettings {
        object_bytes_max: Some(1 << 40),
        tables: vec![
            TableRule::new("readings/**/*.csv", schema.clone()),
            TableRule {
                version: 7,
                changes: SchemaChanges::None,
                ..TableRule::new("*", schema)
            },
        ],
        privacy: PrivacyPolicy::default().with(DataClass::Iban, Treatment::Drop),
    }
}

async fn an_organization_comes_back_as_it_was(registry: &dyn OrganizationRegistry) {
    let new = Organization {
        enabled: false,
        settings: settings(),
        ..organization("org-001")
    };
    assert_eq!(registry.add(&new, &author()).await.unwrap(), Added::Registered);
    assert_eq!(unversioned(&found(registry, &new.id).await), new);
    assert_eq!(unversioned_list(registry).await, [new]);
}

async fn only_the_exact_id_is_found(registry: &dyn OrganizationRegistry) {
    registry.add(&organization("org-001"), &author()).await.unwrap();
    for other in ["org-0010", "org-00", "org-002", "0rg-001"] {
        assert_eq!(registry.get(&other.parse().unwrap()).await.unwrap(), None, "{other}");
    }
}

async fn an_id_is_taken_once(under_test: &impl RegistryUnderTest) {
    let registry = under_test.registry();
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let registry = Arc::clone(&registry);
        let settings = OrganizationSettings {
            object_bytes_max: Some(number as u64),
            ..OrganizationSettings::default()
        };
        let mine = Organization {
            settings,
            ..organization("org-001")
        };
        writers.spawn(async move { (registry.add(&mine, &author()).await.unwrap(), mine) });
    }
    let outcomes = writers.join_all().await;
    let winners: Vec<&Organization> = outcomes
        .iter()
        .filter(|(added, _)| *added == Added::Registered)
        .map(|(_, mine)| mine)
        .collect();
    assert_eq!(winners.len(), 1);
    let there = found(registry.as_ref(), &winners[0].id).await;
    assert_eq!(unversioned(&there), *winners[0], "the losers changed nothing");
    assert_eq!(
        history(registry.as_ref(), &there.id).await.len(),
        1,
        "and recorded nothing"
    );
    assert_sound(under_test).await;
}

async fn changes_need_a_registered_organization(registry: &dyn OrganizationRegistry) {
    let id: OrganizationId = "org-001".parse().unwrap();
    let class = |result: Result<(), relay_pipeline::ports::PortError>| result.map_err(|error| error.class());
    assert_eq!(
        class(registry.set_enabled(&id, true, &author()).await),
        Err(PortErrorClass::NotFound)
    );
    assert_eq!(
        class(
            registry
                .set_settings(&organization("org-001"), &settings(), &author())
                .await
        ),
        Err(PortErrorClass::NotFound)
    );
    assert_eq!(registry.list().await.unwrap(), []);
    assert_eq!(registry.history(&id).await.unwrap(), []);
}

async fn changes_change_only_what_they_name(registry: &dyn OrganizationRegistry) {
    let (one, two) = (organization("org-001"), organization("org-002"));
    registry.add(&one, &author()).await.unwrap();
    registry.add(&two, &author()).await.unwrap();
    registry.set_enabled(&one.id, false, &author()).await.unwrap();
    registry.set_enabled(&one.id, false, &author()).await.unwrap();
    let before = found(registry, &two.id).await;
    registry.set_settings(&before, &settings(), &author()).await.unwrap();
    let expected = [
        Organization {
            enabled: false,
            ..one.clone()
        },
        Organization {
            settings: settings(),
            ..two
        },
    ];
    assert_eq!(unversioned_list(registry).await, expected);
    registry.set_enabled(&one.id, true, &author()).await.unwrap();
    assert_eq!(unversioned(&found(registry, &one.id).await), one);
}

async fn the_list_is_ordered_by_id(registry: &dyn OrganizationRegistry) {
    for id in ["org-2", "org-10", "a0", "org-1"] {
        registry.add(&organization(id), &author()).await.unwrap();
    }
    let ids: Vec<String> = registry
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.id.to_string())
        .collect();
    assert_eq!(ids, ["a0", "org-1", "org-10", "org-2"]);
}

async fn every_change_is_an_event_of_the_trail(under_test: &impl RegistryUnderTest) {
    let registry = under_test.registry();
    let registry = registry.as_ref();
    let one = organization("org-001");
    let by = |name: &str| Author {
        by: name.to_owned(),
        ..author()
    };
    registry.add(&one, &by("ada")).await.unwrap();
    registry.set_enabled(&one.id, false, &by("bob")).await.unwrap();
    registry.set_enabled(&one.id, true, &by("cyd")).await.unwrap();
    let mut wanted = OrganizationSettings::default();
    let change = async |settings: &OrganizationSettings, name: &str| {
        let before = found(registry, &one.id).await;
        registry.set_settings(&before, settings, &by(name)).await.unwrap();
    };
    wanted.privacy = wanted.privacy.with(DataClass::Iban, Treatment::Mask);
    change(&wanted, "dan").await;
    wanted.tables = settings().tables;
    change(&wanted, "eve").await;
    wanted.tables[1].version = 8;
    change(&wanted, "fay").await;
    wanted.tables.remove(0);
    change(&wanted, "gus").await;
    wanted = settings();
    change(&wanted, "hal").await;

    let trail = history(registry, &one.id).await;
    let told: Vec<(OrganizationEventKind, &str)> = trail
        .iter()
        .map(|sealed| (sealed.event().kind, sealed.event().by.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (OrganizationEventKind::OrganizationAdded, "ada"),
            (OrganizationEventKind::OrganizationDisabled, "bob"),
            (OrganizationEventKind::OrganizationEnabled, "cyd"),
            (OrganizationEventKind::PrivacyPolicyChanged, "dan"),
            (OrganizationEventKind::SchemaAdded, "eve"),
            (OrganizationEventKind::SchemaChanged, "fay"),
            (OrganizationEventKind::SchemaRemoved, "gus"),
            (OrganizationEventKind::SettingsChanged, "hal"),
        ]
    );
    assert_eq!(trail[3].event().details.changes, ["personal data, iban: keep → mask"]);
    assert!(
        trail
            .iter()
            .all(|sealed| sealed.event().actor == "test" && !sealed.event().details.changes.is_empty())
    );
    let folded = fold_organization(&trail).unwrap().unwrap();
    let there = found(registry, &one.id).await;
    assert_eq!(
        folded.organization().unwrap(),
        there,
        "what is registered is the sum of the events"
    );
    assert_eq!(there.settings, wanted);
    assert_sound(under_test).await;
}

async fn what_changes_nothing_is_no_event(under_test: &impl RegistryUnderTest) {
    let registry = under_test.registry();
    let one = organization("org-001");
    registry.add(&one, &author()).await.unwrap();
    let before = found(registry.as_ref(), &one.id).await;
    registry.set_enabled(&one.id, true, &author()).await.unwrap();
    registry.set_settings(&before, &one.settings, &author()).await.unwrap();
    assert_eq!(registry.add(&one, &author()).await.unwrap(), Added::AlreadyThere);
    assert_eq!(found(registry.as_ref(), &one.id).await, before);
    assert_eq!(history(registry.as_ref(), &one.id).await.len(), 1);
}

async fn settings_that_were_changed_meanwhile_are_not_replaced(under_test: &impl RegistryUnderTest) {
    let registry = under_test.registry();
    let one = organization("org-001");
    registry.add(&one, &author()).await.unwrap();
    let before = found(registry.as_ref(), &one.id).await;
    registry.set_enabled(&one.id, false, &author()).await.unwrap();
    let there = found(registry.as_ref(), &one.id).await;
    let refused = registry.set_settings(&before, &settings(), &author()).await;
    assert_eq!(refused.unwrap_err().class(), PortErrorClass::PreconditionFailed);
    assert_eq!(found(registry.as_ref(), &one.id).await, there);
    assert_eq!(history(registry.as_ref(), &one.id).await.len(), 2);
}

async fn of_many_writers_each_has_its_place(under_test: &impl RegistryUnderTest) {
    let registry = under_test.registry();
    let one = organization("org-001");
    registry.add(&one, &author()).await.unwrap();
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (registry, id) = (Arc::clone(&registry), one.id.clone());
        writers.spawn(async move { registry.set_enabled(&id, number % 2 == 0, &author()).await });
    }
    for written in writers.join_all().await {
        // A registry may ask for another try when many write the same organization; it may not lose or double anything.
        if let Err(error) = written {
            assert_eq!(error.class(), PortErrorClass::Retryable, "{error}");
        }
    }
    let trail = history(registry.as_ref(), &one.id).await;
    let folded = fold_organization(&trail).unwrap().unwrap();
    assert_eq!(folded.organization().unwrap(), found(registry.as_ref(), &one.id).await);
    assert_sound(under_test).await;
}

async fn events_stand_in_the_log_of_packages(under_test: &impl RegistryUnderTest) {
    let (registry, trail) = (under_test.registry(), under_test.trail());
    let one = organization("org-001");
    registry.add(&one, &author()).await.unwrap();
    let mut story = Story::new("org-001", "a.csv");
    story.record(trail.as_ref(), received()).await;
    registry.set_enabled(&one.id, false, &author()).await.unwrap();
    story.record(trail.as_ref(), accepted()).await;
    let log = trail.read_log(0, 100).await.unwrap();
    assert_eq!(log.len(), 4);
    let positions: Vec<u64> = log.iter().map(|event| event.position).collect();
    assert_eq!(positions, [1, 2, 3, 4]);
    let name = organization_trail(&one.id);
    assert_eq!(log.iter().filter(|event| event.package_id == name).count(), 2);
    let verification = verified(under_test).await;
    assert!(verification.holds(), "{:?}", verification.findings);
    assert_eq!(
        (verification.events, verification.packages, verification.organizations),
        (4, 1, 1)
    );
    assert_eq!(trail.read(&story.package_id()).await.unwrap().len(), 2);
    let counts = trail.counts().await.unwrap();
    let expected = StateCounts {
        received: 1,
        in_flight: 1,
        ..StateCounts::default()
    };
    assert_eq!(counts, expected, "an organization is no package");
}

async fn an_event_is_never_before_the_one_that_it_follows(under_test: &impl RegistryUnderTest) {
    let registry = under_test.registry();
    let one = organization("org-001");
    registry.add(&one, &author()).await.unwrap();
    let early = Author {
        at: "2020-01-31T08:15:00Z".parse().unwrap(),
        ..author()
    };
    registry.set_enabled(&one.id, false, &early).await.unwrap();
    let trail = history(registry.as_ref(), &one.id).await;
    assert_eq!(trail[1].event().at, author().at, "a clock that runs behind");
    assert_sound(under_test).await;
}

async fn what_was_registered_without_a_trail_gets_one(under_test: &impl RegistryUnderTest) {
    let registry = under_test.registry();
    let old = Organization {
        enabled: false,
        settings: settings(),
        ..organization("org-001")
    };
    under_test.put_without_trail(&old).await;
    assert_eq!(found(registry.as_ref(), &old.id).await, old);
    assert_eq!(history(registry.as_ref(), &old.id).await, []);
    let verification = verified(under_test).await;
    assert_eq!(verification.organizations_without_trail, 1);
    assert_eq!(verification.holds(), registry.may_lack_trails());

    registry.set_enabled(&old.id, true, &author()).await.unwrap();
    let trail = history(registry.as_ref(), &old.id).await;
    let kinds: Vec<OrganizationEventKind> = trail.iter().map(|sealed| sealed.event().kind).collect();
    assert_eq!(
        kinds,
        [
            OrganizationEventKind::SettingsFound,
            OrganizationEventKind::OrganizationEnabled
        ]
    );
    assert!(!trail[0].event().details.facts.enabled, "as it was found");

    let other = organization("org-002");
    under_test.put_without_trail(&other).await;
    assert_eq!(registry.add(&other, &author()).await.unwrap(), Added::AlreadyThere);
    let trail = history(registry.as_ref(), &other.id).await;
    assert_eq!(trail.len(), 1);
    assert_eq!(trail[0].event().kind, OrganizationEventKind::SettingsFound);

    // Something put it there anew: its trail goes on, and until then the difference is seen.
    under_test.put_without_trail(&other).await;
    assert!(!verified(under_test).await.holds());
    let before = found(registry.as_ref(), &other.id).await;
    registry.set_settings(&before, &settings(), &author()).await.unwrap();
    let trail = history(registry.as_ref(), &other.id).await;
    let kinds: Vec<OrganizationEventKind> = trail.iter().map(|sealed| sealed.event().kind).collect();
    assert_eq!(
        kinds,
        [
            OrganizationEventKind::SettingsFound,
            OrganizationEventKind::SettingsFound,
            OrganizationEventKind::SettingsChanged
        ]
    );
    assert_sound(under_test).await;
}
