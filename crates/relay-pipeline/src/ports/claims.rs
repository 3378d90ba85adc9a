//! Who was first: claims that packages make on their bytes and their names.

use async_trait::async_trait;
use relay_model::{ObjectKey, OrganizationId, PackageId, Sha256Digest};

use super::PortError;

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The claimant's bytes, by their hash.
    Bytes,
    /// The claimant's name: its whole key.
    Name,
}

impl Subject {
    /// The name under which adapters keep it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Name => "name",
        }
    }
}

/// A package as a claim keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimant {
    /// The package.
    pub package_id: PackageId,
    /// Its name.
    pub key: ObjectKey,
    /// The hash of all its bytes.
    pub sha256: Sha256Digest,
}

impl Claimant {
    /// What adapters file a claim under, beside the organization and the subject: always 32 bytes, however long a key is.
    pub fn fingerprint(&self, subject: Subject) -> Sha256Digest {
        match subject {
            Subject::Bytes => self.sha256,
            Subject::Name => Sha256Digest::of(self.key.as_str().as_bytes()),
        }
    }
}

/// Claims, each made once and never given back. What one organization claims is another's to claim too.
#[async_trait]
pub trait Claims: Send + Sync {
    /// Who holds `subject` within `organization`: `claimant` from now on, unless somebody claimed it before. The answer
    /// is durable: whoever asks later is told the same. Needs no permission to read.
    async fn claim(
        &self,
        organization: &OrganizationId,
        subject: Subject,
        claimant: &Claimant,
    ) -> Result<Claimant, PortError>;
}
