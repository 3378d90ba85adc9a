//! What the directory of a zip says about lengths, for those who could look at the end before they read from the beginning.

use std::collections::BTreeMap;

/// The packed lengths of entries, in bytes, by the offset of their local headers.
///
/// Needed only for stored entries whose length stands behind them. Nothing is believed of it: the length is held against
/// descriptor and directory like any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryHint {
    packed_bytes: BTreeMap<u64, u64>,
}

impl DirectoryHint {
    /// Notes the packed length of the entry whose local header starts at `offset`.
    pub fn add(&mut self, offset: u64, packed_bytes: u64) {
        self.packed_bytes.insert(offset, packed_bytes);
    }

    pub(super) fn packed_bytes(&self, offset: u64) -> Option<u64> {
        self.packed_bytes.get(&offset).copied()
    }
}
