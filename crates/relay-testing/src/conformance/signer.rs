//! What a signer promises. Signatures are verified by a library that knows nothing of the signer.

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use relay_model::Sha256Digest;
use relay_pipeline::ports::{PublicKey, Signature, Signer};

const MESSAGE: &[u8] = b"tree of 7 events";

/// Runs every check. Each signer that is made has a key of its own.
pub async fn signer<S: Signer>(make: impl AsyncFn() -> S) {
    signatures_verify_elsewhere(&make().await).await;
    keys_are_not_mixed_up(&make().await, &make().await).await;
}

fn verifier(key: &PublicKey) -> VerifyingKey {
    VerifyingKey::from_public_key_der(&key.der).unwrap()
}

fn der(signature: &Signature) -> DerSignature {
    DerSignature::from_bytes(&signature.bytes).unwrap()
}

async fn signatures_verify_elsewhere(signer: &impl Signer) {
    let key = signer.public_key().await.unwrap();
    assert_eq!(key.algorithm.as_str(), "ES256");
    for message in [MESSAGE, b"", &[0; 100]] {
        let digest = Sha256Digest::of(message);
        let signature = signer.sign(digest).await.unwrap();
        assert_eq!(signature.key_id, key.key_id);
        assert_eq!(signature.algorithm, key.algorithm);
        let verifier = verifier(&key);
        // The message is hashed once.
        verifier.verify(message, &der(&signature)).unwrap();
        verifier.verify_prehash(digest.as_bytes(), &der(&signature)).unwrap();
        let another = Sha256Digest::of(b"tree of 8 events");
        assert!(verifier.verify_prehash(another.as_bytes(), &der(&signature)).is_err());
    }
    assert_eq!(signer.public_key().await.unwrap(), key);
}

async fn keys_are_not_mixed_up(one: &impl Signer, other: &impl Signer) {
    let (key, other_key) = (one.public_key().await.unwrap(), other.public_key().await.unwrap());
    assert_ne!(key.key_id, other_key.key_id);
    let signature = one.sign(Sha256Digest::of(MESSAGE)).await.unwrap();
    assert!(verifier(&key).verify(MESSAGE, &der(&signature)).is_ok());
    assert!(verifier(&other_key).verify(MESSAGE, &der(&signature)).is_err());
}
