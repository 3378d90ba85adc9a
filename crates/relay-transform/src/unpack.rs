//! The object's bytes, hashed and unpacked: blocks of table text come out, within the limits on unpacking.

use std::io::{self, BufRead, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use relay_model::{Reason, ReasonCode, TableLimits};

use crate::hashing::{Digested, HashingReader, read_full};
use crate::plan::Compression;

/// How much is read from the input at a time, in bytes.
const INPUT_BUFFER_BYTES: usize = 256 * 1024;
/// How long a block of unpacked text is, in bytes; only the last one is shorter.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;
/// How much of a block is asked for first, in bytes.
const SMALL_BLOCK_BYTES: usize = 16 * 1024;
/// The largest zstd window that is accepted, as a power of two: 8 MiB, what RFC 8878 (section 3.1.1.1.2) recommends every
/// decoder to support, and what `zstd -19` uses. `--long` and `--ultra` may use more, and memory here has a bound.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// The most memory that an xz stream may ask for, in KiB: the dictionary of `xz -9`, 64 MiB, and what the decoder needs besides.
const XZ_MEMORY_KIB_MAX: u32 = 66 * 1024;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const XZ_MAGIC: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
const BZIP2_MAGIC: &[u8] = b"BZh";
/// What a block of bzip2 begins with, or the end of a stream without blocks. `BZh` alone may begin a text.
const BZIP2_BLOCKS: [&[u8]; 2] = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];
const MAGIC_BYTES_MAX: usize = 10;

/// What can go wrong while blocks are made.
#[derive(Debug)]
pub(crate) enum UnpackError {
    /// The input could not be read.
    Input(io::Error),
    /// The packed bytes break a rule.
    Content(Reason),
}

/// Packed bytes in, unpacked blocks out.
pub(crate) struct Unpacker<R: Read> {
    stream: Stream<R>,
    limits: TableLimits,
    unpacked_bytes: u64,
}

enum Stream<R: Read> {
    Plain(PackedInput<R>),
    Gzip(Box<MultiGzDecoder<PackedInput<R>>>),
    Zstd(Box<zstd::Decoder<'static, PackedInput<R>>>),
    Bzip2(Box<MultiBzDecoder<PackedInput<R>>>),
    Xz(Box<XzReader<PackedInput<R>>>),
}

impl<R: Read> Unpacker<R> {
    /// Tells the compression by the first bytes.
    pub(crate) fn open(input: R, limits: &TableLimits) -> Result<Self, io::Error> {
        let mut input = PackedInput::new(input);
        let stream = match compression_of(input.peek(MAGIC_BYTES_MAX)?) {
            Compression::None => Stream::Plain(input),
            Compression::Gzip => Stream::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Bzip2 => Stream::Bzip2(Box::new(MultiBzDecoder::new(input))),
            Compression::Xz => Stream::Xz(Box::new(XzReader::new_mem_limit(input, true, XZ_MEMORY_KIB_MAX))),
            Compression::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(input)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                Stream::Zstd(Box::new(decoder))
            }
        };
        Ok(Self {
            stream,
            limits: limits.clone(),
            unpacked_bytes: 0,
        })
    }

    /// Takes the bytes as they are, whatever they begin with.
    pub(crate) fn plain(input: R, limits: &TableLimits) -> Self {
        Self {
            stream: Stream::Plain(PackedInput::new(input)),
            limits: limits.clone(),
            unpacked_bytes: 0,
        }
    }

    pub(crate) const fn compression(&self) -> Compression {
        match self.stream {
            Stream::Plain(_) => Compression::None,
            Stream::Gzip(_) => Compression::Gzip,
            Stream::Zstd(_) => Compression::Zstd,
            Stream::Bzip2(_) => Compression::Bzip2,
            Stream::Xz(_) => Compression::Xz,
        }
    }

    /// Packed bytes read from the input so far.
    pub(crate) fn read_bytes(&self) -> u64 {
        match &self.stream {
            Stream::Plain(input) => input.reader.size_bytes(),
            Stream::Gzip(decoder) => decoder.get_ref().reader.size_bytes(),
            Stream::Zstd(decoder) => decoder.get_ref().reader.size_bytes(),
            Stream::Bzip2(decoder) => decoder.get_ref().reader.size_bytes(),
            Stream::Xz(decoder) => decoder.inner().reader.size_bytes(),
        }
    }

