//! Custody: exactly which bytes we hold. Every later step is bound to this record.

use serde::{Deserialize, Serialize};

use crate::{BucketName, ObjectKey, PackageId, Sha256Digest, VersionId};

/// One immutable version of one object. Every read names all three parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectVersion {
    /// The store.
    pub bucket: BucketName,
    /// The object.
    pub key: ObjectKey,
    /// Which of its versions.
    pub version_id: VersionId,
}

impl ObjectVersion {
    /// The package that this version is.
    pub fn package_id(&self) -> PackageId {
        PackageId::derive(&self.bucket, &self.key, &self.version_id)
    }
}

/// What we hold: an object version, its size, and the hash of its bytes once somebody has read them all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyRecord {
    /// The version.
    #[serde(flatten)]
    pub object: ObjectVersion,
    /// Its length in bytes; `None` until somebody has asked the store.
    pub size_bytes: Option<u64>,
    /// The hash of its bytes; `None` until they have been read.
    pub sha256: Option<Sha256Digest>,
}
