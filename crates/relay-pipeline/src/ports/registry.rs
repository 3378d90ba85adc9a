//! Who may send packages.

use async_trait::async_trait;
use relay_model::{Organization, OrganizationId, OrganizationSettings};

use super::PortError;

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is new.
    Registered,
    /// It was there; nothing was changed.
    AlreadyThere,
}

/// The registered organizations.
#[async_trait]
pub trait OrganizationRegistry: Send + Sync {
    /// The organization whose id is byte-equal to `id`.
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError>;

    /// All of them, by id.
    async fn list(&self) -> Result<Vec<Organization>, PortError>;

    /// Registers one, unless its id is taken.
    async fn add(&self, organization: &Organization) -> Result<Added, PortError>;

    /// Enables or disables one. `NotFound` when it is not registered.
    async fn set_enabled(&self, id: &OrganizationId, enabled: bool) -> Result<(), PortError>;

    /// Replaces the settings of one. `NotFound` when it is not registered.
    async fn set_settings(&self, id: &OrganizationId, settings: &OrganizationSettings) -> Result<(), PortError>;
}