    /// Bytes that came out of the decoder so far.
    pub(crate) const fn unpacked_bytes(&self) -> u64 {
        self.unpacked_bytes
    }

    /// Appends the next block and returns its length. One shorter than [`BLOCK_BYTES`] is the last.
    pub(crate) fn fill(&mut self, text: &mut Vec<u8>) -> Result<usize, UnpackError> {
        let before = text.len();
        let filled = match &mut self.stream {
            Stream::Plain(input) => read_block(input, text),
            Stream::Gzip(decoder) => read_block(decoder, text),
            Stream::Zstd(decoder) => read_block(decoder, text),
            Stream::Bzip2(decoder) => read_block(decoder, text),
            Stream::Xz(decoder) => read_block(decoder, text),
        };
        if filled.is_err() {
            text.truncate(before);
        }
        let filled = filled.map_err(|error| self.blame(error))?;
        self.unpacked_bytes += filled as u64;
        self.check_limits().map_err(UnpackError::Content)?;
        Ok(filled)
    }

    // An error that the input gave is ours to retry; any other one is the decoder's word on the content.
    fn blame(&mut self, error: io::Error) -> UnpackError {
        let input = match &mut self.stream {
            Stream::Plain(_) => return UnpackError::Input(error),
            Stream::Gzip(decoder) => decoder.get_mut(),
            Stream::Zstd(decoder) => decoder.get_mut(),
            Stream::Bzip2(decoder) => decoder.get_mut(),
            Stream::Xz(decoder) => decoder.inner_mut(),
        };
        if let Some(failure) = input.failure.take() {
            return UnpackError::Input(failure);
        }
        let name = self.compression().name();
        let after = self.unpacked_bytes;
        // What the decoder of zstd says for a window beyond ZSTD_WINDOW_LOG_MAX; its errors have no codes.
        if error.to_string().contains("too much memory") {
            let text = "the zstd stream needs a window of more than 8 MiB: compress without --long and --ultra";
            return UnpackError::Content(Reason::new(ReasonCode::UnpackedTooLarge, text));
        }
        if error.kind() == io::ErrorKind::OutOfMemory {
            let text = format!("the {name} stream needs a dictionary of more than 64 MiB: compress with xz -9 or less");
            return UnpackError::Content(Reason::new(ReasonCode::UnpackedTooLarge, text));
        }
        let text = if error.kind() == io::ErrorKind::UnexpectedEof {
            format!("the {name} stream is cut off, some way after {after} unpacked bytes")
        } else {
            format!(
                "the {name} stream is damaged, or followed by something else, some way after {after} unpacked bytes"
            )
        };
        UnpackError::Content(Reason::new(ReasonCode::CompressionCorrupt, text))
    }

    fn check_limits(&self) -> Result<(), Reason> {
        if self.compression() == Compression::None {
            return Ok(());
        }
        let TableLimits {
            unpacked_bytes_max,
            unpacked_ratio_max,
            unpacked_bytes_unchecked,
            ..
        } = self.limits;
        if self.unpacked_bytes > unpacked_bytes_max {
            let text = format!("it unpacks to more than {unpacked_bytes_max} bytes (unpacked_bytes_max)");
            return Err(Reason::new(ReasonCode::UnpackedTooLarge, text));
        }
        let allowed_bytes = self.read_bytes().saturating_mul(unpacked_ratio_max);
        if self.unpacked_bytes > unpacked_bytes_unchecked && self.unpacked_bytes > allowed_bytes {
            let text = format!("it unpacks to more than {unpacked_ratio_max} times its size (unpacked_ratio_max)");
            return Err(Reason::new(ReasonCode::UnpackedTooLarge, text));
        }
        Ok(())
    }

