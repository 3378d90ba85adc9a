//! The first line of a version's file: what the file holds, as one line of JSON.

use std::io::{BufRead, Read};

use relay_model::{ObjectKey, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

/// The format that this code writes and reads.
const FORMAT: u32 = 1;
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
    pub(super) stored_at: Timestamp,
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
        stored_at: Timestamp,
    ) -> Self {
        Self {
            relay_object: FORMAT,
            key,
            size_bytes,
            sha256,
            declared_sha256,
            stored_at,
        }
    }

    /// A header as long as any that differs in size, hash and time only: it keeps the place while bytes are streamed.
    pub(super) const fn placeholder(key: ObjectKey, declared_sha256: Option<Sha256Digest>) -> Self {
        Self::new(key, u64::MAX, Sha256Digest::ZERO, declared_sha256, Timestamp::EPOCH)
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
        if format.relay_object != FORMAT {
            return Err(HeaderError::Newer(format.relay_object));
        }
        let header = serde_json::from_slice(&line).map_err(HeaderError::Unreadable)?;
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
            let header = Header::new(
                key.clone(),
                size_bytes,
                Sha256Digest::of(b"x"),
                None,
                "9999-12-31T23:59:59.999Z".parse().unwrap(),
            );
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
            Header::read(&b"{\"relay_object\":2}\n"[..]),
            Err(HeaderError::Newer(2))
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
}
