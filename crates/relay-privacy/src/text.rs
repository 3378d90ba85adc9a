//! Personal data in text that is no table: unmistakable values wherever they stand, and what stands in columns or behind
//! labels, told as in a table. Bounded memory, whatever the text; values, and what they are beside, are never kept but for
//! the lines that decide how a text is cut into columns.

mod columns;
mod escapes;
mod labels;

use std::hash::{DefaultHasher, Hash, Hasher};

use relay_model::{DataClass, PersonalInText, PrivacyPolicy, Treatment};

use self::columns::Columns;
pub use self::escapes::without as without_escapes;
use self::labels::Labels;
use crate::name::NameHints;
use crate::stray::{Stray, find_strays};
use crate::tally::ColumnTally;

/// How many different e-mail addresses, and how many telephone numbers, a prose may name.
pub const CONTACTS_MAX: u64 = 3;
/// How often it may name them, each time counted.
pub const CONTACT_MENTIONS_MAX: u64 = 10;
/// How many lines of text there must be for each of them; a line has at most 80 bytes here.
pub const LINES_PER_CONTACT_MIN: u64 = 10;
const PROSE_LINE_BYTES: u64 = 80;
/// Or so many other words that stand in a sentence with it.
pub const SENTENCE_WORDS_MIN: usize = 3;

/// The longest line that is looked at in one piece, in bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// How far from the end of such a piece a place is looked for at which no value is cut, in bytes.
const CUT_BYTES_MAX: usize = 4 * 1024;
/// Where there is none, how much of a piece is looked at again with the next one, in bytes: more than any value has.
const OVERLAP_BYTES: usize = 512;

const CLASSES: usize = DataClass::ALL.len();

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRole {
    /// It is what somebody sent.
    Content,
    /// It speaks of other files of its package: a descriptor, a bag's tag file. Whom to ask may stand in it, however short it is.
    Descriptor,
}

/// Looks through a text, piece by piece.
#[derive(Debug, Default)]
pub struct TextScan {
    /// The beginning of a line whose end has not come.
    pending: Vec<u8>,
    has_ended_by_return: bool,
    /// Whether something of the line that has not ended was looked at already.
    is_within_line: bool,
    line: u64,
    findings: TextFindings,
    columns: Columns,
    labels: Labels,
}

/// What was found in a text. No values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextFindings {
    /// Lines.
    pub lines: u64,
    /// What is not blank, in lines of [`PROSE_LINE_BYTES`].
    prose_lines: u64,
    by_class: [Found; CLASSES],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Found {
    values: u64,
    first_line: u64,
    /// Hashes of different values, as many as are allowed.
    hashes: [u64; CONTACTS_MAX as usize],
    /// Different values, not more than one beyond what is allowed.
    different: u64,
    /// Values that stand in no sentence.
    alone: u64,
}

impl TextScan {
    /// Nothing was looked at yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the next bytes, in UTF-8 or an encoding of single bytes.
    pub fn push(&mut self, mut text: &[u8]) {
        while !text.is_empty() {
            let Some(end) = memchr::memchr2(b'\n', b'\r', text) else {
                self.pending.extend_from_slice(text);
                self.look_at_long_pending();
                return;
            };
            let is_second_of_pair = self.has_ended_by_return && end == 0 && text[0] == b'\n' && self.pending.is_empty();
            self.has_ended_by_return = text[end] == b'\r';
            if !is_second_of_pair {
                self.end_line(&text[..end]);
            }
            text = &text[end + 1..];
        }
    }

    /// What comes next does not follow what came before: bytes between them were no text.
    pub fn interrupt(&mut self) {
        if !self.pending.is_empty() {
            self.end_line(b"");
        }
        self.has_ended_by_return = false;
    }

    /// All has been looked at.
    pub fn finish(mut self) -> TextFindings {
        if !self.pending.is_empty() || self.is_within_line {
            self.end_line(b"");
        }
        self.columns.finish();
        let mut findings = self.findings;
        findings.lines = self.line;
        findings.take_structure(self.columns.decided());
        findings.take_structure(self.labels.decided());
        findings
    }

    fn end_line(&mut self, rest: &[u8]) {
        if self.pending.is_empty() {
            self.look_at_pieces(rest, true);
        } else {
            let mut line = std::mem::take(&mut self.pending);
            line.extend_from_slice(rest);
            self.look_at_pieces(&line, true);
            line.clear();
            self.pending = line;
        }
        self.is_within_line = false;
        self.line += 1;
    }

