//! Claims in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use relay_model::{OrganizationId, Sha256Digest};
use relay_pipeline::ports::{Claimant, Claims, PortError, Subject};

/// Claims in memory.
#[derive(Debug, Default)]
pub struct MemoryClaims {
    holders: Mutex<HashMap<(OrganizationId, Subject, Sha256Digest), Claimant>>,
}

#[async_trait]
impl Claims for MemoryClaims {
    async fn claim(
        &self,
        organization: &OrganizationId,
        subject: Subject,
        claimant: &Claimant,
    ) -> Result<Claimant, PortError> {
        let place = (organization.clone(), subject, claimant.fingerprint(subject));
        let mut holders = self.holders.lock().unwrap();
        Ok(holders.entry(place).or_insert_with(|| claimant.clone()).clone())
    }
}
