//! The limits on everything a producer can make large. Each is a setting with a default; units stand last.

use serde::{Deserialize, Serialize};

/// Limits on a package as a whole and on the work it may cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The largest object that may enter, in bytes.
    pub object_bytes_max: u64,
    /// How many attempts may fail on our side before the package is failed.
    pub attempts_max: u32,
    /// How many attempts may start, interrupted ones (crash, shutdown) included, before the package is failed.
    pub starts_max: u32,
    /// The pause before the second attempt, in milliseconds; it doubles with each further one.
    pub retry_backoff_ms: u64,
    /// The longest one attempt may take, in milliseconds.
    pub attempt_ms_max: u64,
    /// Limits on tables.
    pub table: TableLimits,
    /// Limits on archives.
    pub archive: ArchiveLimits,
    /// Limits on Data Packages.
    #[serde(default)]
    pub data_package: DataPackageLimits,
}

/// Limits on one Data Package: what is held of it in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataPackageLimits {
    /// The largest descriptor, and schemas and dialects in files of their own together, in bytes.
    pub descriptor_bytes_max: usize,
    /// The most keys (primary, unique, foreign) of all its tables together; each takes up to 90 bytes.
    pub keys_max: usize,
}

/// Limits on a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLimits {
    /// The longest row, in bytes as sent, its line ending included.
    pub row_bytes_max: usize,
    /// The most columns.
    pub columns_max: usize,
    /// What becomes of columns without a name of their own, where no schema names them.
    #[serde(default)]
    pub column_names: ColumnNames,
    /// The most bad rows; one more and the package is quarantined.
    pub bad_rows_max: u64,
    /// The largest share of bad rows, in percent of all rows.
    pub bad_rows_percent_max: u64,
    /// The most bytes that a compressed table may unpack to.
    pub unpacked_bytes_max: u64,
    /// The largest ratio of unpacked to packed bytes, once more than `unpacked_bytes_unchecked` have been unpacked.
    pub unpacked_ratio_max: u64,
    /// Below this many unpacked bytes the ratio is not judged: a few repeated rows compress very well.
    pub unpacked_bytes_unchecked: u64,
    /// The most bytes of a workbook or Parquet file: it is held in memory, since what says how to read it stands at its end.
    #[serde(default = "held_bytes_max")]
    pub held_bytes_max: u64,
}

const fn held_bytes_max() -> u64 {
    64 * MIB
}

/// What becomes of columns that have no name, or one that another column has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnNames {
    /// The table is set aside.
    #[default]
    Strict,
    /// They are named by their place (`column_3`), or numbered (`name_2`), and the result says so.
    Rename,
}

impl ColumnNames {
    /// The name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Rename => "rename",
        }
    }
}

impl std::str::FromStr for ColumnNames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "strict" => Ok(Self::Strict),
            "rename" => Ok(Self::Rename),
            _ => Err("use strict or rename".to_owned()),
        }
    }
}

/// Limits on one archive, all archives within it included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The longest path of an entry, in bytes of UTF-8, the paths of the archives around it included. It becomes a part of
    /// the key of a result, which has at most 1,024 bytes.
    pub name_bytes_max: usize,
    /// The most segments of a path, those of the archives around it included.
    pub name_segments_max: usize,
    /// The most bytes about one entry that are not its content: extra fields, long-name and pax records.
    pub metadata_bytes_max: u64,
}

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;
const TIB: u64 = 1024 * GIB;
const MINUTE_MS: u64 = 60_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            object_bytes_max: 5 * TIB,
            attempts_max: 3,
            starts_max: 10,
            retry_backoff_ms: 2_000,
            attempt_ms_max: 12 * 60 * MINUTE_MS,
            table: TableLimits::default(),
            archive: ArchiveLimits::default(),
            data_package: DataPackageLimits::default(),
        }
    }
}

impl Default for DataPackageLimits {
    fn default() -> Self {
        Self {
            descriptor_bytes_max: MIB as usize,
            keys_max: 1_000_000,
        }
    }
}

impl Default for TableLimits {
    fn default() -> Self {
        Self {
            row_bytes_max: MIB as usize,
            columns_max: 1_000,
            column_names: ColumnNames::Strict,
            bad_rows_max: 1_000,
            bad_rows_percent_max: 10,
            unpacked_bytes_max: TIB,
            unpacked_ratio_max: 1_000,
            unpacked_bytes_unchecked: 64 * MIB,
            held_bytes_max: held_bytes_max(),
        }
    }
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            entries_max: 10_000,
            depth_max: 3,
            entry_bytes_max: TIB,
            unpacked_bytes_max: TIB,
            unpacked_ratio_max: 250,
            unpacked_bytes_unchecked: 64 * MIB,
            name_bytes_max: KIB as usize / 2,
            name_segments_max: 32,
            metadata_bytes_max: MIB,
        }
    }
}
