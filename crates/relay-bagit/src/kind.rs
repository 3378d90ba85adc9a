//! What a file of a bag is, by its path relative to the base directory.

use crate::algorithm::{Algorithm, normalized};
use crate::path::PAYLOAD;

/// The file that makes a folder a bag.
pub const DECLARATION: &str = "bagit.txt";
/// The list of files that are not in the bag yet.
pub const FETCH: &str = "fetch.txt";
const INFO: [&str; 2] = ["bag-info.txt", "package-info.txt"];

/// What a file of a bag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind<'a> {
    /// A file below `data/`.
    Payload,
    /// bagit.txt.
    Declaration,
    /// bag-info.txt, or package-info.txt before 0.96.
    Info,
    /// fetch.txt.
    Fetch,
    /// manifest-ALGORITHM.txt.
    PayloadManifest(ManifestName<'a>),
    /// tagmanifest-ALGORITHM.txt.
    TagManifest(ManifestName<'a>),
    /// Any other tag file; only its checksum matters.
    OtherTag,
}

/// The algorithm's name in the name of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManifestName<'a>(&'a str);

impl ManifestName<'_> {
    /// The algorithm, if it is one that can be verified here; the name is normalized before it is compared.
    pub fn algorithm(self) -> Option<Algorithm> {
        Algorithm::from_common(self.0)
    }

    /// Whether it is spelled as it must be: lower-case letters and digits.
    pub fn is_normal(self) -> bool {
        normalized(self.0) == self.0
    }
}

impl<'a> FileKind<'a> {
    /// What the file at this path is. Reserved names are reserved in the base directory only.
    pub fn of(relative_path: &'a str) -> Self {
        if relative_path.starts_with(PAYLOAD) {
            return Self::Payload;
        }
        match relative_path {
            DECLARATION => return Self::Declaration,
            FETCH => return Self::Fetch,
            path if INFO.contains(&path) => return Self::Info,
            path if path.contains('/') => return Self::OtherTag,
            _ => {}
        }
        let Some(stem) = relative_path.strip_suffix(".txt") else {
            return Self::OtherTag;
        };
        if let Some(algorithm) = stem.strip_prefix("manifest-") {
            Self::PayloadManifest(ManifestName(algorithm))
        } else if let Some(algorithm) = stem.strip_prefix("tagmanifest-") {
            Self::TagManifest(ManifestName(algorithm))
        } else {
            Self::OtherTag
        }
    }

    /// Whether its bytes are needed, not only its digests.
    pub const fn is_read(self) -> bool {
        !matches!(self, Self::Payload | Self::OtherTag)
    }
}
