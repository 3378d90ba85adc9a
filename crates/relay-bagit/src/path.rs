//! Paths as manifests and fetch.txt write them (RFC 8493, sections 2.1.3, 2.2.3 and 5.1).

use std::borrow::Cow;

use crate::finding::Findings;
use crate::rule::BagRule;

/// The payload directory, with the slash that ends it.
pub(crate) const PAYLOAD: &str = "data/";

/// Where a path was read, for findings.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: u64,
}

impl Place<'_> {
    pub(crate) fn report(self, findings: &mut Findings, rule: BagRule, text: impl Into<String>) {
        findings.push(rule, Some(self.file), Some(self.line), text);
    }
}

/// The path that is meant, if it may be used: decoded, relative to the base directory, without steps.
pub(crate) fn read_path<'a>(
    written: &'a str,
    since_one: bool,
    place: Place<'_>,
    findings: &mut Findings,
) -> Option<Cow<'a, str>> {
    let (mut path, has_bare_percent) = decode(written, since_one);
    if since_one && has_bare_percent {
        let text = "the path has a percent sign that is not part of %25, %0A or %0D";
        place.report(findings, BagRule::PercentNotEncoded, text);
    }
    if let Some(rest) = path.strip_prefix("./") {
        place.report(findings, BagRule::PathDotPrefix, "the path starts with './'");
        path = Cow::Owned(rest.to_owned());
    }
    let fault = fault(&path);
    if let Some((rule, text)) = fault {
        place.report(findings, rule, text);
        return None;
    }
    Some(path)
}

fn fault(path: &str) -> Option<(BagRule, &'static str)> {
    let bytes = path.as_bytes();
    if path.starts_with('/') {
        Some((BagRule::PathUnsafe, "the path starts with a slash"))
    } else if path.starts_with('\\') {
        Some((BagRule::PathUnsafe, "the path starts with a backslash"))
    } else if path.starts_with('~') {
        Some((BagRule::PathUnsafe, "the path starts with a tilde"))
    } else if bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' {
        Some((BagRule::PathUnsafe, "the path starts with a drive letter"))
    } else if path.split(['/', '\\']).any(|segment| segment == "..") {
        Some((BagRule::PathUnsafe, "the path has a '..'"))
    } else if path.len() > 1 && path.ends_with('/') {
        Some((BagRule::ManifestListsDirectory, "the path ends with a slash"))
    } else if path.split('/').any(str::is_empty) {
        Some((BagRule::PathNotPlain, "the path has an empty segment"))
    } else if path.split('/').any(|segment| segment == ".") {
        Some((BagRule::PathNotPlain, "the path has a '.' segment"))
    } else {
        None
    }
}

/// Decodes what was encoded, once, and says whether a percent sign was left as it is. Version 1.0 encodes the line feed,
/// the carriage return and the percent sign; before it, only the first two were.
pub(crate) fn decode(written: &str, since_one: bool) -> (Cow<'_, str>, bool) {
    if !written.contains('%') {
        return (Cow::Borrowed(written), false);
    }
    let mut path = String::with_capacity(written.len());
    let mut has_bare_percent = false;
    let mut rest = written;
    while let Some(at) = rest.find('%') {
        path.push_str(&rest[..at]);
        let code = rest.as_bytes().get(at + 1..at + 3);
        let decoded = match code {
            Some(b"0A" | b"0a") => Some('\n'),
            Some(b"0D" | b"0d") => Some('\r'),
            Some(b"25") if since_one => Some('%'),
            _ => None,
        };
        path.push(decoded.unwrap_or('%'));
        has_bare_percent |= decoded.is_none();
        rest = &rest[at + if decoded.is_some() { 3 } else { 1 }..];
    }
    path.push_str(rest);
    (Cow::Owned(path), has_bare_percent)
}
