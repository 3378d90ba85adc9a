//! Text tag files: bytes in, lines out (RFC 8493, section 2.3).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use crate::finding::Findings;
use crate::limits::BagLimits;
use crate::rule::BagRule;

const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// Names of ISO-8859-1 and of ASCII in IANA's registry of character sets. The web's standard, which `encoding_rs`
/// implements, reads both as windows-1252; a manifest must be read as what it says it is.
const LATIN_1: [&str; 10] = [
    "iso-8859-1",
    "iso_8859-1",
    "iso_8859-1:1987",
    "iso8859-1",
    "iso-ir-100",
    "latin1",
    "l1",
    "ibm819",
    "cp819",
    "csisolatin1",
];
const ASCII: [&str; 9] = [
    "us-ascii",
    "ascii",
    "ansi_x3.4-1968",
    "ansi_x3.4-1986",
    "iso-ir-6",
    "iso646-us",
    "ibm367",
    "cp367",
    "csascii",
];

/// The encoding of the tag files, as bagit.txt names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagEncoding(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Utf8,
    Ascii,
    Latin1,
    /// The byte order mark says which one; without one it is big-endian (RFC 2781, section 4.3).
    Utf16,
    Other(&'static Encoding),
}

impl TagEncoding {
    /// The encoding of a name in IANA's registry of character sets, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let kind = match name.as_str() {
            "utf-8" | "utf8" | "csutf8" => Kind::Utf8,
            "utf-16" | "csutf16" => Kind::Utf16,
            name if LATIN_1.contains(&name) => Kind::Latin1,
            name if ASCII.contains(&name) => Kind::Ascii,
            name => {
                let encoding = Encoding::for_label_no_replacement(name.as_bytes())?;
                (encoding != encoding_rs::X_USER_DEFINED).then_some(Kind::Other(encoding))?
            }
        };
        Some(Self(kind))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Utf8 => "UTF-8",
            Kind::Ascii => "US-ASCII",
            Kind::Latin1 => "ISO-8859-1",
            Kind::Utf16 => "UTF-16",
            Kind::Other(encoding) => encoding.name(),
        }
    }

    /// Whether it is UTF-8, as it should be.
    pub fn is_utf8(self) -> bool {
        self.0 == Kind::Utf8
    }

    fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self.0 {
            Kind::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Kind::Ascii => bytes.is_ascii().then(|| encoding_rs::mem::decode_latin1(bytes)),
            Kind::Latin1 => Some(encoding_rs::mem::decode_latin1(bytes)),
            Kind::Utf16 => match bytes {
                [0xFF, 0xFE, rest @ ..] => UTF_16LE.decode_without_bom_handling_and_without_replacement(rest),
                [0xFE, 0xFF, rest @ ..] => UTF_16BE.decode_without_bom_handling_and_without_replacement(rest),
                bytes => UTF_16BE.decode_without_bom_handling_and_without_replacement(bytes),
            },
            Kind::Other(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }
}

/// The text of a tag file, or nothing (and a finding) if its bytes are not in the encoding.
pub(crate) fn decode<'a>(
    file: &str,
    bytes: &'a [u8],
    encoding: TagEncoding,
    findings: &mut Findings,
) -> Option<Cow<'a, str>> {
    let Some(text) = encoding.decode(bytes) else {
        let text = format!("the file is not {}", encoding.name());
        findings.of_file(BagRule::TagFileNotDecodable, file, text);
        return None;
    };
    match text.strip_prefix(BYTE_ORDER_MARK) {
        None => Some(text),
        Some(rest) => {
            let rest = rest.to_owned();
            let text = format!(
                "the file starts with a byte order mark, which {} does not need",
                encoding.name()
            );
            findings.of_file(BagRule::TagFileByteOrderMark, file, text);
            Some(Cow::Owned(rest))
        }
    }
}

/// The lines of a tag file, with their numbers, until the limits are reached.
pub(crate) struct Lines<'a> {
    file: &'a str,
    rest: &'a str,
    number: u64,
}

/// How many more lines may be read, over all tag files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    entries_max: u64,
    entries: u64,
    line_bytes_max: usize,
    exceeded: bool,
}

impl Budget {
    pub(crate) const fn new(limits: &BagLimits) -> Self {
        Self {
            entries_max: limits.entries_max,
            entries: 0,
            line_bytes_max: limits.line_bytes_max,
            exceeded: false,
        }
    }

    /// Whether something was left unread.
    pub(crate) const fn is_exceeded(&self) -> bool {
        self.exceeded
    }
}

impl<'a> Lines<'a> {
    pub(crate) const fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            rest: text,
            number: 0,
        }
    }

    /// The next line that is not blank, without its ending: LF, CR, or both.
    pub(crate) fn next(&mut self, budget: &mut Budget, findings: &mut Findings) -> Option<(u64, &'a str)> {
        loop {
            if self.rest.is_empty() || budget.exceeded {
                return None;
            }
            self.number += 1;
            let line = self.take(findings);
            let number = Some(self.number);
            if line.len() > budget.line_bytes_max {
                let text = format!(
                    "the line has {} bytes, {} are allowed",
                    line.len(),
                    budget.line_bytes_max
                );
                findings.push(BagRule::LineTooLong, Some(self.file), number, text);
                budget.exceeded = true;
            } else if line.is_empty() {
                findings.push(BagRule::BlankLine, Some(self.file), number, "the line is blank");
            } else if budget.entries == budget.entries_max {
                let text = format!("the tag files have more than {} lines", budget.entries_max);
                findings.push(BagRule::EntriesTooMany, Some(self.file), number, text);
                budget.exceeded = true;
            } else {
                budget.entries += 1;
                return Some((self.number, line));
            }
        }
    }

    fn take(&mut self, findings: &mut Findings) -> &'a str {
        let Some(end) = self.rest.find(['\r', '\n']) else {
            let text = "the last line has no line break";
            findings.push(BagRule::LastLineOpen, Some(self.file), Some(self.number), text);
            return std::mem::take(&mut self.rest);
        };
        let (line, ending) = self.rest.split_at(end);
        self.rest = ending.strip_prefix("\r\n").unwrap_or(&ending[1..]);
        line
    }
}

/// The linear whitespace of tag files: spaces and tabs.
pub(crate) const fn is_linear_whitespace(character: char) -> bool {
    matches!(character, ' ' | '\t')
}
