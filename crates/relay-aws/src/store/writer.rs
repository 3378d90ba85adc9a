//! Writing one object: as one request when it fits into a part, in parts otherwise, on the condition that the request names.

use async_trait::async_trait;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use relay_model::{ObjectVersion, Sha256Digest};
use relay_pipeline::ports::{
    ObjectWriter, PackageStore, PortError, PortErrorClass, StoredObject, WriteMode, WriteOutcome, WriteRequest,
};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::task::JoinHandle;

use super::{CONFLICTS_MAX, DECLARED_SHA256, S3Store, whole_sha256};
use crate::errors::{class_of, port_error};

const READ_BYTES: usize = 256 * 1024;
/// The most parts of one upload (S3 User Guide, "Amazon S3 multipart upload limits").
const PARTS_MAX: i32 = 10_000;

pub(super) struct S3Writer {
    store: S3Store,
    request: WriteRequest,
    part: BytesMut,
    hasher: Sha256,
    size_bytes: u64,
    upload: Option<Upload>,
}

// An upload in parts; one of them may be on its way while the next is filled.
struct Upload {
    id: String,
    begun: i32,
    parts: Vec<CompletedPart>,
    on_its_way: Option<JoinHandle<Result<CompletedPart, PortError>>>,
}

// Under which condition the object becomes visible.
enum Condition {
    None,
    Absent,
    Still(String),
}

