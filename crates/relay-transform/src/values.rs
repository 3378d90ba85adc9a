//! The vectors that Parquet is encoded from.

use relay_model::FieldType;

/// The values of a column; a row without a value has a zero or an empty text here.
#[derive(Debug)]
pub(crate) enum Values {
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Boolean(Vec<bool>),
    /// Days from 1970-01-01.
    Date(Vec<i32>),
    /// Microseconds from 1970-01-01T00:00:00.
    Datetime(Vec<i64>),
    /// Microseconds from midnight.
    Time(Vec<i64>),
    String(Texts),
}

/// Texts end to end; text n ends at `ends[n]`.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) ends: Vec<u32>,
    pub(crate) bytes: Vec<u8>,
}

impl Values {
    pub(crate) const fn new(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Integer => Self::Integer(Vec::new()),
            FieldType::Number => Self::Number(Vec::new()),
            FieldType::Boolean => Self::Boolean(Vec::new()),
            FieldType::Date => Self::Date(Vec::new()),
            FieldType::Datetime => Self::Datetime(Vec::new()),
            FieldType::Time => Self::Time(Vec::new()),
            FieldType::String => Self::String(Texts {
                ends: Vec::new(),
                bytes: Vec::new(),
            }),
        }
    }

    /// Takes rows out from `first` on, as `keep` says.
    pub(crate) fn retain_from(&mut self, first: usize, keep: &[bool]) {
        match self {
            Self::Integer(values) | Self::Datetime(values) | Self::Time(values) => retain_from(values, first, keep),
            Self::Number(values) => retain_from(values, first, keep),
            Self::Boolean(values) => retain_from(values, first, keep),
            Self::Date(values) => retain_from(values, first, keep),
            Self::String(texts) => texts.retain_from(first, keep),
        }
    }
}

impl Texts {
    pub(crate) fn get(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[row] as usize]
    }

    /// The first rows, and no others.
    pub(crate) fn first(&self, rows: usize) -> Self {
        let ends = self.ends[..rows].to_vec();
        let bytes = self.bytes[..ends.last().map_or(0, |end| *end as usize)].to_vec();
        Self { ends, bytes }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
    }

    fn retain_from(&mut self, first: usize, keep: &[bool]) {
        let begin = first.checked_sub(1).map_or(0, |before| self.ends[before]);
        let ends = self.ends.split_off(first);
        let bytes = self.bytes.split_off(begin as usize);
        let mut start = 0;
        for (end, keep) in ends.into_iter().zip(keep) {
            let end = (end - begin) as usize;
            if *keep {
                self.push(&bytes[start..end]);
            }
            start = end;
        }
    }
}

/// Takes values out from `first` on, as `keep` says.
pub(crate) fn retain_from<T: Copy>(values: &mut Vec<T>, first: usize, keep: &[bool]) {
    let mut kept = first;
    for (offset, keep) in keep.iter().enumerate() {
        values[kept] = values[first + offset];
        kept += usize::from(*keep);
    }
    values.truncate(kept);
}
