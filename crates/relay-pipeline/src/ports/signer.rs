//! Signing with a key that never leaves its keeper.

use async_trait::async_trait;
use relay_model::Sha256Digest;

use super::PortError;

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// ECDSA on the curve P-256 with SHA-256 (FIPS 186-5).
    EcdsaP256Sha256,
}

impl SignatureAlgorithm {
    /// Its name in JSON Web Signatures (RFC 7518, section 3.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaP256Sha256 => "ES256",
        }
    }
}

/// A signature, with what is needed to find the key that verifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Which key made it: an id that never names another key.
    pub key_id: String,
    /// How.
    pub algorithm: SignatureAlgorithm,
    /// DER of an `Ecdsa-Sig-Value` (RFC 3279, section 2.2.3).
    pub bytes: Vec<u8>,
}

/// What verifies signatures; it may be given to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Which key.
    pub key_id: String,
    /// What it verifies.
    pub algorithm: SignatureAlgorithm,
    /// DER of a `SubjectPublicKeyInfo` (RFC 5480, section 2).
    pub der: Vec<u8>,
}

/// Signs with one key.
#[async_trait]
pub trait Signer: Send + Sync {
    /// Signs the message that has this hash. It is not hashed again. Two signatures of one message may differ.
    async fn sign(&self, message: Sha256Digest) -> Result<Signature, PortError>;

    /// The key that verifies what [`Signer::sign`] gives.
    async fn public_key(&self) -> Result<PublicKey, PortError>;
}
