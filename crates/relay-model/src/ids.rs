//! Names that have rules, each as its own type, so that one cannot be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Sha256Digest;
use crate::display::push_escaped;

/// The shortest organization id.
pub const ORGANIZATION_ID_BYTES_MIN: usize = 2;
/// The longest organization id; it also fits a DNS label and an IAM session tag.
pub const ORGANIZATION_ID_BYTES_MAX: usize = 63;
/// What every package id starts with.
const PACKAGE_ID_PREFIX: &str = "pkg-";
/// 160 bits of the identity hash: far beyond an engineered collision, short enough for an execution name (80 characters).
const PACKAGE_ID_HEX_DIGITS: usize = 40;

/// Why a text is not the id that it should be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum IdError {
    /// The organization id breaks its grammar.
    #[error(
        "'{0}' is not an organization id: use 2 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit"
    )]
    Organization(String),
    /// The package id breaks its grammar.
    #[error("'{0}' is not a package id: it is pkg- and 40 hexadecimal digits")]
    Package(String),
    /// A bucket name or version id is empty.
    #[error("a {0} must not be empty")]
    Empty(&'static str),
}

macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

/// The id of a tenant, for example `org-001`. Equality is byte equality; nothing is folded or trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationId(String);

impl FromStr for OrganizationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let length_is_right = (ORGANIZATION_ID_BYTES_MIN..=ORGANIZATION_ID_BYTES_MAX).contains(&text.len());
        let letters_are_right = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let ends_are_right = !text.starts_with('-') && !text.ends_with('-');
        if length_is_right && letters_are_right && ends_are_right {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Organization(text.escape_default().to_string()))
        }
    }
}

text_newtype!(OrganizationId);

/// The name of a store of object versions: an S3 bucket, or `ingress` and `results` on premises.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(String);

impl FromStr for BucketName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            Err(IdError::Empty("bucket name"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

text_newtype!(BucketName);

/// What the store calls one version of one object. Opaque: only the store that gave it can read it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VersionId(String);

impl FromStr for VersionId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            Err(IdError::Empty("version id"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

text_newtype!(VersionId);

/// A key as the store has it: any text at all, possibly hostile. Whether it may enter is for the key rules to say.
///
/// `Display` escapes control and invisible characters, so that a key can stand in a log line or a terminal;
/// [`ObjectKey::as_str`] is the key itself.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// Wraps a key as it came from the store.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key, unescaped.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last `/`.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut escaped = String::with_capacity(self.0.len());
        for character in self.0.chars() {
            push_escaped(&mut escaped, character);
        }
        f.write_str(&escaped)
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The identity of a package, derived from bucket, key and version id: the same object version always has the same id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageId(String);

impl PackageId {
    /// `pkg-` and the first 160 bits of SHA-256 over the three names, each preceded by its length in bytes (64-bit big endian),
    /// so that no two different triples give the same input.
    pub fn derive(bucket: &BucketName, key: &ObjectKey, version_id: &VersionId) -> Self {
        let mut input = b"hybrid-relay/package/v1".to_vec();
        for part in [bucket.as_str(), key.as_str(), version_id.as_str()] {
            input.extend_from_slice(&(part.len() as u64).to_be_bytes());
            input.extend_from_slice(part.as_bytes());
        }
        let digest = Sha256Digest::of(&input).to_string();
        Self(format!("{PACKAGE_ID_PREFIX}{}", &digest[..PACKAGE_ID_HEX_DIGITS]))
    }
}

impl FromStr for PackageId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix(PACKAGE_ID_PREFIX).unwrap_or("");
        let is_hex = digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if digits.len() == PACKAGE_ID_HEX_DIGITS && is_hex {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Package(text.escape_default().to_string()))
        }
    }
}

text_newtype!(PackageId);

/// Which try at one package this is; the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempt(u32);

impl Attempt {
    /// The first attempt.
    pub const FIRST: Self = Self(1);

    /// The attempt that follows after `started` others.
    pub const fn following(started: u32) -> Self {
        Self(started.saturating_add(1))
    }

    /// The attempt after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The number, counted from 1.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn organization_ids_have_one_grammar() {
        for good in ["org-001", "ab", "a1", &"x".repeat(63)] {
            assert!(good.parse::<OrganizationId>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "ORG-001",
            "org_1",
            "org-001 ",
            "-org",
            "org-",
            "оrg-001",
            "org/1",
            "*",
            &"x".repeat(64),
        ] {
            assert!(bad.parse::<OrganizationId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_package_id_is_a_golden_vector() {
        let id = PackageId::derive(
            &"ingress".parse().unwrap(),
            &ObjectKey::new("org-001/flights.csv"),
            &"v1".parse().unwrap(),
        );
        assert_eq!(id.as_str(), id.to_string());
        assert_eq!(id.as_str().len(), 44);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
    }

    #[test]
    fn a_displayed_key_cannot_redraw_the_line() {
        let key = ObjectKey::new("org-001/a\u{202E}gpj.exe\n\u{0}'\"ü");
        assert_eq!(key.to_string(), "org-001/a\\u{202e}gpj.exe\\n\\0'\"ü");
    }

    proptest! {
        #[test]
        fn moving_bytes_between_the_parts_changes_the_id(a in "[a-z]{1,6}", b in "[a-z]{1,6}", c in "[a-z]{1,6}") {
            let id = |bucket: &str, key: &str, version: &str| PackageId::derive(
                &bucket.parse().unwrap(), &ObjectKey::new(key), &version.parse().unwrap());
            let shifted = id(&format!("{a}{b}"), "", &c);
            prop_assert_ne!(id(&a, &b, &c), shifted);
        }
    }
}
