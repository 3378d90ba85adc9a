//! Whether the first row of delimited text has the names of the columns, or is a row like those below it.
//!
//! Nobody declares it, and reading it wrong loses a row, or makes a person's name the name of a column in a trail that keeps
//! it for ever. So the first row is held against the columns below it: a name stands above numbers, dates and addresses
//! without being one. Where it is one in every such column, the first row is data. Where the signs contradict each other, or
//! a text looks too much like those below it, nothing is guessed and the table is set aside.

use relay_privacy::{ClassSet, Forms, NameHints, classify_name};

use crate::cells::{Cell, CellKind, CsvSyntax, MissingValues, Syntax};
use crate::evidence::Evidence;
use crate::rows::RowBatch;

/// How many rows below the first are looked at.
pub(crate) const HEADING_ROWS_MAX: usize = 1_000;
/// So many of a hundred values of a column look like its first one, if that is to mean something.
const ALIKE_PERCENT_MIN: usize = 90;
/// So many values must be there to look alike.
const ALIKE_VALUES_MIN: usize = 2;
/// Whole numbers that are names of columns when other numbers stand below them.
const YEARS: std::ops::RangeInclusive<i64> = 1800..=2200;
/// Words of names that a value seldom has, besides those of personal data. Lower case, without what is not a letter.
const NAME_WORDS: [&str; 40] = [
    "id",
    "name",
    "date",
    "time",
    "type",
    "code",
    "number",
    "no",
    "nr",
    "status",
    "title",
    "description",
    "comment",
    "category",
    "value",
    "unit",
    "price",
    "amount",
    "total",
    "quantity",
    "currency",
    "country",
    "city",
    "street",
    "state",
    "region",
    "company",
    "product",
    "datum",
    "titel",
    "beschreibung",
    "betrag",
    "preis",
    "menge",
    "land",
    "stadt",
    "ort",
    "nom",
    "fecha",
    "nombre",
];

/// What the first row is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heading {
    /// The names of the columns.
    Names,
    /// A row: the columns have no names.
    Row,
    /// It cannot be told; why, without a word of what it holds.
    Unknown(String),
}

/// What the numbers of a first row are, above numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    /// Different years, above what are no years.
    Years,
    /// One after the other: places, or years above years.
    Places,
    Any,
}

/// The first row, and what has been seen of the rows below it.
pub(crate) struct HeadingCheck<'n> {
    first: &'n [String],
    columns: Vec<Below>,
    rows: usize,
}

/// What has been seen of a column below its first row.
struct Below {
    evidence: Evidence,
    values: usize,
    years: usize,
    /// Values that are written as the first one is: letters and digits in the same places.
    of_first_pattern: usize,
    /// Values that have a form of personal data that the first one has.
    of_first_class: usize,
    equal_to_first: usize,
    first_pattern: Vec<u8>,
    first_classes: ClassSet,
}

impl<'n> HeadingCheck<'n> {
    pub(crate) fn new(first: &'n [String]) -> Self {
        let below = |text: &String| Below {
            evidence: Evidence::NONE,
            values: 0,
            years: 0,
            of_first_pattern: 0,
            of_first_class: 0,
            equal_to_first: 0,
            first_pattern: pattern(text.as_bytes()),
            first_classes: Forms::of(text.as_bytes()).strong,
        };
        Self {
            first,
            columns: first.iter().map(below).collect(),
            rows: 0,
        }
    }

    pub(crate) fn observe(&mut self, data: &[u8], batch: &RowBatch, missing: &MissingValues) {
        let rows = batch.rows().min(HEADING_ROWS_MAX - self.rows.min(HEADING_ROWS_MAX));
        for cells in batch.cells.chunks_exact(batch.columns.max(1)).take(rows) {
            let decode = |(start, end): &(u32, u32)| CsvSyntax::<true>::decode(&data[*start as usize..*end as usize]);
            let row: Vec<Cell<'_>> = cells.iter().map(decode).collect();
            // Two files appended to each other.
            if row
                .iter()
                .zip(self.first)
                .all(|(cell, first)| *cell.text == *first.as_bytes())
            {
                continue;
            }
            self.rows += 1;
            for ((cell, column), first) in row.iter().zip(&mut self.columns).zip(self.first) {
                if !missing.is_missing(cell.kind, &cell.text) {
                    column.observe(cell, first.as_bytes());
                }
            }
        }
    }

