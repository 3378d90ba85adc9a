//! The limits on everything an archive can make large. Each is a setting with a default; units stand last.

use serde::{Deserialize, Serialize};

/// Limits on one archive, all archives within it included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArchiveLimits {
    /// The most entries, folders and those of nested archives included.
    pub entries_max: u64,
    /// How deep archives may be nested: 0 allows none within the outermost.
    pub depth_max: u32,
    /// The longest entry, in bytes as they come out.
    pub entry_bytes_max: u64,
    /// The most bytes that may come out of all decoders together, those of nested archives included.
    pub unpacked_bytes_max: u64,
    /// The largest ratio of unpacked to packed bytes, once more than `unpacked_bytes_unchecked` have come out.
    ///
    /// Deflate makes at most 1,032 bytes out of one, so a limit near that is none: a bomb diluted by a few percent of
    /// noise passes below it. 250 is beyond what logs and tables reach by deflate, and makes of 10 MB at most 2.5 GB of
    /// work.
    pub unpacked_ratio_max: u64,
    /// Below this many unpacked bytes the ratio is not judged: a few repeated rows compress very well.
    pub unpacked_bytes_unchecked: u64,
    /// The longest path of an entry, in bytes of UTF-8, the paths of the archives around it included.
    pub name_bytes_max: usize,
    /// The most segments of a path, those of the archives around it included.
    pub name_segments_max: usize,
    /// The most bytes about one entry that are not its content: extra fields, long-name and pax records.
    pub metadata_bytes_max: u64,
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const TIB: u64 = 1024 * 1024 * MIB;

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            entries_max: 10_000,
            depth_max: 3,
            entry_bytes_max: TIB,
            unpacked_bytes_max: TIB,
            unpacked_ratio_max: 250,
            unpacked_bytes_unchecked: 64 * MIB,
            name_bytes_max: KIB as usize,
            name_segments_max: 32,
            metadata_bytes_max: MIB,
        }
    }
}
