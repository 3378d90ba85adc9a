//! Signs with a key that AWS KMS keeps: an asymmetric one on the curve P-256 (`ECC_NIST_P256`, usage `SIGN_VERIFY`).
//!
//! Signing needs `kms:Sign`, the public key `kms:GetPublicKey`. Whoever has the public key verifies without AWS.

use async_trait::async_trait;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec};
use relay_aws_client::{Connection, port_error};
use relay_model::Sha256Digest;
use relay_pipeline::ports::{PortError, PortErrorClass, PublicKey, Signature, SignatureAlgorithm, Signer};

/// The signer on AWS KMS.
#[derive(Clone, Debug)]
pub struct KmsSigner {
    client: aws_sdk_kms::Client,
    key: String,
}

impl KmsSigner {
    /// A signer with this key: its ARN or id, or the name or ARN of an alias. Signatures name the key's own ARN, since an
    /// alias can come to name another key.
    pub fn new(connection: &Connection, key: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_kms::Client::new(connection.sdk_config()),
            key: key.into(),
        }
    }

    fn incomplete(&self, what: &str) -> PortError {
        let text = format!("KMS gave no {what} for the key {}", self.key);
        PortError::new(PortErrorClass::Permanent, text)
    }
}

#[async_trait]
impl Signer for KmsSigner {
    async fn sign(&self, message: Sha256Digest) -> Result<Signature, PortError> {
        let signed = self
            .client
            .sign()
            .key_id(&self.key)
            .message(Blob::new(message.as_bytes().to_vec()))
            .message_type(MessageType::Digest)
            .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256)
            .send()
            .await
            .map_err(|error| port_error(format!("nothing could be signed with the key {}", self.key), error))?;
        Ok(Signature {
            key_id: signed.key_id.ok_or_else(|| self.incomplete("key id"))?,
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            bytes: signed
                .signature
                .ok_or_else(|| self.incomplete("signature"))?
                .into_inner(),
        })
    }

    /// A key on another curve is `Permanent`: `ECDSA_SHA_256` alone does not say which it is.
    async fn public_key(&self) -> Result<PublicKey, PortError> {
        let key = self.client.get_public_key().key_id(&self.key).send().await;
        let key = key.map_err(|error| port_error(format!("the public key of {} could not be had", self.key), error))?;
        if key.key_spec != Some(KeySpec::EccNistP256) || key.key_usage != Some(KeyUsageType::SignVerify) {
            let text = format!(
                "the key {} does not sign on the curve P-256: make one of the spec ECC_NIST_P256 and the usage SIGN_VERIFY",
                self.key
            );
            return Err(PortError::new(PortErrorClass::Permanent, text));
        }
        Ok(PublicKey {
            key_id: key.key_id.ok_or_else(|| self.incomplete("key id"))?,
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            der: key
                .public_key
                .ok_or_else(|| self.incomplete("public key"))?
                .into_inner(),
        })
    }
}