impl S3Writer {
    pub(super) fn new(store: S3Store, request: WriteRequest) -> Self {
        Self {
            store,
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

    async fn begin(&mut self) -> Result<&mut Upload, PortError> {
        if self.upload.is_none() {
            let key = self.store.key_of(&self.request.bucket);
            let begun = self
                .store
                .client
                .create_multipart_upload()
                .bucket(self.request.bucket.as_str())
                .key(self.request.key.as_str())
                .checksum_algorithm(ChecksumAlgorithm::Sha256)
                .set_server_side_encryption(key.map(|_| ServerSideEncryption::AwsKms))
                .set_ssekms_key_id(key.map(str::to_owned))
                .set_bucket_key_enabled(key.map(|_| true))
                .set_metadata(self.metadata())
                .send()
                .await
                .map_err(|error| port_error(self.context(), error))?;
            let id = begun.upload_id().unwrap_or_default().to_owned();
            self.upload = Some(Upload {
                id,
                begun: 0,
                parts: Vec::new(),
                on_its_way: None,
            });
        }
        let context = self.context();
        self.upload
            .as_mut()
            .ok_or_else(|| PortError::new(PortErrorClass::Permanent, context))
    }

    fn metadata(&self) -> Option<std::collections::HashMap<String, String>> {
        let declared = self.request.declared_sha256?;
        Some([(DECLARED_SHA256.to_owned(), declared.to_string())].into())
    }

    async fn send_part(&mut self, bytes: Bytes) -> Result<(), PortError> {
        let client = self.store.client.clone();
        let (bucket, key) = (self.request.bucket.clone(), self.request.key.clone());
        let context = self.context();
        let upload = self.begin().await?;
        upload.settle().await?;
        upload.begun += 1;
        if upload.begun > PARTS_MAX {
            let text = format!("{context}: it has more than {PARTS_MAX} parts");
            return Err(PortError::new(PortErrorClass::Permanent, text));
        }
        let (id, number) = (upload.id.clone(), upload.begun);
        upload.on_its_way = Some(tokio::spawn(async move {
            let checksum = STANDARD.encode(Sha256::digest(&bytes));
            let sent = client
                .upload_part()
                .bucket(bucket.as_str())
                .key(key.as_str())
                .upload_id(id)
                .part_number(number)
                .checksum_algorithm(ChecksumAlgorithm::Sha256)
                .checksum_sha256(&checksum)
                .body(ByteStream::from(bytes))
                .send()
                .await
                .map_err(|error| port_error(context, error))?;
            Ok(CompletedPart::builder()
                .part_number(number)
                .set_e_tag(sent.e_tag().map(str::to_owned))
                .checksum_sha256(checksum)
                .build())
        }));
        Ok(())
    }

    // The newest version of the key, if it has one that is not a delete marker.
    async fn newest(&self) -> Result<Option<HeadObjectOutput>, PortError> {
        let head = self
            .store
            .client
            .head_object()
            .bucket(self.request.bucket.as_str())
            .key(self.request.key.as_str())
            .checksum_mode(aws_sdk_s3::types::ChecksumMode::Enabled)
            .send()
            .await;
        match head {
            Ok(head) => Ok(Some(head)),
            Err(error) if class_of(&error) == PortErrorClass::NotFound => Ok(None),
            Err(error) => Err(port_error(self.context(), error)),
        }
    }

    async fn stored(&self, head: &HeadObjectOutput) -> Result<StoredObject, PortError> {
        let object = self.version(head.version_id())?;
        let sha256 = match whole_sha256(head.checksum_sha256(), head.checksum_type()) {
            Some(sha256) => sha256,
            None => self.read_sha256(&object).await?,
        };
        Ok(StoredObject {
            object,
            size_bytes: u64::try_from(head.content_length().unwrap_or_default()).unwrap_or_default(),
            sha256,
        })
    }

    async fn read_sha256(&self, object: &ObjectVersion) -> Result<Sha256Digest, PortError> {
        let mut reader = self.store.read(object, 0).await?;
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
    async fn put(&self, condition: &Condition, sha256: Sha256Digest) -> Result<Option<String>, PortError> {
        let (if_match, if_none_match) = match condition {
            Condition::None => (None, None),
            Condition::Absent => (None, Some("*".to_owned())),
            Condition::Still(etag) => (Some(etag.clone()), None),
        };
        let client = &self.store.client;
        let (bucket, key) = (self.request.bucket.as_str(), self.request.key.as_str());
        if let Some(upload) = &self.upload {
            let parts = CompletedMultipartUpload::builder()
                .set_parts(Some(upload.parts.clone()))
                .build();
            let done = client
                .complete_multipart_upload()
                .bucket(bucket)
                .key(key)
                .upload_id(&upload.id)
                .multipart_upload(parts)
                .set_if_match(if_match)
                .set_if_none_match(if_none_match)
                .send()
                .await;
            return self.condition_held(done.map(|done| done.version_id().map(str::to_owned)));
        }
        let kms_key = self.store.key_of(&self.request.bucket);
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
            .body(ByteStream::from(self.part.clone().freeze()))
            .send()
            .await;
        self.condition_held(done.map(|done| done.version_id().map(str::to_owned)))
    }

    fn condition_held<E>(
        &self,
        done: Result<Option<String>, SdkError<E, aws_sdk_s3::config::http::HttpResponse>>,
    ) -> Result<Option<String>, PortError>
    where
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match done {
            Ok(version_id) => Ok(Some(version_id.unwrap_or_default())),
            Err(error) if class_of(&error) == PortErrorClass::PreconditionFailed => Ok(None),
            Err(error) => Err(port_error(self.context(), error)),
        }
    }

    async fn give_up(&mut self) -> Result<(), PortError> {
        let Some(mut upload) = self.upload.take() else {
            return Ok(());
        };
        // Its outcome does not matter any more, but a part that arrives after the abort would stay.
        let _ = upload.settle().await;
        self.store
            .client
            .abort_multipart_upload()
            .bucket(self.request.bucket.as_str())
            .key(self.request.key.as_str())
            .upload_id(upload.id)
            .send()
            .await
            .map_err(|error| port_error(self.context(), error))?;
        Ok(())
    }

    async fn decide(&mut self, sha256: Sha256Digest) -> Result<WriteOutcome, PortError> {
        for _ in 0..CONFLICTS_MAX {
            let newest = match self.request.mode {
                // For `IfAbsent` it is looked at only when somebody else was first.
                WriteMode::NewVersion | WriteMode::IfAbsent => None,
                WriteMode::IfChanged => self.newest().await?,
            };
            let condition = match (self.request.mode, &newest) {
                (WriteMode::NewVersion, _) => Condition::None,
                (WriteMode::IfAbsent, _) | (WriteMode::IfChanged, None) => Condition::Absent,
                (WriteMode::IfChanged, Some(head)) => Condition::Still(head.e_tag().unwrap_or_default().to_owned()),
            };
            if let Some(head) = &newest
                && u64::try_from(head.content_length().unwrap_or_default()) == Ok(self.size_bytes)
            {
                let stored = self.stored(head).await?;
                if stored.sha256 == sha256 {
                    return Ok(WriteOutcome::AlreadyThere(stored));
                }
            }
            if let Some(version_id) = self.put(&condition, sha256).await? {
                return Ok(WriteOutcome::Stored(StoredObject {
                    object: self.version(Some(&version_id))?,
                    size_bytes: self.size_bytes,
                    sha256,
                }));
            }
            if self.request.mode == WriteMode::IfAbsent
                && let Some(head) = self.newest().await?
            {
                return Ok(WriteOutcome::AlreadyThere(self.stored(&head).await?));
            }
        }
        let text = format!("{}: others won {CONFLICTS_MAX} times", self.context());
        Err(PortError::new(PortErrorClass::Retryable, text))
    }
}

impl Upload {
    // Waits for the part that is on its way.
    async fn settle(&mut self) -> Result<(), PortError> {
        if let Some(part) = self.on_its_way.take() {
            let part = part.await.map_err(|error| {
                PortError::new(PortErrorClass::Permanent, "the upload of a part ended by a defect").caused_by(error)
            })?;
            self.parts.push(part?);
        }
        Ok(())
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
            if self.part.len() == self.store.options.part_bytes {
                let full = std::mem::take(&mut self.part).freeze();
                self.send_part(full).await?;
            }
            let room = self.store.options.part_bytes - self.part.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.part.extend_from_slice(now);
            rest = later;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<WriteOutcome, PortError> {
        let sha256 = Sha256Digest::from_bytes(self.hasher.clone().finalize().into());
        if self.upload.is_some() {
            let last = std::mem::take(&mut self.part).freeze();
            self.send_part(last).await?;
            self.begin().await?.settle().await?;
        }
        let outcome = self.decide(sha256).await;
        if !matches!(outcome, Ok(WriteOutcome::Stored(_)))
            && let Err(error) = self.give_up().await
        {
            tracing::warn!(error = %error, "an unfinished upload was left; the bucket's lifecycle removes it");
        }
        outcome
    }

    async fn abort(mut self: Box<Self>) -> Result<(), PortError> {
        self.give_up().await
    }
}
