//! Unpacked bytes enter, text as the readers of rows expect it leaves: as it is, or rewritten from another dialect.

use std::io::{self, Read};

use crate::dialect::{CsvDialect, Rewriter};
use crate::hashing::Digested;
use crate::plan::Compression;
use crate::unpack::{BLOCK_BYTES, UnpackError, Unpacker};

/// Blocks of text.
pub(crate) struct TextSource<R: Read> {
    unpacker: Unpacker<R>,
    rewriting: Option<Box<Rewriting>>,
}

struct Rewriting {
    rewriter: Rewriter,
    // Of the unpacker.
    block: Vec<u8>,
    // Rewritten, and not taken yet from `taken` on.
    text: Vec<u8>,
    taken: usize,
    is_last: bool,
}

impl<R: Read> TextSource<R> {
    pub(crate) fn new(unpacker: Unpacker<R>, dialect: Option<&CsvDialect>) -> Self {
        let rewriting = dialect.map(|dialect| {
            Box::new(Rewriting {
                rewriter: Rewriter::new(dialect),
                block: Vec::new(),
                text: Vec::new(),
                taken: 0,
                is_last: false,
            })
        });
        Self { unpacker, rewriting }
    }

    pub(crate) const fn compression(&self) -> Compression {
        self.unpacker.compression()
    }

    /// Packed bytes read from the input so far.
    pub(crate) fn read_bytes(&self) -> u64 {
        self.unpacker.read_bytes()
    }

    /// Bytes that came out of the decoder so far.
    pub(crate) const fn unpacked_bytes(&self) -> u64 {
        self.unpacker.unpacked_bytes()
    }

    /// Appends the next block and returns its length. One shorter than [`BLOCK_BYTES`] is the last.
    pub(crate) fn fill(&mut self, text: &mut Vec<u8>) -> Result<usize, UnpackError> {
        match &mut self.rewriting {
            None => self.unpacker.fill(text),
            Some(rewriting) => rewriting.fill(&mut self.unpacker, text),
        }
    }

    /// Reads the rest of the input for its hash alone.
    pub(crate) fn drain(self, keep_on: impl FnMut(u64) -> bool) -> Result<Option<Digested>, io::Error> {
        self.unpacker.drain(keep_on)
    }
}

impl Rewriting {
    fn fill<R: Read>(&mut self, unpacker: &mut Unpacker<R>, out: &mut Vec<u8>) -> Result<usize, UnpackError> {
        while self.text.len() - self.taken < BLOCK_BYTES && !self.is_last {
            self.text.drain(..self.taken);
            self.taken = 0;
            self.block.clear();
            self.is_last = unpacker.fill(&mut self.block)? < BLOCK_BYTES;
            self.rewriter.rewrite(&self.block, self.is_last, &mut self.text);
        }
        let length = BLOCK_BYTES.min(self.text.len() - self.taken);
        out.extend_from_slice(&self.text[self.taken..self.taken + length]);
        self.taken += length;
        Ok(length)
    }
}
