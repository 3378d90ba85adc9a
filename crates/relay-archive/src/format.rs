//! Which archive is this? By content, never by name.

use std::borrow::Cow;
use std::io::Read;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

use crate::input::read_full;
use crate::tar::{BLOCK_BYTES, looks_like_header};
use crate::unpacked::ZSTD_WINDOW_LOG_MAX;

/// How many bytes of the beginning tell what it is, in every format but bzip2 ([`recognition_bytes`]).
///
/// Zip, tar and nearly every tar.gz show themselves in 4 KiB. A zstd block of up to 128 KiB (RFC 8878, section 3.1.1.2.4)
/// gives nothing before it is complete, nor does an LZMA2 chunk of up to 64 KiB (the .xz file format, section 5.3.1); the
/// rest is for headers and small skippable frames.
pub const RECOGNITION_BYTES: usize = 132 * 1024;
/// What is asked of the beginning of a bzip2 stream for each 100 kB of its block size. A block gives nothing before it is
/// complete, since all of it was sorted; packed it is at most one part in a hundred and 600 bytes longer than it was (the
/// manual of bzip2, section 3.5.1), in the stream of any encoder that means to pack. What another one makes longer is kept
/// as a file like any other.
const BZIP2_RECOGNITION_BYTES: usize = 102 * 1000;

/// The first bytes of any file, as many as tell which magic number it has.
pub(crate) const MAGIC_BYTES_MAX: usize = 10;
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const XZ_MAGIC: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];
const BZIP2_MAGIC: &[u8] = b"BZh";
/// What a block of bzip2 begins with, or the end of a stream without blocks. `BZh` alone may begin a text.
const BZIP2_BLOCKS: [&[u8]; 2] = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];
/// RFC 8878, section 3.1.2: `184D2A5?` in little-endian order. pzstd starts its files with one.
const ZSTD_SKIPPABLE_MAGIC: &[u8] = &[0x2a, 0x4d, 0x18];
/// RFC 8878, section 3.1.1.1.2: exponent 13 above 1 KiB, no mantissa.
const ZSTD_WINDOW_OF_8_MIB: u8 = 13 << 3;
/// A local header, the end of an empty archive, and the marks of split archives, which are refused later.
const ZIP_MAGICS: [&[u8]; 4] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04"];

/// The archives that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArchiveFormat {
    /// Zip (APPNOTE.TXT 6.3): stored and deflate, zip64, data descriptors.
    Zip,
    /// Tar: v7, ustar, GNU, pax (POSIX.1-2017, pax, "ustar Interchange Format").
    Tar,
    /// A tar in gzip (RFC 1952).
    TarGzip,
    /// A tar in zstd (RFC 8878).
    TarZstd,
    /// A tar in bzip2.
    TarBzip2,
    /// A tar in xz (the .xz file format 1.2).
    TarXz,
}

impl ArchiveFormat {
    /// Every format.
    pub const ALL: [Self; 6] = [
        Self::Zip,
        Self::Tar,
        Self::TarGzip,
        Self::TarZstd,
        Self::TarBzip2,
        Self::TarXz,
    ];

    /// The format as programs see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::TarGzip => "tar.gz",
            Self::TarZstd => "tar.zst",
            Self::TarBzip2 => "tar.bz2",
            Self::TarXz => "tar.xz",
        }
    }
}

/// How many bytes of a beginning [`recognize`] is best given, judged by the first of them; from fewer it tells as much as they
/// hold. Only where bzip2 is, more than [`RECOGNITION_BYTES`]: nobody else pays for its large blocks.
pub fn recognition_bytes(prefix: &[u8]) -> usize {
    bzip2_block_size(prefix).map_or(RECOGNITION_BYTES, |size| {
        RECOGNITION_BYTES.max(size * BZIP2_RECOGNITION_BYTES)
    })
}

/// Tells the format by the beginning of the bytes, [`recognition_bytes`] of them if there are as many.
///
/// A compressed file is an archive only if a tar starts in it. A tar without entries (zeros) is not recognized.
pub fn recognize(prefix: &[u8]) -> Option<ArchiveFormat> {
    if ZIP_MAGICS.iter().any(|magic| prefix.starts_with(magic)) {
        return Some(ArchiveFormat::Zip);
    }
    if prefix.starts_with(GZIP_MAGIC) {
        return starts_a_tar(MultiGzDecoder::new(prefix)).then_some(ArchiveFormat::TarGzip);
    }
    if is_zstd(prefix) {
        let prefix = with_small_window(prefix);
        let mut decoder = zstd::Decoder::with_buffer(&*prefix).ok()?;
        decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).ok()?;
        return starts_a_tar(decoder).then_some(ArchiveFormat::TarZstd);
    }
    if bzip2_block_size(prefix).is_some() {
        return starts_a_tar(MultiBzDecoder::new(prefix)).then_some(ArchiveFormat::TarBzip2);
    }
    if prefix.starts_with(XZ_MAGIC) {
        // Memory for a dictionary is taken as it fills, so any size that is asked for will do: the reading refuses it with the
        // reason.
        return starts_a_tar(XzReader::new(prefix, true)).then_some(ArchiveFormat::TarXz);
    }
    starts_a_tar(prefix).then_some(ArchiveFormat::Tar)
}

