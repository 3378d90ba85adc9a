//! The index in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use relay_model::{OrganizationId, Sha256Digest};
use relay_pipeline::ports::{DuplicateIndex, DuplicateKey, IndexedPackage, PortError};

/// The index in memory.
#[derive(Debug, Default)]
pub struct MemoryDuplicateIndex {
    holders: Mutex<HashMap<(OrganizationId, DuplicateKey, Sha256Digest), IndexedPackage>>,
}

#[async_trait]
impl DuplicateIndex for MemoryDuplicateIndex {
    async fn claim(
        &self,
        organization: &OrganizationId,
        subject: DuplicateKey,
        claimant: &IndexedPackage,
    ) -> Result<IndexedPackage, PortError> {
        let place = (organization.clone(), subject, claimant.fingerprint(subject));
        let mut holders = self.holders.lock().unwrap();
        Ok(holders.entry(place).or_insert_with(|| claimant.clone()).clone())
    }
}
