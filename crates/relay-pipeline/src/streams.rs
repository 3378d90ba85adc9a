//! Between the asynchronous ports and the synchronous transforms: one version as `Read`, results as `Write`.
//!
//! Both block the thread they are used on, so they belong on a blocking thread, never on one that drives the runtime.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use relay_model::{ObjectKey, ObjectVersion, ResultObject};
use tokio::io::AsyncReadExt;
use tokio::runtime::Handle;

use tokio_util::sync::CancellationToken;

use crate::ports::{
    MayBlock, ObjectReader, ObjectWriter, PackageStore, PortError, PortErrorClass, WriteMode, WriteOutcome,
    WriteRequest,
};

/// How often one read of an object is taken up again where the body was cut.
const READ_RESUMES_MAX: u32 = 5;
/// How long a store may give no byte before the body counts as cut.
const READ_STALL: Duration = Duration::from_mins(1);
/// How long a relay that is stopping waits for a result to be given up.
const ABORT_PATIENCE: Duration = Duration::from_secs(1);
/// How much of a result is gathered before it is handed to the store, in bytes.
const WRITE_CHUNK_BYTES: usize = 256 * 1024;

/// Lets a blocking thread wait for a port, until the relay is told to stop.
#[derive(Clone)]
pub(crate) struct BlockingIo {
    handle: Handle,
    stop: CancellationToken,
}

impl BlockingIo {
    pub(crate) const fn new(handle: Handle, stop: CancellationToken) -> Self {
        Self { handle, stop }
    }

    fn wait_for<T>(&self, call: impl Future<Output = Result<T, PortError>>) -> Result<T, PortError> {
        let _may_block = MayBlock::new();
        self.handle.block_on(async {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    Err(PortError::new(PortErrorClass::Retryable, "the relay is stopping"))
                }
                result = call => result,
            }
        })
    }

    /// Gives a result up, from a blocking thread. A relay that is stopping does not wait long for a store that does not
    /// answer: what is dropped unfinished, nobody can read, and stores tidy up.
    pub(crate) fn abort(&self, sink: ResultSink) {
        let _may_block = MayBlock::new();
        self.handle.block_on(async {
            let patience = async {
                self.stop.cancelled().await;
                tokio::time::sleep(ABORT_PATIENCE).await;
            };
            tokio::select! {
                () = sink.abort() => {}
                () = patience => tracing::warn!("an unfinished result could not be tidied up before the end"),
            }
        });
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }
}

/// The object ended before the length that the store gives for it.
#[derive(Debug, thiserror::Error)]
#[error("the object ended after {read_bytes} of {size_bytes} bytes")]
pub(crate) struct CutShort {
    read_bytes: u64,
    size_bytes: u64,
}

/// One version of one object, read once from beginning to end. A body that is cut midway is taken up again where it
/// was cut, a bounded number of times.
pub(crate) struct VersionReader {
    blocking_io: BlockingIo,
    store: Arc<dyn PackageStore>,
    object: ObjectVersion,
    size_bytes: Option<u64>,
    offset: u64,
    reader: Option<ObjectReader>,
    resumes_left: u32,
}

impl VersionReader {
    pub(crate) fn new(
        blocking_io: BlockingIo,
        store: Arc<dyn PackageStore>,
        object: ObjectVersion,
        size_bytes: Option<u64>,
    ) -> Self {
        Self {
            blocking_io,
            store,
            object,
            size_bytes,
            offset: 0,
            reader: None,
            resumes_left: READ_RESUMES_MAX,
        }
    }

    async fn read_once(&mut self, buffer: &mut [u8]) -> Result<usize, PortError> {
        if self.reader.is_none() {
            self.reader = Some(self.store.read(&self.object, self.offset).await?);
        }
        let Some(reader) = self.reader.as_mut() else {
            return Ok(0);
        };
        match tokio::time::timeout(READ_STALL, reader.read(buffer)).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(error)) => Err(unwrap_port_error(error)),
            Err(_) => Err(PortError::new(
                PortErrorClass::Retryable,
                "the store gave no byte for a minute",
            )),
        }
    }

    fn is_complete(&self) -> bool {
        self.size_bytes.is_none_or(|size| self.offset >= size)
    }
}

