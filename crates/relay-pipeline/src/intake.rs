//! Step 1, for backbones where nobody else takes uploads: bytes and a key enter, a durable object version and its
//! arrival leave.
//!
//! Taking the same bytes in under the same key again gives the same version, and so the same package.

use std::sync::Arc;

use bytes::BytesMut;
use relay_model::{Arrival, ArrivalSource, BucketName, ObjectKey, Sha256Digest};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::ports::{ObjectWriter, PackageStore, PortError, Ports, WriteMode, WriteOutcome, WriteRequest};
use crate::step::Settings;

/// How much is read before it is handed on, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;

/// What is taken in.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Under which key.
    pub key: ObjectKey,
    /// The hash that the producer declared, if any.
    pub declared_sha256: Option<Sha256Digest>,
    /// Where it came from.
    pub source: ArrivalSource,
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The source could not be read.
    #[error("the source could not be read")]
    Source(#[source] std::io::Error),
    /// The source is not what it was when reading began.
    #[error("the source changed while it was read: {0}")]
    Changed(String),
    /// The store did not take it.
    #[error("the store did not take the package")]
    Store(#[source] PortError),
}

/// The step, with the port that it uses.
#[derive(Clone)]
pub struct Intake {
    store: Arc<dyn PackageStore>,
    ingress_bucket: BucketName,
}

impl Intake {
    /// The step on these ports.
    pub fn new(ports: &Ports, settings: &Settings) -> Self {
        Self {
            store: Arc::clone(&ports.store),
            ingress_bucket: settings.ingress_bucket.clone(),
        }
    }

    /// Copies `input` into the ingress store. `confirm` is asked at the end, with the number of bytes read, whether the
    /// source is still what it was; only then the version becomes visible. Also says whether the version is new.
    pub async fn take_in(
        &self,
        delivery: &Delivery,
        input: &mut (dyn AsyncRead + Send + Unpin),
        confirm: impl AsyncFnOnce(u64) -> Result<(), IntakeError>,
    ) -> Result<(Arrival, bool), IntakeError> {
        let request = WriteRequest {
            bucket: self.ingress_bucket.clone(),
            key: delivery.key.clone(),
            mode: WriteMode::IfChanged,
            declared_sha256: delivery.declared_sha256,
        };
        let mut writer = self.store.write(&request).await.map_err(IntakeError::Store)?;
        let copied = match copy(input, writer.as_mut()).await {
            Ok(bytes) => confirm(bytes).await,
            Err(error) => Err(error),
        };
        if let Err(error) = copied {
            if let Err(abort) = writer.abort().await {
                tracing::warn!(error = %abort, "an unfinished write could not be tidied up; the next start does it");
            }
            return Err(error);
        }
        let outcome = writer.finish().await.map_err(IntakeError::Store)?;
        let is_new = matches!(outcome, WriteOutcome::Stored(_));
        let stored = outcome.stored();
        let arrival = Arrival {
            object: stored.object.clone(),
            size_bytes: Some(stored.size_bytes),
            sha256: Some(stored.sha256),
            sequencer: None,
            source: delivery.source,
        };
        Ok((arrival, is_new))
    }
}

async fn copy(input: &mut (dyn AsyncRead + Send + Unpin), writer: &mut dyn ObjectWriter) -> Result<u64, IntakeError> {
    let mut total = 0;
    let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
    loop {
        chunk.reserve(CHUNK_BYTES);
        let read = input.read_buf(&mut chunk).await.map_err(IntakeError::Source)?;
        if read == 0 {
            return Ok(total);
        }
        total += read as u64;
        writer.write(chunk.split().freeze()).await.map_err(IntakeError::Store)?;
    }
}
