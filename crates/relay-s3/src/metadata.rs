//! What S3 keeps beside the bytes of an object.

use aws_sdk_s3::types::ChecksumType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relay_model::Sha256Digest;

/// User metadata in which the hash that a producer declared is kept.
pub(crate) const DECLARED_SHA256: &str = "declared-sha256";

/// The hash of the whole object, where that is what S3 keeps: of an upload in parts it keeps a hash of hashes.
pub(crate) fn whole_sha256(base64: Option<&str>, kind: Option<&ChecksumType>) -> Option<Sha256Digest> {
    let base64 = base64.filter(|text| !text.contains('-') && kind != Some(&ChecksumType::Composite))?;
    let bytes: [u8; 32] = STANDARD.decode(base64).ok()?.try_into().ok()?;
    Some(Sha256Digest::from_bytes(bytes))
}
