//! What was in a package.

use relay_model::{ArchiveSummary, ContentsKind, ContentsSummary, OpaqueSummary, Reason, TableSummary};
use relay_transform::Digested;

/// A package that was read to its end, and the results that were written.
#[derive(Debug)]
pub struct Contents<S> {
    /// The bytes of the package itself.
    pub digested: Digested,
    /// How it was read: `table`, `opaque` or `archive`.
    pub transform: &'static str,
    /// The results, complete: everything for a good verdict, what explains it for a bad one.
    pub results: Vec<S>,
    /// What the table held, if it was one.
    pub table: Option<TableSummary>,
    /// What was found in it, if it was one file that is no table.
    pub opaque: Option<Box<OpaqueSummary>>,
    /// What the archive held, if it was one and sound.
    pub archive: Option<Box<ArchiveSummary>>,
    /// Why it is to be set aside, if it is.
    pub quarantine: Option<Reason>,
}

impl<S> Contents<S> {
    /// A package that is set aside before anything was written.
    pub(crate) const fn set_aside(digested: Digested, transform: &'static str, reason: Reason) -> Self {
        Self {
            digested,
            transform,
            results: Vec::new(),
            table: None,
            opaque: None,
            archive: None,
            quarantine: Some(reason),
        }
    }

    /// What it held, in numbers.
    pub fn summary(&self) -> ContentsSummary {
        let kind = match self.transform {
            "table" => ContentsKind::Table,
            "archive" => ContentsKind::Archive,
            _ => ContentsKind::Opaque,
        };
        ContentsSummary::new(
            kind,
            self.table.as_ref(),
            self.opaque.as_deref(),
            self.archive.as_deref(),
        )
    }
}
