//! The bytes of a package, under the eyes of the caller.

use std::io::{self, Read};

use relay_transform::{TransformError, Watch};

/// Tells the caller how far the reading is, and ends it when the caller says so.
pub(crate) struct Observed<'a, R> {
    inner: R,
    watch: &'a Watch<'a>,
    read_bytes: u64,
}

impl<'a, R: Read> Observed<'a, R> {
    pub(crate) const fn new(inner: R, watch: &'a Watch<'a>) -> Self {
        Self {
            inner,
            watch,
            read_bytes: 0,
        }
    }
}

impl<R: Read> Read for Observed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.watch.is_cancelled)() {
            return Err(io::Error::other("the reading was stopped"));
        }
        let read = self.inner.read(buffer)?;
        self.read_bytes += read as u64;
        (self.watch.on_progress)(self.read_bytes);
        Ok(read)
    }
}

/// What an error of reading the package means.
pub(crate) fn input_error(error: io::Error, watch: &Watch<'_>) -> TransformError {
    if (watch.is_cancelled)() {
        TransformError::Cancelled
    } else {
        TransformError::Input(error)
    }
}

/// Reads until `limit` bytes are there or the input ends.
pub(crate) fn read_prefix(input: &mut dyn Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut prefix = Vec::new();
    input.take(limit as u64).read_to_end(&mut prefix)?;
    Ok(prefix)
}