    fn look_at_long_pending(&mut self) {
        if self.pending.len() <= LINE_BYTES_MAX {
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        let looked_at = self.look_at_pieces(&pending, false);
        pending.drain(..looked_at);
        self.pending = pending;
    }

    /// A line, or what is there of it, in pieces of a bounded length. Returns how much was looked at for good.
    fn look_at_pieces(&mut self, text: &[u8], is_end: bool) -> usize {
        let mut from = 0;
        while text.len() - from > LINE_BYTES_MAX {
            let piece = &text[from..from + LINE_BYTES_MAX];
            let near_end = LINE_BYTES_MAX - CUT_BYTES_MAX;
            let cut = piece[near_end..].iter().rposition(|byte| is_between_values(*byte));
            from += match cut {
                Some(at) => {
                    let end = near_end + at + 1;
                    self.look_at(&piece[..end], end);
                    end
                }
                None => self.look_at(piece, LINE_BYTES_MAX - OVERLAP_BYTES),
            };
            self.is_within_line = true;
        }
        if !is_end {
            return from;
        }
        self.look_at(&text[from..], usize::MAX);
        text.len()
    }

    /// Looks at a piece. Values that begin at `limit` or behind it are left to the next one; returns where that begins.
    fn look_at(&mut self, piece: &[u8], limit: usize) -> usize {
        let text = piece.trim_ascii();
        if text.is_empty() {
            return piece.len().min(limit);
        }
        let line = self.line + 1;
        self.findings.prose_lines += (text.len() as u64).div_ceil(PROSE_LINE_BYTES);
        let strays = values_in(piece);
        let plain = escapes::without(piece);
        let behind_escapes = plain.as_deref().map(values_in).unwrap_or_default();
        let mut next = piece.len().min(limit);
        if behind_escapes.len() > strays.len() {
            let plain = plain.as_deref().unwrap_or_default();
            for stray in behind_escapes {
                self.findings.note(stray, plain, line);
            }
        } else {
            for stray in strays.into_iter().filter(|stray| stray.start < limit) {
                self.findings.note(stray, piece, line);
                next = next.max(stray.end);
            }
        }
        self.labels.look_at(piece, line);
        self.columns.look_at(piece, line);
        next
    }
}

impl TextFindings {
    fn note(&mut self, stray: Stray, text: &[u8], line: u64) {
        let Stray { start, end, class } = stray;
        let value = &text[start..end];
        let found = &mut self.by_class[class.index()];
        found.values += 1;
        found.alone += u64::from(found.values <= CONTACT_MENTIONS_MAX && !is_in_sentence(text, start, end));
        if found.first_line == 0 {
            found.first_line = line;
        }
        if found.different > CONTACTS_MAX {
            return;
        }
        let hash = hash_of(class, value);
        let known = usize::try_from(found.different).unwrap_or(0);
        if !found.hashes[..known].contains(&hash) {
            if let Some(place) = found.hashes.get_mut(known) {
                *place = hash;
            }
            found.different += 1;
        }
    }

    // What columns or labels show. A value that was also found by itself is not counted twice.
    fn take_structure(&mut self, cells: impl Iterator<Item = (DataClass, u64, u64)>) {
        let mut values = [0; CLASSES];
        let mut first_lines = [u64::MAX; CLASSES];
        for (class, count, first_line) in cells {
            values[class.index()] += count;
            first_lines[class.index()] = first_lines[class.index()].min(first_line);
        }
        for class in DataClass::ALL {
            // Addresses are found wherever they stand.
            if class == DataClass::Email || values[class.index()] == 0 {
                continue;
            }
            let found = &mut self.by_class[class.index()];
            let beyond = values[class.index()].saturating_sub(found.values);
            found.values += beyond;
            found.alone += beyond;
            found.different = found.different.max(values[class.index()].min(CONTACTS_MAX + 1));
            let first_line = first_lines[class.index()];
            found.first_line = if found.first_line == 0 {
                first_line
            } else {
                found.first_line.min(first_line)
            };
        }
    }

    /// What was found, by class, beside what the policy makes of each in tables.
    pub fn personal(&self, policy: &PrivacyPolicy) -> Vec<PersonalInText> {
        let found = DataClass::ALL
            .into_iter()
            .filter(|class| self.by_class[class.index()].values > 0);
        found
            .map(|class| PersonalInText {
                class,
                values: self.by_class[class.index()].values,
                first_line: self.by_class[class.index()].first_line,
                treatment: policy.treatment(class),
            })
            .collect()
    }

    /// Of these, what a text is to be set aside for: every class that is treated in tables. A few addresses or telephone
    /// numbers among other text are whom to ask, and let through.
    pub fn objections(&self, policy: &PrivacyPolicy, role: TextRole) -> Vec<PersonalInText> {
        let mut found = self.personal(policy);
        found.retain(|found| found.treatment != Treatment::Keep && !self.are_contacts(found.class, role));
        found
    }

