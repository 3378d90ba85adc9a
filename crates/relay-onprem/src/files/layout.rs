//! Where things are: names of folders and files, and what a version id says.

use std::path::{Path, PathBuf};

use relay_model::{BucketName, ObjectKey, Sha256Digest, VersionId};

use super::header::Header;

/// The longest key that can be stored, in bytes. The rules allow far less; a key that breaks them is still kept.
pub(super) const KEY_BYTES_MAX: usize = 64 * 1024;
/// The longest name of a bucket, in bytes, as in S3.
const BUCKET_BYTES_MAX: usize = 63;
const HASH_HEX_DIGITS: usize = 64;
const FOLDER_HEX_DIGITS: usize = 2;
const NUMBER_DIGITS_MIN: usize = 8;
const ID_HASH_HEX_DIGITS: usize = 16;
/// That of the bytes, and that of the declared hash.
const ID_HASHES_MAX: usize = 2;

/// The folder of a bucket: its name, once it is known to be a harmless one.
pub(super) struct BucketFolder<'a>(&'a str);

impl<'a> BucketFolder<'a> {
    pub(super) fn new(bucket: &'a BucketName) -> Option<Self> {
        let name = bucket.as_str();
        let letters_are_right = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.'));
        // A leading dot is kept for the store's own folders.
        (letters_are_right && name.len() <= BUCKET_BYTES_MAX && !name.starts_with('.')).then_some(Self(name))
    }

    pub(super) fn path(&self, root: &Path) -> PathBuf {
        root.join(self.0)
    }
}

/// The file of one version, as its bucket knows it. The order is the one of the listing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileName {
    key_hash: String,
    number: u64,
}

impl FileName {
    pub(super) fn new(key: &ObjectKey, number: u64) -> Self {
        Self {
            key_hash: Sha256Digest::of(key.as_str().as_bytes()).to_string(),
            number,
        }
    }

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) const fn at(mut self, number: u64) -> Self {
        self.number = number;
        self
    }

    /// Reads a name in the one spelling that this store writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (key_hash, number) = text.split_once('.')?;
        let is_hash = key_hash.len() == HASH_HEX_DIGITS && is_lower_hex(key_hash);
        let name = Self {
            key_hash: key_hash.to_owned(),
            number: parse_number(number)?,
        };
        is_hash.then_some(name)
    }

    /// The folder within the bucket that the file is in.
    pub(super) fn folder(&self) -> &str {
        &self.key_hash[..FOLDER_HEX_DIGITS]
    }

    pub(super) fn path(&self, bucket: &Path) -> PathBuf {
        bucket.join(self.folder()).join(self.to_string())
    }
}

impl std::fmt::Display for FileName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:0NUMBER_DIGITS_MIN$}", self.key_hash, self.number)
    }
}

/// All folders of a bucket that hold versions, in the order of the listing.
pub(super) fn folder_names() -> impl Iterator<Item = String> {
    (0..=u8::MAX).map(|byte| format!("{byte:02x}"))
}

/// The id of version `number`: `v00000001-` and the first 64 bits of the hash of its bytes; where the producer declared a hash,
/// another `-` and the first 64 bits of the hash of that, so that the log has it too.
pub(super) fn version_id(number: u64, header: &Header) -> Option<VersionId> {
    let mut id = format!("v{number:0NUMBER_DIGITS_MIN$}-{}", digits(&header.sha256));
    if let Some(declared) = header.declared_in_id() {
        id = format!("{id}-{}", digits(&Sha256Digest::of(declared.as_bytes())));
    }
    id.parse().ok()
}

fn digits(hash: &Sha256Digest) -> String {
    let mut digits = hash.to_string();
    digits.truncate(ID_HASH_HEX_DIGITS);
    digits
}

/// The number in a version id.
pub(super) fn version_number(id: &VersionId) -> Option<u64> {
    let (number, hashes) = id.as_str().strip_prefix('v')?.split_once('-')?;
    let are_hashes = |hashes: &str| {
        let count = hashes.split('-').count();
        let is_hash = |hash: &str| hash.len() == ID_HASH_HEX_DIGITS && is_lower_hex(hash);
        count <= ID_HASHES_MAX && hashes.split('-').all(is_hash)
    };
    parse_number(number).filter(|_| are_hashes(hashes))
}

fn parse_number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number > 0 && format!("{number:0NUMBER_DIGITS_MIN$}") == text).then_some(number)
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_of_a_version_id_is_read() {
        let key = ObjectKey::new("org-001/a.csv");
        let header = |declared| Header::new(key.clone(), 3, Sha256Digest::of(b"abc"), declared);
        let id = version_id(7, &header(None)).unwrap();
        assert_eq!(id.as_str(), "v00000007-ba7816bf8f01cfea");
        assert_eq!(version_number(&id), Some(7));
        let declared = version_id(7, &header(Some(Sha256Digest::of(b"abc")))).unwrap();
        assert_eq!(declared.as_str(), "v00000007-ba7816bf8f01cfea-4f8b42c22dd3729b");
        assert_eq!(version_number(&declared), Some(7));
        let long = version_id(123_456_789, &header(None)).unwrap();
        assert_eq!(version_number(&long), Some(123_456_789));
        for text in [
            "v7-ba7816bf8f01cfea",
            "v00000000-ba7816bf8f01cfea",
            "v+0000007-ba7816bf8f01cfea",
            "v00000007-BA7816BF8F01CFEA",
            "v00000007-ba7816bf8f01cfe",
            "v00000007-../../../../../..",
            "00000007-ba7816bf8f01cfea",
            "v00000007",
            "v00000007-ba7816bf8f01cfea-",
            "v00000007-ba7816bf8f01cfea-ba7816bf8f01cfea-ba7816bf8f01cfea",
            "null",
        ] {
            assert_eq!(version_number(&text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn a_bucket_that_could_name_another_place_has_no_folder() {
        for text in ["..", ".", ".tmp", "a/b", "/etc", "a\\b", "Upper", "a\0", "ü"] {
            assert!(BucketFolder::new(&text.parse().unwrap()).is_none(), "{text}");
        }
        assert!(BucketFolder::new(&"a".repeat(64).parse().unwrap()).is_none());
        assert!(BucketFolder::new(&"ingress-1.eu_west".parse().unwrap()).is_some());
    }

    #[test]
    fn file_names_sort_by_number_also_beyond_eight_digits() {
        let key = ObjectKey::new("org-001/../a");
        let names = [FileName::new(&key, 99_999_999), FileName::new(&key, 100_000_000)];
        assert!(names[0] < names[1]);
        for name in names {
            assert_eq!(FileName::parse(&name.to_string()), Some(name));
        }
        assert_eq!(FileName::parse("lock"), None);
    }
}
