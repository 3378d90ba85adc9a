//! The package store on a file system: one file for each object version, and one atomic step that makes it visible.
//!
//! # Layout
//!
//! ```text
//! store/
//!   ingress/                        a bucket
//!     4f/                           the first two digits of SHA-256(key): 256 folders
//!       4f1c…e9.00000001            version 1 of that key
//!       4f1c…e9.00000002            version 2
//!   .tmp/
//!     lock                          held for a moment while a session is made or swept
//!     session-0000/lock             held as long as the process that writes there lives
//!     session-0000/17               an object being written
//! ```
//!
//! A key never becomes a path: only its hash does, so no key, however hostile, can name another place.
//!
//! A version's file is one line of JSON (key, size, SHA-256, declared SHA-256), then the plain bytes. So with
//! ordinary tools `head -n 1 FILE` says what it is, and `tail -n +2 FILE` gives the bytes, exactly. A separate file of
//! metadata would leave the bytes bare, but cost two more fsyncs for each object, and a state in which one of the
//! two exists without the other. One level of 256 folders, not two with 65,536, for the same reason: a new folder
//! costs an fsync of its parent, and with two levels nearly each of the first thousands of objects would make one.
//!
//! # Why a crash leaves no half object visible
//!
//! 1. Bytes and header are written to a file below `.tmp`, which no reader looks at.
//! 2. That file is fsynced: from here on it is complete on disk.
//! 3. It is hard-linked to the name of the next free version number. The link is the commit: it is atomic, it fails
//!    when the name is taken (so each number has exactly one winner), and what it names is complete already.
//! 4. The folder is fsynced, and only then the writer is told. Whoever loses fsyncs the folder too before it points to
//!    the winner.
//! 5. The name below `.tmp` is removed.
//!
//! Of many objects at once (the results of an archive) each step is taken for all of them before the next: one flush of the
//! file system stands for all the fsyncs of 2, and one for those of 4. An fsync is a commit of the file system's journal,
//! so that nine thousand small results would take a minute, and take half a second so.
//!
//! A crash before 3 leaves a file below `.tmp`; one after 3 leaves a second name of a complete version there. Both are
//! removed when a store is opened next: every session whose lock nobody holds is swept, and nothing outside `.tmp` is
//! ever removed. A crash between 3 and 4 may lose the link, but nobody was told that it exists.
//!
//! Version numbers of a key are dense, from 1. The newest is found by probing names, without reading a folder.

pub(crate) mod examine;
mod folders;
mod header;
mod keys;
mod layout;
mod listing;
mod reader;
mod steps;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use relay_model::{BucketName, ObjectVersion};
use relay_pipeline::ports::{
    ObjectHead, ObjectReader, ObjectWriter, PackageStore, PortError, PortErrorClass, VersionPage, WriteOutcome,
    WriteRequest, finish_each,
};

pub(crate) use header::OBJECT_FILE_BEGINNING;
pub use keys::FileTokenKeys;
pub(crate) use keys::KEY_FILE_BEGINNING;

use folders::Folders;
use layout::{BucketFolder, KEY_BYTES_MAX};
use steps::Steps;

/// The folder could not be opened as a store, or as one of token keys.
#[derive(Debug, thiserror::Error)]
#[error("the files in {folder} could not be opened")]
pub struct FileStoreError {
    folder: String,
    #[source]
    source: std::io::Error,
}

/// Object versions as files below one folder.
#[derive(Clone)]
pub struct FileStore {
    shared: Arc<Shared>,
}

struct Shared {
    folders: Folders,
    steps: Steps,
}

impl FileStore {
    /// Opens the store in `root`, creates it when it is missing, and removes what writers that are gone left behind.
    pub fn open(root: &Path) -> Result<Self, FileStoreError> {
        Self::open_with(root, Steps::uninterrupted())
    }

    fn open_with(root: &Path, steps: Steps) -> Result<Self, FileStoreError> {
        let folders = Folders::open(root, steps.clone()).map_err(|source| FileStoreError {
            folder: root.display().to_string(),
            source,
        })?;
        Ok(Self {
            shared: Arc::new(Shared { folders, steps }),
        })
    }

    /// Opens the store in `root` to read from it; nothing in it is made, swept or written.
    pub fn open_reading(root: &Path) -> Self {
        let steps = Steps::uninterrupted();
        Self {
            shared: Arc::new(Shared {
                folders: Folders::reading(root, steps.clone()),
                steps,
            }),
        }
    }

    // File operations block; they run on the threads that tokio keeps for that.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let shared = Arc::clone(&self.shared);
        relay_pipeline::ports::run_blocking(move || work(&shared)).await
    }
}

#[async_trait]
impl PackageStore for FileStore {
    async fn head(&self, object: &ObjectVersion) -> Result<ObjectHead, PortError> {
        let object = object.clone();
        self.blocking(move |shared| {
            let opened = reader::open(shared.folders.root(), &object)?;
            Ok(ObjectHead {
                size_bytes: opened.header.size_bytes,
                sha256: Some(opened.header.sha256),
                declared_sha256: opened.header.declared_sha256,
                encrypted_as_expected: None,
                stored_at: opened.stored_at(),
            })
        })
        .await
    }

    /// An offset at the end gives no bytes; one beyond the end is `Permanent`.
    async fn read(&self, object: &ObjectVersion, offset_bytes: u64) -> Result<ObjectReader, PortError> {
        let object = object.clone();
        let opened = self
            .blocking(move |shared| reader::open_at(shared.folders.root(), &object, offset_bytes))
            .await?;
        Ok(reader::stream(opened, offset_bytes))
    }

    async fn write(&self, request: &WriteRequest) -> Result<Box<dyn ObjectWriter>, PortError> {
        if BucketFolder::new(&request.bucket).is_none() {
            let context = format!(
                "'{}' cannot be the folder of a bucket: use 1 to 63 lower-case letters, digits, '-', '_' and '.', not '.' first",
                request.bucket.as_str().escape_default()
            );
            return Err(PortError::new(PortErrorClass::Permanent, context));
        }
        if request.key.as_str().len() > KEY_BYTES_MAX {
            let context = format!("a key of more than {KEY_BYTES_MAX} bytes cannot be stored");
            return Err(PortError::new(PortErrorClass::Permanent, context));
        }
        Ok(Box::new(writer::FileWriter::new(
            Arc::clone(&self.shared),
            request.clone(),
        )))
    }

    async fn finish_all(&self, writers: Vec<Box<dyn ObjectWriter>>) -> Result<Vec<WriteOutcome>, PortError> {
        if writers.len() < writer::BATCH_OBJECTS_MIN {
            return finish_each(writers).await;
        }
        let own = |writer: Box<dyn ObjectWriter>| writer.into_any().downcast().map(|writer| *writer);
        let Ok(own) = writers
            .into_iter()
            .map(own)
            .collect::<Result<Vec<writer::FileWriter>, _>>()
        else {
            let context = "an object is to be finished by a store that did not begin it; report this as a defect";
            return Err(PortError::new(PortErrorClass::Permanent, context));
        };
        self.blocking(move |shared| writer::commit_all(shared, own)).await
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<VersionPage, PortError> {
        let bucket = bucket.clone();
        let after = after.map(str::to_owned);
        self.blocking(move |shared| listing::list(shared.folders.root(), &bucket, after.as_deref(), limit))
            .await
    }
}

#[cfg(test)]
mod tests;
