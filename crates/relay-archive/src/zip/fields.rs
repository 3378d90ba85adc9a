//! Little-endian fields, extra fields, and the names and attributes that both headers have.

use flate2::Crc;
use relay_model::escape_for_display;

use crate::error::{Failure, Refusal, refuse};
use crate::rule::ArchiveRule;
use crate::visit::EntryKind;

/// 4.4.8 and others: a field of ones says that the value is in the zip64 extra field.
pub(super) const ONES_16: u16 = u16::MAX;
pub(super) const ONES_32: u32 = u32::MAX;

pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;
/// 4.4.5: AE-x encryption of `WinZip`; the true method is elsewhere.
const AES_METHOD: u16 = 99;

/// 4.4.4: encrypted; strongly encrypted; with masked headers.
const ENCRYPTION_FLAGS: u16 = 1 | 1 << 6 | 1 << 13;
/// 4.4.4: sizes and checksum stand behind the content.
pub(super) const DESCRIPTOR_FLAG: u16 = 1 << 3;
/// 4.4.4: the content is a patch of something else.
const PATCH_FLAG: u16 = 1 << 5;
/// 4.4.4: name and comment are UTF-8.
const UTF8_FLAG: u16 = 1 << 11;
/// The flags in which both headers must agree. The others say how hard was compressed, or nothing.
pub(super) const COMPARED_FLAGS: u16 = ENCRYPTION_FLAGS | PATCH_FLAG | UTF8_FLAG;

const ZIP64_EXTRA: u16 = 0x0001;
/// 4.6.9: Info-ZIP Unicode path.
const UNICODE_PATH_EXTRA: u16 = 0x7075;
const UNICODE_PATH_VERSION: u8 = 1;

/// Takes fields from the front. What is asked for beyond the end is zero; headers are read whole before.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub(super) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    pub(super) fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.bytes(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }
}

/// The extra fields that have a meaning here (4.5).
pub(super) struct Extra<'a> {
    pub(super) zip64: Option<&'a [u8]>,
    unicode_path: Option<&'a [u8]>,
}

impl<'a> Extra<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut extra = Self {
            zip64: None,
            unicode_path: None,
        };
        let mut fields = Fields(bytes);
        while !fields.0.is_empty() {
            if fields.0.len() < 4 {
                return Err(malformed("its extra fields end within a field"));
            }
            let id = fields.u16();
            let length = usize::from(fields.u16());
            if fields.0.len() < length {
                return Err(malformed("an extra field is longer than all of them"));
            }
            let data = fields.bytes(length);
            let slot = match id {
                ZIP64_EXTRA => &mut extra.zip64,
                UNICODE_PATH_EXTRA => &mut extra.unicode_path,
                _ => continue,
            };
            if slot.replace(data).is_some() {
                return Err(malformed("an extra field stands there twice"));
            }
        }
        Ok(extra)
    }
}

fn malformed(text: &str) -> Refusal {
    Refusal::new(ArchiveRule::ZipHeaderInvalid, text)
}

/// The path and the kind that a raw name means: what every reader agrees on, or a refusal.
pub(super) fn read_name(raw: &[u8], flags: u16, extra: &Extra<'_>) -> Result<(String, EntryKind), Refusal> {
    let refusal = |rule, text: &str| Refusal::new(rule, text).within(&String::from_utf8_lossy(raw));
    let unicode = match extra.unicode_path {
        None => None,
        Some(field) => Some(unicode_path(field, raw).map_err(|text| refusal(ArchiveRule::ZipHeaderInvalid, text))?),
    };
    let name = match std::str::from_utf8(raw) {
        Ok(name) if flags & UTF8_FLAG != 0 || name.is_ascii() => {
            if unicode.is_some_and(|unicode| unicode != name) {
                let text = "its name and its Unicode path are two";
                return Err(refusal(ArchiveRule::ZipHeaderInvalid, text));
            }
            name
        }
        // Info-ZIP, macOS and others write UTF-8 and leave the flag out. Text of another encoding that happens to be valid
        // UTF-8 is next to impossible, and under every one of them the separators stay the ASCII ones.
        Ok(name) => unicode.unwrap_or(name),
        Err(_) if flags & UTF8_FLAG != 0 => return Err(refusal(ArchiveRule::NameNotUtf8, "its name is not UTF-8")),
        Err(_) => unicode.ok_or_else(|| {
            let text = "its name is not UTF-8, and nothing says in which encoding it is";
            refusal(ArchiveRule::NameEncodingUnknown, text)
        })?,
    };
    Ok(match name.strip_suffix('/') {
        Some(folder) => (folder.to_owned(), EntryKind::Folder),
        None => (name.to_owned(), EntryKind::File),
    })
}

