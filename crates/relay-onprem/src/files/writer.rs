//! Writing one version: bytes are hashed and collected, then the file becomes visible in one step.

use std::any::Any;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use relay_model::{ObjectVersion, Sha256Digest};
use relay_pipeline::ports::{
    ObjectWriter, PortError, PortErrorClass, StoredObject, WriteMode, WriteOutcome, WriteRequest, run_blocking,
};
use sha2::{Digest, Sha256};

use super::Shared;
use super::folders::{TemporaryFile, TemporaryName, sync_folder};
use super::header::Header;
use super::layout::{BucketFolder, FileName, version_id};
use super::reader::open_path;
use super::steps::Step;

/// From so many objects on, two flushes of the whole file system cost less than two for each object: each of these is a commit
/// of the file system's journal.
pub(super) const BATCH_OBJECTS_MIN: usize = 32;

/// How many bytes are collected before they are hashed and written: an object below this is written in one go.
const WRITE_BUFFER_BYTES: usize = 1024 * 1024;
/// From this length on, bytes are handed over as they are instead of being collected.
const COPY_BYTES_MAX: usize = 256 * 1024;
/// How often a writer looks for a free version number before it gives up. Each round means that another writer won.
const LINK_ATTEMPTS_MAX: u32 = 100_000;

/// A version being written.
pub(super) struct FileWriter {
    shared: Arc<Shared>,
    request: WriteRequest,
    // Taken while an operation runs; an operation that fails or is cut off does not put it back.
    progress: Option<Progress>,
    sealed: Option<Complete>,
}

#[derive(Default)]
struct Progress {
    collected: Vec<u8>,
    spilled: Option<Spilled>,
}

/// The part that is in a temporary file already, behind a header that still has to be filled in.
struct Spilled {
    temporary: TemporaryFile,
    hasher: Sha256,
    size_bytes: u64,
    header_bytes: usize,
}

impl FileWriter {
    pub(super) fn new(shared: Arc<Shared>, request: WriteRequest) -> Self {
        Self {
            shared,
            request,
            progress: Some(Progress::default()),
            sealed: None,
        }
    }

    fn take_progress(&mut self) -> Result<Progress, PortError> {
        self.progress.take().ok_or_else(|| {
            let context = format!("the write of {} has failed before; start it again", self.request.key);
            PortError::new(PortErrorClass::Permanent, context)
        })
    }
}

