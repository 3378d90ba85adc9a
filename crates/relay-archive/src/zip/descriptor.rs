//! The descriptor behind the content of an entry (4.3.9).
//!
//! It comes in four forms: with or without a signature, sizes of 4 or 8 bytes; and nothing in front says reliably which
//! (some writers use 8 bytes without a zip64 field). So the form is the one whose values are the true ones and behind
//! which a record starts; at most one is.

use super::fields::Fields;
use super::{CENTRAL_SIGNATURE, DESCRIPTOR_SIGNATURE, END_SIGNATURE, LOCAL_SIGNATURE, ZIP64_END_SIGNATURE};
use crate::error::{Failure, refuse};
use crate::input::Input;
use crate::rule::ArchiveRule;

const LONGEST_BYTES: usize = 24;
const SHORTEST_BYTES: usize = 12;
const SIGNATURE_BYTES: usize = 4;

/// What is known about the content of an entry.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) crc32: u32,
    pub(super) packed_bytes: u64,
    pub(super) unpacked_bytes: u64,
}

impl Facts {
    /// Refuses facts that are not those that were found.
    pub(super) fn check(&self, found: &Self, place: &str) -> Result<(), Failure> {
        if self.unpacked_bytes != found.unpacked_bytes || self.packed_bytes != found.packed_bytes {
            let text = format!(
                "it has {} bytes ({} packed), its {place} says {} ({} packed)",
                found.unpacked_bytes, found.packed_bytes, self.unpacked_bytes, self.packed_bytes
            );
            return refuse(ArchiveRule::SizeMismatch, text);
        }
        if self.crc32 != found.crc32 {
            let text = format!("its content has not the CRC-32 that its {place} says");
            return refuse(ArchiveRule::ChecksumMismatch, text);
        }
        Ok(())
    }

    /// With what was found where zero stands for what was not known yet.
    pub(super) fn where_not_zero(self, found: &Self) -> Self {
        Self {
            crc32: if self.crc32 == 0 { found.crc32 } else { self.crc32 },
            packed_bytes: if self.packed_bytes == 0 {
                found.packed_bytes
            } else {
                self.packed_bytes
            },
            unpacked_bytes: if self.unpacked_bytes == 0 {
                found.unpacked_bytes
            } else {
                self.unpacked_bytes
            },
        }
    }
}

/// Consumes the descriptor, which must say what was found.
pub(super) fn read(input: &mut Input<'_>, found: &Facts) -> Result<(), Failure> {
    if let Some(length) = find(input, found)? {
        input.peek(length)?;
        std::io::BufRead::consume(input, length);
        return Ok(());
    }
    let bytes = input.peek(LONGEST_BYTES + SIGNATURE_BYTES)?;
    if bytes.len() < LONGEST_BYTES && !bytes.starts_with(&DESCRIPTOR_SIGNATURE) || bytes.len() < SHORTEST_BYTES {
        return refuse(ArchiveRule::Truncated, "the archive ends within the entry's descriptor");
    }
    let told = parse(bytes, bytes.starts_with(&DESCRIPTOR_SIGNATURE), false).map_or(*found, |(told, _)| told);
    told.check(found, "descriptor")?;
    if bytes.len() < LONGEST_BYTES {
        return refuse(ArchiveRule::Truncated, "the archive ends behind an entry");
    }
    let text = "behind the entry stands neither another one nor the directory";
    refuse(ArchiveRule::ForeignBytes, text)
}

/// The length of the descriptor that stands here and says `facts`, if one does.
pub(super) fn find(input: &mut Input<'_>, facts: &Facts) -> Result<Option<usize>, Failure> {
    let bytes = input.peek(LONGEST_BYTES + SIGNATURE_BYTES)?;
    let forms = [(true, false), (true, true), (false, false), (false, true)];
    let fitting = forms.into_iter().find_map(|(has_signature, is_long)| {
        let (told, length) = parse(bytes, has_signature, is_long)?;
        (told == *facts && starts_record(bytes.get(length..)?)).then_some(length)
    });
    Ok(fitting)
}

fn parse(bytes: &[u8], has_signature: bool, is_long: bool) -> Option<(Facts, usize)> {
    let length = if is_long { 20 } else { 12 } + if has_signature { SIGNATURE_BYTES } else { 0 };
    let mut fields = Fields(bytes.get(..length)?);
    if has_signature && fields.bytes(SIGNATURE_BYTES) != DESCRIPTOR_SIGNATURE {
        return None;
    }
    let size = |fields: &mut Fields<'_>| if is_long { fields.u64() } else { fields.u32().into() };
    let facts = Facts {
        crc32: fields.u32(),
        packed_bytes: size(&mut fields),
        unpacked_bytes: size(&mut fields),
    };
    Some((facts, length))
}

fn starts_record(bytes: &[u8]) -> bool {
    [LOCAL_SIGNATURE, CENTRAL_SIGNATURE, END_SIGNATURE, ZIP64_END_SIGNATURE]
        .iter()
        .any(|signature| bytes.starts_with(signature))
}
