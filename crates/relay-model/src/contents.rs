//! What a package held, in short; and what was found in files that are no tables and are kept bit for bit.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ArchiveSummary, DataClass, TableSummary, Treatment};

/// How much of an opaque file was looked through for personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpaqueScan {
    /// All of it: it is text from beginning to end.
    Text,
    /// The parts of it that are text. What is in the others is not known.
    Part,
    /// Nothing: it is not text, and what is in it is not known.
    Binary,
    /// Nothing: nobody asked for it.
    Off,
}

/// What was found in an opaque file. Never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpaqueSummary {
    /// How much of it was looked through.
    pub scan: OpaqueScan,
    /// How it is packed: `none`, `gzip`, `zstd`, …
    pub compression: String,
    /// The encoding of its text, as far as its bytes show it: `utf-8`, `single-byte`, `utf-16le` or `utf-16be`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Lines of text.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lines: u64,
    /// Personal data in its text, by class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personal: Vec<PersonalInText>,
}

/// Values of one class in a text that is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalInText {
    /// Which class.
    pub class: DataClass,
    /// How many values.
    pub values: u64,
    /// The line of the first one, from 1.
    pub first_line: u64,
    /// What the policy makes of this class in tables.
    pub treatment: Treatment,
}

/// What a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentsKind {
    /// One table.
    Table,
    /// One file that is kept bit for bit.
    Opaque,
    /// An archive of such.
    Archive,
}

/// What a package held, in numbers: what listings show of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentsSummary {
    /// What it is.
    pub kind: ContentsKind,
    /// Files that are tables.
    pub tables: u64,
    /// Files that are kept bit for bit.
    pub opaque_files: u64,
    /// Of these, those of which nothing could be looked through.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unscanned_files: u64,
    /// Of these, those that were looked through in part.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub partly_scanned_files: u64,
    /// Personal data that was found in them: values of all classes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub opaque_personal_values: u64,
    /// Rows of all tables, those left out that are set aside.
    pub rows: u64,
    /// Rows that are set aside.
    pub bad_rows: u64,
}

impl ContentsSummary {
    /// Of what was read.
    pub fn new(
        kind: ContentsKind,
        table: Option<&TableSummary>,
        opaque: Option<&OpaqueSummary>,
        archive: Option<&ArchiveSummary>,
    ) -> Self {
        let mut summary = Self {
            kind,
            tables: u64::from(kind == ContentsKind::Table),
            opaque_files: u64::from(kind == ContentsKind::Opaque),
            unscanned_files: u64::from(kind == ContentsKind::Opaque && opaque.is_none()),
            partly_scanned_files: 0,
            opaque_personal_values: 0,
            rows: 0,
            bad_rows: 0,
        };
        let files = || archive.iter().flat_map(|archive| &archive.files);
        if kind == ContentsKind::Archive {
            summary.tables = files().filter(|file| file.transform == "table").count() as u64;
            summary.opaque_files = files().filter(|file| file.transform == "opaque").count() as u64;
        }
        for table in table.into_iter().chain(files().filter_map(|file| file.table.as_ref())) {
            summary.rows += table.rows;
            summary.bad_rows += table.bad_rows;
        }
        for opaque in opaque
            .into_iter()
            .chain(files().filter_map(|file| file.opaque.as_ref()))
        {
            summary.unscanned_files += u64::from(matches!(opaque.scan, OpaqueScan::Binary | OpaqueScan::Off));
            summary.partly_scanned_files += u64::from(opaque.scan == OpaqueScan::Part);
            summary.opaque_personal_values += opaque.personal.iter().map(|found| found.values).sum::<u64>();
        }
        summary
    }
}

/// In words: `table, 336 rows, 2 bad`; `opaque, not scanned (binary)`; `2 tables, 1 opaque, 500 rows`.
impl fmt::Display for ContentsSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ContentsKind::Table => f.write_str("table")?,
            ContentsKind::Opaque => {
                f.write_str(match (self.unscanned_files, self.partly_scanned_files) {
                    (0, 0) => "opaque, scanned",
                    (0, _) => "opaque, scanned in part",
                    _ => "opaque, not scanned (binary)",
                })?;
                return self.write_personal_values(f);
            }
            // One that was not read to its end.
            ContentsKind::Archive if self.tables + self.opaque_files == 0 => return f.write_str("archive"),
            ContentsKind::Archive => {
                write!(f, "{} tables, {} opaque", self.tables, self.opaque_files)?;
                match self.unscanned_files + self.partly_scanned_files {
                    0 => {}
                    unscanned => write!(f, " ({unscanned} not scanned)")?,
                }
            }
        }
        if self.tables > 0 {
            write!(f, ", {} {}", self.rows, if self.rows == 1 { "row" } else { "rows" })?;
            if self.bad_rows > 0 {
                write!(f, ", {} bad", self.bad_rows)?;
            }
        }
        self.write_personal_values(f)
    }
}

impl ContentsSummary {
    fn write_personal_values(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.opaque_personal_values {
            0 => Ok(()),
            1 => f.write_str(", 1 personal value in text"),
            values => write!(f, ", {values} personal values in text"),
        }
    }
}

// What serde asks for.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opaque(scan: OpaqueScan, values: &[(DataClass, u64)]) -> OpaqueSummary {
        let personal = values.iter().map(|(class, values)| PersonalInText {
            class: *class,
            values: *values,
            first_line: 1,
            treatment: Treatment::Mask,
        });
        OpaqueSummary {
            scan,
            compression: "none".into(),
            encoding: None,
            lines: 0,
            personal: personal.collect(),
        }
    }

    #[test]
    fn the_words_say_what_is_known_and_never_that_binary_is_clean() {
        let of = |opaque: Option<&OpaqueSummary>| ContentsSummary::new(ContentsKind::Opaque, None, opaque, None);
        for (summary, words) in [
            (Some(opaque(OpaqueScan::Text, &[])), "opaque, scanned"),
            (Some(opaque(OpaqueScan::Part, &[])), "opaque, scanned in part"),
            (Some(opaque(OpaqueScan::Binary, &[])), "opaque, not scanned (binary)"),
            (None, "opaque, not scanned (binary)"),
            (
                Some(opaque(OpaqueScan::Text, &[(DataClass::Email, 1)])),
                "opaque, scanned, 1 personal value in text",
            ),
            (
                Some(opaque(OpaqueScan::Text, &[(DataClass::Email, 2), (DataClass::Iban, 1)])),
                "opaque, scanned, 3 personal values in text",
            ),
        ] {
            assert_eq!(of(summary.as_ref()).to_string(), words);
        }
        let archive = ContentsSummary::new(ContentsKind::Archive, None, None, None);
        assert_eq!(archive.to_string(), "archive");
        let archive = ContentsSummary {
            tables: 2,
            opaque_files: 3,
            unscanned_files: 1,
            rows: 500,
            bad_rows: 1,
            ..archive
        };
        assert_eq!(
            archive.to_string(),
            "2 tables, 3 opaque (1 not scanned), 500 rows, 1 bad"
        );
    }
}
