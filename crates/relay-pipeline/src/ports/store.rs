//! Versioned objects.

use std::any::Any;

use async_trait::async_trait;
use bytes::Bytes;
use relay_model::{BucketName, ObjectKey, ObjectVersion, Sha256Digest, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinSet;

use super::{PortError, PortErrorClass};

/// How many objects are finished at the same time where a store has no better way to finish many.
const FINISHING_MAX: usize = 16;

/// What the store says of one version without its bytes being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHead {
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The hash that the store keeps for it, where it does.
    pub sha256: Option<Sha256Digest>,
    /// The hash that the producer declared at upload, where there was one.
    pub declared_sha256: Option<Sha256Digest>,
    /// Whether it is encrypted as the relay expects; `None` where the store leaves encryption to the disk.
    pub encrypted_as_expected: Option<bool>,
    /// When it was stored.
    pub stored_at: Timestamp,
}

/// The bytes of one version.
pub type ObjectReader = Box<dyn AsyncRead + Send + Unpin>;

/// Under which condition a write becomes a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// Only if the key has no version at all. Of several writers exactly one wins.
    IfAbsent,
    /// Always, as the newest version.
    NewVersion,
    /// As the newest version, unless the newest one already has these bytes: taking a file in twice gives one version.
    IfChanged,
}

/// What to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRequest {
    /// Where.
    pub bucket: BucketName,
    /// As what.
    pub key: ObjectKey,
    /// Under which condition.
    pub mode: WriteMode,
    /// The hash that the producer declared, to be kept with the object. The store does not judge it.
    pub declared_sha256: Option<Sha256Digest>,
}

/// A version that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Which.
    pub object: ObjectVersion,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The hash of its bytes, computed while they were written.
    pub sha256: Sha256Digest,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// A new version, durable and visible.
    Stored(StoredObject),
    /// The condition did not hold: this is the version that stands in the way. Nothing was added.
    AlreadyThere(StoredObject),
}

impl WriteOutcome {
    /// The version that is there now.
    pub const fn stored(&self) -> &StoredObject {
        match self {
            Self::Stored(stored) | Self::AlreadyThere(stored) => stored,
        }
    }
}

/// An object being written. Nothing of it is visible before `finish` succeeds; dropping it leaves nothing behind that
/// anyone could read.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Adds bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), PortError>;

    /// All bytes were given: lets go of buffers and open files, so that very many objects can wait for their `finish`.
    /// Nothing becomes visible by it.
    async fn seal(&mut self) -> Result<(), PortError>;

    /// Makes the object durable, then visible.
    async fn finish(self: Box<Self>) -> Result<WriteOutcome, PortError>;

    /// Gives it up.
    async fn abort(self: Box<Self>) -> Result<(), PortError>;

    /// The writer as what it is, for [`PackageStore::finish_all`] of the store that made it.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
}

/// One page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// The versions.
    pub versions: Vec<StoredVersion>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<String>,
}

/// One version in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVersion {
    /// Which.
    pub object: ObjectVersion,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its hash, where the store keeps one.
    pub sha256: Option<Sha256Digest>,
}

/// Versioned objects. A version, once visible, never changes.
#[async_trait]
pub trait PackageStore: Send + Sync {
    /// What the store says of one version. `NotFound` when it has none such.
    async fn head(&self, object: &ObjectVersion) -> Result<ObjectHead, PortError>;

    /// The bytes of one version from `offset_bytes` on. `NotFound` when the store has none such.
    async fn read(&self, object: &ObjectVersion, offset_bytes: u64) -> Result<ObjectReader, PortError>;

    /// The first `bytes_max` bytes of one version, or all of them if it has fewer. `NotFound` when the store has none such.
    async fn read_prefix(&self, object: &ObjectVersion, bytes_max: usize) -> Result<Vec<u8>, PortError> {
        let mut prefix = Vec::with_capacity(bytes_max);
        let reader = self.read(object, 0).await?;
        match reader.take(bytes_max as u64).read_to_end(&mut prefix).await {
            Ok(_) => Ok(prefix),
            Err(error) => Err(PortError::from_io("the first bytes could not be read", error)),
        }
    }

    /// Starts writing an object.
    async fn write(&self, request: &WriteRequest) -> Result<Box<dyn ObjectWriter>, PortError>;

    /// At most `limit` versions of `bucket`, each exactly once over all pages, in an order that the store chooses.
    async fn list_versions(
        &self,
        bucket: &BucketName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<VersionPage, PortError>;

    /// Finishes objects that this store writes, in their order: each as [`ObjectWriter::finish`] does. A store that can make
    /// many durable at once does so; if one fails, some of the others may be visible.
    async fn finish_all(&self, writers: Vec<Box<dyn ObjectWriter>>) -> Result<Vec<WriteOutcome>, PortError> {
        finish_each(writers).await
    }
}

/// Finishes each by itself, several at a time.
pub async fn finish_each(writers: Vec<Box<dyn ObjectWriter>>) -> Result<Vec<WriteOutcome>, PortError> {
    let mut outcomes: Vec<Option<WriteOutcome>> = Vec::new();
    outcomes.resize_with(writers.len(), || None);
    let mut waiting = writers.into_iter().enumerate();
    let mut finishing = JoinSet::new();
    loop {
        while finishing.len() < FINISHING_MAX
            && let Some((index, writer)) = waiting.next()
        {
            finishing.spawn(async move { (index, writer.finish().await) });
        }
        match finishing.join_next().await {
            None => return Ok(outcomes.into_iter().flatten().collect()),
            Some(Ok((index, outcome))) => outcomes[index] = Some(outcome?),
            Some(Err(error)) => {
                let text = "an object could not be finished, by a defect of our own";
                return Err(PortError::new(PortErrorClass::Permanent, text).caused_by(error));
            }
        }
    }
}
