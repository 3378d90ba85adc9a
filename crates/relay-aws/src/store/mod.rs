//! Versioned objects on Amazon S3.

mod listing;
mod writer;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, ChecksumType, ServerSideEncryption};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relay_model::{BucketName, ObjectVersion, Sha256Digest, Timestamp};
use relay_pipeline::ports::{
    ObjectHead, ObjectReader, ObjectWriter, PackageStore, PortError, PortErrorClass, VersionPage, WriteRequest,
};

use tokio::io::AsyncReadExt;

use crate::client::Connection;
use crate::errors::port_error;
use crate::store::writer::S3Writer;

/// User metadata in which the hash that a producer declared is kept.
const DECLARED_SHA256: &str = "declared-sha256";
/// One part of an upload, in bytes: a writer holds at most one that is being filled and one that is on its way.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// How often a conditional write is tried against others that win.
const CONFLICTS_MAX: u32 = 32;
const RANGE_NOT_SATISFIABLE: u16 = 416;

/// How objects are written, and what is expected of those that are read.
#[derive(Clone, Debug)]
pub struct S3StoreOptions {
    /// The KMS key of each bucket: objects are written under it, and others are not encrypted as expected. In a bucket
    /// without one, encryption is left to the bucket and not judged.
    pub keys: HashMap<BucketName, String>,
    /// The size of a part, in bytes; S3 takes no less than 5 MiB.
    pub part_bytes: usize,
}

impl S3StoreOptions {
    /// These keys, and parts of the usual size.
    pub const fn with_keys(keys: HashMap<BucketName, String>) -> Self {
        Self {
            keys,
            part_bytes: PART_BYTES,
        }
    }
}

/// The store on Amazon S3. Reads name a version, so that they need `s3:GetObjectVersion` and nothing else.
#[derive(Clone, Debug)]
pub struct S3Store {
    client: aws_sdk_s3::Client,
    options: S3StoreOptions,
}

impl S3Store {
    /// A store with these options.
    pub fn new(connection: &Connection, options: S3StoreOptions) -> Self {
        Self {
            client: connection.s3(),
            options,
        }
    }

    fn key_of(&self, bucket: &BucketName) -> Option<&str> {
        self.options.keys.get(bucket).map(String::as_str)
    }

    async fn get(&self, object: &ObjectVersion, range: Option<String>) -> Result<Option<GetObjectOutput>, PortError> {
        // The SDK checks the bytes of a whole object against the checksum that S3 keeps, where it keeps one of the whole.
        let checksum = range.is_none().then_some(ChecksumMode::Enabled);
        let answer = self
            .client
            .get_object()
            .bucket(object.bucket.as_str())
            .key(object.key.as_str())
            .version_id(object.version_id.as_str())
            .set_range(range)
            .set_checksum_mode(checksum)
            .send()
            .await;
        match answer {
            Ok(output) => Ok(Some(output)),
            // Beyond the end there is nothing.
            Err(error)
                if error
                    .raw_response()
                    .is_some_and(|raw| raw.status().as_u16() == RANGE_NOT_SATISFIABLE) =>
            {
                Ok(None)
            }
            Err(error) => Err(not_found_if_malformed(port_error(
                format!("{} in {} could not be read", object.key, object.bucket),
                error,
            ))),
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
            .await
            .map_err(|error| not_found_if_malformed(port_error(context(), error)))?;
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

    /// A body that is cut off ends in an I/O error; the pipeline's `VersionReader` goes on from there, in this version.
    async fn read(&self, object: &ObjectVersion, offset_bytes: u64) -> Result<ObjectReader, PortError> {
        let range = (offset_bytes > 0).then(|| format!("bytes={offset_bytes}-"));
        let beyond = |size_bytes: u64| {
            let text = format!("{} ends at byte {size_bytes}, before {offset_bytes}", object.key);
            PortError::new(PortErrorClass::Permanent, text)
        };
        let Some(output) = self.get(object, range).await? else {
            // S3 does not tell the end from what is beyond it.
            let size_bytes = self.head(object).await?.size_bytes;
            return if offset_bytes > size_bytes {
                Err(beyond(size_bytes))
            } else {
                Ok(Box::new(tokio::io::empty()))
            };
        };
        let is_whole = output.content_range().is_none();
        let length = u64::try_from(output.content_length().unwrap_or_default()).unwrap_or_default();
        let mut body = output.body.into_async_read();
        // A server may ignore a range (RFC 9110, section 14.2): then what comes before the offset is read past.
        if is_whole && offset_bytes > 0 {
            if offset_bytes > length {
                return Err(beyond(length));
            }
            let skipped = tokio::io::copy(&mut (&mut body).take(offset_bytes), &mut tokio::io::sink()).await;
            skipped.map_err(|error| PortError::from_io(format!("{} could not be read", object.key), error))?;
        }
        Ok(Box::new(body))
    }

    async fn read_prefix(&self, object: &ObjectVersion, bytes_max: usize) -> Result<Vec<u8>, PortError> {
        let range = format!("bytes=0-{}", bytes_max.saturating_sub(1));
        let Some(output) = self.get(object, Some(range)).await? else {
            return Ok(Vec::new());
        };
        let mut prefix = Vec::with_capacity(bytes_max);
        let body = output.body.into_async_read();
        let read = body.take(bytes_max as u64).read_to_end(&mut prefix).await;
        read.map_err(|error| {
            PortError::from_io(format!("the first bytes of {} could not be read", object.key), error)
        })?;
        Ok(prefix)
    }

    async fn write(&self, request: &WriteRequest) -> Result<Box<dyn ObjectWriter>, PortError> {
        Ok(Box::new(S3Writer::new(self.clone(), request.clone())))
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<VersionPage, PortError> {
        listing::list_versions(&self.client, bucket, after, limit).await
    }
}

/// The hash of the whole object, where that is what S3 keeps: of an upload in parts it keeps a hash of hashes.
fn whole_sha256(base64: Option<&str>, kind: Option<&ChecksumType>) -> Option<Sha256Digest> {
    let base64 = base64.filter(|text| !text.contains('-') && kind != Some(&ChecksumType::Composite))?;
    let bytes: [u8; 32] = STANDARD.decode(base64).ok()?.try_into().ok()?;
    Some(Sha256Digest::from_bytes(bytes))
}

// S3 refuses a version id that it cannot have given with 400; for us there is no such version.
fn not_found_if_malformed(error: PortError) -> PortError {
    let is_malformed = error.class() == PortErrorClass::Permanent
        && std::error::Error::source(&error).is_some_and(|cause| {
            let text = format!("{cause:?}");
            text.contains("Invalid version id") || text.contains("\"NoSuchVersion\"")
        });
    if is_malformed {
        PortError::new(PortErrorClass::NotFound, error.to_string()).caused_by(error)
    } else {
        error
    }
}
