//! Who was first: the index of the bytes and the names of packages.

use async_trait::async_trait;
use relay_model::{ObjectKey, OrganizationId, PackageId, Sha256Digest};

use super::PortError;

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DuplicateKey {
    /// The package's bytes, by their hash.
    Bytes,
    /// The package's name: its whole key.
    Name,
}

impl DuplicateKey {
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
pub struct IndexedPackage {
    /// The package.
    pub package_id: PackageId,
    /// Its name.
    pub key: ObjectKey,
    /// The hash of all its bytes.
    pub sha256: Sha256Digest,
}

impl IndexedPackage {
    /// What adapters file a claim under, beside the organization and the subject: always 32 bytes, however long a key is.
    pub fn fingerprint(&self, subject: DuplicateKey) -> Sha256Digest {
        match subject {
            DuplicateKey::Bytes => self.sha256,
            DuplicateKey::Name => Sha256Digest::of(self.key.as_str().as_bytes()),
        }
    }
}

/// Which package of an organization was first with its bytes and its name. Each claim is made once and never given back; what one
/// organization claims is another's to claim too.
#[async_trait]
pub trait DuplicateIndex: Send + Sync {
    /// Who holds `subject` within `organization`: `package` from now on, unless somebody claimed it before. The answer
    /// is durable: whoever asks later is told the same. Needs no permission to read.
    async fn claim(
        &self,
        organization: &OrganizationId,
        subject: DuplicateKey,
        package: &IndexedPackage,
    ) -> Result<IndexedPackage, PortError>;
}
