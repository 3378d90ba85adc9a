//! The directory behind the entries (4.3.12), held against the entries record by record.

use std::collections::BTreeMap;

use super::fields::{
    COMPARED_FLAGS, Extra, Fields, ONES_16, ONES_32, check_attributes, check_method, placed, read_name, shown_raw,
};
use super::local::check_extra_length;
use super::{CENTRAL_SIGNATURE, Record, end};
use crate::error::{Failure, Refusal, refuse};
use crate::input::Input;
use crate::rule::ArchiveRule;
use relay_model::ArchiveLimits;

const HEADER_BYTES: usize = 46;

/// One header of the directory.
struct CentralHeader {
    flags: u16,
    method: u16,
    crc32: u32,
    packed: u32,
    unpacked: u32,
    disk: u16,
    attributes: u32,
    offset: u32,
    raw_name: Vec<u8>,
    extra: Vec<u8>,
}

/// Reads the directory to the last byte of the input. Each record must be that of one entry, and each entry have one.
pub(super) fn check(
    input: &mut Input<'_>,
    limits: &ArchiveLimits,
    mut records: BTreeMap<u64, Record>,
) -> Result<(), Failure> {
    let start = input.position();
    let count = records.len() as u64;
    while input.peek(4)? == CENTRAL_SIGNATURE {
        let header = CentralHeader::read(input)?;
        header.check(limits, &mut records).map_err(|failure| match failure {
            Failure::Refused(refusal) => Failure::Refused(refusal.within(&String::from_utf8_lossy(&header.raw_name))),
            failure @ Failure::Input(_) => failure,
        })?;
    }
    if let Some(record) = records.values().next() {
        let text = format!("{} entries are not in the directory", records.len());
        return Err(Refusal::new(ArchiveRule::ZipDirectoryMismatch, text)
            .within(&record.path)
            .into());
    }
    end::check(input, &end::Directory { start, count })
}

impl CentralHeader {
    fn read(input: &mut Input<'_>) -> Result<Self, Failure> {
        let mut header = [0; HEADER_BYTES];
        input.exact(&mut header, "its directory")?;
        let mut fields = Fields(&header);
        let _signature_and_versions = (fields.u32(), fields.u16(), fields.u16());
        let (flags, method) = (fields.u16(), fields.u16());
        let _time_and_date = (fields.u16(), fields.u16());
        let (crc32, packed, unpacked) = (fields.u32(), fields.u32(), fields.u32());
        let lengths = [fields.u16(), fields.u16(), fields.u16()].map(usize::from);
        let disk = fields.u16();
        let _internal_attributes = fields.u16();
        let (attributes, offset) = (fields.u32(), fields.u32());
        let [mut raw_name, mut extra, mut comment] = lengths.map(|length| vec![0; length]);
        for part in [&mut raw_name, &mut extra, &mut comment] {
            input.exact(part, "its directory")?;
        }
        Ok(Self {
            flags,
            method,
            crc32,
            packed,
            unpacked,
            disk,
            attributes,
            offset,
            raw_name,
            extra,
        })
    }

    fn check(&self, limits: &ArchiveLimits, records: &mut BTreeMap<u64, Record>) -> Result<(), Failure> {
        check_extra_length(self.extra.len(), limits)?;
        let extra = Extra::parse(&self.extra)?;
        let values = self.resolve(extra.zip64)?;
        if values.disk != 0 {
            return refuse(ArchiveRule::MultiDisk, "it is in another part of the archive");
        }
        let Some(record) = records.remove(&values.offset) else {
            let text = format!(
                "the directory has a record for byte {}, where no entry starts",
                values.offset
            );
            return refuse(ArchiveRule::ZipDirectoryMismatch, text);
        };
        self.compare(&record, &values, &extra)
            .map_err(|failure| placed(failure, &record.path))
    }

    fn compare(&self, record: &Record, values: &Values, extra: &Extra<'_>) -> Result<(), Failure> {
        let differs = |what: &str| {
            let text = format!("the directory gives it another {what}");
            refuse(ArchiveRule::ZipDirectoryMismatch, text)
        };
        check_method(self.flags, self.method)?;
        if self.raw_name != record.raw_name {
            let text = format!("the directory calls it '{}'", shown_raw(&self.raw_name));
            return refuse(ArchiveRule::ZipDirectoryMismatch, text);
        }
        if self.flags & COMPARED_FLAGS != record.flags & COMPARED_FLAGS {
            return differs("set of flags");
        }
        if read_name(&self.raw_name, self.flags, extra)? != (record.path.clone(), record.kind) {
            return differs("Unicode path");
        }
        if self.method != record.method {
            return differs("compression method");
        }
        if self.crc32 != record.crc32 {
            return differs("CRC-32");
        }
        if values.packed_bytes != record.packed_bytes || values.unpacked_bytes != record.unpacked_bytes {
            return differs("size");
        }
        check_attributes(self.attributes, record.kind)
    }

    // 4.5.3: the zip64 field has exactly those values whose fields are all ones, in this order.
    fn resolve(&self, zip64: Option<&[u8]>) -> Result<Values, Failure> {
        let shorts = [self.unpacked, self.packed, self.offset];
        let wanted = shorts.iter().filter(|short| **short == ONES_32).count();
        let wanted_bytes = wanted * 8 + if self.disk == ONES_16 { 4 } else { 0 };
        let data = zip64.unwrap_or_default();
        // A field that no value needs is read by nobody, but it must not lie.
        if wanted_bytes == 0 && !data.is_empty() {
            return self.unneeded(data);
        }
        if data.len() != wanted_bytes {
            let text = format!(
                "its zip64 field in the directory has {} bytes instead of {wanted_bytes}",
                data.len()
            );
            return refuse(ArchiveRule::Zip64Invalid, text);
        }
        let mut fields = Fields(data);
        let [unpacked_bytes, packed_bytes, offset] =
            shorts.map(|short| if short == ONES_32 { fields.u64() } else { short.into() });
        let disk = if self.disk == ONES_16 {
            fields.u32()
        } else {
            self.disk.into()
        };
        Ok(Values {
            unpacked_bytes,
            packed_bytes,
            offset,
            disk,
        })
    }

    fn unneeded(&self, data: &[u8]) -> Result<Values, Failure> {
        let values = Values {
            unpacked_bytes: self.unpacked.into(),
            packed_bytes: self.packed.into(),
            offset: self.offset.into(),
            disk: self.disk.into(),
        };
        let mut told = Vec::new();
        for value in [values.unpacked_bytes, values.packed_bytes, values.offset] {
            told.extend_from_slice(&value.to_le_bytes());
        }
        told.extend_from_slice(&values.disk.to_le_bytes());
        if !told.starts_with(data) {
            let text = "its zip64 field in the directory is not needed, and gives other values";
            return refuse(ArchiveRule::Zip64Invalid, text);
        }
        Ok(values)
    }
}

/// The values of a header once the zip64 field has been looked up.
struct Values {
    unpacked_bytes: u64,
    packed_bytes: u64,
    offset: u64,
    disk: u32,
}
