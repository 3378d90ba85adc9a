//! The registered organizations in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use relay_audit::{
    KeptOrganization, OrganizationChange, OrganizationState, StoredEvent, events_of_change, registration,
};
use relay_model::{
    Author, Organization, OrganizationFacts, OrganizationId, OrganizationSettings, SealedOrganizationEvent,
    SettingsVersion,
};
use relay_pipeline::ports::{Added, OrganizationLookup, OrganizationRegistry, PortError, PortErrorClass};

use super::MemoryTrail;

/// The registered organizations in memory.
#[derive(Default)]
pub struct MemoryRegistry {
    organizations: Mutex<BTreeMap<OrganizationId, KeptOrganization>>,
    trail: Arc<MemoryTrail>,
}

impl MemoryRegistry {
    /// An empty registry whose events stand in the log of `trail`.
    pub fn on(trail: Arc<MemoryTrail>) -> Self {
        Self {
            organizations: Mutex::default(),
            trail,
        }
    }

    /// A registry with these organizations, enabled, with default settings.
    pub fn with(ids: &[&str]) -> Self {
        let registry = Self::default();
        for id in ids {
            let added_at = "2026-01-01T00:00:00Z".parse().unwrap();
            let facts = OrganizationFacts {
                added_at,
                enabled: true,
                settings: "{}".to_owned(),
            };
            let author = Author {
                by: "test".to_owned(),
                actor: "test".to_owned(),
                at: added_at,
            };
            registry.register(&id.parse().unwrap(), facts, &author);
        }
        registry
    }

    /// Puts an organization there as something would that keeps no trail.
    pub fn put_without_trail(&self, organization: &Organization) {
        let kept = KeptOrganization {
            id: organization.id.clone(),
            facts: facts_of(organization),
            version: None,
        };
        self.organizations.lock().unwrap().insert(kept.id.clone(), kept);
    }

    fn register(&self, id: &OrganizationId, facts: OrganizationFacts, author: &Author) -> Added {
        let mut organizations = self.organizations.lock().unwrap();
        if let Some(kept) = organizations.get(id).cloned() {
            if kept.version.is_none() {
                let change = OrganizationChange::Nothing;
                let (events, state) = events_of_change(&kept, self.last(id), &change, author).unwrap();
                self.keep(&mut organizations, events, state);
            }
            return Added::AlreadyThere;
        }
        let (event, state) = registration(id, self.last(id), facts, author).unwrap();
        self.keep(&mut organizations, vec![event], state);
        Added::Registered
    }

    fn keep(
        &self,
        organizations: &mut BTreeMap<OrganizationId, KeptOrganization>,
        events: Vec<SealedOrganizationEvent>,
        state: OrganizationState,
    ) {
        self.trail.append_of_organization(events);
        let kept = KeptOrganization {
            id: state.id.clone(),
            facts: state.facts,
            version: Some(state.version),
        };
        organizations.insert(state.id, kept);
    }

    fn last(&self, id: &OrganizationId) -> Option<SettingsVersion> {
        let trail = self.trail.trail_of_organization(id);
        let last = trail.last()?;
        let sealed = SealedOrganizationEvent::from_canonical(&last.canonical).unwrap();
        Some(relay_audit::version_of(&sealed))
    }

    fn change(
        &self,
        id: &OrganizationId,
        before: Option<&Organization>,
        change: &OrganizationChange,
        author: &Author,
    ) -> Result<(), PortError> {
        let mut organizations = self.organizations.lock().unwrap();
        let kept = organizations
            .get(id)
            .cloned()
            .ok_or_else(|| PortError::new(PortErrorClass::NotFound, format!("{id} is not registered")))?;
        if before.is_some_and(|before| *before != organization_of(&kept)) {
            let text = format!("{id} has been changed by somebody else");
            return Err(PortError::new(PortErrorClass::PreconditionFailed, text));
        }
        let last = self.last(id);
        let (events, state) = events_of_change(&kept, last, change, author).unwrap();
        self.keep(&mut organizations, events, state);
        Ok(())
    }
}

fn facts_of(organization: &Organization) -> OrganizationFacts {
    OrganizationFacts {
        added_at: organization.added_at,
        enabled: organization.enabled,
        settings: serde_json::to_string(&organization.settings).unwrap(),
    }
}

fn organization_of(kept: &KeptOrganization) -> Organization {
    Organization {
        id: kept.id.clone(),
        enabled: kept.facts.enabled,
        added_at: kept.facts.added_at,
        settings: serde_json::from_str(&kept.facts.settings).unwrap(),
        version: kept.version,
    }
}

#[async_trait]
impl OrganizationLookup for MemoryRegistry {
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError> {
        Ok(self.organizations.lock().unwrap().get(id).map(organization_of))
    }
}

#[async_trait]
impl OrganizationRegistry for MemoryRegistry {
    async fn list(&self) -> Result<Vec<Organization>, PortError> {
        Ok(self
            .organizations
            .lock()
            .unwrap()
            .values()
            .map(organization_of)
            .collect())
    }

    async fn add(&self, organization: &Organization, author: &Author) -> Result<Added, PortError> {
        Ok(self.register(&organization.id, facts_of(organization), author))
    }

    async fn set_enabled(&self, id: &OrganizationId, enabled: bool, author: &Author) -> Result<(), PortError> {
        self.change(id, None, &OrganizationChange::Enabled(enabled), author)
    }

    async fn set_settings(
        &self,
        before: &Organization,
        settings: &OrganizationSettings,
        author: &Author,
    ) -> Result<(), PortError> {
        let settings = serde_json::to_string(settings).unwrap();
        let change = OrganizationChange::Settings(settings);
        self.change(&before.id, Some(before), &change, author)
    }

    async fn history(&self, id: &OrganizationId) -> Result<Vec<StoredEvent>, PortError> {
        let mut trail = self.trail.trail_of_organization(id);
        for (position, stored) in (1..).zip(&mut trail) {
            stored.position = position;
        }
        Ok(trail)
    }
}
