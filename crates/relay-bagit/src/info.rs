//! bag-info.txt, the bag's metadata (RFC 8493, section 2.2.2).

use crate::finding::Findings;
use crate::path::Place;
use crate::rule::BagRule;
use crate::text::{Budget, Lines, is_linear_whitespace};

const PAYLOAD_OXUM: &str = "Payload-Oxum";
const BAGGING_DATE: &str = "Bagging-Date";
const BAG_COUNT: &str = "Bag-Count";
const BAG_GROUP: &str = "Bag-Group-Identifier";
/// Reserved labels that should not be repeated.
const NOT_REPEATED: [&str; 4] = [BAGGING_DATE, "Bag-Size", BAG_GROUP, BAG_COUNT];
const MONTHS: u32 = 12;
const DAYS: u32 = 31;

/// A metadata element. Their order is kept, and labels may be repeated.
#[derive(Clone, PartialEq, Eq)]
pub struct InfoField {
    /// The label, as it is written; reserved labels are the same in any case.
    pub label: String,
    /// The value; a line break stands where it was continued.
    pub value: String,
    line: u64,
}

/// Contents of a package do not belong in logs.
impl std::fmt::Debug for InfoField {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("InfoField")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

impl InfoField {
    /// Whether it is the element of this reserved label.
    pub fn is(&self, label: &str) -> bool {
        self.label.eq_ignore_ascii_case(label)
    }

    /// The line of its label, from 1.
    pub const fn line(&self) -> u64 {
        self.line
    }
}

/// Payload-Oxum: how many bytes and files the payload has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oxum {
    /// Bytes of all payload files together.
    pub bytes: u64,
    /// Payload files.
    pub files: u64,
}

impl Oxum {
    /// One file more.
    pub(crate) const fn add(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.files += 1;
    }
}

/// Reads bag-info.txt.
pub(crate) fn read(
    file: &str,
    text: &str,
    since_one: bool,
    budget: &mut Budget,
    findings: &mut Findings,
) -> Vec<InfoField> {
    let mut fields: Vec<InfoField> = Vec::new();
    let mut lines = Lines::new(file, text);
    while let Some((line, text)) = lines.next(budget, findings) {
        let place = Place { file, line };
        if text.starts_with(is_linear_whitespace) {
            match fields.last_mut() {
                Some(field) => {
                    if !field.value.is_empty() {
                        field.value.push('\n');
                    }
                    field.value.push_str(text.trim_start_matches(is_linear_whitespace));
                }
                None => place.report(findings, BagRule::InfoMalformed, "the line continues nothing"),
            }
        } else {
            fields.extend(read_field(text, since_one, place, findings));
        }
    }
    fields
}

fn read_field(text: &str, since_one: bool, place: Place<'_>, findings: &mut Findings) -> Option<InfoField> {
    let Some((written, value)) = text.split_once(':') else {
        place.report(findings, BagRule::InfoMalformed, "the line has no colon");
        return None;
    };
    let label = written.trim_end_matches(is_linear_whitespace);
    if label.is_empty() {
        place.report(findings, BagRule::InfoMalformed, "the line has no label");
        return None;
    }
    // Before 1.0 any space around the colon is allowed, and belongs to neither side.
    if since_one && label != written {
        place.report(findings, BagRule::InfoSpace, "the label ends with a space or tab");
    }
    let trimmed = value.trim_matches(is_linear_whitespace);
    if !trimmed.is_empty() && !value.starts_with(is_linear_whitespace) {
        let text = "the colon is not followed by a space or tab";
        place.report(findings, BagRule::InfoSpace, text);
    }
    Some(InfoField {
        label: label.to_owned(),
        value: trimmed.to_owned(),
        line: place.line,
    })
}

/// Checks the reserved elements, and gives Payload-Oxum.
pub(crate) fn check(file: &str, fields: &[InfoField], findings: &mut Findings) -> Option<Oxum> {
    let place = |field: &InfoField| Place { file, line: field.line };
    for label in NOT_REPEATED {
        for again in fields.iter().filter(|field| field.is(label)).skip(1) {
            place(again).report(findings, BagRule::InfoRepeated, format!("{label} is given again"));
        }
    }
    for field in fields {
        if field.value.is_empty() {
            place(field).report(findings, BagRule::InfoValueEmpty, "the label has no value");
        }
        if field.is(BAGGING_DATE) && !is_date(&field.value) {
            let text = format!("{BAGGING_DATE} is not YYYY-MM-DD");
            place(field).report(findings, BagRule::InfoValueMalformed, text);
        }
        if field.is(BAG_COUNT) && !is_count(&field.value) {
            let text = format!("{BAG_COUNT} is not 'N of T'");
            place(field).report(findings, BagRule::InfoValueMalformed, text);
        }
    }
    let group = fields.iter().find(|field| field.is(BAG_GROUP));
    if let (Some(count), None) = (fields.iter().find(|field| field.is(BAG_COUNT)), group) {
        let text = format!("there is no {BAG_GROUP}");
        place(count).report(findings, BagRule::BagCountAlone, text);
    }
    check_oxum(file, fields, findings)
}

fn check_oxum(file: &str, fields: &[InfoField], findings: &mut Findings) -> Option<Oxum> {
    let mut oxums = fields.iter().filter(|field| field.is(PAYLOAD_OXUM));
    let first = oxums.next()?;
    for again in oxums {
        let place = Place { file, line: again.line };
        place.report(
            findings,
            BagRule::OxumRepeated,
            format!("{PAYLOAD_OXUM} is given again"),
        );
    }
    let oxum = read_oxum(&first.value);
    if oxum.is_none() {
        let place = Place { file, line: first.line };
        let text = format!("{PAYLOAD_OXUM} is not two numbers with a dot between");
        place.report(findings, BagRule::OxumMalformed, text);
    }
    oxum
}

fn read_oxum(value: &str) -> Option<Oxum> {
    let (bytes, files) = value.split_once('.')?;
    Some(Oxum {
        bytes: number(bytes)?,
        files: number(files)?,
    })
}

/// A number in digits; no sign, which `parse` alone would allow.
pub(crate) fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    digits.parse().ok()
}

fn is_date(value: &str) -> bool {
    let part = |range: std::ops::Range<usize>| value.get(range).and_then(number);
    let separators = value.get(4..5) == Some("-") && value.get(7..8) == Some("-");
    let in_range =
        |number: Option<u64>, most: u32| number.is_some_and(|number| (1..=u64::from(most)).contains(&number));
    value.len() == 10
        && separators
        && part(0..4).is_some()
        && in_range(part(5..7), MONTHS)
        && in_range(part(8..10), DAYS)
}

fn is_count(value: &str) -> bool {
    value.split_once(" of ").is_some_and(|(ordinal, total)| {
        let (ordinal, total) = (number(ordinal.trim()), total.trim());
        ordinal.is_some() && (total == "?" || number(total).is_some_and(|total| Some(total) >= ordinal))
    })
}
