//! The content of one entry, up to its true end: where its compressed data ends, or after as many bytes as its header says.

use std::io::BufRead as _;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::fields::STORED;
use super::local::LocalHeader;
use super::{Record, descriptor};
use crate::error::{Failure, refuse};
use crate::input::Input;
use crate::rule::ArchiveRule;
use crate::visit::EntryKind;

/// The inflater that all entries of a zip use, one after the other.
pub(super) struct Inflater {
    inflate: Decompress,
    is_fresh: bool,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self {
            inflate: Decompress::new(false),
            is_fresh: true,
        }
    }

    pub(super) fn reset(&mut self) {
        if !self.is_fresh {
            self.inflate.reset(false);
            self.is_fresh = true;
        }
    }
}

/// Where the content ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// After this many packed bytes.
    After(u64),
    /// Where the compressed data says so.
    SelfTold,
}

/// The entry that is being read.
pub(super) struct Current {
    header: LocalHeader,
    offset: u64,
    ending: Ending,
    crc: Crc,
    packed_bytes: u64,
    unpacked_bytes: u64,
    has_ended: bool,
}

impl Current {
    /// `hinted` is what the directory says about the packed length, if somebody looked.
    pub(super) fn open(
        header: LocalHeader,
        offset: u64,
        hinted: Option<u64>,
        input: &mut Input<'_>,
    ) -> Result<Self, Failure> {
        let ending = ending(&header, hinted, input).map_err(|failure| super::fields::placed(failure, &header.path))?;
        Ok(Self {
            header,
            offset,
            ending,
            crc: Crc::new(),
            packed_bytes: 0,
            unpacked_bytes: 0,
            has_ended: false,
        })
    }

    pub(super) fn read(
        &mut self,
        input: &mut Input<'_>,
        inflater: &mut Inflater,
        target: &mut [u8],
    ) -> Result<usize, Failure> {
        let read = if self.header.method == STORED {
            self.read_stored(input, target)?
        } else {
            self.read_deflated(input, inflater, target)?
        };
        self.crc.update(&target[..read]);
        self.unpacked_bytes += read as u64;
        if !self.header.has_descriptor() && self.unpacked_bytes > self.header.unpacked_bytes {
            let text = format!(
                "it has more than the {} bytes of its header",
                self.header.unpacked_bytes
            );
            return refuse(ArchiveRule::SizeMismatch, text);
        }
        Ok(read)
    }

    fn left(&self) -> u64 {
        match self.ending {
            Ending::After(length) => length - self.packed_bytes,
            Ending::SelfTold => u64::MAX,
        }
    }

    fn read_stored(&mut self, input: &mut Input<'_>, target: &mut [u8]) -> Result<usize, Failure> {
        let left = self.left();
        if left == 0 {
            return Ok(0);
        }
        let length = target.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let available = input.peek(1)?.len();
        if available == 0 {
            return refuse(ArchiveRule::Truncated, "the archive ends within the entry");
        }
        let filled = crate::input::read_full(input, &mut target[..length]);
        // What the input could not give is told by the next reading: either the error again, or the end.
        let filled = filled.map_err(Failure::Input)?;
        self.packed_bytes += filled as u64;
        Ok(filled)
    }

    fn read_deflated(
        &mut self,
        input: &mut Input<'_>,
        inflater: &mut Inflater,
        target: &mut [u8],
    ) -> Result<usize, Failure> {
        inflater.is_fresh = false;
        while !self.has_ended {
            let available = input.fill_buf().map_err(Failure::Input)?;
            let is_input_over = available.is_empty();
            let length = available.len().min(usize::try_from(self.left()).unwrap_or(usize::MAX));
            let (before_in, before_out) = (inflater.inflate.total_in(), inflater.inflate.total_out());
            let status = inflater
                .inflate
                .decompress(&available[..length], target, FlushDecompress::None);
            let Ok(status) = status else {
                return refuse(ArchiveRule::Corrupt, "its deflated data is damaged");
            };
            let consumed = inflater.inflate.total_in() - before_in;
            let produced = (inflater.inflate.total_out() - before_out) as usize;
            input.consume(consumed as usize);
            self.packed_bytes += consumed;
            self.has_ended = status == Status::StreamEnd;
            if produced > 0 {
                return Ok(produced);
            }
            if consumed == 0 && !self.has_ended {
                if is_input_over {
                    return refuse(ArchiveRule::Truncated, "the archive ends within the entry");
                }
                let text = "its deflated data goes on beyond the size of its header";
                return refuse(ArchiveRule::SizeMismatch, text);
            }
        }
        Ok(0)
    }

    /// After the last byte: holds size and checksum against the header, or reads the descriptor.
    pub(super) fn finish(self, input: &mut Input<'_>) -> Result<(u64, Record), Failure> {
        let header = self.header;
        let crc32 = self.crc.sum();
        let found = descriptor::Facts {
            crc32,
            packed_bytes: self.packed_bytes,
            unpacked_bytes: self.unpacked_bytes,
        };
        let announced = descriptor::Facts {
            crc32: header.crc32,
            packed_bytes: header.packed_bytes,
            unpacked_bytes: header.unpacked_bytes,
        };
        if header.has_descriptor() {
            // What the header says all the same must be true.
            announced.where_not_zero(&found).check(&found, "header")?;
            descriptor::read(input, &found)?;
        } else {
            announced.check(&found, "header")?;
        }
        let record = Record {
            flags: header.flags,
            method: header.method,
            crc32,
            packed_bytes: found.packed_bytes,
            unpacked_bytes: found.unpacked_bytes,
            raw_name: header.raw_name,
            path: header.path,
            kind: header.kind,
        };
        Ok((self.offset, record))
    }
}

fn ending(header: &LocalHeader, hinted: Option<u64>, input: &mut Input<'_>) -> Result<Ending, Failure> {
    if header.kind == EntryKind::Folder && header.unpacked_bytes > 0 {
        return refuse(ArchiveRule::FolderWithContent, "a folder has content of its own");
    }
    if header.method != STORED {
        return Ok(if header.has_descriptor() {
            Ending::SelfTold
        } else {
            Ending::After(header.packed_bytes)
        });
    }
    if header.packed_bytes != header.unpacked_bytes {
        return refuse(ArchiveRule::SizeMismatch, "it is stored, but its two sizes are not one");
    }
    if !header.has_descriptor() || header.packed_bytes > 0 {
        return Ok(Ending::After(header.packed_bytes));
    }
    if let Some(hinted) = hinted {
        return Ok(Ending::After(hinted));
    }
    // Content that only looks like the descriptor of nothing is found out by the directory.
    let nothing = descriptor::Facts::default();
    if descriptor::find(input, &nothing)?.is_some() {
        return Ok(Ending::After(0));
    }
    let text = "it is stored, and its length stands behind it";
    refuse(ArchiveRule::StoredWithoutLength, text)
}