    pub(crate) fn judge(&self) -> Heading {
        let columns = || self.columns.iter().zip(self.first).zip(1_usize..);
        let typed = || columns().filter(|((column, first), _)| column.is_typed() && !first.is_empty());
        let fitting: Vec<usize> = typed()
            .filter(|((column, first), _)| column.fits(first))
            .map(|(_, number)| number)
            .collect();
        let names = typed().count() - fitting.len();
        if self.rows == 0 {
            return self.judge_alone();
        }
        let personal = columns().find(|((column, _), _)| column.is_of_first_class());
        if names > 0 {
            return match (personal, fitting.first()) {
                (Some((_, number)), _) => Heading::Unknown(format!(
                    "the first row is written like a name above some columns, and in column {number} it has personal data as the rows below it"
                )),
                (None, Some(number)) if self.numbers_of(&fitting) == Numbers::Any => Heading::Unknown(format!(
                    "the first row is written like a name above some columns, and in column {number} it is a value as those below it"
                )),
                _ => Heading::Names,
            };
        }
        if personal.is_some() {
            return Heading::Row;
        }
        if !fitting.is_empty() {
            return match self.numbers_of(&fitting) {
                Numbers::Any => Heading::Row,
                // The figures of countries under the years.
                Numbers::Years
                    if fitting.len() > 1
                        && columns().any(|((column, first), _)| column.is_text() && !first.is_empty()) =>
                {
                    Heading::Names
                }
                Numbers::Years | Numbers::Places => Heading::Unknown(
                    "the first row has numbers in order, which are names of columns as often as values".to_owned(),
                ),
            };
        }
        if self.first.iter().any(|first| is_usual_name(first)) {
            return Heading::Names;
        }
        let alike = columns().find(|((column, first), _)| column.looks_like_first(first));
        match alike {
            Some((_, number)) => Heading::Unknown(format!(
                "no column tells names from values, and in column {number} the first row is written as the rows below it"
            )),
            None => Heading::Names,
        }
    }

    // A single row.
    fn judge_alone(&self) -> Heading {
        if self.columns.iter().any(|column| !column.first_classes.is_empty()) {
            return Heading::Row;
        }
        let is_value = |first: &&String| {
            let cell = Cell {
                kind: CellKind::Csv,
                text: first.as_bytes().into(),
            };
            !first.is_empty() && Evidence::of(&cell).is_open()
        };
        match self.first.iter().position(|first| is_value(&first)) {
            Some(index) => Heading::Unknown(format!(
                "there is a single row, and in column {} it has a value rather than a name",
                index + 1
            )),
            None => Heading::Names,
        }
    }

    fn numbers_of(&self, columns: &[usize]) -> Numbers {
        let firsts = || columns.iter().map(|column| self.first[column - 1].as_str());
        let are_years_above_others = columns.iter().all(|column| {
            let below = &self.columns[column - 1];
            is_year(self.first[column - 1].as_bytes()) && below.years * 2 < below.values
        });
        if are_years_above_others && self.distinct(columns) == columns.len() {
            return Numbers::Years;
        }
        let numbers: Option<Vec<i64>> = firsts().map(|first| first.parse().ok()).collect();
        let are_in_order = numbers.is_some_and(|numbers| numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
        if columns.len() > 1 && are_in_order {
            Numbers::Places
        } else {
            Numbers::Any
        }
    }

    fn distinct(&self, columns: &[usize]) -> usize {
        let texts: std::collections::HashSet<&str> =
            columns.iter().map(|column| self.first[column - 1].as_str()).collect();
        texts.len()
    }
}

impl Below {
    fn observe(&mut self, cell: &Cell<'_>, first: &[u8]) {
        self.values += 1;
        if self.evidence.is_open() {
            self.evidence.add(Evidence::of(cell));
        }
        self.years += usize::from(is_year(&cell.text));
        self.equal_to_first += usize::from(*cell.text == *first);
        self.of_first_pattern += usize::from(pattern(&cell.text) == self.first_pattern);
        if !self.first_classes.is_empty() {
            let strong = Forms::of(&cell.text).strong;
            self.of_first_class += usize::from(strong.iter().any(|class| self.first_classes.contains(class)));
        }
    }

    // Numbers, dates, truth values: what a name is not.
    fn is_typed(&self) -> bool {
        self.values > 0 && self.evidence.is_open()
    }

    fn is_text(&self) -> bool {
        !self.evidence.is_open()
    }

    fn fits(&self, first: &str) -> bool {
        let of_first = Evidence::of(&Cell {
            kind: CellKind::Csv,
            text: first.as_bytes().into(),
        });
        let mut together = self.evidence;
        together.add(of_first);
        of_first.is_open() && (together.is_typed() || !self.evidence.is_typed())
    }

    fn is_of_first_class(&self) -> bool {
        !self.first_classes.is_empty() && self.of_first_class * 2 > self.values
    }

    // Codes under a code, values under the same value; not the one value that a column of marks has.
    fn looks_like_first(&self, first: &str) -> bool {
        let is_telling = first.bytes().any(|byte| byte.is_ascii_digit()) || first.trim().contains(' ');
        let is_alike = self.values >= ALIKE_VALUES_MIN
            && self.of_first_pattern * 100 >= self.values * ALIKE_PERCENT_MIN
            && is_telling;
        is_alike || (self.equal_to_first > 0 && self.equal_to_first < self.values)
    }
}

// Which characters are letters, great and small, and digits; of letters one stands for all in a row.
fn pattern(text: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::new();
    for byte in text {
        let sign = match byte {
            b'a'..=b'z' | 0x80.. => b'a',
            b'A'..=b'Z' => b'A',
            b'0'..=b'9' => b'0',
            other => *other,
        };
        if sign == b'0' || pattern.last() != Some(&sign) {
            pattern.push(sign);
        }
    }
    pattern
}

fn is_year(text: &[u8]) -> bool {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.is_some_and(|number| YEARS.contains(&number))
}

fn is_usual_name(first: &str) -> bool {
    if classify_name(first) != NameHints::NONE {
        return true;
    }
    let words = first
        .split(|char: char| !char.is_alphabetic())
        .filter(|word| !word.is_empty());
    words
        .map(str::to_lowercase)
        .any(|word| NAME_WORDS.contains(&word.as_str()))
}