/// The same, for what is sent as a package of files. A zip that is the document of an application (a workbook of a spreadsheet, an
/// `OpenDocument` text, a Java archive) is none: it is one file to whoever sends it. It is told by the name of its first
/// entry; what is called `.zip` is a package whatever it begins with.
pub fn recognize_package(prefix: &[u8], name: &str) -> Option<ArchiveFormat> {
    let is_called_zip = name
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("zip"));
    recognize(prefix).filter(|_| is_called_zip || !starts_a_document(prefix))
}

// ECMA-376-2, annex B, and what writers put first; OpenDocument 1.3, part 2, section 3.3; EPUB OCF 3.3, section 4.3.3; the JAR
// file specification.
fn starts_a_document(prefix: &[u8]) -> bool {
    const NAMES: [&[u8]; 2] = [b"[Content_Types].xml", b"mimetype"];
    const FOLDERS: [&[u8]; 7] = [
        b"_rels/",
        b"docProps/",
        b"xl/",
        b"word/",
        b"ppt/",
        b"customXml/",
        b"META-INF/",
    ];
    let Some(name) = first_name(prefix) else {
        return false;
    };
    NAMES.contains(&name) || FOLDERS.iter().any(|folder| name.starts_with(folder))
}

// APPNOTE.TXT 4.3.7: the length of the name stands at byte 26, the name at byte 30.
fn first_name(prefix: &[u8]) -> Option<&[u8]> {
    let header = prefix.strip_prefix(b"PK\x03\x04")?;
    let length = u16::from_le_bytes(header.get(22..24)?.try_into().ok()?);
    header.get(26..26 + usize::from(length))
}

/// How many bytes are needed to tell, judged by the first [`MAGIC_BYTES_MAX`].
pub(crate) fn needed_bytes(prefix: &[u8]) -> usize {
    let is_packed = prefix.starts_with(GZIP_MAGIC)
        || is_zstd(prefix)
        || prefix.starts_with(XZ_MAGIC)
        || bzip2_block_size(prefix).is_some();
    if is_packed {
        recognition_bytes(prefix)
    } else {
        BLOCK_BYTES
    }
}

// In units of 100 kB.
fn bzip2_block_size(prefix: &[u8]) -> Option<usize> {
    match prefix.strip_prefix(BZIP2_MAGIC)? {
        [size @ b'1'..=b'9', rest @ ..] if BZIP2_BLOCKS.iter().any(|block| rest.starts_with(block)) => {
            Some(usize::from(size - b'0'))
        }
        _ => None,
    }
}

fn is_zstd(prefix: &[u8]) -> bool {
    prefix.starts_with(ZSTD_MAGIC)
        || matches!(prefix, [0x50..=0x5f, magic @ ..] if magic.starts_with(ZSTD_SKIPPABLE_MAGIC))
}

// A frame may ask for more memory than is given. Its first block needs none of it, so what it begins can be told all the same,
// and the reading refuses it with the reason. RFC 8878, section 3.1.1.1: the frame's header, replaced by one of 8 MiB.
fn with_small_window(prefix: &[u8]) -> Cow<'_, [u8]> {
    let (true, Some(descriptor)) = (prefix.starts_with(ZSTD_MAGIC), prefix.get(ZSTD_MAGIC.len())) else {
        return Cow::Borrowed(prefix);
    };
    let is_single_segment = descriptor & 0x20 != 0;
    let dictionary_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content_size_bytes = [usize::from(is_single_segment), 2, 4, 8][usize::from(descriptor >> 6)];
    let header_bytes = 1 + usize::from(!is_single_segment) + dictionary_bytes + content_size_bytes;
    let blocks = prefix.get(ZSTD_MAGIC.len() + header_bytes..).unwrap_or_default();
    Cow::Owned([ZSTD_MAGIC, &[0, ZSTD_WINDOW_OF_8_MIB], blocks].concat())
}

// What the decoder gave before it found fault counts: the prefix is cut off anywhere.
fn starts_a_tar(mut stream: impl Read) -> bool {
    let mut block = [0; BLOCK_BYTES];
    let mut filled = 0;
    while filled < BLOCK_BYTES {
        match read_full(&mut stream, &mut block[filled..=filled]) {
            Ok(1) => filled += 1,
            _ => return false,
        }
    }
    looks_like_header(&block)
}
