//! What becomes of personal data in the texts of a column, between the rows and Parquet.

use std::sync::Arc;

use relay_model::DataClass;
use relay_privacy::Redactor;

use crate::json_text::treat_strays;
use crate::values::{Texts, Values};

/// The longest row that any setting can allow where values are treated, in bytes. A token may be six times as long as its
/// value (`a@b.cd`), and Arrow addresses the texts of a batch with 31 bits.
pub(crate) const TREATED_ROW_BYTES_CEILING: usize = 1 << 28;

/// How the texts of a column are treated.
#[derive(Clone, Debug)]
pub(crate) enum Treating {
    /// Not at all.
    Nothing,
    /// Unmistakable values in them are, and the text around these stays.
    EmbeddedMatches(Arc<Redactor>),
    /// All of them are, as values of this class.
    Whole(Arc<Redactor>, DataClass),
}

/// What was treated in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Treated {
    /// Values among others' text.
    pub(crate) strays: u64,
    /// Rows of which nothing is left, so that they have no value any more.
    pub(crate) emptied: u64,
}

impl Treated {
    pub(crate) fn add(&mut self, other: Self) {
        self.strays += other.strays;
        self.emptied += other.emptied;
    }
}

impl Treating {
    /// Treats the rows of a batch that have a value. Columns of other types have no text to treat.
    pub(crate) fn apply(&self, values: &mut Values, present: &mut [bool]) -> Treated {
        let Values::String(texts) = values else {
            return Treated::default();
        };
        match self {
            Self::Nothing => Treated::default(),
            Self::EmbeddedMatches(redactor) => strays(redactor, texts, present),
            Self::Whole(redactor, class) => whole(redactor, *class, texts, present),
        }
    }
}

fn whole(redactor: &Redactor, class: DataClass, texts: &mut Texts, present: &mut [bool]) -> Treated {
    let mut sum = Treated::default();
    let mut out = Texts::default();
    let mut text = Vec::new();
    for (row, present) in present.iter_mut().enumerate() {
        text.clear();
        if *present {
            redactor.treat_cell(class, texts.get(row), &mut text);
            *present = !text.is_empty();
            sum.emptied += u64::from(text.is_empty());
        }
        out.push(&text);
    }
    *texts = out;
    sum
}

// Most columns have none, and are left as they are.
fn strays(redactor: &Redactor, texts: &mut Texts, present: &mut [bool]) -> Treated {
    let mut sum = Treated::default();
    let mut out: Option<Texts> = None;
    let mut text = Vec::new();
    for (row, present) in present.iter_mut().enumerate() {
        text.clear();
        match treat_strays(redactor, texts.get(row), &mut text) {
            0 => {
                if let Some(out) = &mut out {
                    out.push(texts.get(row));
                }
            }
            found => {
                sum.strays += found as u64;
                sum.emptied += u64::from(text.is_empty());
                *present = !text.is_empty();
                out.get_or_insert_with(|| texts.first(row)).push(&text);
            }
        }
    }
    if let Some(out) = out {
        *texts = out;
    }
    sum
}
