//! The packed bytes behind one buffer, and what all levels of nesting share: the counters, and the first failure.

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{Failure, Refusal, refuse};
use crate::rule::ArchiveRule;
use relay_model::ArchiveLimits;

/// How much is read from the input at a time, in bytes.
const INPUT_BUFFER_BYTES: usize = 256 * 1024;
/// The same for an archive within an archive.
const NESTED_BUFFER_BYTES: usize = 64 * 1024;

/// What the levels share. Every error that a reader of this crate returns is kept here first, so that whoever meets it (a
/// decoder, a visitor's transform) can make of it what it likes: what counts is what is kept.
pub(crate) struct Shared<'l> {
    pub(crate) limits: &'l ArchiveLimits,
    input_bytes: AtomicU64,
    unpacked_bytes: AtomicU64,
    failure: Mutex<Option<Failure>>,
}

impl<'l> Shared<'l> {
    pub(crate) const fn new(limits: &'l ArchiveLimits) -> Self {
        Self {
            limits,
            input_bytes: AtomicU64::new(0),
            unpacked_bytes: AtomicU64::new(0),
            failure: Mutex::new(None),
        }
    }

    /// Bytes read from the outermost input.
    pub(crate) fn input_bytes(&self) -> u64 {
        self.input_bytes.load(Ordering::Relaxed)
    }

    /// Bytes that came out of all decoders.
    pub(crate) fn unpacked_bytes(&self) -> u64 {
        self.unpacked_bytes.load(Ordering::Relaxed)
    }

    /// Counts what came out of a decoder, and holds it against the limits.
    pub(crate) fn count_unpacked(&self, bytes: usize) -> io::Result<()> {
        let bytes = bytes as u64;
        let total = self.unpacked_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let ArchiveLimits {
            unpacked_bytes_max,
            unpacked_ratio_max,
            unpacked_bytes_unchecked,
            ..
        } = *self.limits;
        if total > unpacked_bytes_max {
            let text = format!("it unpacks to more than {unpacked_bytes_max} bytes (unpacked_bytes_max)");
            return Err(self.refuse(Refusal::new(ArchiveRule::UnpackedTooLarge, text)));
        }
        let allowed = self.input_bytes().saturating_mul(unpacked_ratio_max);
        if total > unpacked_bytes_unchecked && total > allowed {
            let text = format!("it unpacks to more than {unpacked_ratio_max} times its size (unpacked_ratio_max)");
            return Err(self.refuse(Refusal::new(ArchiveRule::UnpackedRatio, text)));
        }
        Ok(())
    }

    /// Keeps a failure, if it is the first, and returns the error that stands for it.
    pub(crate) fn fail(&self, failure: Failure) -> io::Error {
        let kind = match &failure {
            Failure::Input(error) => error.kind(),
            Failure::Refused(_) => io::ErrorKind::InvalidData,
        };
        let mut kept = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert(failure);
        io::Error::new(kind, "the archive could not be read on")
    }

    pub(crate) fn refuse(&self, refusal: Refusal) -> io::Error {
        self.fail(Failure::Refused(refusal))
    }

    /// Says where the kept failure happened, unless that is known.
    pub(crate) fn place(&self, path: &str) {
        let mut kept = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Failure::Refused(refusal)) = kept.take_if(|failure| matches!(failure, Failure::Refused(_))) {
            *kept = Some(Failure::Refused(refusal.at(path)));
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The failure, if there was one.
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What an error from one of this crate's readers means.
    pub(crate) fn meaning_of(&self, error: io::Error) -> Failure {
        self.take_failure().unwrap_or(Failure::Input(error))
    }
}

/// The packed bytes of one archive, behind one buffer.
pub(crate) struct Input<'a> {
    reader: &'a mut (dyn Read + Send),
    shared: &'a Shared<'a>,
    is_outermost: bool,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    consumed: u64,
}

impl<'a> Input<'a> {
    pub(crate) fn new(reader: &'a mut (dyn Read + Send), shared: &'a Shared<'a>, is_outermost: bool) -> Self {
        let length = if is_outermost {
            INPUT_BUFFER_BYTES
        } else {
            NESTED_BUFFER_BYTES
        };
        Self {
            reader,
            shared,
            is_outermost,
            buffer: vec![0; length],
            start: 0,
            end: 0,
            consumed: 0,
        }
    }

    /// How many bytes have been consumed: the offset of the next one.
    pub(crate) const fn position(&self) -> u64 {
        self.consumed
    }

    /// The next bytes without consuming them: `wanted`, or fewer at the end of the input.
    pub(crate) fn peek(&mut self, wanted: usize) -> Result<&[u8], Failure> {
        if self.end - self.start < wanted {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            self.fill().map_err(|error| self.shared.meaning_of(error))?;
        }
        let length = wanted.min(self.end - self.start);
        Ok(&self.buffer[self.start..self.start + length])
    }

    /// Fills `target`; an input that ends before is refused as cut off within `what`.
    pub(crate) fn exact(&mut self, target: &mut [u8], what: &str) -> Result<(), Failure> {
        let filled = read_full(self, target).map_err(|error| self.shared.meaning_of(error))?;
        if filled < target.len() {
            return refuse(ArchiveRule::Truncated, format!("the archive ends within {what}"));
        }
        Ok(())
    }

    pub(crate) fn is_at_end(&mut self) -> Result<bool, Failure> {
        Ok(self.peek(1)?.is_empty())
    }

    // Full reads make the ratio, and thus the verdict, independent of how the input is cut into pieces.
    fn fill(&mut self) -> io::Result<()> {
        let filled = match read_full(self.reader, &mut self.buffer[self.end..]) {
            Ok(filled) => filled,
            // An error of the archive around this one is kept already.
            Err(error) if !self.is_outermost => return Err(error),
            Err(error) => return Err(self.shared.fail(Failure::Input(error))),
        };
        self.end += filled;
        if self.is_outermost {
            self.shared.input_bytes.fetch_add(filled as u64, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Read for Input<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(target.len());
        target[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.fill()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.end - self.start);
        self.start += amount;
        self.consumed += amount as u64;
    }
}

/// Reads until `buffer` is full or the input ends; returns how many bytes were read. Interruptions are read over.
pub(crate) fn read_full<R: Read + ?Sized>(input: &mut R, buffer: &mut [u8]) -> io::Result<usize> {
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
