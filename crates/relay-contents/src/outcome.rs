//! What came of a package, or of a file in one: the one type from the transform to the audit event.

use relay_model::{ArchiveSummary, ContentsKind, ContentsSummary, OpaqueSummary, Reason, TableSummary};
use relay_transform::{Digested, Learnt, TransformError};

/// A stream that was read to its end, and the results that were written.
#[derive(Debug)]
pub struct Outcome<R> {
    /// The bytes that were read.
    pub digested: Digested,
    /// What they held.
    pub summary: Summary,
    /// The results of a good verdict, complete. Of an archive, those of all its files in their order, with what explains
    /// them.
    pub results: Vec<R>,
    /// What explains rows or a bad verdict; kept for either.
    pub explanations: Vec<R>,
    /// Why it is to be set aside, if it is.
    pub quarantine: Option<Reason>,
}

/// What a stream held, by how it was read.
#[derive(Debug)]
pub enum Summary {
    /// Rows. Nothing is known of them if it was set aside before its columns were.
    Table(Option<Box<TableSummary>>),
    /// Bytes that are kept as they are.
    Opaque(Option<Box<OpaqueSummary>>),
    /// Files. Nothing is known of them if the archive was refused.
    Archive(Option<Box<ArchiveSummary>>),
}

impl Summary {
    /// The name of the transform: `table`, `opaque` or `archive`.
    pub const fn transform(&self) -> &'static str {
        match self {
            Self::Table(_) => "table",
            Self::Opaque(_) => "opaque",
            Self::Archive(_) => "archive",
        }
    }

    /// The table, if it was one.
    pub fn table(&self) -> Option<&TableSummary> {
        match self {
            Self::Table(table) => table.as_deref(),
            _ => None,
        }
    }

    /// What was found in bytes that are no table.
    pub fn opaque(&self) -> Option<&OpaqueSummary> {
        match self {
            Self::Opaque(opaque) => opaque.as_deref(),
            _ => None,
        }
    }

    /// The archive, if it was one.
    pub fn archive(&self) -> Option<&ArchiveSummary> {
        match self {
            Self::Archive(archive) => archive.as_deref(),
            _ => None,
        }
    }

    /// The same in numbers.
    pub fn counts(&self) -> ContentsSummary {
        let kind = match self {
            Self::Table(_) => ContentsKind::Table,
            Self::Opaque(_) => ContentsKind::Opaque,
            Self::Archive(_) => ContentsKind::Archive,
        };
        ContentsSummary::new(kind, self.table(), self.opaque(), self.archive())
    }

    /// The three forms in which the audit event has it; at most one is there.
    pub fn into_parts(
        self,
    ) -> (
        Option<TableSummary>,
        Option<Box<OpaqueSummary>>,
        Option<Box<ArchiveSummary>>,
    ) {
        match self {
            Self::Table(table) => (table.map(|table| *table), None, None),
            Self::Opaque(opaque) => (None, opaque, None),
            Self::Archive(archive) => (None, None, archive),
        }
    }
}

impl<R> Outcome<R> {
    /// Set aside before anything was written.
    pub(crate) const fn set_aside(digested: Digested, summary: Summary, reason: Reason) -> Self {
        Self {
            digested,
            summary,
            results: Vec::new(),
            explanations: Vec::new(),
            quarantine: Some(reason),
        }
    }

    /// Everything that was written, to be made visible or given up; and the outcome without it.
    pub fn take_results(&mut self) -> Vec<R> {
        let mut all = std::mem::take(&mut self.results);
        all.append(&mut self.explanations);
        all
    }

    /// The same outcome with other results: those that are visible in place of those that were written.
    pub fn with_results<V>(self, results: Vec<V>) -> Outcome<V> {
        Outcome {
            digested: self.digested,
            summary: self.summary,
            results,
            explanations: Vec::new(),
            quarantine: self.quarantine,
        }
    }
}

/// What comes of one pass.
pub(crate) enum Pass<S> {
    Finished(Box<Outcome<S>>),
    /// The bytes that were read, and how they are to be read once more.
    Again(NextPass, Digested),
}

/// What a further pass has to do.
pub(crate) enum NextPass {
    /// It is no table, and none was declared: keep it as it is.
    Opaque,
    /// Later rows contradict what the first ones suggested: read it with these columns.
    Table(Box<Learnt>),
}

/// A version never changes, so this is a defect, of the store or of ours.
pub(crate) fn disagreement() -> TransformError {
    TransformError::Internal("two passes over the same bytes disagreed".to_owned())
}
