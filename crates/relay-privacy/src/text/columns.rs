//! Text as a table that nobody could read as one: cut at what delimits most of its lines, and told column by column, as
//! far as columns can be told by their place.

use relay_model::DataClass;

use super::{Cells, bare};
use crate::name::{NameHints, classify_name};

/// The lines that decide how a text is cut.
const SAMPLE_LINES_MAX: usize = 256;
/// And how long they may be together, in bytes.
const SAMPLE_BYTES_MAX: usize = 256 * 1024;
/// Names of columns are looked for in so many lines: titles and comments may stand above them.
const HEADER_LINES_MAX: usize = 8;
/// The longest name of a column, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Columns beyond these are not told apart.
const COLUMNS_MAX: usize = 256;
/// What may stand between columns, in the order of preference; blanks do if nothing else does.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// What stands between columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Cut {
    #[default]
    Undecided,
    /// Nothing: a line is all that there is.
    Nothing,
    At(u8),
}

/// The columns of a text.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// The first lines, until they decide.
    sample: Vec<(u64, Vec<u8>)>,
    sample_bytes: usize,
    /// What stands between columns, once it is decided.
    cut: Cut,
    each: Vec<Cells>,
    /// The line as a whole, as the one column that it may be.
    whole: Cells,
}

impl Columns {
    /// Looks at a line, or a piece of one.
    pub(super) fn look_at(&mut self, text: &[u8], line: u64) {
        if self.cut != Cut::Undecided {
            self.observe(text, line);
            return;
        }
        self.sample_bytes += text.len();
        self.sample.push((line, text.to_vec()));
        if self.sample.len() >= SAMPLE_LINES_MAX || self.sample_bytes >= SAMPLE_BYTES_MAX {
            self.decide_cut();
        }
    }

    /// There are no more lines.
    pub(super) fn finish(&mut self) {
        if self.cut == Cut::Undecided {
            self.decide_cut();
        }
    }

    /// Class, values and first line, for each column that is of a class.
    pub(super) fn decided(&self) -> impl Iterator<Item = (DataClass, u64, u64)> + '_ {
        self.each.iter().chain([&self.whole]).filter_map(Cells::decided)
    }

    fn decide_cut(&mut self) {
        let sample = std::mem::take(&mut self.sample);
        let delimiter = delimiter_of(&sample);
        self.cut = delimiter.map_or(Cut::Nothing, Cut::At);
        // Words of a prose are no names of columns.
        if delimiter.is_some_and(|delimiter| delimiter != b' ') {
            for (_, text) in sample.iter().take(HEADER_LINES_MAX) {
                for (index, field) in fields(text, delimiter).enumerate().take(COLUMNS_MAX) {
                    let hints = hints_of(field);
                    self.column(index).hint(hints);
                }
            }
        } else {
            for (_, text) in sample.iter().take(HEADER_LINES_MAX) {
                self.whole.hint(hints_of(text));
            }
        }
        for (line, text) in sample {
            self.observe(&text, line);
        }
    }

    fn column(&mut self, index: usize) -> &mut Cells {
        while self.each.len() <= index {
            self.each.push(Cells::default());
        }
        &mut self.each[index]
    }

    fn observe(&mut self, text: &[u8], line: u64) {
        let delimiter = match self.cut {
            Cut::At(delimiter) => Some(delimiter),
            Cut::Undecided | Cut::Nothing => None,
        };
        if delimiter.is_none_or(|delimiter| delimiter == b' ') {
            self.whole.observe(bare(text), line);
        }
        if delimiter.is_none() {
            return;
        }
        let mut index = 0;
        let mut is_after_end = false;
        for field in fields(text, delimiter) {
            let field = field.trim_ascii();
            // `(1, …), (2, …)` and `[[1, …], [2, …]]` are rows, however long their line is.
            if is_after_end && matches!(field.first(), Some(b'(' | b'[')) {
                index = 0;
            }
            is_after_end = matches!(field.last(), Some(b')' | b']'));
            if index < COLUMNS_MAX && !field.is_empty() {
                self.column(index).observe(bare(field), line);
            }
            index += 1;
        }
    }
}

impl Cells {
    fn hint(&mut self, hints: NameHints) {
        let hints = self.tally.hints().and(hints);
        *self = Self::new(hints);
    }
}

fn hints_of(name: &[u8]) -> NameHints {
    let name = bare(name);
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return NameHints::NONE;
    }
    classify_name(&String::from_utf8_lossy(name))
}

/// The delimiter that most lines have, or blanks, or nothing.
fn delimiter_of(sample: &[(u64, Vec<u8>)]) -> Option<u8> {
    let counts = |delimiter: u8| {
        let of_line = |(_, text): &(u64, Vec<u8>)| memchr::memchr_iter(delimiter, text).count();
        let lines_with = sample.iter().filter(|line| of_line(line) > 0).count();
        (lines_with, sample.iter().map(of_line).sum::<usize>())
    };
    let in_most_lines = |delimiter: &u8| counts(*delimiter).0 * 2 >= sample.len().max(1);
    let found = DELIMITERS.into_iter().filter(in_most_lines);
    // Of equal ones, the first.
    let best = found.rev().max_by_key(|delimiter| counts(*delimiter).1);
    best.or_else(|| in_most_lines(&b' ').then_some(b' '))
}

/// The fields of a line. A delimiter within quotes is none, if a quote closes them.
fn fields(text: &[u8], delimiter: Option<u8>) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(delimiter) = delimiter else {
            rest = None;
            return Some(text);
        };
        let end = field_end(text, delimiter);
        rest = text.get(end + 1..);
        Some(&text[..end])
    })
}

fn field_end(text: &[u8], delimiter: u8) -> usize {
    // Where blanks delimit, each of them ends a field.
    let blank = match delimiter {
        b' ' => 0,
        _ => text.iter().take_while(|byte| **byte == b' ').count(),
    };
    let mut from = 0;
    if let Some(b'"') = text.get(blank)
        && let Some(close) = memchr::memchr(b'"', &text[blank + 1..])
    {
        from = blank + 1 + close;
    }
    memchr::memchr(delimiter, &text[from..]).map_or(text.len(), |at| from + at)
}
