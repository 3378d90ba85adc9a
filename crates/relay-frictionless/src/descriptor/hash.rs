//! The hash of a file as a descriptor writes it (Data Resource, "hash").

/// An algorithm that a hash may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HashAlgorithm {
    /// MD5, which a hash without an algorithm is of.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// Every algorithm.
    pub const ALL: &'static [Self] = &[Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The name before the colon.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// The length of a digest, in bytes.
    pub const fn digest_bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A hash that a file is held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHash {
    /// What it is a digest of.
    pub algorithm: HashAlgorithm,
    /// The digest.
    pub digest: Vec<u8>,
}

/// Why a hash cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HashFault {
    Unsupported,
    Malformed,
}

pub(super) fn read(written: &str) -> Result<FileHash, HashFault> {
    let (algorithm, digits) = match written.split_once(':') {
        None => (HashAlgorithm::Md5, written),
        Some((name, digits)) => {
            // `sha-256` is how RFC 3230 and its like spell it.
            let name = name.to_ascii_lowercase().replace('-', "");
            let found = HashAlgorithm::ALL.iter().find(|algorithm| algorithm.name() == name);
            (*found.ok_or(HashFault::Unsupported)?, digits)
        }
    };
    if digits.len() != algorithm.digest_bytes() * 2 {
        return Err(HashFault::Malformed);
    }
    let digit = |digit: &u8| {
        char::from(*digit)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
    let pairs = digits.as_bytes().chunks_exact(2);
    let digest: Option<Vec<u8>> = pairs
        .map(|pair| Some(digit(&pair[0])? << 4 | digit(&pair[1])?))
        .collect();
    Ok(FileHash {
        algorithm,
        digest: digest.ok_or(HashFault::Malformed)?,
    })
}
