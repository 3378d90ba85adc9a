//! Writing one object: as one request when it fits into a part, in parts otherwise, on the condition that the request names.

use std::any::Any;
use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ServerSideEncryption};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use relay_aws_client::{class_of, port_error};
use relay_model::{ObjectVersion, Sha256Digest};
use relay_pipeline::ports::{
    ObjectWriter, PortError, PortErrorClass, StoredObject, WriteMode, WriteOutcome, WriteRequest,
};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::metadata::{DECLARED_SHA256, whole_sha256};
use crate::reader::{Span, SpanReader};
use crate::upload::{Upload, part_bytes};

const READ_BYTES: usize = 256 * 1024;
/// What a sealed object may keep in memory, to be sent as one request in the end. Ten thousand such need 40 MiB.
const SEALED_BYTES_MAX: usize = 4 * 1024;
/// How often a conditional write is tried against others that win.
const CONFLICTS_MAX: u32 = 32;
/// The pause after the first conflict; it doubles with each further one.
const PAUSE: Duration = Duration::from_millis(10);
const PAUSE_DOUBLINGS_MAX: u32 = 6;

/// How one object is written.
pub(crate) struct WriterOptions {
    /// The KMS key under which it is encrypted; without one, encryption is left to the bucket.
    pub kms_key: Option<String>,
    /// The size of the first parts.
    pub part_bytes: usize,
    /// How often a body that is cut off is taken up again, where an object has to be read for its hash.
    pub resumes_max: u32,
}

pub(crate) struct S3Writer {
    client: aws_sdk_s3::Client,
    options: WriterOptions,
    request: WriteRequest,
    part: BytesMut,
    hasher: Sha256,
    size_bytes: u64,
    upload: Option<Upload>,
}

// Under which condition the object becomes visible.
enum Condition {
    None,
    Absent,
    Still(String),
}

// What became of the request that makes an object visible.
enum Put {
    Stored(ObjectVersion),
    Conflict,
    UploadGone(PortError),
}

impl S3Writer {
    pub(crate) fn new(client: aws_sdk_s3::Client, options: WriterOptions, request: WriteRequest) -> Self {
        Self {
            client,
            options,
            request,
            part: BytesMut::new(),
            hasher: Sha256::new(),
            size_bytes: 0,
            upload: None,
        }
    }

    fn context(&self) -> String {
        format!("{} could not be written to {}", self.request.key, self.request.bucket)
    }

    async fn begin(&self) -> Result<Upload, PortError> {
        let kms_key = self.options.kms_key.as_deref();
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(self.request.bucket.as_str())
            .key(self.request.key.as_str())
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .set_server_side_encryption(kms_key.map(|_| ServerSideEncryption::AwsKms))
            .set_ssekms_key_id(kms_key.map(str::to_owned))
            .set_bucket_key_enabled(kms_key.map(|_| true))
            .set_metadata(self.metadata())
            .send()
            .await
            .map_err(|error| port_error(self.context(), error))?;
        let id = begun.upload_id().unwrap_or_default().to_owned();
        let (bucket, key) = (self.request.bucket.clone(), self.request.key.clone());
        Ok(Upload::new(self.client.clone(), bucket, key, id))
    }

    fn metadata(&self) -> Option<HashMap<String, String>> {
        let declared = self.request.declared_sha256?;
        Some([(DECLARED_SHA256.to_owned(), declared.to_string())].into())
    }

    async fn send_part(&mut self) -> Result<(), PortError> {
        let bytes = std::mem::take(&mut self.part).freeze();
        let mut upload = match self.upload.take() {
            Some(upload) => upload,
            None => self.begin().await?,
        };
        let sent = upload.send(bytes).await;
        self.upload = Some(upload);
        sent
    }

    // How many bytes the part that is being filled may have.
    fn part_bytes(&self) -> usize {
        let begun = self.upload.as_ref().map_or(0, Upload::begun);
        part_bytes(self.options.part_bytes, begun + 1)
    }

    // The newest version of the key, if it has one that is not a delete marker.
    async fn newest(&self) -> Result<Option<HeadObjectOutput>, PortError> {
        let head = self
            .client
            .head_object()
            .bucket(self.request.bucket.as_str())
            .key(self.request.key.as_str())
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        match head {
            Ok(head) => Ok(Some(head)),
            Err(error) if class_of(&error) == PortErrorClass::NotFound => Ok(None),
            Err(error) => Err(port_error(self.context(), error)),
        }
    }

