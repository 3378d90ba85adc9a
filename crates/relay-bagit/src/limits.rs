//! What a bag may cost before it is refused.

use serde::{Deserialize, Serialize};

/// Limits on a bag's tag files, and on what is kept of what is wrong with it.
///
/// What reading a bag takes is bounded by `tag_files_bytes_max` and `entries_max`: each manifest's line is kept as its
/// digest and eight bytes, each name once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagLimits {
    /// The largest tag file that is read, in bytes as sent.
    pub tag_file_bytes_max: u64,
    /// All tag files that are read together, in bytes as sent.
    pub tag_files_bytes_max: u64,
    /// The most tag files that are read.
    pub tag_files_max: usize,
    /// The most lines of all manifests, bag-info.txt and fetch.txt together.
    pub entries_max: u64,
    /// The longest line of a tag file, in bytes of UTF-8.
    pub line_bytes_max: usize,
    /// The most findings that are kept; the rest is counted. Errors are kept before warnings, warnings before notes.
    pub findings_max: usize,
}

impl Default for BagLimits {
    fn default() -> Self {
        Self {
            tag_file_bytes_max: 64 << 20,
            tag_files_bytes_max: 128 << 20,
            tag_files_max: 64,
            entries_max: 1_000_000,
            line_bytes_max: 16 << 10,
            findings_max: 100,
        }
    }
}
