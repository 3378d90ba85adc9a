//! The opaque transform: bytes in, the same bytes out, hashed as they pass.

use std::io::{Read, Write};

use crate::hashing::{Digested, HashingReader, read_full};
use crate::outcome::{TransformError, Watch};

/// How much is copied at a time, in bytes.
const COPY_BUFFER_BYTES: usize = 256 * 1024;

/// Copies `input` to `output` bit for bit. Memory is one buffer, whatever the length.
pub fn copy_opaque(
    input: &mut dyn Read,
    output: &mut dyn Write,
    watch: &Watch<'_>,
) -> Result<Digested, TransformError> {
    let mut reader = HashingReader::new(input);
    let mut buffer = vec![0; COPY_BUFFER_BYTES];
    loop {
        watch.check()?;
        let read = read_full(&mut reader, &mut buffer).map_err(TransformError::Input)?;
        output.write_all(&buffer[..read]).map_err(TransformError::Output)?;
        watch.progress(reader.size_bytes());
        if read < buffer.len() {
            output.flush().map_err(TransformError::Output)?;
            return Ok(reader.finish());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use relay_model::Sha256Digest;

    use super::*;

    #[test]
    fn a_copy_has_the_same_bytes_and_their_hash() {
        for length in [0, 1, COPY_BUFFER_BYTES - 1, COPY_BUFFER_BYTES, COPY_BUFFER_BYTES + 1] {
            let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let mut copy = Vec::new();
            let digested = copy_opaque(&mut bytes.as_slice(), &mut copy, &Watch::none()).unwrap();
            assert_eq!(copy, bytes);
            assert_eq!(
                digested,
                Digested {
                    sha256: Sha256Digest::of(&bytes),
                    size_bytes: length as u64
                }
            );
        }
    }

    #[test]
    fn errors_keep_their_side_and_kind() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = copy_opaque(&mut &b"x"[..], &mut Full, &Watch::none()).unwrap_err();
        assert!(matches!(error, TransformError::Output(error) if error.kind() == io::ErrorKind::StorageFull));
        let stopped = Watch {
            is_cancelled: &|| true,
            on_progress: &|_| {},
        };
        let error = copy_opaque(&mut &b"x"[..], &mut Vec::new(), &stopped).unwrap_err();
        assert!(matches!(error, TransformError::Cancelled));
    }
}