#[async_trait]
impl ObjectWriter for FileWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), PortError> {
        let mut progress = self.take_progress()?;
        let is_collected = bytes.len() < COPY_BYTES_MAX;
        if is_collected {
            progress.collected.extend_from_slice(&bytes);
            if progress.collected.len() < WRITE_BUFFER_BYTES {
                self.progress = Some(progress);
                return Ok(());
            }
        }
        let (shared, request) = (Arc::clone(&self.shared), self.request.clone());
        let spilled = run_blocking(move || {
            let rest: &[u8] = if is_collected { &[] } else { &bytes };
            progress
                .spill(&shared, &request, rest)
                .map_err(|error| write_error(&request, error))?;
            Ok(progress)
        });
        self.progress = Some(spilled.await?);
        Ok(())
    }

    async fn seal(&mut self) -> Result<(), PortError> {
        let progress = self.take_progress()?;
        let (shared, request) = (Arc::clone(&self.shared), self.request.clone());
        let sealed = run_blocking(move || {
            progress
                .complete(&shared, &request)
                .map_err(|error| write_error(&request, error))
        });
        self.sealed = Some(sealed.await?);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<WriteOutcome, PortError> {
        run_blocking(move || self.commit()).await
    }

    async fn abort(mut self: Box<Self>) -> Result<(), PortError> {
        let (progress, sealed) = (self.progress.take(), self.sealed.take());
        // Dropping removes the temporary file, which blocks.
        run_blocking(move || {
            drop((progress, sealed));
            Ok(())
        })
        .await
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

impl Progress {
    fn spill(&mut self, shared: &Shared, request: &WriteRequest, rest: &[u8]) -> io::Result<()> {
        let mut spilled = match self.spilled.take() {
            Some(spilled) => spilled,
            None => Spilled::start(shared, request)?,
        };
        for part in [self.collected.as_slice(), rest] {
            spilled.temporary.file.write_all(part)?;
            spilled.hasher.update(part);
            spilled.size_bytes += part.len() as u64;
        }
        self.collected.clear();
        self.spilled = Some(spilled);
        shared.steps.reach(Step::Written)
    }

    // Writes everything to a file that is not visible yet, nor on disk for certain.
    fn complete(mut self, shared: &Shared, request: &WriteRequest) -> io::Result<Complete> {
        let header = |size_bytes, sha256| Header::new(request.key.clone(), size_bytes, sha256, request.declared_sha256);
        let (temporary, header) = if self.spilled.is_some() {
            self.spill(shared, request, &[])?;
            let Some(spilled) = self.spilled else {
                return Err(io::Error::other("no temporary file"));
            };
            let sha256 = Sha256Digest::from_bytes(spilled.hasher.finalize().into());
            let header = header(spilled.size_bytes, sha256);
            spilled
                .temporary
                .file
                .write_all_at(&header.line(spilled.header_bytes)?, 0)?;
            (spilled.temporary, header)
        } else {
            let header = header(self.collected.len() as u64, Sha256Digest::of(&self.collected));
            let mut content = header.line(0)?;
            content.append(&mut self.collected);
            let mut temporary = shared.folders.temporary()?;
            temporary.file.write_all(&content)?;
            (temporary, header)
        };
        shared.steps.reach(Step::Complete)?;
        Ok(Complete {
            temporary: temporary.close(),
            header,
        })
    }
}

impl Spilled {
    fn start(shared: &Shared, request: &WriteRequest) -> io::Result<Self> {
        let mut temporary = shared.folders.temporary()?;
        let line = Header::placeholder(request.key.clone(), request.declared_sha256).line(0)?;
        temporary.file.write_all(&line)?;
        Ok(Self {
            temporary,
            hasher: Sha256::new(),
            size_bytes: 0,
            header_bytes: line.len(),
        })
    }
}

/// A file that is whole, but has no name that a reader looks at.
struct Complete {
    temporary: TemporaryName,
    header: Header,
}

impl FileWriter {
    fn into_complete(mut self) -> Result<(Arc<Shared>, WriteRequest, Complete), PortError> {
        let complete = if let Some(complete) = self.sealed.take() {
            complete
        } else {
            let completed = self.take_progress()?.complete(&self.shared, &self.request);
            completed.map_err(|error| write_error(&self.request, error))?
        };
        Ok((self.shared, self.request, complete))
    }

    // To disk, then to its name, then the name to disk.
    fn commit(self) -> Result<WriteOutcome, PortError> {
        let (shared, request, complete) = self.into_complete()?;
        let failed = |error| write_error(&request, error);
        complete.temporary.sync().map_err(failed)?;
        shared.steps.reach(Step::Synced).map_err(failed)?;
        let folder = place(&shared, &request)?.folder;
        shared.folders.ensure(&folder).map_err(failed)?;
        let linked = link(&shared, &request, &complete)?;
        sync_folder(&folder).map_err(failed)?;
        shared.steps.reach(Step::FolderSynced).map_err(failed)?;
        drop(complete.temporary);
        shared.steps.reach(Step::Unlinked).map_err(failed)?;
        Ok(linked)
    }
}

/// Makes many objects durable and visible, in their order: all bytes reach the disk before the first name is given, and all
/// names before anybody is told.
pub(super) fn commit_all(shared: &Shared, writers: Vec<FileWriter>) -> Result<Vec<WriteOutcome>, PortError> {
    let mut objects = Vec::with_capacity(writers.len());
    for writer in writers {
        let (_, request, complete) = writer.into_complete()?;
        objects.push((request, complete));
    }
    let failed = |error| PortError::from_io("the objects of one package could not be brought to disk", error);
    shared.folders.sync_everything().map_err(failed)?;
    shared.steps.reach(Step::Synced).map_err(failed)?;
    let mut folders = BTreeSet::new();
    let mut outcomes = Vec::with_capacity(objects.len());
    for (request, complete) in &objects {
        let folder = place(shared, request)?.folder;
        if !folders.contains(&folder) {
            shared
                .folders
                .make(&folder)
                .map_err(|error| write_error(request, error))?;
            folders.insert(folder);
        }
        outcomes.push(link(shared, request, complete)?);
    }
    shared.folders.sync_everything().map_err(failed)?;
    shared.folders.know(folders);
    shared.steps.reach(Step::FolderSynced).map_err(failed)?;
    drop(objects);
    shared.steps.reach(Step::Unlinked).map_err(failed)?;
    Ok(outcomes)
}

/// Where the versions of a key are.
struct Place {
    bucket: PathBuf,
    folder: PathBuf,
    name: FileName,
}

fn place(shared: &Shared, request: &WriteRequest) -> Result<Place, PortError> {
    let bucket = BucketFolder::new(&request.bucket)
        .ok_or_else(|| PortError::new(PortErrorClass::Permanent, "the bucket has no folder"))?
        .path(shared.folders.root());
    let name = FileName::new(&request.key, 0);
    let folder = bucket.join(name.folder());
    Ok(Place { bucket, folder, name })
}

// Gives a complete file the next free number, unless what is there stands in the way. The caller makes the folder's names
// durable in either case: whoever wrote what is there may not have come to that, and our caller will rely on it.
fn link(shared: &Shared, request: &WriteRequest, complete: &Complete) -> Result<WriteOutcome, PortError> {
    let failed = |error| write_error(request, error);
    let Place { bucket, name, .. } = place(shared, request)?;
    let mut newest = newest_number(&bucket, &name).map_err(failed)?;
    for _ in 0..LINK_ATTEMPTS_MAX {
        if newest > 0 && request.mode != WriteMode::NewVersion {
            let there = stored(&bucket, request, &name.clone().at(newest))?;
            if request.mode == WriteMode::IfAbsent || there.sha256 == complete.header.sha256 {
                return Ok(WriteOutcome::AlreadyThere(there));
            }
        }
        let next = name.clone().at(newest + 1);
        match complete.temporary.link_to(&next.path(&bucket)) {
            Ok(()) => {
                shared.steps.reach(Step::Linked).map_err(failed)?;
                return described(request, next.number(), &complete.header).map(WriteOutcome::Stored);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => newest += 1,
            Err(error) => return Err(failed(error)),
        }
    }
    let context = format!("{} was written too often at the same time", request.key);
    Err(PortError::new(PortErrorClass::Retryable, context))
}

// Numbers are dense: doubling, then halving, finds the last one with a handful of look-ups.
fn newest_number(bucket: &Path, name: &FileName) -> io::Result<u64> {
    let exists = |number: u64| name.clone().at(number).path(bucket).try_exists();
    if !exists(1)? {
        return Ok(0);
    }
    let mut there = 1;
    let mut free = 2;
    while exists(free)? {
        there = free;
        free *= 2;
    }
    while free - there > 1 {
        let middle = there + (free - there) / 2;
        if exists(middle)? { there = middle } else { free = middle }
    }
    Ok(there)
}

fn stored(bucket: &Path, request: &WriteRequest, name: &FileName) -> Result<StoredObject, PortError> {
    match open_path(&name.path(bucket), &request.key) {
        Ok(opened) => described(request, name.number(), &opened.header),
        Err(error) => {
            let unknown = Header::placeholder(request.key.clone(), None);
            Err(error.named(&described(request, name.number(), &unknown)?.object))
        }
    }
}

fn described(request: &WriteRequest, number: u64, header: &Header) -> Result<StoredObject, PortError> {
    let version_id = version_id(number, header).ok_or_else(|| {
        PortError::new(
            PortErrorClass::Permanent,
            "a version id has no text; report this as a defect",
        )
    })?;
    Ok(StoredObject {
        object: ObjectVersion {
            bucket: request.bucket.clone(),
            key: request.key.clone(),
            version_id,
        },
        size_bytes: header.size_bytes,
        sha256: header.sha256,
    })
}

// What a caller writes to need not exist: a missing or doubled file here is the store's trouble, not an answer.
fn write_error(request: &WriteRequest, error: io::Error) -> PortError {
    let context = format!("{} could not be written to {}", request.key, request.bucket);
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists => {
            PortError::new(PortErrorClass::Permanent, context).caused_by(error)
        }
        _ => PortError::from_io(context, error),
    }
}
