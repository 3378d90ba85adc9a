//! Which archive is this? By content, never by name.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use crate::input::read_full;
use crate::tar::{BLOCK_BYTES, looks_like_header};
use crate::unpacked::ZSTD_WINDOW_LOG_MAX;

/// How many bytes of the beginning [`recognize`] is best given; from fewer it tells as much as they hold.
///
/// Zip, tar and nearly every tar.gz show themselves in 4 KiB. A zstd block of up to 128 KiB (RFC 8878, section 3.1.1.2.4)
/// gives nothing before it is complete; the rest is for frame headers and small skippable frames.
pub const RECOGNITION_BYTES: usize = 132 * 1024;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
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
}

impl ArchiveFormat {
    /// The format as programs see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::TarGzip => "tar.gz",
            Self::TarZstd => "tar.zst",
        }
    }
}

/// Tells the format by the beginning of the bytes, [`RECOGNITION_BYTES`] of them if there are as many.
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

/// How many bytes are needed to tell, judged by the first few.
pub(crate) fn needed_bytes(prefix: &[u8]) -> usize {
    if prefix.starts_with(GZIP_MAGIC) || is_zstd(prefix) {
        RECOGNITION_BYTES
    } else {
        BLOCK_BYTES
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
