//! Who is given the entries, and what he is given.

use std::io::{self, Read};

use crate::error::{Failure, Refusal};
use crate::format::ArchiveFormat;
use crate::input::Shared;
use crate::rule::ArchiveRule;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
}

/// An entry whose name has kept every rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path: relative, segments separated by `/`, none at the end. In a nested archive it starts with the path of that
    /// archive and [`crate::NESTING_SEPARATOR`].
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its number in the order of the stream, over all levels of nesting, from 0.
    pub index: u64,
    /// How many archives it is in, beside the outermost.
    pub depth: u32,
    /// Its size in bytes as the archive announces it, if it does so before the content. The true size is never another
    /// one, but that is known only after the content.
    pub announced_bytes: Option<u64>,
}

/// What becomes of an archive within an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// Its entries are visited.
    Descend,
    /// It is a file like any other, and given to [`Visitor::file`].
    Keep,
}

/// Sees the packed bytes of a nested archive while its entries are visited: to hash them, for one.
pub trait PackedSink: Default + Send {
    /// The next bytes, in order, each once.
    fn packed(&mut self, bytes: &[u8]);
}

/// For visitors to whom packed bytes mean nothing.
impl PackedSink for () {
    fn packed(&mut self, _bytes: &[u8]) {}
}

/// Is given every entry of an archive, in the order of the stream.
///
/// What is visited is safe to read, but the archive as a whole is known to be sound only when [`crate::read_archive`] has
/// returned: a zip's directory comes last. Nothing that a visitor makes may become visible before.
pub trait Visitor {
    /// What can go wrong on the visitor's side.
    type Error;
    /// What sees the packed bytes of nested archives; `()` if nothing needs to.
    type Packed: PackedSink;

    /// A file and its content. What is left unread is read, counted and checked all the same.
    ///
    /// If reading the content fails, what is returned from here does not matter.
    fn file(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), Self::Error>;

    /// A folder.
    fn folder(&mut self, _entry: &Entry) -> Result<(), Self::Error> {
        Ok(())
    }

    /// A file that is an archive of `format` itself. After [`Nesting::Descend`] its entries are visited, then
    /// [`Visitor::leave`] is called; [`Visitor::file`] is not called for it.
    fn enter(&mut self, _entry: &Entry, _format: ArchiveFormat) -> Result<Nesting, Self::Error> {
        Ok(Nesting::Descend)
    }

    /// What is to see the packed bytes of a nested archive whose entries are visited.
    fn packed(&mut self, _entry: &Entry) -> Self::Packed {
        Self::Packed::default()
    }

    /// The nested archive has been read to its last byte: `packed` has seen them all, `packed_bytes` of them.
    fn leave(&mut self, _entry: &Entry, _packed: Self::Packed, _packed_bytes: u64) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// What a format tells of the next entry: its name as it stands there, but for the slash at a folder's end.
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) kind: EntryKind,
    pub(crate) announced_bytes: Option<u64>,
}

/// A format: entries one after the other, each with its content.
pub(crate) trait Entries: Send {
    /// The next entry; `None` after the last, when the archive has been read to its last byte and is sound. The content
    /// of the entry before must have been read to its end.
    fn next(&mut self) -> Result<Option<Found>, Failure>;

    /// The content of the entry. Its end is told only after size and checksum have been found right. Errors have been
    /// kept in [`Shared`].
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize>;

    /// Whether the content of entries is to be counted as unpacked.
    fn counts_content(&self) -> bool;
}

/// The content of an entry. Its end is told only after size and checksum have been found right.
pub struct Content<'a> {
    entries: &'a mut dyn Entries,
    shared: &'a Shared<'a>,
    path: &'a str,
    /// What was read ahead to tell what the content is.
    ahead: &'a mut Vec<u8>,
    ahead_given: usize,
    pulled_bytes: u64,
    given_bytes: u64,
    has_ended: bool,
}

impl<'a> Content<'a> {
    pub(crate) fn new(
        entries: &'a mut dyn Entries,
        shared: &'a Shared<'a>,
        path: &'a str,
        ahead: &'a mut Vec<u8>,
    ) -> Self {
        ahead.clear();
        Self {
            entries,
            shared,
            path,
            ahead,
            ahead_given: 0,
            pulled_bytes: 0,
            given_bytes: 0,
            has_ended: false,
        }
    }

    /// How many bytes have been read so far.
    pub const fn read_bytes(&self) -> u64 {
        self.given_bytes
    }

    /// The beginning of the content, which stays to be read; fewer bytes than `wanted` only if there are no more.
    pub(crate) fn peek(&mut self, wanted: usize) -> io::Result<&[u8]> {
        let mut filled = self.ahead.len();
        if filled < wanted {
            self.ahead.resize(wanted, 0);
            while filled < wanted {
                let mut ahead = std::mem::take(self.ahead);
                let pulled = self.pull(&mut ahead[filled..]);
                *self.ahead = ahead;
                match pulled {
                    Ok(0) => break,
                    Ok(pulled) => filled += pulled,
                    Err(error) => {
                        self.ahead.clear();
                        return Err(error);
                    }
                }
            }
            self.ahead.truncate(filled);
        }
        Ok(self.ahead)
    }

    fn pull(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.has_ended {
            return Ok(0);
        }
        let pulled = self.pull_counted(target);
        if pulled.is_err() {
            self.shared.place(self.path);
        }
        self.has_ended = matches!(pulled, Ok(0));
        pulled
    }

    fn pull_counted(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.shared.has_failed() {
            return Err(io::Error::other("the archive could not be read on"));
        }
        let pulled = self.entries.read(target)?;
        self.pulled_bytes += pulled as u64;
        if self.pulled_bytes > self.shared.limits.entry_bytes_max {
            let allowed = self.shared.limits.entry_bytes_max;
            let text = format!("it has more than {allowed} bytes (entry_bytes_max)");
            return Err(self.shared.refuse(Refusal::new(ArchiveRule::EntryTooLarge, text)));
        }
        if self.entries.counts_content() {
            self.shared.count_unpacked(pulled)?;
        }
        Ok(pulled)
    }
}

impl Read for Content<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if target.is_empty() {
            return Ok(0);
        }
        let ahead = &self.ahead[self.ahead_given..];
        let read = if ahead.is_empty() {
            self.pull(target)?
        } else {
            let length = ahead.len().min(target.len());
            target[..length].copy_from_slice(&ahead[..length]);
            self.ahead_given += length;
            length
        };
        self.given_bytes += read as u64;
        Ok(read)
    }
}
