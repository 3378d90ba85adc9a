//! Key safety: refuse, never repair. The rules are applied in the order of the table of reasons; the first that is
//! broken is the one that is named.

use relay_model::{ObjectKey, Reason, ReasonCode};
use unicode_normalization::is_nfc;

use crate::characters::{code_point, is_bidi_control, is_control};
use crate::emoji::lone_invisible;
use crate::traversal::{is_hidden_step, is_lookalike_step};

/// The longest key, in bytes of UTF-8 (Amazon S3 User Guide, "Naming Amazon S3 objects").
pub const KEY_BYTES_MAX: usize = 1_024;
/// The most segments.
pub const KEY_SEGMENTS_MAX: usize = 32;

/// A key that keeps every rule. What its first segment names is still to be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SafeKey<'a> {
    key: &'a ObjectKey,
    organization_segment: &'a str,
    path: &'a str,
}

impl<'a> SafeKey<'a> {
    /// The first segment: the only thing that says who sends the package.
    pub const fn organization_segment(&self) -> &'a str {
        self.organization_segment
    }

    /// The whole key.
    pub const fn key(&self) -> &'a ObjectKey {
        self.key
    }

    /// What follows the first segment.
    pub const fn path(&self) -> &'a str {
        self.path
    }
}

/// Checks every rule on keys.
pub fn check_key(key: &ObjectKey) -> Result<SafeKey<'_>, Reason> {
    let text = key.as_str();
    if text.is_empty() {
        return Err(Reason::new(ReasonCode::KeyEmpty, "the key is empty"));
    }
    // Adapters that meet bytes which are not UTF-8 put U+FFFD in their place.
    refuse_character(
        text,
        ReasonCode::KeyNotUtf8,
        "was not valid UTF-8, or is the replacement character",
        |c| c == '\u{FFFD}',
    )?;
    if text.len() > KEY_BYTES_MAX {
        let text = format!("the key has {} bytes, {KEY_BYTES_MAX} are allowed", text.len());
        return Err(Reason::new(ReasonCode::KeyTooLong, text));
    }
    refuse_character(
        text,
        ReasonCode::KeyControlCharacter,
        "is a control character",
        is_control,
    )?;
    refuse_character(
        text,
        ReasonCode::KeyBidiControl,
        "changes the direction of text",
        is_bidi_control,
    )?;
    if let Some((at, character)) = lone_invisible(text) {
        let text = format!("{} at byte {at} is invisible", code_point(character));
        return Err(Reason::new(ReasonCode::KeyInvisibleCharacter, text));
    }
    // A slash neither composes nor reorders, so the key is normal exactly when each of its segments is.
    let not_normal = "is not in Unicode normalization form C";
    refuse_segment(text, ReasonCode::KeyNotNormal, not_normal, |segment| !is_nfc(segment))?;
    refuse_character(text, ReasonCode::KeyBackslash, "is a backslash", |c| c == '\\')?;
    if text.starts_with('/') {
        return Err(Reason::new(ReasonCode::KeyLeadingSlash, "the key starts with a slash"));
    }
    refuse_segment(text, ReasonCode::KeyEmptySegment, "is empty", str::is_empty)?;
    refuse_segment(text, ReasonCode::KeyDotSegment, "is '.' or '..'", |segment| {
        matches!(segment, "." | "..")
    })?;
    let hidden = "hides a step, a separator or a control character behind an encoding";
    refuse_segment(text, ReasonCode::KeyEncodedTraversal, hidden, is_hidden_step)?;
    let lookalike = "has characters that pass for a slash, a backslash or a step";
    refuse_segment(text, ReasonCode::KeyLookalikeSeparator, lookalike, is_lookalike_step)?;
    let segments = text.split('/').count();
    if segments > KEY_SEGMENTS_MAX {
        let text = format!("the key has {segments} segments, {KEY_SEGMENTS_MAX} are allowed");
        return Err(Reason::new(ReasonCode::KeyTooManySegments, text));
    }
    match text.split_once('/') {
        Some((organization_segment, path)) => Ok(SafeKey {
            key,
            organization_segment,
            path,
        }),
        None => Err(Reason::new(
            ReasonCode::KeyWithoutPath,
            "the key has one segment only, so it has no name below an organization",
        )),
    }
}

fn refuse_character(text: &str, code: ReasonCode, why: &str, is_bad: impl Fn(char) -> bool) -> Result<(), Reason> {
    match text.char_indices().find(|(_, character)| is_bad(*character)) {
        Some((at, character)) => Err(Reason::new(
            code,
            format!("{} at byte {at} {why}", code_point(character)),
        )),
        None => Ok(()),
    }
}

fn refuse_segment(text: &str, code: ReasonCode, why: &str, is_bad: impl Fn(&str) -> bool) -> Result<(), Reason> {
    match text.split('/').position(is_bad) {
        Some(index) => Err(Reason::new(code, format!("segment {} {why}", index + 1))),
        None => Ok(()),
    }
}
