//! What was in a package.

use relay_model::{ArchiveSummary, Reason, TableSummary};
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
            archive: None,
            quarantine: Some(reason),
        }
    }
}
