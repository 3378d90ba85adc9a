//! The envelope: what can be judged of a package without reading all of it.

use std::borrow::Cow;

use relay_model::{Limits, OrganizationSettings, Reason, ReasonCode, Sha256Digest};

use crate::content::{Content, sniff};

/// The facts that the rules on envelopes need.
#[derive(Clone, Debug)]
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
    /// The first bytes, [`CONTENT_PREFIX_BYTES`](crate::CONTENT_PREFIX_BYTES) of them or all.
    pub prefix: Cow<'a, [u8]>,
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
    check_content(envelope)
}

fn check_content(envelope: &Envelope<'_>) -> Result<Content, Reason> {
    let is_whole = envelope.prefix.len() as u64 == envelope.size_bytes;
    let content = sniff(&envelope.prefix, is_whole);
    if content.is_executable() {
        let text = format!("the first bytes are those of a program ({})", content.name());
        return Err(Reason::new(ReasonCode::ContentNotAllowed, text));
    }
    match claimed(envelope.file_name) {
        // The object was deleted before its first bytes could be read: they contradict nothing, and the run finds out.
        _ if envelope.prefix.is_empty() => Ok(content),
        Some((extension, may_be)) if !may_be(content, &envelope.prefix) => {
            let text = format!(
                "the name ends in .{extension}, the first bytes are those of {}",
                content.name()
            );
            Err(Reason::new(ReasonCode::ContentTypeMismatch, text))
        }
        _ => Ok(content),
    }
}

type MayBe = fn(Content, &[u8]) -> bool;

// Text in an encoding of one byte for each character (Latin-1, Windows-1252), or with terminal colours, is not UTF-8 text
// but no contradiction either. Such text has no NUL; formats that are not text nearly always do.
fn may_be_text(content: Content, prefix: &[u8]) -> bool {
    content.is_textual() || (content == Content::Binary && !prefix.contains(&0))
}

// What an extension claims. Only unmistakable contradictions count: text formats may hold any text, and an extension
// that is not listed claims nothing.
fn claimed(file_name: &str) -> Option<(&'static str, MayBe)> {
    const CLAIMS: [(&str, MayBe); 23] = [
        ("csv", may_be_text),
        ("tsv", may_be_text),
        ("txt", may_be_text),
        ("md", may_be_text),
        ("json", may_be_text),
        ("jsonl", may_be_text),
        ("ndjson", may_be_text),
        ("xml", may_be_text),
        ("yaml", may_be_text),
        ("yml", may_be_text),
        ("gz", |content, _| content == Content::Gzip),
        ("tgz", |content, _| content == Content::Gzip),
        ("zst", |content, _| content == Content::Zstd),
        ("bz2", |content, _| content == Content::Bzip2),
        ("xz", |content, _| content == Content::Xz),
        ("zip", |content, _| content == Content::Zip),
        // The oldest tar format has no magic number.
        ("tar", |content, _| matches!(content, Content::Tar | Content::Binary)),
        ("parquet", |content, _| content == Content::Parquet),
        ("pdf", |content, _| content == Content::Pdf),
        ("png", |content, _| content == Content::Png),
        ("jpg", |content, _| content == Content::Jpeg),
        ("jpeg", |content, _| content == Content::Jpeg),
        ("gif", |content, _| content == Content::Gif),
    ];
    let (stem, extension) = file_name.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    let is_hidden_file = stem.is_empty();
    CLAIMS
        .into_iter()
        .find(|(name, _)| *name == extension && !is_hidden_file)
}
