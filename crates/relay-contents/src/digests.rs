//! The digests that manifests ask for, computed while a file passes. SHA-256 is always computed, elsewhere or here.

use std::collections::BTreeMap;
use std::io::{self, Read};

use md5::{Digest as _, Md5};
use relay_archive::PackedSink;
use relay_bagit::{Algorithm, Algorithms, Digests};
use relay_model::Sha256Digest;
use relay_transform::{Digested, TransformError};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

/// The algorithms beyond SHA-256, as far as they are wanted.
#[derive(Default)]
pub(crate) struct Hashers {
    md5: Option<Md5>,
    sha1: Option<Sha1>,
    sha512: Option<Sha512>,
}

impl Hashers {
    pub(crate) fn new(wanted: Algorithms) -> Self {
        Self {
            md5: wanted.contains(Algorithm::Md5).then(Md5::new),
            sha1: wanted.contains(Algorithm::Sha1).then(Sha1::new),
            sha512: wanted.contains(Algorithm::Sha512).then(Sha512::new),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        if let Some(hasher) = &mut self.md5 {
            hasher.update(bytes);
        }
        if let Some(hasher) = &mut self.sha1 {
            hasher.update(bytes);
        }
        if let Some(hasher) = &mut self.sha512 {
            hasher.update(bytes);
        }
    }

    /// All digests of a file whose SHA-256 is this.
    pub(crate) fn finish(self, sha256: Sha256Digest) -> Result<FileDigests, TransformError> {
        let mut digests = Digests::default();
        let mut others = BTreeMap::new();
        let found = [
            (Algorithm::Md5, self.md5.map(|hasher| hasher.finalize().to_vec())),
            (Algorithm::Sha1, self.sha1.map(|hasher| hasher.finalize().to_vec())),
            (Algorithm::Sha256, Some(sha256.as_bytes().to_vec())),
            (Algorithm::Sha512, self.sha512.map(|hasher| hasher.finalize().to_vec())),
        ];
        for (algorithm, digest) in found {
            let Some(digest) = digest else { continue };
            let set = digests.set(algorithm, &digest);
            set.map_err(|error| TransformError::Internal(error.to_string()))?;
            if algorithm != Algorithm::Sha256 {
                others.insert(algorithm.name().to_owned(), hex::encode(&digest));
            }
        }
        Ok(FileDigests { digests, others })
    }
}

/// The digests of one file.
pub(crate) struct FileDigests {
    /// All, to be judged.
    pub(crate) digests: Digests,
    /// Those beside SHA-256, to be recorded.
    pub(crate) others: BTreeMap<String, String>,
}

/// Feeds what is read through it to hashers.
pub(crate) struct Hashed<R> {
    inner: R,
    pub(crate) hashers: Hashers,
}

impl<R: Read> Hashed<R> {
    pub(crate) const fn new(inner: R, hashers: Hashers) -> Self {
        Self { inner, hashers }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hashers.update(&buffer[..read]);
        Ok(read)
    }
}

/// The digests of an archive within an archive, whose packed bytes nobody else reads.
#[derive(Default)]
pub(crate) struct PackedHashers {
    sha256: Sha256,
    pub(crate) others: Hashers,
}

impl PackedHashers {
    pub(crate) fn new(wanted: Algorithms) -> Self {
        Self {
            sha256: Sha256::new(),
            others: Hashers::new(wanted),
        }
    }

    pub(crate) fn finish(self, size_bytes: u64) -> Result<(Digested, FileDigests), TransformError> {
        let sha256 = Sha256Digest::from_bytes(self.sha256.finalize().into());
        Ok((Digested { sha256, size_bytes }, self.others.finish(sha256)?))
    }
}

impl PackedSink for PackedHashers {
    fn packed(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.others.update(bytes);
    }
}
