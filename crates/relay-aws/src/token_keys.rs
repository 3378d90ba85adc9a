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
use relay_aws_client::{Connection, port_error};
use relay_model::{BucketName, OrganizationId};
use relay_pipeline::ports::{PortError, PortErrorClass, TokenKeys};
use relay_privacy::TokenKey;
use relay_s3::{ReadDocument, Replaces, S3Documents};
use zeroize::Zeroizing;

/// 32 bytes, as many as a token key has.
const KEY_BYTES: i32 = 32;
/// More than a wrapped key of 32 bytes has; KMS unwraps no more ("Decrypt", AWS KMS API Reference).
const BLOB_BYTES_MAX: u64 = 6_144;
/// How often a key is looked for. A second round is for a writer that was first but had not finished.
const ROUNDS_MAX: u32 = 3;
const BLOB_TYPE: &str = "application/octet-stream";
const PURPOSE: &str = "token-key";

/// Token keys in a bucket, wrapped under one KMS key.
#[derive(Clone, Debug)]
pub struct KmsTokenKeys {
    kms: aws_sdk_kms::Client,
    documents: S3Documents,
    key_arn: String,
}

impl KmsTokenKeys {
    /// Keys in this bucket, wrapped and encrypted under this KMS key.
    pub fn new(connection: &Connection, bucket: BucketName, key_arn: impl Into<String>) -> Self {
        let key_arn = key_arn.into();
        Self {
            kms: aws_sdk_kms::Client::new(connection.sdk_config()),
            documents: S3Documents::new(connection, bucket, Some(key_arn.clone())),
            key_arn,
        }
    }

    // Where this role is not told whether there is one, the conditional write that follows tells.
    async fn wrapped(&self, organization: &OrganizationId) -> Result<Wrapped, PortError> {
        match self.documents.read(&object_key(organization), BLOB_BYTES_MAX).await? {
            ReadDocument::Found(document) => Ok(Wrapped::Kept(Blob::new(document.bytes))),
            ReadDocument::Missing => Ok(Wrapped::Missing(None)),
            ReadDocument::Denied(error) => Ok(Wrapped::Missing(Some(error))),
            ReadDocument::TooLarge => Err(damaged(organization)),
        }
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
        let key = object_key(organization);
        let written = self
            .documents
            .write(&key, BLOB_TYPE, blob.into_inner(), Replaces::Nothing);
        written.await.map(|_| ())
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