    fn are_contacts(&self, class: DataClass, role: TextRole) -> bool {
        let found = &self.by_class[class.index()];
        let is_prose = found.alone == 0 || self.prose_lines >= LINES_PER_CONTACT_MIN * found.different;
        let are_few = match role {
            TextRole::Descriptor => true,
            TextRole::Content => found.different <= CONTACTS_MAX && is_prose,
        };
        matches!(class, DataClass::Email | DataClass::Phone) && found.values <= CONTACT_MENTIONS_MAX && are_few
    }
}

/// The same for one value however it is written. Equal hashes of different values are one in 2^64.
fn hash_of(class: DataClass, value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for byte in value {
        match class {
            DataClass::Email => byte.to_ascii_lowercase().hash(&mut hasher),
            _ if byte.is_ascii_alphanumeric() => byte.hash(&mut hasher),
            _ => {}
        }
    }
    hasher.finish()
}

/// The unmistakable values in a text, but for what is none where there are no cells: in a matrix of numbers, any four may be
/// those of a card, and pictures for fine screens are called `icon@2x.png`.
fn values_in(text: &[u8]) -> Vec<Stray> {
    let mut strays = find_strays(text);
    strays.retain(|stray| match stray.class {
        DataClass::PaymentCard => !is_in_matrix(text, stray.start, stray.end),
        DataClass::Email => {
            let domain = text[stray.start..stray.end].rsplit(|byte| *byte == b'@').next();
            !matches!(domain, Some([b'1'..=b'9', b'x', b'.', ..]))
        }
        _ => true,
    });
    strays
}

/// Groups of four digits before and behind a number that make it a part of something longer.
const MATRIX_GROUPS_MIN: usize = 2;
const GROUP_BYTES: usize = 5;

fn is_in_matrix(text: &[u8], start: usize, end: usize) -> bool {
    let Some(separator) = text[start..end].iter().find(|byte| !byte.is_ascii_digit()) else {
        return false;
    };
    let is_group = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    let is_before = |group: &&[u8]| matches!(group, [digits @ .., last] if is_group(digits) && last == separator);
    let is_behind = |group: &&[u8]| matches!(group, [first, digits @ ..] if is_group(digits) && first == separator);
    let before = text[..start].rchunks_exact(GROUP_BYTES).take(MATRIX_GROUPS_MIN);
    let behind = text[end..].chunks_exact(GROUP_BYTES).take(MATRIX_GROUPS_MIN);
    before.take_while(is_before).count() + behind.take_while(is_behind).count() >= MATRIX_GROUPS_MIN
}

/// Whether words stand around a value as in a sentence, and not what delimits the cells of a table.
fn is_in_sentence(text: &[u8], start: usize, end: usize) -> bool {
    let is_end = |byte: &u8| is_between_values(*byte) || matches!(byte, b'(' | b')' | b'=' | b':');
    let before = text[..start].iter().rposition(is_end).map_or(0, |at| at + 1);
    let behind = text[end..].iter().position(is_end).map_or(text.len(), |at| end + at);
    let around = text[before..start]
        .split(|byte| *byte == b' ')
        .chain(text[end..behind].split(|byte| *byte == b' '));
    let is_word = |word: &&[u8]| {
        word.first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80)
    };
    around.filter(is_word).take(SENTENCE_WORDS_MIN).count() == SENTENCE_WORDS_MIN
}

/// No value has one of these in it.
const fn is_between_values(byte: u8) -> bool {
    matches!(
        byte,
        b',' | b';' | b'|' | b'<' | b'>' | b'"' | b'{' | b'}' | b'[' | b']' | b'\t'
    )
}

/// The cells of a column or behind a label.
#[derive(Debug, Default)]
struct Cells {
    tally: ColumnTally,
    /// The line of the first one with a form of each class, from 1.
    first_lines: [u64; CLASSES],
}

impl Cells {
    fn new(hints: NameHints) -> Self {
        Self {
            tally: ColumnTally::new(hints),
            first_lines: [0; CLASSES],
        }
    }

    fn observe(&mut self, cell: &[u8], line: u64) {
        let forms = self.tally.observe_any(cell);
        for class in forms.strong.union(forms.weak).iter() {
            let first = &mut self.first_lines[class.index()];
            if *first == 0 {
                *first = line;
            }
        }
    }

    /// Their class, how many have a form of it, and the line of the first one.
    fn decided(&self) -> Option<(DataClass, u64, u64)> {
        let class = self.tally.decide()?.class;
        Some((class, self.tally.of_class(class), self.first_lines[class.index()]))
    }
}

/// The longest cell that may have a form, in bytes, with what stands around it.
const CELL_BYTES_MAX: usize = 400;

/// Without the white space and the quotes around it, and without a bracket that opens or closes more than this. A long one
/// is no value, and stays as it is.
fn bare(field: &[u8]) -> &[u8] {
    let mut field = field.trim_ascii();
    if field.len() > CELL_BYTES_MAX {
        return field;
    }
    loop {
        let before = field.len();
        if let [b'(' | b'[' | b'{', rest @ ..] = field
            && !rest.iter().any(|byte| matches!(byte, b')' | b']' | b'}'))
        {
            field = rest;
        }
        if let [rest @ .., b')' | b']' | b'}' | b';' | b','] = field
            && !rest.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{'))
        {
            field = rest;
        }
        if let [b'"' | b'\'' | b'`', rest @ ..] = field {
            field = rest;
        }
        if let [rest @ .., b'"' | b'\'' | b'`'] = field {
            field = rest;
        }
        field = field.trim_ascii();
        if field.len() == before {
            return field;
        }
    }
}