    /// Reads the rest of the input for its hash alone.
    pub(crate) fn drain(self, mut keep_on: impl FnMut(u64) -> bool) -> Result<Option<Digested>, io::Error> {
        let input = match self.stream {
            Stream::Plain(input) => input,
            Stream::Gzip(decoder) => decoder.into_inner(),
            Stream::Zstd(decoder) => decoder.into_inner(),
            Stream::Bzip2(decoder) => decoder.into_inner(),
            Stream::Xz(decoder) => decoder.into_inner(),
        };
        let PackedInput {
            mut reader,
            mut buffer,
            failure,
            ..
        } = input;
        if let Some(failure) = failure {
            return Err(failure);
        }
        // Mostly nothing is left.
        buffer.resize(SMALL_BLOCK_BYTES, 0);
        loop {
            if !keep_on(reader.size_bytes()) {
                return Ok(None);
            }
            if read_full(&mut reader, &mut buffer)? < buffer.len() {
                return Ok(Some(reader.finish()));
            }
            buffer.resize(INPUT_BUFFER_BYTES, 0);
        }
    }
}

// A small file, of which there may be thousands in an archive, does not pay for a whole block.
fn read_block(input: &mut impl Read, text: &mut Vec<u8>) -> io::Result<usize> {
    let before = text.len();
    let mut wanted = SMALL_BLOCK_BYTES;
    loop {
        let filled = text.len() - before;
        text.resize(before + wanted, 0);
        let read = read_full(input, &mut text[before + filled..]);
        text.truncate(before + filled + read.as_ref().copied().unwrap_or(0));
        let filled = filled + read?;
        if filled < wanted || wanted == BLOCK_BYTES {
            return Ok(filled);
        }
        wanted = BLOCK_BYTES;
    }
}

fn compression_of(prefix: &[u8]) -> Compression {
    if prefix.starts_with(GZIP_MAGIC) {
        Compression::Gzip
    } else if prefix.starts_with(ZSTD_MAGIC) {
        Compression::Zstd
    } else if prefix.starts_with(XZ_MAGIC) {
        Compression::Xz
    } else if is_bzip2(prefix) {
        Compression::Bzip2
    } else {
        Compression::None
    }
}

fn is_bzip2(prefix: &[u8]) -> bool {
    match prefix.strip_prefix(BZIP2_MAGIC) {
        Some([b'1'..=b'9', rest @ ..]) => BZIP2_BLOCKS.iter().any(|block| rest.starts_with(block)),
        _ => false,
    }
}

/// The input behind one buffer. It keeps its first error, so that nobody takes it for a decoder's.
struct PackedInput<R> {
    reader: HashingReader<R>,
    buffer: Vec<u8>,
    position: usize,
    filled: usize,
    failure: Option<io::Error>,
}

impl<R: Read> PackedInput<R> {
    fn new(input: R) -> Self {
        Self {
            reader: HashingReader::new(input),
            buffer: Vec::new(),
            position: 0,
            filled: 0,
            failure: None,
        }
    }

    // At least `wanted` bytes of the beginning, unless the input is shorter.
    fn peek(&mut self, wanted: usize) -> io::Result<&[u8]> {
        self.buffer.resize(wanted, 0);
        self.filled = read_full(&mut self.reader, &mut self.buffer)?;
        Ok(&self.buffer[..self.filled])
    }
}

impl<R: Read> Read for PackedInput<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        // Only a plain object is read like this, straight into its block.
        if self.position == self.filled {
            return self.reader.read(target);
        }
        let available = self.fill_buf()?;
        let length = available.len().min(target.len());
        target[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for PackedInput<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position == self.filled {
            self.position = 0;
            self.filled = 0;
            self.buffer.resize(INPUT_BUFFER_BYTES, 0);
            // Full reads make the ratio, and thus the verdict, independent of how the input is cut into pieces.
            match read_full(&mut self.reader, &mut self.buffer) {
                Ok(filled) => self.filled = filled,
                Err(error) => {
                    let told = io::Error::from(error.kind());
                    self.failure = Some(error);
                    return Err(told);
                }
            }
        }
        Ok(&self.buffer[self.position..self.filled])
    }

    fn consume(&mut self, amount: usize) {
        self.position = (self.position + amount).min(self.filled);
    }
}
