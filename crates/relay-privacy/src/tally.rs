//! A column, counted cell by cell, and the class that the counts make it.

use relay_model::{Basis, ColumnClass, DataClass, PrivacyPolicy};

use crate::class::ClassSet;
use crate::forms::{CELL_BYTES_MIN, Forms, trimmed};
use crate::name::NameHints;
use crate::thresholds::{Thresholds, WEAK_ALONE_ROWS_MIN};

const CLASSES: usize = DataClass::ALL.len();
const PERMILLE: u64 = 1_000;

/// How missing values are written: they are no values, and say nothing about a column.
#[inline]
const fn is_missing(cell: &[u8]) -> bool {
    matches!(
        cell,
        b"" | b"NA"
            | b"N/A"
            | b"n/a"
            | b"na"
            | b"NULL"
            | b"null"
            | b"Null"
            | b"NONE"
            | b"None"
            | b"none"
            | b"NaN"
            | b"nan"
            | b"-"
            | b"--"
    )
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
    /// Its class.
    pub class: DataClass,
    /// The rows that have a value.
    pub rows: u64,
    /// Of these, how many in a thousand have a form of the class.
    pub share_permille: u16,
    /// What it was found by.
    pub basis: Basis,
}

impl Classification {
    /// What is reported of a column of this class under a policy.
    pub const fn under(self, policy: &PrivacyPolicy) -> ColumnClass {
        ColumnClass {
            class: self.class,
            rows: self.rows,
            share_permille: self.share_permille,
            basis: self.basis,
            treatment: policy.treatment(self.class),
        }
    }
}

/// How often each form was seen in a column. Of a fixed size; two of one column can be merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnTally {
    hints: NameHints,
    rows: u64,
    strong: [u64; CLASSES],
    weak: [u64; CLASSES],
}

impl ColumnTally {
    /// Nothing seen yet of a column whose name suggests this.
    pub fn new(hints: NameHints) -> Self {
        Self {
            hints,
            ..Self::default()
        }
    }

    /// What the column's name suggests.
    pub const fn hints(&self) -> NameHints {
        self.hints
    }

    /// The rows that have a value.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Counts one cell.
    #[inline]
    pub fn observe(&mut self, cell: &[u8]) {
        // Short numbers are the most frequent cells of all: neither missing nor of a class.
        if let [b'0'..=b'9', rest @ ..] = cell
            && rest.len() < CELL_BYTES_MIN - 1
            && self.hints.classes().is_empty()
        {
            self.rows += 1;
            return;
        }
        let _ = self.observe_any(cell);
    }

    /// Counts one cell, and says which forms it has.
    pub(crate) fn observe_any(&mut self, cell: &[u8]) -> Forms {
        let cell = trimmed(cell);
        if is_missing(cell) {
            return Forms::default();
        }
        self.rows += 1;
        if cell.len() < CELL_BYTES_MIN && self.hints.classes().is_empty() {
            return Forms::default();
        }
        let forms = Forms::among(cell, self.hints.classes());
        if forms != Forms::default() {
            count(&mut self.strong, forms.strong);
            count(&mut self.weak, forms.weak);
        }
        forms
    }

    /// How many cells had a form of a class, a strong one or a weak one.
    pub(crate) const fn of_class(&self, class: DataClass) -> u64 {
        self.strong[class.index()] + self.weak[class.index()]
    }

    /// Counts what another tally of the same column has seen.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        let add = |mine: &mut [u64; CLASSES], others: &[u64; CLASSES]| {
            for (mine, other) in mine.iter_mut().zip(others) {
                *mine += other;
            }
        };
        add(&mut self.strong, &other.strong);
        add(&mut self.weak, &other.weak);
    }

    /// The class of the column, if it is of one. Of several, the one that most rows have the form of.
    pub fn decide(&self) -> Option<Classification> {
        let mut best: Option<Classification> = None;
        for class in DataClass::ALL {
            let found = self.decide_class(class);
            let is_better = |found: &Classification| best.is_none_or(|best| found.share_permille > best.share_permille);
            best = found.filter(is_better).or(best);
        }
        best
    }

    fn decide_class(&self, class: DataClass) -> Option<Classification> {
        let thresholds = Thresholds::of(class);
        let strong = self.permille(self.strong[class.index()]);
        let either = self.permille(self.strong[class.index()] + self.weak[class.index()]);
        let is_by_content = thresholds.content.is_some_and(|content| {
            let is_enough = strong >= content.strong_permille_min && either >= content.either_permille_min;
            is_enough && (self.rows >= content.rows_min || self.hints.is_absent())
        });
        let is_by_weak_content = thresholds
            .weak_alone_permille_min
            .is_some_and(|share| either >= share && self.rows >= WEAK_ALONE_ROWS_MIN);
        let is_by_clear_name = self.hints.suggests(class) && either >= thresholds.named_permille_min;
        let is_by_ambiguous_name =
            self.hints.may_mean(class) && thresholds.ambiguous_permille_min.is_some_and(|share| either >= share);
        let is_by_name = is_by_clear_name || is_by_ambiguous_name;
        let basis = match (is_by_name, is_by_content || is_by_weak_content) {
            (true, true) => Basis::Both,
            (true, false) => Basis::Name,
            (false, true) => Basis::Content,
            (false, false) => return None,
        };
        (self.rows > 0).then_some(Classification {
            class,
            rows: self.rows,
            share_permille: either,
            basis,
        })
    }

    fn permille(&self, cells: u64) -> u16 {
        let share = u128::from(cells) * u128::from(PERMILLE) / u128::from(self.rows.max(1));
        u16::try_from(share).unwrap_or(u16::MAX)
    }
}

fn count(counts: &mut [u64; CLASSES], classes: ClassSet) {
    for class in classes.iter() {
        counts[class.index()] += 1;
    }
}
