//! What the first bytes of a package are. Names are never asked.

use crate::delimited;

/// How many first bytes are looked at.
pub const CONTENT_PREFIX_BYTES: usize = 4_096;
/// Where `ustar` stands in a tar header (POSIX.1-2017, pax, "ustar Interchange Format").
const TAR_MAGIC_OFFSET: usize = 257;
/// Java class files and Mach-O universal binaries share their first four bytes; a universal binary has few parts, a class
/// file a version of at least 45.
const UNIVERSAL_PARTS_MAX: u32 = 30;

macro_rules! contents {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// A kind of content.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Content { $(
            #[doc = $doc]
            $variant,
        )* }

        impl Content {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in audit events.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

contents! {
    Empty "empty" "No bytes."
    Csv "csv" "Delimited text: lines of equally many fields, two or more."
    JsonLines "json_lines" "A JSON object on each line."
    Json "json" "A JSON document."
    Text "text" "Other text in UTF-8."
    TextUtf16 "text_utf16" "Text in UTF-16."
    Gzip "gzip" "gzip (RFC 1952)."
    Zstd "zstd" "Zstandard (RFC 8878)."
    Bzip2 "bzip2" "bzip2."
    Xz "xz" "xz."
    Zip "zip" "zip, and the formats that are made of it."
    Tar "tar" "tar."
    Parquet "parquet" "Apache Parquet."
    Sqlite "sqlite" "An SQLite database."
    Pdf "pdf" "PDF."
    Png "png" "PNG."
    Jpeg "jpeg" "JPEG."
    Gif "gif" "GIF."
    Elf "elf" "A program or library for Linux."
    MachO "mach_o" "A program or library for macOS."
    WindowsExecutable "windows_executable" "A program or library for Windows."
    JavaClass "java_class" "A compiled Java class."
    Wasm "wasm" "A WebAssembly module."
    Script "script" "A script that names its interpreter."
    Binary "binary" "Anything else."
}

impl Content {
    /// Whether it is made to be run.
    pub const fn is_executable(self) -> bool {
        matches!(
            self,
            Self::Elf | Self::MachO | Self::WindowsExecutable | Self::JavaClass | Self::Wasm | Self::Script
        )
    }

    /// Whether it is text of some kind.
    pub const fn is_textual(self) -> bool {
        matches!(
            self,
            Self::Csv | Self::JsonLines | Self::Json | Self::Text | Self::TextUtf16
        )
    }

    /// Whether a table may be found in it, by a closer look; what is packed must be unpacked to know. Binary is also what text
    /// of many other encodings is here.
    pub const fn may_be_table(self) -> bool {
        self.is_textual() || self.is_compressed() || matches!(self, Self::Binary)
    }

    /// Whether it is one compressed stream.
    pub const fn is_compressed(self) -> bool {
        matches!(self, Self::Gzip | Self::Zstd | Self::Bzip2 | Self::Xz)
    }
}

/// What a package is that starts with `prefix`; `is_whole` says that there is nothing more.
pub fn sniff(prefix: &[u8], is_whole: bool) -> Content {
    if prefix.is_empty() {
        return Content::Empty;
    }
    by_magic(prefix).unwrap_or_else(|| by_text(prefix, is_whole))
}

fn by_magic(prefix: &[u8]) -> Option<Content> {
    const MAGIC: [(&[u8], Content); 21] = [
        (b"\x1F\x8B\x08", Content::Gzip),
        (b"\x28\xB5\x2F\xFD", Content::Zstd),
        (b"\xFD7zXZ\0", Content::Xz),
        (b"PK\x03\x04", Content::Zip),
        (b"PK\x05\x06", Content::Zip),
        (b"PK\x07\x08", Content::Zip),
        (b"SQLite format 3\0", Content::Sqlite),
        (b"%PDF-", Content::Pdf),
        (b"\x89PNG\r\n\x1A\n", Content::Png),
        (b"\xFF\xD8\xFF", Content::Jpeg),
        (b"GIF87a", Content::Gif),
        (b"GIF89a", Content::Gif),
        (b"\x7FELF", Content::Elf),
        (b"\xFE\xED\xFA\xCE", Content::MachO),
        (b"\xFE\xED\xFA\xCF", Content::MachO),
        (b"\xCE\xFA\xED\xFE", Content::MachO),
        (b"\xCF\xFA\xED\xFE", Content::MachO),
        (b"\xCA\xFE\xBA\xBF", Content::MachO),
        (b"\0asm", Content::Wasm),
        // A byte order mark; UTF-32's little-endian one starts alike, and is no text that anybody here reads.
        (b"\xFF\xFE", Content::TextUtf16),
        (b"\xFE\xFF", Content::TextUtf16),
    ];
    if let Some((_, content)) = MAGIC.iter().find(|(magic, _)| prefix.starts_with(magic)) {
        return Some(*content);
    }
    if is_script(prefix) {
        return Some(Content::Script);
    }
    if is_bzip2(prefix) {
        return Some(Content::Bzip2);
    }
    if is_parquet(prefix) {
        return Some(Content::Parquet);
    }
    if is_skippable_frame(prefix) {
        return Some(Content::Zstd);
    }
    if prefix.starts_with(b"\xCA\xFE\xBA\xBE") {
        let parts = u32::from_be_bytes(prefix.get(4..8)?.try_into().ok()?);
        return Some(if parts <= UNIVERSAL_PARTS_MAX {
            Content::MachO
        } else {
            Content::JavaClass
        });
    }
    if prefix.starts_with(b"MZ") && is_windows_executable(prefix) {
        return Some(Content::WindowsExecutable);
    }
    (prefix.get(TAR_MAGIC_OFFSET..TAR_MAGIC_OFFSET + 5) == Some(b"ustar")).then_some(Content::Tar)
}

// `#!` and an interpreter. `#![` is how Rust sources begin.
fn is_script(prefix: &[u8]) -> bool {
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    text.strip_prefix(b"#!").is_some_and(|rest| !rest.starts_with(b"["))
}

// `BZh` and the block size may begin a text; the magic number of a block, or of an end without blocks, does not.
fn is_bzip2(prefix: &[u8]) -> bool {
    const BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
    const END: &[u8] = b"\x17\x72\x45\x38\x50\x90";
    match prefix.strip_prefix(b"BZh") {
        Some([b'1'..=b'9', rest @ ..]) => rest.starts_with(BLOCK) || rest.starts_with(END),
        _ => false,
    }
}

// `PAR1` may begin a text. `PARE`: the footer is encrypted (Parquet Modular Encryption).
fn is_parquet(prefix: &[u8]) -> bool {
    (prefix.starts_with(b"PAR1") || prefix.starts_with(b"PARE")) && as_text(prefix, false).is_none()
}

// RFC 8878, section 3.1.2: pzstd and others begin with a skippable frame.
fn is_skippable_frame(prefix: &[u8]) -> bool {
    matches!(prefix, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

// `MZ` may begin a text. The rest of a DOS header is binary, and names where the PE header starts.
fn is_windows_executable(prefix: &[u8]) -> bool {
    const PE_OFFSET: std::ops::Range<usize> = 0x3C..0x40;
    let Some(Ok(offset)) = prefix.get(PE_OFFSET).map(<[u8; 4]>::try_from) else {
        return prefix.contains(&0);
    };
    let offset = u32::from_le_bytes(offset) as usize;
    match prefix.get(offset..offset.saturating_add(4)) {
        Some(signature) => signature == b"PE\0\0" || prefix[..PE_OFFSET.end].contains(&0),
        None => prefix.contains(&0),
    }
}

fn by_text(prefix: &[u8], is_whole: bool) -> Content {
    let Some(text) = as_text(prefix, is_whole) else {
        if is_utf16(prefix) {
            return Content::TextUtf16;
        }
        return in_another_encoding(prefix, is_whole);
    };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let trimmed = text.trim_start();
    if trimmed.starts_with('{') && first_line_is_object(trimmed, is_whole) {
        return Content::JsonLines;
    }
    if trimmed.starts_with(['{', '[']) && begins_json(trimmed, is_whole) {
        return Content::Json;
    }
    if delimited::is_delimited(text, is_whole) {
        Content::Csv
    } else {
        Content::Text
    }
}

// A table in another encoding is still meant as one: its rows are refused with a reason, instead of being passed on
// unread.
fn in_another_encoding(prefix: &[u8], is_whole: bool) -> Content {
    let text = String::from_utf8_lossy(prefix);
    let separator = delimited::SEPARATORS
        .into_iter()
        .find(|separator| text.contains(*separator));
    let is_plain = |character| is_plain(character) || Some(character) == separator;
    let is_delimited = || match separator {
        Some(separator) => delimited::is_separated(&text, separator, is_whole),
        None => delimited::is_delimited(&text, is_whole),
    };
    if text.chars().all(is_plain) && is_delimited() {
        Content::Csv
    } else {
        Content::Binary
    }
}

// Text in UTF-16 without a byte order mark: of ASCII, line breaks at least, one byte of two is zero, and mostly the same
// one. No unit is a control character or half a pair.
fn is_utf16(prefix: &[u8]) -> bool {
    let (pairs, _) = prefix.as_chunks::<2>();
    let zeros = |half: usize| pairs.iter().filter(|pair| pair[half] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let unit = |pair: &[u8; 2]| {
        if first < second {
            u16::from_le_bytes(*pair)
        } else {
            u16::from_be_bytes(*pair)
        }
    };
    // A pair may be cut in two by the end of the prefix.
    let units = &pairs[..pairs.len().saturating_sub(1)];
    first.max(second) > 2 * first.min(second)
        && char::decode_utf16(units.iter().map(unit)).all(|character| character.is_ok_and(is_plain))
}

// The prefix as text; a character cut off by the end of the prefix does not count against it.
fn as_text(prefix: &[u8], is_whole: bool) -> Option<&str> {
    let text = match std::str::from_utf8(prefix) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && !is_whole => {
            std::str::from_utf8(&prefix[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    text.chars().all(is_plain).then_some(text)
}

fn is_plain(character: char) -> bool {
    !character.is_control() || matches!(character, '\t' | '\n' | '\r' | '\u{C}')
}

fn first_line_is_object(text: &str, is_whole: bool) -> bool {
    match text.split_once('\n') {
        Some((line, _)) => is_object(line),
        // A single line: all there is, or a row longer than the prefix.
        None if is_whole => is_object(text),
        None => begins_json(text, false),
    }
}

fn is_object(line: &str) -> bool {
    matches!(serde_json::from_str(line), Ok(serde_json::Value::Object(_)))
}

// Whether the text is JSON as far as it goes.
fn begins_json(text: &str, is_whole: bool) -> bool {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => true,
        Err(error) => error.is_eof() && !is_whole,
    }
}
