//! Token keys, wrapped by AWS KMS and kept on S3 as `_keys/{organization}/token-key-1`.
//!
//! No organization's id begins with an underscore, so that no result has such a name, whatever a producer calls its files:
//! policies can speak of `_keys/*` and mean these objects only.
//!
//! Envelope encryption ("Data keys", AWS KMS Developer Guide): KMS makes 32 bytes and gives them wrapped, under its key and
//! bound to an encryption context that names purpose and organization. What is stored is that blob and nothing else;
//! only `Decrypt` with the same context gives the bytes, to whom the context's organization belongs. The blob is written
//! on the condition that none is there, so that of several first askers one wins, and everybody reads the winner's.
//!
//! It needs `s3:GetObject` and `s3:PutObject` on the object, and `kms:GenerateDataKeyWithoutPlaintext` and `kms:Decrypt` with
//! that context.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ServerSideEncryption};
use relay_model::{BucketName, OrganizationId};
use relay_pipeline::ports::{PortError, PortErrorClass, TokenKeys};
use relay_privacy::TokenKey;
use zeroize::Zeroizing;

use crate::client::Connection;
use crate::errors::{class_of, port_error};

/// 32 bytes, as many as a token key has.
const KEY_BYTES: i32 = 32;
/// More than a wrapped key of 32 bytes has; KMS unwraps no more ("Decrypt", AWS KMS API Reference).
const BLOB_BYTES_MAX: i64 = 6_144;
/// How often a key is looked for. A second round is for a writer that was first but had not finished.
const ROUNDS_MAX: u32 = 3;
const PURPOSE: &str = "token-key";

/// Token keys in a bucket, wrapped under one KMS key.
#[derive(Clone, Debug)]
pub struct KmsTokenKeys {
    kms: aws_sdk_kms::Client,
    s3: aws_sdk_s3::Client,
    bucket: BucketName,
    key_arn: String,
}

impl KmsTokenKeys {
    /// Keys in this bucket, wrapped and encrypted under this KMS key.
    pub fn new(connection: &Connection, bucket: BucketName, key_arn: impl Into<String>) -> Self {
        Self {
            kms: connection.kms(),
            s3: connection.s3(),
            bucket,
            key_arn: key_arn.into(),
        }
    }

    // `None` when there is none, or when this role is not told so: who may not list a bucket gets 403 for an object that is
    // missing ("GetObject", Amazon S3 API Reference). The conditional write that follows tells the two apart.
    async fn wrapped(&self, organization: &OrganizationId) -> Result<Wrapped, PortError> {
        let context = || format!("the token key of {organization} could not be read");
        let got = self
            .s3
            .get_object()
            .bucket(self.bucket.as_str())
            .key(object_key(organization))
            .send()
            .await;
        let got = match got {
            Ok(got) => got,
            Err(error) if class_of(&error) == PortErrorClass::NotFound => return Ok(Wrapped::Missing(None)),
            Err(error) => {
                let is_denied = error.raw_response().is_some_and(|raw| raw.status().as_u16() == 403);
                let error = port_error(context(), error);
                return if is_denied {
                    Ok(Wrapped::Missing(Some(error)))
                } else {
                    Err(error)
                };
            }
        };
        if got.content_length().is_none_or(|bytes| bytes > BLOB_BYTES_MAX) {
            return Err(damaged(organization));
        }
        let blob = got
            .body
            .collect()
            .await
            .map_err(|error| PortError::new(PortErrorClass::Retryable, context()).caused_by(error))?;
        Ok(Wrapped::Kept(Blob::new(blob.to_vec())))
    }

    // Whether or not this one is kept, one is.
    async fn create(&self, organization: &OrganizationId) -> Result<(), PortError> {
        let made = self
            .kms
            .generate_data_key_without_plaintext()
            .key_id(&self.key_arn)
            .number_of_bytes(KEY_BYTES)
            .set_encryption_context(Some(encryption_context(organization)))
            .send()
            .await
            .map_err(|error| port_error(format!("no token key could be made for {organization}"), error))?;
        let blob = made.ciphertext_blob.ok_or_else(|| {
            PortError::new(
                PortErrorClass::Permanent,
                format!("KMS gave no token key for {organization}"),
            )
        })?;
        let put = self
            .s3
            .put_object()
            .bucket(self.bucket.as_str())
            .key(object_key(organization))
            .if_none_match("*")
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .server_side_encryption(ServerSideEncryption::AwsKms)
            .ssekms_key_id(&self.key_arn)
            .bucket_key_enabled(true)
            .body(ByteStream::from(blob.into_inner()))
            .send()
            .await;
        match put {
            Ok(_) => Ok(()),
            Err(error) if class_of(&error) == PortErrorClass::PreconditionFailed => Ok(()),
            Err(error) => Err(port_error(
                format!("the token key of {organization} could not be kept"),
                error,
            )),
        }
    }

    async fn unwrap_key(&self, organization: &OrganizationId, blob: Blob) -> Result<TokenKey, PortError> {
        // The KMS key is named: a blob that was wrapped under another one is not accepted.
        let plain = self
            .kms
            .decrypt()
            .key_id(&self.key_arn)
            .ciphertext_blob(blob)
            .set_encryption_context(Some(encryption_context(organization)))
            .send()
            .await
            .map_err(|error| port_error(format!("the token key of {organization} could not be unwrapped"), error))?;
        let plain = Zeroizing::new(plain.plaintext.map(Blob::into_inner).unwrap_or_default());
        TokenKey::try_from(plain.as_slice()).map_err(|error| damaged(organization).caused_by(error))
    }
}

enum Wrapped {
    Kept(Blob),
    /// With the error that says so, when it may mean something else.
    Missing(Option<PortError>),
}

#[async_trait]
impl TokenKeys for KmsTokenKeys {
    async fn token_key(&self, organization: &OrganizationId) -> Result<TokenKey, PortError> {
        let mut last = None;
        for _ in 0..ROUNDS_MAX {
            match self.wrapped(organization).await? {
                Wrapped::Kept(blob) => return self.unwrap_key(organization, blob).await,
                Wrapped::Missing(error) => last = error,
            }
            self.create(organization).await?;
        }
        Err(last.unwrap_or_else(|| {
            let text = format!("the token key of {organization} is being made by somebody else");
            PortError::new(PortErrorClass::Retryable, text)
        }))
    }
}

fn object_key(organization: &OrganizationId) -> String {
    format!("_keys/{organization}/token-key-1")
}

fn encryption_context(organization: &OrganizationId) -> HashMap<String, String> {
    HashMap::from([
        ("purpose".to_owned(), PURPOSE.to_owned()),
        ("organization".to_owned(), organization.to_string()),
    ])
}

fn damaged(organization: &OrganizationId) -> PortError {
    let text = format!(
        "the token key of {organization} is damaged: {} is not what the relay wrote",
        object_key(organization)
    );
    PortError::new(PortErrorClass::Permanent, text)
}
