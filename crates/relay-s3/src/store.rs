//! The store of packages: versioned objects.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, ServerSideEncryption};
use relay_aws_client::Connection;
use relay_model::{BucketName, ObjectVersion, Timestamp};
use relay_pipeline::ports::{
    ObjectHead, ObjectReader, ObjectWriter, PackageStore, PortError, VersionPage, WriteRequest,
};
use tokio::io::AsyncReadExt;

use crate::client::client;
use crate::errors::of_version;
use crate::metadata::{DECLARED_SHA256, whole_sha256};
use crate::reader::{Span, SpanReader, beyond_the_end};
use crate::writer::{S3Writer, WriterOptions};

/// One part of an upload, in bytes.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// How often a body that is cut off is taken up again without a byte having come in between.
const RESUMES_MAX: u32 = 5;
const BAD_REQUEST: u16 = 400;

/// How objects are written, and what is expected of those that are read.
#[derive(Clone, Debug)]
pub struct S3StoreOptions {
    /// The KMS key of each bucket: objects are written under it, and others are not encrypted as expected. In a bucket
    /// without one, encryption is left to the bucket and not judged.
    pub keys: HashMap<BucketName, String>,
    /// The size of the first parts, in bytes; S3 takes no less than 5 MiB. A writer holds at most two parts: one that is
    /// being filled and one that is on its way. Parts grow with their number, to at most eight times this.
    pub part_bytes: usize,
    /// How often a body that is cut off is taken up again without a byte having come in between.
    pub resumes_max: u32,
}

impl S3StoreOptions {
    /// These keys, and parts of the usual size.
    pub const fn with_keys(keys: HashMap<BucketName, String>) -> Self {
        Self {
            keys,
            part_bytes: PART_BYTES,
            resumes_max: RESUMES_MAX,
        }
    }
}

/// The store on S3. Reads name a version, so that they need `s3:GetObjectVersion` and nothing else.
#[derive(Clone, Debug)]
pub struct S3Store {
    client: aws_sdk_s3::Client,
    options: S3StoreOptions,
}

impl S3Store {
    /// A store with these options.
    pub fn new(connection: &Connection, options: S3StoreOptions) -> Self {
        Self {
            client: client(connection),
            options,
        }
    }

    fn key_of(&self, bucket: &BucketName) -> Option<&str> {
        self.options.keys.get(bucket).map(String::as_str)
    }

    async fn open(
        &self,
        object: &ObjectVersion,
        from: u64,
        last: Option<u64>,
    ) -> Result<Option<SpanReader>, PortError> {
        let span = Span {
            client: self.client.clone(),
            object: object.clone(),
            from,
            last,
        };
        SpanReader::open(span, self.options.resumes_max).await
    }

    // The answer to a HEAD has no body, so it does not say why a request is bad (API Reference, HeadObject); the answer
    // to the GET of a byte does.
    async fn why_bad(&self, object: &ObjectVersion, error: PortError) -> PortError {
        match self.open(object, 0, Some(0)).await {
            Ok(_) => error,
            Err(explained) => explained,
        }
    }

    fn is_encrypted_as_expected(&self, bucket: &BucketName, head: &HeadObjectOutput) -> Option<bool> {
        let expected = self.key_of(bucket)?;
        let is_kms = head.server_side_encryption() == Some(&ServerSideEncryption::AwsKms);
        Some(is_kms && head.ssekms_key_id() == Some(expected))
    }
}

#[async_trait]
impl PackageStore for S3Store {
    async fn head(&self, object: &ObjectVersion) -> Result<ObjectHead, PortError> {
        let context = || format!("{} in {} could not be looked at", object.key, object.bucket);
        let head = self
            .client
            .head_object()
            .bucket(object.bucket.as_str())
            .key(object.key.as_str())
            .version_id(object.version_id.as_str())
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        let head = match head {
            Ok(head) => head,
            Err(error) => {
                let status = error.raw_response().map(|raw| raw.status().as_u16());
                let error = of_version(context(), error);
                return Err(match status {
                    Some(BAD_REQUEST) => self.why_bad(object, error).await,
                    _ => error,
                });
            }
        };
        let declared = head.metadata().and_then(|metadata| metadata.get(DECLARED_SHA256));
        let stored_at = head.last_modified().and_then(|at| at.to_millis().ok());
        Ok(ObjectHead {
            size_bytes: u64::try_from(head.content_length().unwrap_or_default()).unwrap_or_default(),
            sha256: whole_sha256(head.checksum_sha256(), head.checksum_type()),
            declared_sha256: declared.and_then(|text| text.parse().ok()),
            encrypted_as_expected: self.is_encrypted_as_expected(&object.bucket, &head),
            stored_at: stored_at
                .and_then(|at| Timestamp::from_unix_milliseconds(at).ok())
                .unwrap_or(Timestamp::EPOCH),
        })
    }

    async fn read(&self, object: &ObjectVersion, offset_bytes: u64) -> Result<ObjectReader, PortError> {
        if let Some(reader) = self.open(object, offset_bytes, None).await? {
            return Ok(Box::new(reader));
        }
        // S3 does not tell the end from what is beyond it.
        let size_bytes = self.head(object).await?.size_bytes;
        if offset_bytes > size_bytes {
            return Err(beyond_the_end(object, offset_bytes, size_bytes));
        }
        Ok(Box::new(tokio::io::empty()))
    }

    async fn read_prefix(&self, object: &ObjectVersion, bytes_max: usize) -> Result<Vec<u8>, PortError> {
        let bytes_max = bytes_max as u64;
        let Some(reader) = self.open(object, 0, Some(bytes_max.saturating_sub(1))).await? else {
            return Ok(Vec::new());
        };
        let mut prefix = Vec::new();
        let read = reader.take(bytes_max).read_to_end(&mut prefix).await;
        read.map_err(|error| {
            PortError::from_io(format!("the first bytes of {} could not be read", object.key), error)
        })?;
        Ok(prefix)
    }

    /// `IfAbsent` asks S3 itself (`If-None-Match`), for which a key whose newest version is a delete marker is free.
    /// Nothing of the relay deletes; whoever does may see a second version under such a key.
    async fn write(&self, request: &WriteRequest) -> Result<Box<dyn ObjectWriter>, PortError> {
        let options = WriterOptions {
            kms_key: self.key_of(&request.bucket).map(str::to_owned),
            part_bytes: self.options.part_bytes,
            resumes_max: self.options.resumes_max,
        };
        Ok(Box::new(S3Writer::new(self.client.clone(), options, request.clone())))
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<VersionPage, PortError> {
        crate::listing::list_versions(&self.client, bucket, after, limit).await
    }
}
