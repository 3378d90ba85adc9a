//! The envelope: what can be judged of a package without reading all of it.

use relay_model::{Limits, OrganizationSettings, Reason, ReasonCode, Sha256Digest};

use crate::content::{CONTENT_PREFIX_BYTES, Content, sniff};

/// The facts that the rules on envelopes need.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The length that the store gives.
    pub size_bytes: u64,
    /// The length that the notification gave.
    pub announced_size_bytes: Option<u64>,
    /// The hash that the store computed.
    pub sha256: Option<Sha256Digest>,
    /// The hash that the producer declared.
    pub declared_sha256: Option<Sha256Digest>,
    /// Whether the store encrypted it as the relay expects; `None` where the store does not encrypt.
    pub encrypted_as_expected: Option<bool>,
    /// The last segment of the key.
    pub file_name: &'a str,
    /// The first bytes, [`CONTENT_PREFIX_BYTES`] of them or all.
    pub prefix: &'a [u8],
}

/// Checks every rule on envelopes, in the order of the table of reasons, and says what the content is.
pub fn check_envelope(
    envelope: &Envelope<'_>,
    limits: &Limits,
    settings: &OrganizationSettings,
) -> Result<Content, Reason> {
    if envelope.size_bytes == 0 {
        return Err(Reason::new(ReasonCode::ObjectEmpty, "the package has no bytes"));
    }
    let bytes_max = settings
        .object_bytes_max
        .map_or(limits.object_bytes_max, |max| max.min(limits.object_bytes_max));
    if envelope.size_bytes > bytes_max {
        let text = format!(
            "the package has {} bytes, {bytes_max} are allowed (object_bytes_max)",
            envelope.size_bytes
        );
        return Err(Reason::new(ReasonCode::ObjectTooLarge, text));
    }
    if let Some(announced) = envelope
        .announced_size_bytes
        .filter(|announced| *announced != envelope.size_bytes)
    {
        let text = format!(
            "{announced} bytes were announced, the store has {}",
            envelope.size_bytes
        );
        return Err(Reason::new(ReasonCode::ObjectSizeMismatch, text));
    }
    if envelope.encrypted_as_expected == Some(false) {
        let text = "the package is not encrypted with the relay's key";
        return Err(Reason::new(ReasonCode::ObjectEncryptionUnexpected, text));
    }
    if let (Some(found), Some(declared)) = (envelope.sha256, envelope.declared_sha256)
        && found != declared
    {
        let text = format!("SHA-256 {declared} was declared, {found} arrived");
        return Err(Reason::new(ReasonCode::ChecksumMismatch, text));
    }
    let is_whole = envelope.prefix.len() < CONTENT_PREFIX_BYTES;
    let content = sniff(envelope.prefix, is_whole);
    if content.is_executable() {
        let text = format!("the first bytes are those of a program ({})", content.name());
        return Err(Reason::new(ReasonCode::ContentNotAllowed, text));
    }
    match claimed(envelope.file_name) {
        Some((extension, may_be)) if !may_be(content) => {
            let text = format!(
                "the name ends in .{extension}, the first bytes are those of {}",
                content.name()
            );
            Err(Reason::new(ReasonCode::ContentTypeMismatch, text))
        }
        _ => Ok(content),
    }
}

type MayBe = fn(Content) -> bool;

// What an extension claims. Only unmistakable contradictions count: text formats may hold any text, and an extension
// that is not listed claims nothing.
fn claimed(file_name: &str) -> Option<(&'static str, MayBe)> {
    const CLAIMS: [(&str, MayBe); 23] = [
        ("csv", Content::is_textual),
        ("tsv", Content::is_textual),
        ("txt", Content::is_textual),
        ("md", Content::is_textual),
        ("json", Content::is_textual),
        ("jsonl", Content::is_textual),
        ("ndjson", Content::is_textual),
        ("xml", Content::is_textual),
        ("yaml", Content::is_textual),
        ("yml", Content::is_textual),
        ("gz", |content| content == Content::Gzip),
        ("tgz", |content| content == Content::Gzip),
        ("zst", |content| content == Content::Zstd),
        ("bz2", |content| content == Content::Bzip2),
        ("xz", |content| content == Content::Xz),
        ("zip", |content| content == Content::Zip),
        ("tar", |content| content == Content::Tar),
        ("parquet", |content| content == Content::Parquet),
        ("pdf", |content| content == Content::Pdf),
        ("png", |content| content == Content::Png),
        ("jpg", |content| content == Content::Jpeg),
        ("jpeg", |content| content == Content::Jpeg),
        ("gif", |content| content == Content::Gif),
    ];
    let (stem, extension) = file_name.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    let is_hidden_file = stem.is_empty();
    CLAIMS
        .into_iter()
        .find(|(name, _)| *name == extension && !is_hidden_file)
}