    // The version of `head`. Its hash is the one that S3 keeps; or ours, when it consists of the very parts that were sent
    // now; or else it is read for it.
    async fn stored(&self, head: &HeadObjectOutput, ours: Sha256Digest) -> Result<StoredObject, PortError> {
        let object = self.version(head.version_id())?;
        let composite = self.upload.as_ref().map(Upload::composite_sha256);
        let sha256 = match whole_sha256(head.checksum_sha256(), head.checksum_type()) {
            Some(sha256) => sha256,
            None if composite.is_some() && composite.as_deref() == head.checksum_sha256() => ours,
            None => self.read_sha256(&object).await?,
        };
        Ok(StoredObject {
            object,
            size_bytes: u64::try_from(head.content_length().unwrap_or_default()).unwrap_or_default(),
            sha256,
        })
    }

    async fn read_sha256(&self, object: &ObjectVersion) -> Result<Sha256Digest, PortError> {
        let span = Span {
            client: self.client.clone(),
            object: object.clone(),
            from: 0,
            last: None,
        };
        let Some(mut reader) = SpanReader::open(span, self.options.resumes_max).await? else {
            return Ok(Sha256Digest::of(b""));
        };
        let (mut hasher, mut chunk) = (Sha256::new(), vec![0; READ_BYTES]);
        loop {
            match reader.read(&mut chunk).await {
                Ok(0) => return Ok(Sha256Digest::from_bytes(hasher.finalize().into())),
                Ok(read) => hasher.update(&chunk[..read]),
                Err(error) => return Err(PortError::from_io(self.context(), error)),
            }
        }
    }

    fn version(&self, id: Option<&str>) -> Result<ObjectVersion, PortError> {
        let no_version = || {
            let text = format!(
                "{}: bucket {} keeps no versions: turn on versioning",
                self.context(),
                self.request.bucket
            );
            PortError::new(PortErrorClass::Permanent, text)
        };
        let id = id.filter(|id| *id != "null").ok_or_else(no_version)?;
        Ok(ObjectVersion {
            bucket: self.request.bucket.clone(),
            key: self.request.key.clone(),
            version_id: id.parse().map_err(|error| no_version().caused_by(error))?,
        })
    }

    // The id of the new version; `None` when the condition did not hold.
    // Makes the object visible: the parts that were sent, or `whole`.
    async fn put(&self, condition: &Condition, sha256: Sha256Digest, whole: &Bytes) -> Result<Put, PortError> {
        let (if_match, if_none_match) = match condition {
            Condition::None => (None, None),
            Condition::Absent => (None, Some("*".to_owned())),
            Condition::Still(etag) => (Some(etag.clone()), None),
        };
        let client = &self.client;
        let (bucket, key) = (self.request.bucket.as_str(), self.request.key.as_str());
        if let Some(upload) = &self.upload {
            let done = client
                .complete_multipart_upload()
                .bucket(bucket)
                .key(key)
                .upload_id(upload.id())
                .multipart_upload(upload.completed())
                .set_if_match(if_match)
                .set_if_none_match(if_none_match)
                .send()
                .await;
            return self.what_became(done.map(|done| done.version_id().map(str::to_owned)));
        }
        let kms_key = self.options.kms_key.as_deref();
        let done = client
            .put_object()
            .bucket(bucket)
            .key(key)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .checksum_sha256(STANDARD.encode(sha256.as_bytes()))
            .set_server_side_encryption(kms_key.map(|_| ServerSideEncryption::AwsKms))
            .set_ssekms_key_id(kms_key.map(str::to_owned))
            .set_bucket_key_enabled(kms_key.map(|_| true))
            .set_metadata(self.metadata())
            .set_if_match(if_match)
            .set_if_none_match(if_none_match)
            .body(ByteStream::from(whole.clone()))
            .send()
            .await;
        self.what_became(done.map(|done| done.version_id().map(str::to_owned)))
    }

