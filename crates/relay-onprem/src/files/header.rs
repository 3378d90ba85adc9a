//! The first line of a version's file: what the file holds, as one line of JSON.
//!
//! There is one spelling of a header: one that was changed in any byte is refused, or says something else. What it says is in
//! the log: the key and the first digits of the hash in the version's id, and so is the declared hash, by a digest of it;
//! all digits and the length in the events. (Format 1 also had the time, which is in no log and which nobody reads.)

use std::io::{BufRead, Read};

use relay_model::{ObjectKey, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

/// The format that this code writes; it also reads the one before.
const FORMAT: u32 = 2;
const FORMAT_WITH_TIME: u32 = 1;
/// What every file of a version begins with, in any format.
pub(crate) const OBJECT_FILE_BEGINNING: &[u8] = b"{\"relay_object\":";
/// The longest header, in bytes: a key of the greatest length whose every byte is written as `\u0000`, and the rest.
const HEADER_BYTES_MAX: u64 = 6 * super::layout::KEY_BYTES_MAX as u64 + 1024;

/// What is known of a version without its bytes being read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    relay_object: u32,
    pub(super) key: ObjectKey,
    pub(super) size_bytes: u64,
    pub(super) sha256: Sha256Digest,
    pub(super) declared_sha256: Option<Sha256Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored_at: Option<Timestamp>,
}

/// Why a file does not begin with a header.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeaderError {
    /// It could not be read.
    #[error("the header could not be read")]
    Io(#[from] std::io::Error),
    /// There is no line end where one must be.
    #[error("the header is cut off")]
    CutOff,
    /// It is no JSON, or other JSON.
    #[error("the header is not what was written")]
    Unreadable(#[source] serde_json::Error),
    /// It says something that a header can say, in other bytes than this store writes.
    #[error("the header is not in the one spelling that is written")]
    OtherSpelling,
    /// It is of a later format.
    #[error("the file has format {0}, this program reads {FORMAT}: use a newer program")]
    Newer(u32),
}

impl Header {
    pub(super) const fn new(
        key: ObjectKey,
        size_bytes: u64,
        sha256: Sha256Digest,
        declared_sha256: Option<Sha256Digest>,
    ) -> Self {
        Self {
            relay_object: FORMAT,
            key,
            size_bytes,
            sha256,
            declared_sha256,
            stored_at: None,
        }
    }

    /// The declared hash, where the version's id speaks of it.
    pub(super) const fn declared_in_id(&self) -> Option<&Sha256Digest> {
        match &self.declared_sha256 {
            Some(declared) if self.relay_object == FORMAT => Some(declared),
            _ => None,
        }
    }

    /// A header as long as any that differs in size and hash only: it keeps the place while bytes are streamed.
    pub(super) const fn placeholder(key: ObjectKey, declared_sha256: Option<Sha256Digest>) -> Self {
        Self::new(key, u64::MAX, Sha256Digest::ZERO, declared_sha256)
    }

    /// The line, at least `width_bytes` long. JSON has no line break outside of strings and escapes it inside.
    pub(super) fn line(&self, width_bytes: usize) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = serde_json::to_vec(self)?;
        // Blanks behind a JSON value mean nothing.
        line.resize(line.len().max(width_bytes.saturating_sub(1)), b' ');
        line.push(b'\n');
        Ok(line)
    }

    /// Reads the header and says how many bytes it has.
    pub(super) fn read(file: impl Read) -> Result<(Self, u64), HeaderError> {
        #[derive(Deserialize)]
        struct Format {
            relay_object: u32,
        }
        let mut line = Vec::new();
        std::io::BufReader::new(file.take(HEADER_BYTES_MAX)).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(HeaderError::CutOff);
        }
        let format: Format = serde_json::from_slice(&line).map_err(HeaderError::Unreadable)?;
        if ![FORMAT, FORMAT_WITH_TIME].contains(&format.relay_object) {
            return Err(HeaderError::Newer(format.relay_object));
        }
        let header: Self = serde_json::from_slice(&line).map_err(HeaderError::Unreadable)?;
        let is_as_written = header.line(line.len()).is_ok_and(|expected| expected == line);
        if !is_as_written || (header.relay_object == FORMAT) == header.stored_at.is_some() {
            return Err(HeaderError::OtherSpelling);
        }
        Ok((header, line.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_final_header_fits_the_place_kept_for_it() {
        let key = ObjectKey::new("org-001/\n\0\u{202e}\"\\é".repeat(50));
        let placeholder = Header::placeholder(key.clone(), None).line(0).unwrap();
        for size_bytes in [0, 1, u64::MAX] {
            let header = Header::new(key.clone(), size_bytes, Sha256Digest::of(b"x"), None);
            let line = header.line(placeholder.len()).unwrap();
            assert_eq!(line.len(), placeholder.len());
            let with_bytes = [line.as_slice(), b"\n{}\n"].concat();
            assert_eq!(
                Header::read(with_bytes.as_slice()).unwrap(),
                (header, line.len() as u64)
            );
        }
    }

    #[test]
    fn the_longest_key_has_a_readable_header() {
        let key = ObjectKey::new("\0".repeat(super::super::layout::KEY_BYTES_MAX));
        let line = Header::placeholder(key, Some(Sha256Digest::ZERO)).line(0).unwrap();
        assert!(Header::read(line.as_slice()).is_ok());
    }

    #[test]
    fn a_header_of_another_format_is_named_as_such() {
        assert!(matches!(
            Header::read(&b"{\"relay_object\":3}\n"[..]),
            Err(HeaderError::Newer(3))
        ));
        assert!(matches!(
            Header::read(&b"{\"relay_object\":1}\n"[..]),
            Err(HeaderError::Unreadable(_))
        ));
        assert!(matches!(
            Header::read(&b"{\"relay_object\":1"[..]),
            Err(HeaderError::CutOff)
        ));
        assert!(matches!(Header::read(&b""[..]), Err(HeaderError::CutOff)));
    }

    #[test]
    fn a_header_of_the_format_before_reads_back_and_no_changed_byte_does_unseen() {
        let old = br#"{"relay_object":1,"key":"org-001/a.csv","size_bytes":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","declared_sha256":null,"stored_at":"2026-01-31T08:15:00.000Z"}  "#;
        let old = [&old[..], b"\n"].concat();
        let new = Header::new(
            ObjectKey::new("org-001/a.csv"),
            3,
            Sha256Digest::of(b"abc"),
            Some(Sha256Digest::ZERO),
        );
        for line in [old, new.line(300).unwrap()] {
            let header = Header::read(line.as_slice()).unwrap();
            assert_eq!(header.1, line.len() as u64);
            for (at, bit) in (0..line.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
                let mut changed = line.clone();
                changed[at] ^= 1 << bit;
                assert!(
                    Header::read(changed.as_slice()).map_or(true, |read| read.0 != header.0),
                    "byte {at}, bit {bit}"
                );
            }
        }
    }
}
