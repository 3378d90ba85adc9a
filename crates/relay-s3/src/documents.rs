//! Small objects that are read whole and replaced in place: settings, findings, wrapped keys.
//!
//! What counts is the newest version. A write may name the state that it replaces, so that of two writers one is told.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ServerSideEncryption};
use relay_aws_client::{Connection, class_of, port_error};
use relay_model::BucketName;
use relay_pipeline::ports::{PortError, PortErrorClass};

use crate::client::client;

const FORBIDDEN: u16 = 403;

/// The documents of one bucket.
#[derive(Clone, Debug)]
pub struct S3Documents {
    client: aws_sdk_s3::Client,
    bucket: BucketName,
    kms_key: Option<String>,
}

/// A document, and the state that it is in.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Names this state of it in [`Replaces::State`].
    pub e_tag: String,
}

/// What a read came to.
#[derive(Debug)]
pub enum ReadDocument {
    /// The document.
    Found(Document),
    /// There is none.
    Missing,
    /// S3 says neither that there is one nor that there is none: who may not list a bucket gets 403 for an object that is
    /// missing (`GetObject`, Amazon S3 API Reference).
    Denied(PortError),
    /// It has more bytes than were asked for.
    TooLarge,
}

/// What a write may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaces<'a> {
    /// Whatever is there.
    Anything,
    /// Nothing: the document must not exist yet.
    Nothing,
    /// The state with this entity tag, and no other.
    State(&'a str),
}

/// What a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenDocument {
    /// The document has the new content.
    Stored,
    /// Somebody else was faster: what is there is not what the write may replace.
    Conflict,
}

impl S3Documents {
    /// Documents in this bucket, encrypted under this KMS key; without one, encryption is left to the bucket.
    pub fn new(connection: &Connection, bucket: BucketName, kms_key: Option<String>) -> Self {
        Self {
            client: client(connection),
            bucket,
            kms_key,
        }
    }

    /// The newest version of a document that has at most `bytes_max` bytes.
    pub async fn read(&self, key: &str, bytes_max: u64) -> Result<ReadDocument, PortError> {
        let context = || format!("{key} in {} could not be read", self.bucket);
        let got = self
            .client
            .get_object()
            .bucket(self.bucket.as_str())
            .key(key)
            .send()
            .await;
        let got = match got {
            Ok(got) => got,
            Err(error) if class_of(&error) == PortErrorClass::NotFound => return Ok(ReadDocument::Missing),
            Err(error) => {
                let status = error.raw_response().map(|raw| raw.status().as_u16());
                let error = port_error(context(), error);
                return match status {
                    Some(FORBIDDEN) => Ok(ReadDocument::Denied(error)),
                    _ => Err(error),
                };
            }
        };
        let length = got.content_length().and_then(|bytes| u64::try_from(bytes).ok());
        if length.is_none_or(|bytes| bytes > bytes_max) {
            return Ok(ReadDocument::TooLarge);
        }
        let e_tag = got.e_tag().unwrap_or_default().to_owned();
        let body = got.body.collect().await;
        let body = body.map_err(|error| PortError::new(PortErrorClass::Retryable, context()).caused_by(error))?;
        Ok(ReadDocument::Found(Document {
            bytes: body.to_vec(),
            e_tag,
        }))
    }

    /// Writes a new version of a document, if what is there may be replaced (`PutObject`, Amazon S3 API Reference: `If-Match`,
    /// `If-None-Match`).
    pub async fn write(
        &self,
        key: &str,
        content_type: &str,
        bytes: Vec<u8>,
        replaces: Replaces<'_>,
    ) -> Result<WrittenDocument, PortError> {
        let (if_match, if_none_match) = match replaces {
            Replaces::Anything => (None, None),
            Replaces::Nothing => (None, Some("*".to_owned())),
            Replaces::State(e_tag) => (Some(e_tag.to_owned()), None),
        };
        let put = self
            .client
            .put_object()
            .bucket(self.bucket.as_str())
            .key(key)
            .content_type(content_type)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .set_server_side_encryption(self.kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms))
            .set_ssekms_key_id(self.kms_key.clone())
            .set_bucket_key_enabled(self.kms_key.as_ref().map(|_| true))
            .set_if_match(if_match)
            .set_if_none_match(if_none_match)
            .body(ByteStream::from(bytes))
            .send()
            .await;
        let Err(error) = put else {
            return Ok(WrittenDocument::Stored);
        };
        match (class_of(&error), replaces) {
            (PortErrorClass::PreconditionFailed, Replaces::Nothing | Replaces::State(_))
            // A document that was deleted meanwhile.
            | (PortErrorClass::NotFound, Replaces::State(_)) => Ok(WrittenDocument::Conflict),
            _ => Err(port_error(format!("{key} in {} could not be written", self.bucket), error)),
        }
    }
}