    fn what_became<E>(&self, done: Result<Option<String>, SdkError<E, HttpResponse>>) -> Result<Put, PortError>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match done {
            Ok(version_id) => Ok(Put::Stored(self.version(version_id.as_deref())?)),
            Err(error) if error.code() == Some("NoSuchUpload") => {
                let error = PortError::new(PortErrorClass::Retryable, self.context()).caused_by(error);
                Ok(Put::UploadGone(error))
            }
            Err(error) if class_of(&error) == PortErrorClass::PreconditionFailed => Ok(Put::Conflict),
            Err(error) => Err(port_error(self.context(), error)),
        }
    }

    async fn decide(&self, sha256: Sha256Digest, whole: &Bytes) -> Result<WriteOutcome, PortError> {
        for conflicts in 0..CONFLICTS_MAX {
            let newest = match self.request.mode {
                // For `IfAbsent` it is looked at only when somebody else was first.
                WriteMode::NewVersion | WriteMode::IfAbsent => None,
                WriteMode::IfChanged => self.newest().await?,
            };
            if let Some(head) = &newest
                && let Some(same) = self.if_same(head, sha256).await?
            {
                return Ok(WriteOutcome::AlreadyThere(same));
            }
            let condition = match (self.request.mode, &newest) {
                (WriteMode::NewVersion, _) => Condition::None,
                (WriteMode::IfAbsent, _) | (WriteMode::IfChanged, None) => Condition::Absent,
                (WriteMode::IfChanged, Some(head)) => Condition::Still(head.e_tag().unwrap_or_default().to_owned()),
            };
            match self.put(&condition, sha256, whole).await? {
                Put::Stored(object) => {
                    return Ok(WriteOutcome::Stored(StoredObject {
                        object,
                        size_bytes: self.size_bytes,
                        sha256,
                    }));
                }
                Put::UploadGone(error) => return self.after_upload_gone(sha256, error).await,
                Put::Conflict => {}
            }
            if self.request.mode == WriteMode::IfAbsent
                && let Some(head) = self.newest().await?
            {
                return Ok(WriteOutcome::AlreadyThere(self.stored(&head, sha256).await?));
            }
            tokio::time::sleep(PAUSE * 2_u32.pow(conflicts.min(PAUSE_DOUBLINGS_MAX))).await;
        }
        let text = format!("{}: others won {CONFLICTS_MAX} times", self.context());
        Err(PortError::new(PortErrorClass::Retryable, text))
    }

    // An upload is gone when it was completed and only the answer was lost, or when a conflict ended it: then its parts
    // have to be sent again, which only the caller can do.
    async fn after_upload_gone(&self, sha256: Sha256Digest, error: PortError) -> Result<WriteOutcome, PortError> {
        match self.newest().await? {
            Some(head) if self.request.mode == WriteMode::IfAbsent => {
                Ok(WriteOutcome::AlreadyThere(self.stored(&head, sha256).await?))
            }
            Some(head) => match self.if_same(&head, sha256).await? {
                Some(same) => Ok(WriteOutcome::AlreadyThere(same)),
                None => Err(error),
            },
            None => Err(error),
        }
    }

    async fn if_same(&self, head: &HeadObjectOutput, sha256: Sha256Digest) -> Result<Option<StoredObject>, PortError> {
        if u64::try_from(head.content_length().unwrap_or_default()) != Ok(self.size_bytes) {
            return Ok(None);
        }
        let stored = self.stored(head, sha256).await?;
        Ok((stored.sha256 == sha256).then_some(stored))
    }

    async fn finish_or_fail(&mut self) -> Result<WriteOutcome, PortError> {
        let sha256 = Sha256Digest::from_bytes(self.hasher.clone().finalize().into());
        if self.upload.is_some() && !self.part.is_empty() {
            self.send_part().await?;
        }
        if let Some(upload) = &mut self.upload {
            upload.settle().await?;
        }
        let whole = std::mem::take(&mut self.part).freeze();
        self.decide(sha256, &whole).await
    }
}

#[async_trait]
impl ObjectWriter for S3Writer {
    async fn write(&mut self, bytes: Bytes) -> Result<(), PortError> {
        self.hasher.update(&bytes);
        self.size_bytes += bytes.len() as u64;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            // A full part is sent only when there is more: what fits into one part goes as one request.
            if self.part.len() == self.part_bytes() {
                self.send_part().await?;
            }
            let room = self.part_bytes() - self.part.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.part.extend_from_slice(now);
            rest = later;
        }
        Ok(())
    }

    async fn seal(&mut self) -> Result<(), PortError> {
        if self.part.len() > SEALED_BYTES_MAX {
            self.send_part().await?;
        } else {
            // Not what the buffer could hold, only what it does.
            self.part = BytesMut::from(&self.part[..]);
        }
        match &mut self.upload {
            Some(upload) => upload.settle().await,
            None => Ok(()),
        }
    }

    async fn finish(mut self: Box<Self>) -> Result<WriteOutcome, PortError> {
        let outcome = self.finish_or_fail().await;
        if !matches!(outcome, Ok(WriteOutcome::Stored(_)))
            && let Some(upload) = self.upload.take()
            && let Err(error) = upload.abort().await
            // One that is gone is what was wanted.
            && error.class() != PortErrorClass::NotFound
        {
            tracing::warn!(error = %error, "an unfinished upload was left; the bucket's lifecycle removes it");
        }
        outcome
    }

    async fn abort(mut self: Box<Self>) -> Result<(), PortError> {
        match self.upload.take() {
            Some(upload) => upload.abort().await,
            None => Ok(()),
        }
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}
