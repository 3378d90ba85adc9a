//! Object versions in memory.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use relay_model::{BucketName, ObjectKey, ObjectVersion, Sha256Digest, VersionId};
use relay_pipeline::ports::{
    Clock, ObjectHead, ObjectReader, ObjectWriter, PackageStore, PortError, PortErrorClass, StoredObject,
    StoredVersion, VersionPage, WriteMode, WriteOutcome, WriteRequest,
};

use super::ManualClock;

type Objects = BTreeMap<(BucketName, ObjectKey), Vec<Version>>;

/// Object versions in memory.
#[derive(Clone)]
pub struct MemoryStore {
    objects: Arc<Mutex<Objects>>,
    clock: Arc<dyn Clock>,
}

struct Version {
    id: VersionId,
    bytes: Bytes,
    head: ObjectHead,
}

impl Version {
    fn stored(&self, bucket: &BucketName, key: &ObjectKey) -> StoredObject {
        StoredObject {
            object: ObjectVersion {
                bucket: bucket.clone(),
                key: key.clone(),
                version_id: self.id.clone(),
            },
            size_bytes: self.head.size_bytes,
            sha256: self.head.sha256.unwrap(),
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            objects: Arc::default(),
            clock,
        }
    }

    /// How many versions there are in all buckets.
    pub fn len(&self) -> usize {
        self.objects.lock().unwrap().values().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find<T>(&self, object: &ObjectVersion, found: impl FnOnce(&Version) -> T) -> Result<T, PortError> {
        let objects = self.objects.lock().unwrap();
        let versions = objects.get(&(object.bucket.clone(), object.key.clone()));
        let version = versions.and_then(|versions| versions.iter().find(|version| version.id == object.version_id));
        version
            .map(found)
            .ok_or_else(|| PortError::new(PortErrorClass::NotFound, format!("the store has no {}", object.key)))
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(Arc::new(ManualClock::default()))
    }
}

#[async_trait]
impl PackageStore for MemoryStore {
    async fn head(&self, object: &ObjectVersion) -> Result<ObjectHead, PortError> {
        self.find(object, |version| version.head.clone())
    }

    async fn read(&self, object: &ObjectVersion, offset_bytes: u64) -> Result<ObjectReader, PortError> {
        let bytes = self.find(object, |version| version.bytes.clone())?;
        let offset = usize::try_from(offset_bytes).unwrap();
        if offset > bytes.len() {
            return Err(PortError::new(
                PortErrorClass::Permanent,
                "cannot read from beyond the end",
            ));
        }
        Ok(Box::new(std::io::Cursor::new(bytes.slice(offset..))))
    }

    async fn write(&self, request: &WriteRequest) -> Result<Box<dyn ObjectWriter>, PortError> {
        Ok(Box::new(MemoryWriter {
            store: self.clone(),
            request: request.clone(),
            bytes: Vec::new(),
        }))
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<VersionPage, PortError> {
        let objects = self.objects.lock().unwrap();
        // Versions are never removed, so how many came before is a stable cursor only within a key: count, then key.
        let (from, skip) = match after.map(|cursor| cursor.split_once(' ').unwrap()) {
            Some((number, key)) => (ObjectKey::new(key), number.parse().unwrap()),
            None => (ObjectKey::new(""), 0),
        };
        let range = (Bound::Included((bucket.clone(), from.clone())), Bound::Unbounded);
        let all = objects
            .range(range)
            .take_while(|((name, _), _)| name == bucket)
            .flat_map(|((_, key), versions)| {
                let first = if *key == from { skip } else { 0 };
                versions
                    .iter()
                    .enumerate()
                    .skip(first)
                    .map(move |(index, version)| (key, index, version))
            });
        let mut page = VersionPage::default();
        for (key, index, version) in all {
            if page.versions.len() == limit {
                page.next = Some(format!("{index} {}", key.as_str()));
                break;
            }
            let stored = version.stored(bucket, key);
            page.versions.push(StoredVersion {
                object: stored.object,
                size_bytes: stored.size_bytes,
                sha256: Some(stored.sha256),
            });
        }
        Ok(page)
    }
}

struct MemoryWriter {
    store: MemoryStore,
    request: WriteRequest,
    bytes: Vec<u8>,
}

#[async_trait]
impl ObjectWriter for MemoryWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), PortError> {
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    async fn seal(&mut self) -> Result<(), PortError> {
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<WriteOutcome, PortError> {
        let Self { store, request, bytes } = *self;
        let sha256 = Sha256Digest::of(&bytes);
        let mut objects = store.objects.lock().unwrap();
        let versions = objects
            .entry((request.bucket.clone(), request.key.clone()))
            .or_default();
        let in_the_way = versions.last().filter(|newest| match request.mode {
            WriteMode::IfAbsent => true,
            WriteMode::NewVersion => false,
            WriteMode::IfChanged => newest.head.sha256 == Some(sha256),
        });
        if let Some(version) = in_the_way {
            return Ok(WriteOutcome::AlreadyThere(
                version.stored(&request.bucket, &request.key),
            ));
        }
        let version = Version {
            id: format!("m{}-{}", versions.len() + 1, &sha256.to_string()[..8])
                .parse()
                .unwrap(),
            head: ObjectHead {
                size_bytes: bytes.len() as u64,
                sha256: Some(sha256),
                declared_sha256: request.declared_sha256,
                encrypted_as_expected: None,
                stored_at: store.clock.now(),
            },
            bytes: bytes.into(),
        };
        let stored = version.stored(&request.bucket, &request.key);
        versions.push(version);
        Ok(WriteOutcome::Stored(stored))
    }

    async fn abort(self: Box<Self>) -> Result<(), PortError> {
        Ok(())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}
