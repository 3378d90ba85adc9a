//! What a registry of organizations promises.

use std::sync::Arc;

use relay_model::{
    DataClass, Field, FieldType, Organization, OrganizationId, OrganizationSettings, PrivacyPolicy, SchemaChanges,
    TableRule, TableSchema, Treatment,
};
use relay_pipeline::ports::{Added, OrganizationRegistry, PortErrorClass};
use tokio::task::JoinSet;

const WRITERS: usize = 8;

/// Runs every check, each on a registry of its own.
pub async fn registry<R: OrganizationRegistry + 'static>(make: impl AsyncFn() -> R) {
    an_organization_comes_back_as_it_was(&make().await).await;
    only_the_exact_id_is_found(&make().await).await;
    an_id_is_taken_once(Arc::new(make().await)).await;
    changes_need_a_registered_organization(&make().await).await;
    changes_change_only_what_they_name(&make().await).await;
    the_list_is_ordered_by_id(&make().await).await;
}

fn organization(id: &str) -> Organization {
    Organization {
        id: id.parse().unwrap(),
        enabled: true,
        added_at: "2026-01-31T08:15:00.123Z".parse().unwrap(),
        settings: OrganizationSettings::default(),
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

async fn an_organization_comes_back_as_it_was(registry: &impl OrganizationRegistry) {
    let new = Organization {
        enabled: false,
        settings: settings(),
        ..organization("org-001")
    };
    assert_eq!(registry.add(&new).await.unwrap(), Added::Registered);
    assert_eq!(registry.get(&new.id).await.unwrap(), Some(new.clone()));
    assert_eq!(registry.list().await.unwrap(), [new]);
}

async fn only_the_exact_id_is_found(registry: &impl OrganizationRegistry) {
    registry.add(&organization("org-001")).await.unwrap();
    for other in ["org-0010", "org-00", "org-002", "0rg-001"] {
        assert_eq!(registry.get(&other.parse().unwrap()).await.unwrap(), None, "{other}");
    }
}

async fn an_id_is_taken_once<R: OrganizationRegistry + 'static>(registry: Arc<R>) {
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
        writers.spawn(async move { (registry.add(&mine).await.unwrap(), mine) });
    }
    let outcomes = writers.join_all().await;
    let winners: Vec<&Organization> = outcomes
        .iter()
        .filter(|(added, _)| *added == Added::Registered)
        .map(|(_, mine)| mine)
        .collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(
        registry.get(&winners[0].id).await.unwrap().as_ref(),
        Some(winners[0]),
        "the losers changed nothing"
    );
}

async fn changes_need_a_registered_organization(registry: &impl OrganizationRegistry) {
    let id: OrganizationId = "org-001".parse().unwrap();
    let class = |result: Result<(), relay_pipeline::ports::PortError>| result.map_err(|error| error.class());
    assert_eq!(
        class(registry.set_enabled(&id, true).await),
        Err(PortErrorClass::NotFound)
    );
    assert_eq!(
        class(registry.set_settings(&id, &settings()).await),
        Err(PortErrorClass::NotFound)
    );
    assert_eq!(registry.list().await.unwrap(), []);
}

async fn changes_change_only_what_they_name(registry: &impl OrganizationRegistry) {
    let (one, two) = (organization("org-001"), organization("org-002"));
    registry.add(&one).await.unwrap();
    registry.add(&two).await.unwrap();
    registry.set_enabled(&one.id, false).await.unwrap();
    registry.set_enabled(&one.id, false).await.unwrap();
    registry.set_settings(&two.id, &settings()).await.unwrap();
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
    assert_eq!(registry.list().await.unwrap(), expected);
    registry.set_enabled(&one.id, true).await.unwrap();
    assert_eq!(registry.get(&one.id).await.unwrap(), Some(one));
}

async fn the_list_is_ordered_by_id(registry: &impl OrganizationRegistry) {
    for id in ["org-2", "org-10", "a0", "org-1"] {
        registry.add(&organization(id)).await.unwrap();
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
