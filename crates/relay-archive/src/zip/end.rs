//! The end of a zip: the zip64 record and its locator (4.3.14, 4.3.15), and the record that ends every zip (4.3.16).

use super::fields::{Fields, ONES_16, ONES_32};
use super::{END_SIGNATURE, ZIP64_END_SIGNATURE, ZIP64_LOCATOR_SIGNATURE};
use crate::error::{Failure, refuse};
use crate::input::Input;
use crate::rule::ArchiveRule;

const ZIP64_END_BYTES: usize = 56;
/// What the zip64 record says about its own length: without the first twelve bytes, and without data of its version 2.
const ZIP64_END_LENGTH: u64 = 44;
const ZIP64_LOCATOR_BYTES: usize = 20;
const END_BYTES: usize = 22;

/// What the directory was found to be.
pub(super) struct Directory {
    pub(super) start: u64,
    pub(super) count: u64,
}

/// Reads everything behind the directory's last record, to the last byte of the input.
pub(super) fn check(input: &mut Input<'_>, directory: &Directory) -> Result<(), Failure> {
    let end = input.position();
    let size = end - directory.start;
    let is_zip64 = input.peek(4)? == ZIP64_END_SIGNATURE;
    if is_zip64 {
        check_zip64(input, directory, size)?;
        check_locator(input, end)?;
    }
    let signature = input.peek(4)?;
    if signature != END_SIGNATURE {
        if signature.len() < 4 {
            return refuse(ArchiveRule::Truncated, "the archive ends within its directory");
        }
        let text = "the directory ends with something else than its last record";
        return refuse(ArchiveRule::ZipDirectoryInvalid, text);
    }
    check_end(input, directory, size, is_zip64)
}

fn check_zip64(input: &mut Input<'_>, directory: &Directory, size: u64) -> Result<(), Failure> {
    let mut record = [0; ZIP64_END_BYTES];
    input.exact(&mut record, "its directory")?;
    let mut fields = Fields(&record);
    let _signature = fields.u32();
    let length = fields.u64();
    let _versions = (fields.u16(), fields.u16());
    let disks = [fields.u32(), fields.u32()];
    let counts = [fields.u64(), fields.u64()];
    let (told_size, told_start) = (fields.u64(), fields.u64());
    if disks != [0, 0] {
        return refuse(ArchiveRule::MultiDisk, "the zip64 end record names several parts");
    }
    if length != ZIP64_END_LENGTH {
        let text = "the zip64 end record is longer or shorter than it may be";
        return refuse(ArchiveRule::Zip64Invalid, text);
    }
    if counts != [directory.count; 2] || told_size != size || told_start != directory.start {
        let text = "the zip64 end record gives another number of entries, place or size of the directory";
        return refuse(ArchiveRule::ZipDirectoryMismatch, text);
    }
    Ok(())
}

fn check_locator(input: &mut Input<'_>, zip64_end: u64) -> Result<(), Failure> {
    let mut locator = [0; ZIP64_LOCATOR_BYTES];
    input.exact(&mut locator, "its directory")?;
    let mut fields = Fields(&locator);
    let is_locator = fields.bytes(4) == ZIP64_LOCATOR_SIGNATURE;
    let (disk, told_end, disks) = (fields.u32(), fields.u64(), fields.u32());
    if !is_locator || told_end != zip64_end {
        let text = "the zip64 end record is not followed by its locator";
        return refuse(ArchiveRule::Zip64Invalid, text);
    }
    // Some writers count no parts at all.
    if disk != 0 || disks > 1 {
        return refuse(ArchiveRule::MultiDisk, "the zip64 locator names several parts");
    }
    Ok(())
}

fn check_end(input: &mut Input<'_>, directory: &Directory, size: u64, is_zip64: bool) -> Result<(), Failure> {
    let mut record = [0; END_BYTES];
    input.exact(&mut record, "its directory")?;
    let mut fields = Fields(&record);
    let _signature = fields.u32();
    let disks = [fields.u16(), fields.u16()];
    let counts = [fields.u16(), fields.u16()];
    let (told_size, told_start) = (fields.u32(), fields.u32());
    let comment_bytes = usize::from(fields.u16());
    if disks.iter().any(|disk| *disk != 0 && !(is_zip64 && *disk == ONES_16)) {
        return refuse(ArchiveRule::MultiDisk, "the end record names several parts");
    }
    let is_count = |told: u16| u64::from(told) == directory.count || (is_zip64 && told == ONES_16);
    let is_value = |told: u32, true_value: u64| u64::from(told) == true_value || (is_zip64 && told == ONES_32);
    if !counts.into_iter().all(is_count) || !is_value(told_size, size) || !is_value(told_start, directory.start) {
        let text = "the end record gives another number of entries, place or size of the directory";
        return refuse(ArchiveRule::ZipDirectoryMismatch, text);
    }
    check_comment(input, &record, comment_bytes)
}

// A reader searches the end record from the back, so a comment with another one in it is two archives; one that begins
// within the record's own last bytes too.
fn check_comment(input: &mut Input<'_>, record: &[u8], comment_bytes: usize) -> Result<(), Failure> {
    let mut comment = record.to_vec();
    comment.resize(record.len() + comment_bytes, 0);
    input.exact(&mut comment[record.len()..], "its comment")?;
    if comment[1..]
        .windows(END_SIGNATURE.len())
        .any(|window| window == END_SIGNATURE)
    {
        let text = "the comment contains the mark of a zip's end";
        return refuse(ArchiveRule::CommentInvalid, text);
    }
    if !input.is_at_end()? {
        let text = "something follows the end of the zip and its comment";
        return refuse(ArchiveRule::TrailingBytes, text);
    }
    Ok(())
}
