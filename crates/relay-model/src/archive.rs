//! What an archive held: its files, and the verdict on what they make up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{OpaqueSummary, Sha256Digest, TableSummary};

/// An archive that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveSummary {
    /// `zip`, `tar`, `tar.gz`, `tar.zst`, `tar.bz2` or `tar.xz`.
    pub format: String,
    /// All entries, those of archives within it included.
    pub entries: u64,
    /// Archives within it whose entries were read.
    pub nested_archives: u64,
    /// What all decoders gave, in bytes.
    pub unpacked_bytes: u64,
    /// How often the package was read: 2; one more when a late value of a table widened an inferred type, one more when an archive
    /// has the name of a tag file and there is no bag, and one more for
    /// schemas of a Data Package in files of their own.
    pub passes: u32,
    /// The bag that it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bag: Option<BagSummary>,
    /// The Data Package that it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_package: Option<DataPackageSummary>,
    /// Its files, in the order of the archive.
    pub files: Vec<FileSummary>,
    /// Columns of tables that are not listed in `files`, because they would be too many for one event.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub columns_omitted: u64,
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSummary {
    /// Its path; `!/` stands between an archive and what is in it.
    pub path: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The hash of its bytes.
    pub sha256: Sha256Digest,
    /// Other digests that a manifest asked for, in hexadecimal, by algorithm: `md5`, `sha1`, `sha512`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
    /// `table`, `opaque`, `archive` for an archive whose entries are files of their own here, or [`PASSED_OVER`].
    pub transform: String,
    /// What the table held, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableSummary>,
    /// What was found in it, if it is no table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque: Option<OpaqueSummary>,
}

/// What [`FileSummary::transform`] says of a file of the operating system (`.DS_Store`, `__MACOSX/`), of which there is no result.
pub const PASSED_OVER: &str = "passed_over";

impl FileSummary {
    /// Whether it is a file of the operating system, which was read and hashed, and of which there is no result.
    pub fn is_passed_over(&self) -> bool {
        self.transform == PASSED_OVER
    }
}

/// What a package is by the standard that it says it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandardOutcome {
    /// Valid.
    Valid,
    /// Valid, and its maker should change something.
    ValidWithWarnings,
    /// Not valid: the package is quarantined.
    Invalid,
}

/// The verdict on a bag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BagSummary {
    /// Its version, if bagit.txt could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it is.
    pub outcome: StandardOutcome,
    /// What was found, not more than a limit; errors are kept before warnings, warnings before notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<RuleFinding>,
    /// How many findings there were beyond those.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings_omitted: u64,
}

/// The verdict on a Frictionless Data Package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataPackageSummary {
    /// The version of the standard, `1` or `2`; nothing if the descriptor could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it is.
    pub outcome: StandardOutcome,
    /// The resources that its descriptor has.
    pub resources: u64,
    /// Files that were held to a table schema.
    pub described_tables: u64,
    /// What was found, not more than a limit; errors are kept before warnings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<RuleFinding>,
    /// How many findings there were beyond those.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub findings_omitted: u64,
}

/// One rule that something in a package breaks, at one place. Names are escaped; contents are never shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFinding {
    /// The rule's name.
    pub rule: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of that file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The resource of a Data Package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The field of that resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The row of that resource, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// What was found.
    pub text: String,
}

// What serde asks for.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}
