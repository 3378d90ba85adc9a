//! The block in front of each entry.

use crate::error::{Failure, Refusal, refuse};
use crate::rule::ArchiveRule;

/// The length of a block.
pub(crate) const BLOCK_BYTES: usize = 512;
/// The largest size that eleven octal digits hold: 8 GiB less one.
pub(super) const OCTAL_SIZE_MAX: u64 = 0o777_7777_7777;

const NAME: std::ops::Range<usize> = 0..100;
const SIZE: std::ops::Range<usize> = 124..136;
const CHECKSUM: std::ops::Range<usize> = 148..156;
const TYPE_FLAG: usize = 156;
const MAGIC: std::ops::Range<usize> = 257..263;
const VERSION: std::ops::Range<usize> = 263..265;
const PREFIX: std::ops::Range<usize> = 345..500;

const USTAR_MAGIC: &[u8] = b"ustar\0";
const USTAR_VERSION: &[u8] = b"00";
const GNU_MAGIC: &[u8] = b"ustar ";
const GNU_VERSION: &[u8] = b" \0";

/// What a header announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypeFlag {
    File,
    /// The NUL that stood for a file before ustar.
    OldFile,
    Folder,
    Link,
    Device,
    Sparse,
    LongName,
    LongLink,
    Pax,
    PaxGlobal,
    Unknown,
}

impl TypeFlag {
    const fn of(byte: u8) -> Self {
        match byte {
            b'0' => Self::File,
            0 => Self::OldFile,
            b'1' | b'2' => Self::Link,
            b'3' | b'4' | b'6' => Self::Device,
            b'5' => Self::Folder,
            b'S' => Self::Sparse,
            b'L' => Self::LongName,
            b'K' => Self::LongLink,
            b'x' => Self::Pax,
            b'g' => Self::PaxGlobal,
            _ => Self::Unknown,
        }
    }

    const fn speaks_of_next(self) -> bool {
        matches!(self, Self::LongName | Self::LongLink | Self::Pax | Self::PaxGlobal)
    }
}

/// A header whose checksum is right.
pub(super) struct Header {
    pub(super) raw_name: Vec<u8>,
    pub(super) type_flag: TypeFlag,
    pub(super) size: u64,
}

impl Header {
    pub(super) fn parse(block: &[u8; BLOCK_BYTES]) -> Result<Self, Failure> {
        if Some(checksum_of(block)) != octal(&block[CHECKSUM]) {
            let text = "a header's checksum is not right: the tar is damaged, or something else stands in it";
            return refuse(ArchiveRule::TarHeaderInvalid, text);
        }
        let raw_name = raw_name(block);
        // Of ustar without its version some readers take the prefix for a part of the name, and others do not.
        if has_prefix(block) && &block[VERSION] != USTAR_VERSION {
            let text = "a header's name is in two parts, and its version is not the one that has them";
            let refusal = Refusal::new(ArchiveRule::TarHeaderInvalid, text);
            return Err(refusal.within(&String::from_utf8_lossy(&raw_name)).into());
        }
        // An empty size is zero to some readers and an error to others.
        let has_size = block[SIZE].iter().any(|byte| !matches!(byte, 0 | b' '));
        let Some(size) = number(&block[SIZE]).filter(|_| has_size) else {
            let refusal = Refusal::new(ArchiveRule::TarHeaderInvalid, "a header's size is not a number");
            return Err(refusal.within(&String::from_utf8_lossy(&raw_name)).into());
        };
        let type_flag = TypeFlag::of(block[TYPE_FLAG]);
        if type_flag.speaks_of_next() && !is_exact_format(block) {
            let text =
                "a header says more of the next entry, and its magic and version are those of no format that does";
            let refusal = Refusal::new(ArchiveRule::TarHeaderInvalid, text);
            return Err(refusal.within(&String::from_utf8_lossy(&raw_name)).into());
        }
        Ok(Self {
            raw_name,
            type_flag,
            size,
        })
    }
}

/// Whether a tar may start with `block`: by the magic of ustar or GNU, or by a correct checksum.
pub(crate) fn looks_like_header(block: &[u8; BLOCK_BYTES]) -> bool {
    let magic = &block[MAGIC];
    magic == USTAR_MAGIC || magic == GNU_MAGIC || (block[0] != 0 && Some(checksum_of(block)) == octal(&block[CHECKSUM]))
}

// Without both of them, some readers take what such a header holds for a file.
fn is_exact_format(block: &[u8; BLOCK_BYTES]) -> bool {
    let (magic, version) = (&block[MAGIC], &block[VERSION]);
    (magic == USTAR_MAGIC && version == USTAR_VERSION) || (magic == GNU_MAGIC && version == GNU_VERSION)
}

// Only ustar has a prefix; GNU keeps times there.
fn has_prefix(block: &[u8; BLOCK_BYTES]) -> bool {
    &block[MAGIC] == USTAR_MAGIC && block[PREFIX.start] != 0
}

fn raw_name(block: &[u8; BLOCK_BYTES]) -> Vec<u8> {
    let name = until_nul(&block[NAME]);
    if has_prefix(block) {
        [until_nul(&block[PREFIX]), b"/", name].concat()
    } else {
        name.to_vec()
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

// The sum of all bytes, the checksum itself counted as spaces.
fn checksum_of(block: &[u8; BLOCK_BYTES]) -> u64 {
    let all: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    let own: u64 = block[CHECKSUM].iter().map(|byte| u64::from(*byte)).sum();
    all - own + CHECKSUM.len() as u64 * u64::from(b' ')
}

// Octal; or, for what octal has no room for, base 256 behind a byte 0x80 (GNU tar manual, "Basic Tar Format").
fn number(field: &[u8]) -> Option<u64> {
    match field.split_first() {
        Some((0x80, digits)) => {
            let (high, low) = digits.split_last_chunk::<8>()?;
            high.iter().all(|byte| *byte == 0).then(|| u64::from_be_bytes(*low))
        }
        _ => octal(field),
    }
}

// Spaces, digits, then spaces and NULs only. An empty field is zero.
fn octal(field: &[u8]) -> Option<u64> {
    let start = field.iter().position(|byte| *byte != b' ').unwrap_or(field.len());
    let digits = &field[start..];
    let end = digits
        .iter()
        .position(|byte| !(b'0'..=b'7').contains(byte))
        .unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    if rest.iter().any(|byte| !matches!(byte, 0 | b' ')) {
        return None;
    }
    Some(
        digits
            .iter()
            .fold(0, |value, digit| value * 8 + u64::from(digit - b'0')),
    )
}
