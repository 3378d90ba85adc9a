//! Checksum algorithms, sets of them, and digests of fixed size (RFC 8493, section 2.4).

use std::fmt;

/// A checksum algorithm that manifests may use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5 (RFC 1321): old bags only.
    Md5,
    /// SHA-1 (RFC 3174): old bags only.
    Sha1,
    /// SHA-256 (RFC 6234).
    Sha256,
    /// SHA-512 (RFC 6234): what new bags should have.
    Sha512,
}

/// The longest digest, in bytes.
const DIGEST_BYTES_MAX: usize = 64;

impl Algorithm {
    /// Every algorithm, weakest first.
    pub const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The normalized name, as in a manifest's file name: lower-case letters and digits.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// The algorithm of a normalized name.
    pub fn from_normalized(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The algorithm of a common name, such as `SHA-256`: what is not a letter or digit is left out, the rest is
    /// made lower-case (RFC 8493, section 2.4).
    pub fn from_common(name: &str) -> Option<Self> {
        Self::from_normalized(&normalized(name))
    }

    /// The length of its digests, in bytes.
    pub const fn digest_bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// Whether it withstands intent, not only accidents.
    pub const fn is_strong(self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha512)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

pub(crate) fn normalized(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

/// A set of algorithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Algorithms(u8);

impl Algorithms {
    /// Adds one.
    pub const fn insert(&mut self, algorithm: Algorithm) {
        self.0 |= 1 << algorithm as u8;
    }

    /// Whether it is among them.
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u8) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// They, weakest first.
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL
            .into_iter()
            .filter(move |algorithm| self.contains(*algorithm))
    }
}

impl FromIterator<Algorithm> for Algorithms {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        let mut set = Self::default();
        for algorithm in algorithms {
            set.insert(algorithm);
        }
        set
    }
}

/// The digests of one file, by algorithm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    md5: Option<[u8; 16]>,
    sha1: Option<[u8; 20]>,
    sha256: Option<[u8; 32]>,
    sha512: Option<[u8; 64]>,
}

/// A digest whose length is not that of its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest of {algorithm} has {} bytes, not {bytes}", algorithm.digest_bytes())]
pub struct DigestLengthError {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// How many bytes were given.
    pub bytes: usize,
}

impl Digests {
    /// Sets the digest of an algorithm.
    pub fn set(&mut self, algorithm: Algorithm, digest: &[u8]) -> Result<(), DigestLengthError> {
        let wrong = |_| DigestLengthError {
            algorithm,
            bytes: digest.len(),
        };
        match algorithm {
            Algorithm::Md5 => self.md5 = Some(digest.try_into().map_err(wrong)?),
            Algorithm::Sha1 => self.sha1 = Some(digest.try_into().map_err(wrong)?),
            Algorithm::Sha256 => self.sha256 = Some(digest.try_into().map_err(wrong)?),
            Algorithm::Sha512 => self.sha512 = Some(digest.try_into().map_err(wrong)?),
        }
        Ok(())
    }

    /// The digest of an algorithm, if it was set.
    pub fn get(&self, algorithm: Algorithm) -> Option<&[u8]> {
        match algorithm {
            Algorithm::Md5 => self.md5.as_ref().map(<[u8; 16]>::as_slice),
            Algorithm::Sha1 => self.sha1.as_ref().map(<[u8; 20]>::as_slice),
            Algorithm::Sha256 => self.sha256.as_ref().map(<[u8; 32]>::as_slice),
            Algorithm::Sha512 => self.sha512.as_ref().map(<[u8; 64]>::as_slice),
        }
    }
}

/// Appends the digest that a checksum in hexadecimal digits gives; `false`, and nothing is appended, if it is not one
/// of this algorithm.
pub(crate) fn append_checksum(text: &str, algorithm: Algorithm, digests: &mut Vec<u8>) -> bool {
    let text = text.as_bytes();
    if text.len() != algorithm.digest_bytes() * 2 {
        return false;
    }
    let mut digest = [0_u8; DIGEST_BYTES_MAX];
    for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
        let [Some(high), Some(low)] = [nibble(pair[0]), nibble(pair[1])] else {
            return false;
        };
        *byte = high << 4 | low;
    }
    digests.extend_from_slice(&digest[..algorithm.digest_bytes()]);
    true
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
