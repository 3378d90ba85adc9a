//! A name as it stands in an archive, in; a path that is safe to join, out. Refuse, never repair.

use relay_rules::{code_point, is_bidi_control, is_control, is_hidden_step, is_lookalike_step, lone_invisible};
use unicode_normalization::is_nfc;

use crate::error::Refusal;
use crate::rule::ArchiveRule;
use relay_model::ArchiveLimits;

/// Stands between the path of an archive and the path of an entry in it: `outer.zip!/inner.csv`. No name within an archive
/// contains it, since no folder's name may end with an exclamation mark; so the first one ends the outermost archive's path.
pub const NESTING_SEPARATOR: &str = "!/";

/// Checks `name` (without the slash at a folder's end) by every rule, `around` being the path of the archive that it is in;
/// returns its whole path.
pub(crate) fn check_name(name: &str, around: Option<&str>, limits: &ArchiveLimits) -> Result<String, Refusal> {
    let path = match around {
        Some(around) => format!("{around}{NESTING_SEPARATOR}{name}"),
        None => name.to_owned(),
    };
    check(name, &path, limits).map_err(|refusal| refusal.at(&path))?;
    Ok(path)
}

fn check(name: &str, path: &str, limits: &ArchiveLimits) -> Result<(), Refusal> {
    use ArchiveRule as Rule;
    if name.is_empty() {
        return Err(Refusal::new(Rule::NameEmpty, "the name is empty"));
    }
    if path.len() > limits.name_bytes_max {
        let (found, allowed) = (path.len(), limits.name_bytes_max);
        let text = format!("the path has {found} bytes, {allowed} are allowed (name_bytes_max)");
        return Err(Refusal::new(Rule::NameTooLong, text));
    }
    refuse_character(name, Rule::NameNotUtf8, "is the replacement character", |c| {
        c == '\u{FFFD}'
    })?;
    refuse_character(name, Rule::NameControlCharacter, "is a control character", is_control)?;
    refuse_character(
        name,
        Rule::NameBidiControl,
        "changes the direction of text",
        is_bidi_control,
    )?;
    if let Some((at, character)) = lone_invisible(name) {
        let text = format!("{} at byte {at} is invisible", code_point(character));
        return Err(Refusal::new(Rule::NameInvisibleCharacter, text));
    }
    let not_normal = "is not in Unicode normalization form C";
    refuse_segment(name, Rule::NameNotNormal, not_normal, |segment| !is_nfc(segment))?;
    refuse_character(name, Rule::NameBackslash, "is a backslash", |c| c == '\\')?;
    if name.starts_with('/') {
        return Err(Refusal::new(Rule::NameAbsolute, "the name starts with a slash"));
    }
    if matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        let text = "the name starts with a drive letter and a colon";
        return Err(Refusal::new(Rule::NameDriveLetter, text));
    }
    refuse_segment(name, Rule::NameEmptySegment, "is empty", str::is_empty)?;
    refuse_segment(name, Rule::NameDotSegment, "is '.' or '..'", |segment| {
        matches!(segment, "." | "..")
    })?;
    let hidden = "hides a step, a separator or a control character behind an encoding";
    refuse_segment(name, Rule::NameEncodedTraversal, hidden, is_hidden_step)?;
    let lookalike = "has characters that pass for a slash, a backslash or a step";
    refuse_segment(name, Rule::NameLookalikeSeparator, lookalike, is_lookalike_step)?;
    if name.contains(NESTING_SEPARATOR) {
        let text = "a folder's name ends with an exclamation mark";
        return Err(Refusal::new(Rule::NameReserved, text));
    }
    let segments = path.split('/').count();
    if segments > limits.name_segments_max {
        let allowed = limits.name_segments_max;
        let text = format!("the path has {segments} segments, {allowed} are allowed (name_segments_max)");
        return Err(Refusal::new(Rule::NameTooManySegments, text));
    }
    Ok(())
}

fn refuse_character(name: &str, rule: ArchiveRule, why: &str, is_bad: impl Fn(char) -> bool) -> Result<(), Refusal> {
    match name.char_indices().find(|(_, character)| is_bad(*character)) {
        Some((at, character)) => {
            let text = format!("{} at byte {at} {why}", code_point(character));
            Err(Refusal::new(rule, text))
        }
        None => Ok(()),
    }
}

fn refuse_segment(name: &str, rule: ArchiveRule, why: &str, is_bad: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    match name.split('/').position(is_bad) {
        Some(index) => Err(Refusal::new(rule, format!("segment {} {why}", index + 1))),
        None => Ok(()),
    }
}
