//! The registered organizations in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use relay_model::{Organization, OrganizationId, OrganizationSettings};
use relay_pipeline::ports::{Added, OrganizationRegistry, PortError, PortErrorClass};

/// The registered organizations in memory.
#[derive(Debug, Default)]
pub struct MemoryRegistry {
    organizations: Mutex<BTreeMap<OrganizationId, Organization>>,
}

impl MemoryRegistry {
    /// A registry with these organizations, enabled, with default settings.
    pub fn with(ids: &[&str]) -> Self {
        let organizations = ids.iter().map(|id| {
            let id: OrganizationId = id.parse().unwrap();
            let added_at = "2026-01-01T00:00:00Z".parse().unwrap();
            let settings = OrganizationSettings::default();
            (
                id.clone(),
                Organization {
                    id,
                    enabled: true,
                    added_at,
                    settings,
                },
            )
        });
        Self {
            organizations: Mutex::new(organizations.collect()),
        }
    }

    fn change(&self, id: &OrganizationId, change: impl FnOnce(&mut Organization)) -> Result<(), PortError> {
        let mut organizations = self.organizations.lock().unwrap();
        let organization = organizations.get_mut(id);
        organization
            .map(change)
            .ok_or_else(|| PortError::new(PortErrorClass::NotFound, format!("{id} is not registered")))
    }
}

#[async_trait]
impl OrganizationRegistry for MemoryRegistry {
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError> {
        Ok(self.organizations.lock().unwrap().get(id).cloned())
    }

    async fn list(&self) -> Result<Vec<Organization>, PortError> {
        Ok(self.organizations.lock().unwrap().values().cloned().collect())
    }

    async fn add(&self, organization: &Organization) -> Result<Added, PortError> {
        let mut organizations = self.organizations.lock().unwrap();
        if organizations.contains_key(&organization.id) {
            return Ok(Added::AlreadyThere);
        }
        organizations.insert(organization.id.clone(), organization.clone());
        Ok(Added::Registered)
    }

    async fn set_enabled(&self, id: &OrganizationId, enabled: bool) -> Result<(), PortError> {
        self.change(id, |organization| organization.enabled = enabled)
    }

    async fn set_settings(&self, id: &OrganizationId, settings: &OrganizationSettings) -> Result<(), PortError> {
        self.change(id, |organization| organization.settings = settings.clone())
    }
}
