//! Who may send packages, by which settings, and how it came to be so.

use async_trait::async_trait;
use relay_audit::StoredEvent;
use relay_model::{Author, Organization, OrganizationId, OrganizationSettings};

use super::PortError;

/// What became of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is new.
    Registered,
    /// It was there; nothing was changed.
    AlreadyThere,
}

/// Finding one organization: all that a step asks.
#[async_trait]
pub trait OrganizationLookup: Send + Sync {
    /// The organization whose id is byte-equal to `id`.
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, PortError>;
}

/// The registered organizations, for operators. Each has a trail: an event for every change, linked by hash, in the same log as the
/// events of packages. An event and what it changes become durable together.
///
/// An organization that something else registered has no trail until it is changed, or registered once more: then the
/// first event says how it was found.
#[async_trait]
pub trait OrganizationRegistry: OrganizationLookup {
    /// All of them, by id.
    async fn list(&self) -> Result<Vec<Organization>, PortError>;

    /// Registers one, unless its id is taken. `organization.version` is not looked at.
    async fn add(&self, organization: &Organization, author: &Author) -> Result<Added, PortError>;

    /// Enables or disables one. `NotFound` when it is not registered. Where it is so already, nothing is recorded.
    async fn set_enabled(&self, id: &OrganizationId, enabled: bool, author: &Author) -> Result<(), PortError>;

    /// Replaces the settings of one that was read before as `before`. `NotFound` when it is not registered,
    /// `PreconditionFailed` when it has been changed since. Where they are so already, nothing is recorded.
    async fn set_settings(
        &self,
        before: &Organization,
        settings: &OrganizationSettings,
        author: &Author,
    ) -> Result<(), PortError>;

    /// The trail of one, in order; empty when there is none. Positions ascend, as those of a package's trail do.
    async fn history(&self, id: &OrganizationId) -> Result<Vec<StoredEvent>, PortError>;

    /// Whether something that keeps no trail registers organizations as well.
    fn may_lack_trails(&self) -> bool {
        false
    }
}