impl Read for VersionReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let blocking_io = self.blocking_io.clone();
            let error = match blocking_io.wait_for(self.read_once(buffer)) {
                Ok(0) if !buffer.is_empty() && !self.is_complete() => io::Error::other(CutShort {
                    read_bytes: self.offset,
                    size_bytes: self.size_bytes.unwrap_or(self.offset),
                }),
                Ok(read) => {
                    self.offset += read as u64;
                    return Ok(read);
                }
                Err(error) if error.class() == PortErrorClass::Retryable && !blocking_io.is_stopped() => {
                    io::Error::other(error)
                }
                Err(error) => return Err(io::Error::other(error)),
            };
            if self.resumes_left == 0 {
                return Err(error);
            }
            self.resumes_left -= 1;
            self.reader = None;
        }
    }
}

/// One result on its way into the store.
pub(crate) struct ResultSink {
    blocking_io: BlockingIo,
    name: String,
    writer: Box<dyn ObjectWriter>,
    buffer: BytesMut,
}

impl ResultSink {
    /// Opens a result; nothing of it is visible before it is finished.
    pub(crate) fn open(
        blocking_io: BlockingIo,
        store: &dyn PackageStore,
        request: &WriteRequest,
        name: &str,
    ) -> io::Result<Self> {
        let writer = blocking_io.wait_for(store.write(request)).map_err(io::Error::other)?;
        Ok(Self {
            blocking_io,
            name: name.to_owned(),
            writer,
            buffer: BytesMut::new(),
        })
    }

    /// All of it was written. Until it is finished it needs neither buffers nor open files.
    pub(crate) fn seal(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.flush_chunk()?;
        }
        self.buffer = BytesMut::new();
        self.blocking_io.wait_for(self.writer.seal()).map_err(io::Error::other)
    }

    /// Its name, and the writer that has all of its bytes, to be finished.
    pub(crate) async fn written(mut self) -> Result<(String, Box<dyn ObjectWriter>), PortError> {
        if !self.buffer.is_empty() {
            let rest = self.buffer.split().freeze();
            self.writer.write(rest).await?;
        }
        Ok((self.name, self.writer))
    }

    /// Gives the result up.
    pub(crate) async fn abort(self) {
        if let Err(error) = self.writer.abort().await {
            tracing::warn!(error = %error, "an unfinished result could not be tidied up; the next start does it");
        }
    }

    fn flush_chunk(&mut self) -> io::Result<()> {
        let chunk = self.buffer.split().freeze();
        self.blocking_io
            .wait_for(self.writer.write(chunk))
            .map_err(io::Error::other)
    }
}

impl Write for ResultSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_CHUNK_BYTES {
            self.flush_chunk()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The result that a finished write is.
pub(crate) fn result_of(name: String, outcome: &WriteOutcome) -> ResultObject {
    // The key holds package and attempt, so whoever was first wrote this very result: an attempt whose end was not
    // recorded, taken up again. Its bytes are what the audit event will name.
    if let WriteOutcome::AlreadyThere(stored) = outcome {
        tracing::info!(object.key = %stored.object.key, "a result was already there");
    }
    let stored = outcome.stored().clone();
    ResultObject {
        name,
        object: stored.object,
        size_bytes: stored.size_bytes,
        sha256: stored.sha256,
    }
}

/// The port error that an I/O error carries, or one that is made of it.
pub(crate) fn unwrap_port_error(error: io::Error) -> PortError {
    match error.downcast::<PortError>() {
        Ok(port) => port,
        Err(error) => PortError::from_io("the transfer broke off", error),
    }
}

/// Where one result of one attempt goes.
pub(crate) fn result_request(bucket: &relay_model::BucketName, key: String) -> WriteRequest {
    WriteRequest {
        bucket: bucket.clone(),
        key: ObjectKey::new(key),
        mode: WriteMode::IfAbsent,
        declared_sha256: None,
    }
}
