//! bagit.txt, which says how to read the rest (RFC 8493, section 2.1.1).

use std::fmt;

use crate::finding::Findings;
use crate::kind::DECLARATION;
use crate::rule::BagRule;
use crate::text::{TagEncoding, is_linear_whitespace};

const VERSION_LABEL: &str = "BagIt-Version";
const LINES: usize = 2;
const ENCODING_LABEL: &str = "Tag-File-Character-Encoding";

/// A version of BagIt that is understood here: 1.0, or 0.93 to 0.97.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BagItVersion {
    major: u32,
    minor: u32,
}

impl BagItVersion {
    fn new(major: &str, minor: &str) -> Option<Self> {
        let (major, minor) = (number(major)?, number(minor)?);
        matches!((major, minor), (0, 93..=97) | (1, 0)).then_some(Self { major, minor })
    }

    /// Whether it is 1.0, which asks for more than the versions before it.
    pub const fn is_since_one(self) -> bool {
        self.major >= 1
    }

    /// Whether tag files may be in folders: from 0.97 on.
    pub(crate) const fn has_tag_directories(self) -> bool {
        self.is_since_one() || self.minor >= 97
    }

    /// The file of the bag's metadata: from 0.96 on bag-info.txt, package-info.txt before.
    pub const fn info_file(self) -> &'static str {
        if self.is_since_one() || self.minor >= 96 {
            "bag-info.txt"
        } else {
            "package-info.txt"
        }
    }
}

impl fmt::Display for BagItVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// Digits, and no more of them than a version has.
fn number(digits: &str) -> Option<u32> {
    digits.parse().ok()
}

/// What bagit.txt declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The version of BagIt.
    pub version: BagItVersion,
    /// The encoding of the other tag files.
    pub encoding: TagEncoding,
}

/// Reads bagit.txt; nothing, and a finding, if the rest of the bag cannot be read by it.
pub(crate) fn read(bytes: &[u8], findings: &mut Findings) -> Option<Declaration> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        findings.of_file(
            BagRule::DeclarationByteOrderMark,
            DECLARATION,
            "the file starts with a byte order mark",
        );
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        findings.of_file(BagRule::DeclarationMalformed, DECLARATION, "the file is not UTF-8");
        return None;
    };
    let lines = lines(text);
    let [first, second] = lines[..] else {
        let than = if lines.len() < LINES { "less" } else { "more" };
        let text = format!("the file has {than} than {LINES} lines");
        findings.of_file(BagRule::DeclarationMalformed, DECLARATION, text);
        return None;
    };
    if !text.ends_with(['\r', '\n']) {
        findings.push(
            BagRule::LastLineOpen,
            Some(DECLARATION),
            Some(2),
            "the last line has no line break",
        );
    }
    let version = value(first, 1, VERSION_LABEL, findings)?;
    let encoding = value(second, 2, ENCODING_LABEL, findings)?;
    let spaced = [(version, 1), (encoding, 2)].map(|(value, line)| (value.has_other_space, line));
    let (version, encoding) = (version.text, encoding.text);
    let version = read_version(version, findings)?;
    findings.set_since_one(version.is_since_one());
    for (_, line) in spaced.into_iter().filter(|(has_other_space, _)| *has_other_space) {
        let text = "there is not just one space, after the colon";
        findings.push(BagRule::DeclarationSpace, Some(DECLARATION), Some(line), text);
    }
    if version.is_since_one() && spaced.iter().any(|(has_other_space, _)| *has_other_space) {
        return None;
    }
    let Some(encoding) = TagEncoding::from_name(encoding) else {
        let text = "the encoding is not known";
        findings.push(BagRule::EncodingUnknown, Some(DECLARATION), Some(2), text);
        return None;
    };
    if !encoding.is_utf8() {
        let text = format!("the encoding is {}", encoding.name());
        findings.push(BagRule::EncodingNotUtf8, Some(DECLARATION), Some(2), text);
    }
    Some(Declaration { version, encoding })
}

/// The lines, or as many of them as show that there are too many.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && lines.len() <= LINES {
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let (line, ending) = rest.split_at(end);
        lines.push(line);
        rest = ending
            .strip_prefix("\r\n")
            .or_else(|| ending.get(1..))
            .unwrap_or_default();
    }
    lines
}

#[derive(Clone, Copy)]
struct Value<'a> {
    text: &'a str,
    /// Whether there is more or less than one space behind the colon, and nothing else. The drafts before 1.0 let linear white
    /// space stand on both sides of a colon.
    has_other_space: bool,
}

fn value<'a>(line: &'a str, number: u64, label: &str, findings: &mut Findings) -> Option<Value<'a>> {
    let mut report = |rule, text| findings.push(rule, Some(DECLARATION), Some(number), text);
    let Some((found, value)) = line.split_once(':') else {
        report(BagRule::DeclarationMalformed, "the line has no colon".to_owned());
        return None;
    };
    let (written, found) = (found, found.trim_end_matches(is_linear_whitespace));
    if !found.eq_ignore_ascii_case(label) {
        report(BagRule::DeclarationMalformed, format!("the label is not {label}"));
        return None;
    }
    let text = value.trim_matches(is_linear_whitespace);
    if text.is_empty() {
        report(BagRule::DeclarationMalformed, "the label has no value".to_owned());
        return None;
    }
    let has_other_space = written != found || value.strip_prefix(' ') != Some(text);
    if found != label {
        report(
            BagRule::DeclarationLabelCase,
            format!("the label is not spelled {label}"),
        );
    }
    Some(Value { text, has_other_space })
}

fn read_version(value: &str, findings: &mut Findings) -> Option<BagItVersion> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = value
        .split_once('.')
        .filter(|(major, minor)| is_digits(major) && is_digits(minor));
    let Some((major, minor)) = numbers else {
        let text = "the version is not two numbers with a dot between";
        findings.push(BagRule::DeclarationMalformed, Some(DECLARATION), Some(1), text);
        return None;
    };
    let version = BagItVersion::new(major, minor);
    if version.is_none() {
        let text = "the version is none of 1.0 and 0.93 to 0.97";
        findings.push(BagRule::VersionUnsupported, Some(DECLARATION), Some(1), text);
    }
    version
}
