//! A file of this machine as a package, and results that nobody keeps.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use relay_contents::{Package, Results};

use crate::sources::open_source;

/// Of the rows that are set aside, this many bytes of the side file are kept to be shown.
const BAD_ROWS_BYTES_MAX: usize = 64 * 1024;

/// A file that is read in place.
pub struct LocalFile<'a>(pub &'a Path);

impl Package for LocalFile<'_> {
    fn open(&self) -> Box<dyn Read + Send + '_> {
        match open_source(self.0) {
            Ok(file) => Box::new(file),
            Err(error) => Box::new(Unreadable(Some(error))),
        }
    }
}

// Whoever reads is told, as for an error later on.
struct Unreadable(Option<io::Error>);

impl Read for Unreadable {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(self
            .0
            .take()
            .unwrap_or_else(|| io::Error::other("the file could not be opened")))
    }
}

/// The first bytes of a file.
pub fn prefix_of(file: &mut File, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut prefix = Vec::new();
    file.take(bytes_max as u64).read_to_end(&mut prefix)?;
    Ok(prefix)
}

/// Results that are forgotten as they are written, but for the beginning of the bad rows.
pub struct Forgotten;

/// One of them.
pub struct ForgottenResult {
    is_bad_rows: bool,
    beginning: Vec<u8>,
}

impl ForgottenResult {
    /// The lines of the side file of bad rows, as far as they were kept whole; of other results none.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let whole = self.beginning.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        self.beginning[..whole].split(|byte| *byte == b'\n')
    }
}

impl Write for ForgottenResult {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_bad_rows {
            let room = BAD_ROWS_BYTES_MAX - self.beginning.len();
            self.beginning.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Results for Forgotten {
    type Sink = ForgottenResult;

    fn open(&self, name: &str) -> io::Result<ForgottenResult> {
        Ok(ForgottenResult {
            is_bad_rows: name == "bad-rows.jsonl" || name.starts_with("bad-rows/"),
            beginning: Vec::new(),
        })
    }

    fn seal(&self, _sink: &mut ForgottenResult) -> io::Result<()> {
        Ok(())
    }

    fn abort(&self, _sink: ForgottenResult) {}
}