// 4.6.9: version, CRC-32 of the name in the header, the name in UTF-8. If the checksum is another one, somebody renamed the
// entry and left this field behind: two names.
fn unicode_path<'a>(field: &'a [u8], raw: &[u8]) -> Result<&'a str, &'static str> {
    let mut fields = Fields(field);
    if fields.0.len() < 5 || fields.bytes(1) != [UNICODE_PATH_VERSION] {
        return Err("its Unicode path is malformed");
    }
    let mut crc = Crc::new();
    crc.update(raw);
    if fields.u32() != crc.sum() {
        return Err("its Unicode path is that of another name");
    }
    std::str::from_utf8(fields.0).map_err(|_| "its Unicode path is not UTF-8")
}

/// Refuses what is not read: encryption, patches, other methods.
pub(super) fn check_method(flags: u16, method: u16) -> Result<(), Failure> {
    if flags & ENCRYPTION_FLAGS != 0 || method == AES_METHOD {
        return refuse(ArchiveRule::Encrypted, "it is encrypted");
    }
    if flags & PATCH_FLAG != 0 {
        return refuse(ArchiveRule::MethodUnknown, "it is a patch of another file");
    }
    if method != STORED && method != DEFLATED {
        let text = format!("compression method {method}");
        return refuse(ArchiveRule::MethodUnknown, text);
    }
    Ok(())
}

const MODE_TYPE: u32 = 0o170_000;
const MODE_FOLDER: u32 = 0o040_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_LINK: u32 = 0o120_000;
const DOS_FOLDER: u32 = 0x10;

/// Holds the external attributes (4.4.15) against the kind that the name says. The upper half is a Unix mode, whichever
/// system is said to have written it: some readers do not look.
pub(super) fn check_attributes(attributes: u32, kind: EntryKind) -> Result<(), Failure> {
    let is_folder = kind == EntryKind::Folder;
    let contradictory = || {
        let text = "its attributes and its name do not agree on whether it is a folder";
        refuse(ArchiveRule::KindContradictory, text)
    };
    match (attributes >> 16) & MODE_TYPE {
        0 => {}
        MODE_FOLDER if is_folder => {}
        MODE_FILE if !is_folder => {}
        MODE_FOLDER | MODE_FILE => return contradictory(),
        MODE_LINK => return refuse(ArchiveRule::Link, "its attributes say that it is a symbolic link"),
        _ => {
            let text = "its attributes say that it is a device, a pipe or a socket";
            return refuse(ArchiveRule::Device, text);
        }
    }
    if attributes & DOS_FOLDER != 0 && !is_folder {
        return contradictory();
    }
    Ok(())
}

/// Puts the entry's name beside a failure.
pub(super) fn placed(failure: Failure, path: &str) -> Failure {
    match failure {
        Failure::Refused(refusal) => Failure::Refused(refusal.within(path)),
        failure @ Failure::Input(_) => failure,
    }
}

/// A raw name that can be shown.
pub(super) fn shown_raw(raw: &[u8]) -> String {
    escape_for_display(&String::from_utf8_lossy(raw))
}
