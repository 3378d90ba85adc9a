//! Hashing while reading: every byte that passes is counted and goes into one SHA-256.

use std::io::{self, Read};

use relay_model::Sha256Digest;
use sha2::{Digest, Sha256};

/// What was read: its hash and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digested {
    /// SHA-256 (FIPS 180-4) of all bytes.
    pub sha256: Sha256Digest,
    /// How many bytes.
    pub size_bytes: u64,
}

/// Hashes and counts everything read through it.
pub struct HashingReader<R> {
    inner: R,
    hasher: Sha256,
    size_bytes: u64,
}

impl<R: Read> HashingReader<R> {
    /// Nothing has been read yet.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            hasher: Sha256::new(),
            size_bytes: 0,
        }
    }

    /// How many bytes have been read so far.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The hash and length of what has been read. Only after the end of the input is it that of the whole input.
    pub fn finish(self) -> Digested {
        let sha256 = Sha256Digest::from_bytes(self.hasher.finalize().into());
        Digested {
            sha256,
            size_bytes: self.size_bytes,
        }
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.size_bytes += read as u64;
        Ok(read)
    }
}

/// Reads until `buffer` is full or the input ends; returns how many bytes were read. Interruptions are read over.
pub(crate) fn read_full(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_bytes_read() {
        let mut reader = HashingReader::new(&b"abc and more"[..]);
        let mut three = [0; 3];
        reader.read_exact(&mut three).unwrap();
        assert_eq!(reader.size_bytes(), 3);
        assert_eq!(
            reader.finish(),
            Digested {
                sha256: Sha256Digest::of(b"abc"),
                size_bytes: 3
            }
        );
    }
}
