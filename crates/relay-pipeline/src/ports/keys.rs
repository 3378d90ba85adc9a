//! The keys that organizations' tokens are made with.

use async_trait::async_trait;
use relay_model::OrganizationId;
use relay_privacy::TokenKey;

use super::PortError;

/// Keeps one token key for each organization.
#[async_trait]
pub trait TokenKeys: Send + Sync {
    /// The key of this organization: made when it is asked for first, and the same ever after, for every process that asks.
    /// A kept key that cannot be read is `Permanent`: another one in its place would give the same values other tokens.
    async fn token_key(&self, organization: &OrganizationId) -> Result<TokenKey, PortError>;
}
