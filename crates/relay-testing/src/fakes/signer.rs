//! A signer whose key is in memory, and known to everybody.

use async_trait::async_trait;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::EncodePublicKey;
use relay_model::Sha256Digest;
use relay_pipeline::ports::{PortError, PublicKey, Signature, SignatureAlgorithm, Signer};

/// Signs deterministically (RFC 6979).
#[derive(Debug)]
pub struct MemorySigner {
    key: SigningKey,
}

impl MemorySigner {
    /// A signer whose key follows from `seed`.
    pub fn seeded(seed: &[u8]) -> Self {
        let secret = Sha256Digest::of(seed);
        Self {
            key: SigningKey::from_slice(secret.as_bytes()).unwrap(),
        }
    }

    fn public_der(&self) -> Vec<u8> {
        p256::PublicKey::from(self.key.verifying_key())
            .to_public_key_der()
            .unwrap()
            .into_vec()
    }

    fn key_id(&self) -> String {
        format!("memory:{}", Sha256Digest::of(&self.public_der()))
    }
}

#[async_trait]
impl Signer for MemorySigner {
    async fn sign(&self, message: Sha256Digest) -> Result<Signature, PortError> {
        let signature: DerSignature = self.key.sign_prehash(message.as_bytes()).unwrap();
        Ok(Signature {
            key_id: self.key_id(),
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            bytes: signature.as_bytes().to_vec(),
        })
    }

    async fn public_key(&self) -> Result<PublicKey, PortError> {
        Ok(PublicKey {
            key_id: self.key_id(),
            algorithm: SignatureAlgorithm::EcdsaP256Sha256,
            der: self.public_der(),
        })
    }
}
