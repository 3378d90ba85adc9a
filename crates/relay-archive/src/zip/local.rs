//! The header in front of each entry (4.3.7).

use super::fields::{DESCRIPTOR_FLAG, Extra, Fields, ONES_32, check_method, placed, read_name};
use crate::error::{Failure, Refusal, refuse};
use crate::input::Input;
use crate::rule::ArchiveRule;
use crate::visit::EntryKind;
use relay_model::ArchiveLimits;

const HEADER_BYTES: usize = 30;
/// 4.5.3: in a local header both sizes must be there.
const ZIP64_BYTES: usize = 16;

/// What a local header says.
pub(super) struct LocalHeader {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc32: u32,
    pub(super) packed_bytes: u64,
    pub(super) unpacked_bytes: u64,
    pub(super) raw_name: Vec<u8>,
    pub(super) path: String,
    pub(super) kind: EntryKind,
}

impl LocalHeader {
    /// Reads the header, name and extra fields with it.
    pub(super) fn read(input: &mut Input<'_>, limits: &ArchiveLimits) -> Result<Self, Failure> {
        let mut header = [0; HEADER_BYTES];
        input.exact(&mut header, "the header of an entry")?;
        let mut fields = Fields(&header);
        let _signature_and_version = (fields.u32(), fields.u16());
        let (flags, method) = (fields.u16(), fields.u16());
        let _time_and_date = (fields.u16(), fields.u16());
        let (crc32, packed, unpacked) = (fields.u32(), fields.u32(), fields.u32());
        let (name_bytes, extra_bytes) = (usize::from(fields.u16()), usize::from(fields.u16()));
        let mut raw_name = vec![0; name_bytes];
        input.exact(&mut raw_name, "the name of an entry")?;
        let mut extra = vec![0; extra_bytes];
        input.exact(&mut extra, "the extra fields of an entry")?;
        check_extra_length(extra_bytes, limits)
            .map_err(|refusal| refusal.within(&String::from_utf8_lossy(&raw_name)))?;

        let extra = Extra::parse(&extra).map_err(|refusal| refusal.within(&String::from_utf8_lossy(&raw_name)))?;
        let (path, kind) = read_name(&raw_name, flags, &extra)?;
        let sizes = sizes(packed, unpacked, flags, extra.zip64).map_err(|failure| placed(failure, &path))?;
        check_method(flags, method).map_err(|failure| placed(failure, &path))?;
        let (packed_bytes, unpacked_bytes) = sizes;
        Ok(Self {
            flags,
            method,
            crc32,
            packed_bytes,
            unpacked_bytes,
            raw_name,
            path,
            kind,
        })
    }

    /// Whether sizes and checksum stand behind the content.
    pub(super) const fn has_descriptor(&self) -> bool {
        self.flags & DESCRIPTOR_FLAG != 0
    }

    /// The size of the content, if it is announced.
    pub(super) const fn announced_bytes(&self) -> Option<u64> {
        if self.has_descriptor() && self.unpacked_bytes == 0 {
            None
        } else {
            Some(self.unpacked_bytes)
        }
    }
}

pub(super) fn check_extra_length(bytes: usize, limits: &ArchiveLimits) -> Result<(), Refusal> {
    let allowed = limits.metadata_bytes_max;
    if bytes as u64 > allowed {
        let text = format!("{bytes} bytes of extra fields, {allowed} are allowed (metadata_bytes_max)");
        return Err(Refusal::new(ArchiveRule::MetadataTooLarge, text));
    }
    Ok(())
}

// 4.4.8, 4.4.9, 4.5.3. Behind a descriptor flag zeros may stand for what is not known yet, in either place.
fn sizes(packed: u32, unpacked: u32, flags: u16, zip64: Option<&[u8]>) -> Result<(u64, u64), Failure> {
    let has_ones = packed == ONES_32 || unpacked == ONES_32;
    let Some(zip64) = zip64 else {
        if has_ones {
            let text = "its sizes are to be found in a zip64 field that is not there";
            return refuse(ArchiveRule::Zip64Invalid, text);
        }
        return Ok((packed.into(), unpacked.into()));
    };
    if zip64.len() != ZIP64_BYTES {
        let text = format!("its zip64 field has {} bytes instead of {ZIP64_BYTES}", zip64.len());
        return refuse(ArchiveRule::Zip64Invalid, text);
    }
    let mut fields = Fields(zip64);
    let (unpacked64, packed64) = (fields.u64(), fields.u64());
    let is_later = flags & DESCRIPTOR_FLAG != 0;
    let agrees =
        |short: u32, long: u64| short == ONES_32 || u64::from(short) == long || (is_later && (short == 0 || long == 0));
    if !agrees(packed, packed64) || !agrees(unpacked, unpacked64) {
        return refuse(
            ArchiveRule::Zip64Invalid,
            "its zip64 field gives other sizes than its header",
        );
    }
    let chosen = |short: u32, long: u64| {
        if short == ONES_32 || long != 0 {
            long
        } else {
            short.into()
        }
    };
    Ok((chosen(packed, packed64), chosen(unpacked, unpacked64)))
}
