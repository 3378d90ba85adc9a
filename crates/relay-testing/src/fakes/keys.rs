//! Token keys in memory. They can be damaged, and opened again by another instance.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use relay_model::{OrganizationId, Sha256Digest};
use relay_pipeline::ports::{PortError, PortErrorClass, TokenKeys};
use relay_privacy::TokenKey;

/// Token keys in memory; clones keep the same ones. Each follows from the organization and the seed.
#[derive(Clone, Debug, Default)]
pub struct MemoryTokenKeys {
    seed: u64,
    kept: Arc<Mutex<BTreeMap<OrganizationId, Kept>>>,
}

#[derive(Clone, Debug)]
struct Kept {
    organization: OrganizationId,
    bytes: Vec<u8>,
}

impl MemoryTokenKeys {
    /// Keys that follow from this seed.
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// How many organizations have a key.
    pub fn count(&self) -> usize {
        self.kept.lock().unwrap().len()
    }

    /// Cuts off the end of a key that is kept.
    pub fn damage(&self, organization: &OrganizationId) {
        self.kept.lock().unwrap().get_mut(organization).unwrap().bytes.pop();
    }

    /// Puts the kept key of one organization where that of another belongs.
    pub fn swap(&self, from: &OrganizationId, to: &OrganizationId) {
        let mut kept = self.kept.lock().unwrap();
        let moved = kept[from].clone();
        kept.insert(to.clone(), moved);
    }

    fn new_key(&self, organization: &OrganizationId) -> Kept {
        let text = format!("token key {} of {organization}", self.seed);
        Kept {
            organization: organization.clone(),
            bytes: Sha256Digest::of(text.as_bytes()).as_bytes().to_vec(),
        }
    }
}

#[async_trait]
impl TokenKeys for MemoryTokenKeys {
    async fn token_key(&self, organization: &OrganizationId) -> Result<TokenKey, PortError> {
        let mut kept = self.kept.lock().unwrap();
        let kept = kept
            .entry(organization.clone())
            .or_insert_with(|| self.new_key(organization));
        let damaged = || {
            let text = format!("the token key of {organization} is damaged");
            PortError::new(PortErrorClass::Permanent, text)
        };
        if kept.organization != *organization {
            return Err(damaged());
        }
        TokenKey::try_from(kept.bytes.as_slice()).map_err(|error| damaged().caused_by(error))
    }
}
