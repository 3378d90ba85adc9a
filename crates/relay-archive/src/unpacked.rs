//! The bytes of a tar: as they stand, or out of gzip, zstd, bzip2 or xz, counted as they come out.

use std::io::{self, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

use crate::error::{Failure, Refusal};
use crate::input::{Input, Shared};
use crate::rule::ArchiveRule;

/// The largest zstd window that is accepted, as a power of two: 8 MiB, what RFC 8878 (section 3.1.1.1.2) recommends every
/// decoder to support. `--long` and `--ultra` may use more, and memory here has a bound.
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How libzstd says that a frame's window is larger than allowed (`ZSTD_error_frameParameter_windowTooLarge`).
const ZSTD_WINDOW_ERROR: &str = "requires too much memory";

/// The largest xz dictionary that is accepted, in MiB: that of `xz -9`.
const XZ_DICTIONARY_MIB_MAX: u32 = 64;
/// The same within another xz, so that archives in each other do not take as much each: that of `xz`.
const XZ_INNER_DICTIONARY_MIB_MAX: u32 = 8;
/// What the decoder of xz needs besides, at most, in MiB.
const XZ_MIB_BESIDE: u32 = 2;
/// How the decoder of xz says that it is allowed too little, and not that it was given too little.
const XZ_MEMORY_ERROR: &str = "mem_limit";

enum Decoder<'a> {
    Plain(Input<'a>),
    /// Several members in a row are one stream (RFC 1952, section 2.2). Zeros after the last member are refused like
    /// anything else there: GNU tar pads a compressed archive on tapes only, never in a file or a pipe.
    Gzip(Box<MultiGzDecoder<Input<'a>>>),
    /// Several frames, and skippable ones, are one stream (RFC 8878, section 3).
    Zstd(Box<zstd::Decoder<'static, Input<'a>>>),
    /// Several streams are one, as the tools that pack on several processors write them.
    Bzip2(Box<MultiBzDecoder<Input<'a>>>),
    /// Several streams, and zeros behind each in fours, are one (the .xz file format, section 2.2).
    Xz {
        decoder: Box<XzReader<Input<'a>>>,
        dictionary_mib_max: u32,
    },
}

/// A tar's own bytes.
pub(crate) struct Unpacked<'a> {
    decoder: Decoder<'a>,
    shared: &'a Shared<'a>,
}

impl<'a> Unpacked<'a> {
    pub(crate) fn plain(input: Input<'a>, shared: &'a Shared<'a>) -> Self {
        let decoder = Decoder::Plain(input);
        Self { decoder, shared }
    }

    pub(crate) fn gzip(input: Input<'a>, shared: &'a Shared<'a>) -> Self {
        let decoder = Decoder::Gzip(Box::new(MultiGzDecoder::new(input)));
        Self { decoder, shared }
    }

    pub(crate) fn zstd(input: Input<'a>, shared: &'a Shared<'a>) -> Result<Self, Failure> {
        let mut decoder = zstd::Decoder::with_buffer(input).map_err(Failure::Input)?;
        decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(Failure::Input)?;
        let decoder = Decoder::Zstd(Box::new(decoder));
        Ok(Self { decoder, shared })
    }

    pub(crate) fn bzip2(input: Input<'a>, shared: &'a Shared<'a>) -> Self {
        let decoder = Decoder::Bzip2(Box::new(MultiBzDecoder::new(input)));
        Self { decoder, shared }
    }

    /// `is_within_xz` says that an archive around this one is in xz too.
    pub(crate) fn xz(input: Input<'a>, shared: &'a Shared<'a>, is_within_xz: bool) -> Self {
        let dictionary_mib_max = if is_within_xz {
            XZ_INNER_DICTIONARY_MIB_MAX
        } else {
            XZ_DICTIONARY_MIB_MAX
        };
        let memory_kib_max = (dictionary_mib_max + XZ_MIB_BESIDE) * 1024;
        let decoder = Decoder::Xz {
            decoder: Box::new(XzReader::new_mem_limit(input, true, memory_kib_max)),
            dictionary_mib_max,
        };
        Self { decoder, shared }
    }

    /// Whether reading counts as unpacking, so that the content of entries must not be counted again.
    pub(crate) const fn is_counted(&self) -> bool {
        !matches!(self.decoder, Decoder::Plain(_))
    }

    // An error that the input gave is kept already; any other one is the decoder's word on the archive.
    fn blame(&self, error: &io::Error) -> io::Error {
        let (name, damaged) = match self.decoder {
            Decoder::Plain(_) => ("tar", "is damaged"),
            Decoder::Gzip(_) => ("gzip", "is damaged, or followed by something else"),
            Decoder::Zstd(_) => ("zstd", "is damaged, or followed by something else"),
            Decoder::Bzip2(_) => ("bzip2", "is damaged, or followed by something else"),
            Decoder::Xz { .. } => ("xz", "is damaged, or followed by something else"),
        };
        let refuse = |rule, what: &str| {
            self.shared
                .refuse(Refusal::new(rule, format!("the {name} stream {what}")))
        };
        if error.kind() == io::ErrorKind::OutOfMemory {
            return match self.decoder {
                Decoder::Xz { dictionary_mib_max, .. } if error.to_string().contains(XZ_MEMORY_ERROR) => {
                    let what = format!("needs a dictionary of more than {dictionary_mib_max} MiB");
                    refuse(ArchiveRule::WindowTooLarge, &what)
                }
                // There was no memory: no fault of the archive.
                _ => self.shared.fail(Failure::Input(error.kind().into())),
            };
        }
        if error.to_string().contains(ZSTD_WINDOW_ERROR) {
            refuse(ArchiveRule::WindowTooLarge, "needs a window of more than 8 MiB")
        } else if error.kind() == io::ErrorKind::UnexpectedEof {
            refuse(ArchiveRule::Truncated, "is cut off")
        } else {
            refuse(ArchiveRule::Corrupt, damaged)
        }
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.decoder {
            Decoder::Plain(input) => return input.read(target),
            Decoder::Gzip(decoder) => decoder.read(target),
            Decoder::Zstd(decoder) => decoder.read(target),
            Decoder::Bzip2(decoder) => decoder.read(target),
            Decoder::Xz { decoder, .. } => decoder.read(target),
        };
        match read {
            Ok(read) => {
                self.shared.count_unpacked(read)?;
                Ok(read)
            }
            Err(error) if self.shared.has_failed() => Err(error),
            Err(error) => Err(self.blame(&error)),
        }
    }
}
