//! A pass over an archive for the few files that say how others are to be read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use relay_archive::{ArchiveError, ArchiveFormat, Content, Entry, Nesting, Visitor, read_archive};
use relay_transform::{TransformError, Watch};

use crate::observed::{Observed, input_error};
use crate::outcome::disagreement;
use crate::request::{Package, Request};

/// Files by their paths in the archive; nothing of one that is beyond the limit.
pub(crate) type SourceFiles = BTreeMap<String, Option<Vec<u8>>>;

/// Keeps the files of these paths of the archive's own, together up to a limit.
pub(crate) fn collect(
    package: &dyn Package,
    format: ArchiveFormat,
    wanted: BTreeSet<String>,
    bytes_max: u64,
    request: &Request<'_>,
    watch: &Watch<'_>,
) -> Result<SourceFiles, TransformError> {
    let mut collector = Collector {
        wanted,
        bytes_left: bytes_max,
        found: BTreeMap::new(),
    };
    let mut input = Observed::new(package.open(), watch);
    match read_archive(&mut input, format, &request.limits.archive, &mut collector) {
        Ok(_) => Ok(collector.found),
        // The survey accepted these bytes.
        Err(ArchiveError::Refused(_)) => Err(disagreement()),
        Err(ArchiveError::Input(error) | ArchiveError::Visitor(error)) => Err(input_error(error, watch)),
    }
}

struct Collector {
    wanted: BTreeSet<String>,
    bytes_left: u64,
    found: SourceFiles,
}

impl Visitor for Collector {
    type Error = std::io::Error;
    type Packed = ();

    fn file(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), Self::Error> {
        if entry.depth > 0 || !self.wanted.contains(&entry.path) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        content.take(self.bytes_left + 1).read_to_end(&mut bytes)?;
        let left = self.bytes_left.checked_sub(bytes.len() as u64);
        self.bytes_left = left.unwrap_or(self.bytes_left);
        self.found.insert(entry.path.clone(), left.map(|_| bytes));
        Ok(())
    }

    // As the other passes do, so that paths and numbers are the same; but for nothing that is wanted here.
    fn enter(&mut self, entry: &Entry, _format: ArchiveFormat) -> Result<Nesting, Self::Error> {
        let is_wanted = entry.depth == 0 && self.wanted.contains(&entry.path);
        Ok(if is_wanted { Nesting::Keep } else { Nesting::Descend })
    }
}
