//! What the pages of a Parquet file unpack to, looked through before any of it is unpacked for its values: the library that
//! reads them takes the sizes in their headers for granted, and memory here has a bound.
//!
//! Headers are Thrift structures in the compact protocol (parquet-format, `PageHeader`; the Thrift compact protocol).

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use relay_model::{Reason, ReasonCode};

/// How deep Thrift structures may stand in each other. Headers of pages need three, the metadata eight.
const DEPTH_MAX: u32 = 16;
/// So many elements of the schema a column may have on average: a list has three, a map four.
const ELEMENTS_OF_COLUMN_MAX: u64 = 8;
/// The most columns of all row groups together, each of which takes some hundred bytes.
const COLUMN_CHUNKS_MAX: u64 = 200_000;
/// The most values of lists in a row group: a single row may have all of them.
const LIST_VALUES_MAX: u64 = 16 * 1024 * 1024;

/// The most that is held at a time to read a row group, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Of every column its dictionary and its longest page.
    pub(crate) pages: u64,
    /// The longest value that is made of more than its own bytes.
    pub(crate) value: u64,
}

/// Looks through the pages of a row group.
pub(crate) fn look_through(file: &[u8], group: &RowGroupMetaData) -> Result<Held, Reason> {
    let mut held = Held::default();
    let mut list_values = 0;
    for column in group.columns() {
        let of_column = pages_of(file, column)?;
        held.pages += of_column.dictionary + of_column.longest;
        let is_prefixed = column
            .encodings()
            .any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY);
        let fixed = u64::try_from(column.column_descr().type_length()).unwrap_or(0);
        held.value = held
            .value
            .max(fixed)
            .max(if is_prefixed { of_column.longest } else { 0 });
        if column.column_descr().max_rep_level() > 0 {
            list_values += of_column.values;
        }
    }
    if list_values > LIST_VALUES_MAX {
        let text = format!("a row group of the Parquet file has more than {LIST_VALUES_MAX} values in lists");
        return Err(Reason::new(ReasonCode::TableFileTooLarge, text));
    }
    Ok(held)
}

/// Looks through what the file says of itself before the library makes structures of it: how many columns and row groups there
/// are decides how much memory they take.
pub(crate) fn check_footer(file: &[u8], columns_max: usize) -> Result<(), Reason> {
    let cut_off = || damaged("it is damaged or cut off");
    // The length of the metadata, and the magic number.
    let (before, end) = file
        .split_at_checked(file.len().saturating_sub(8))
        .ok_or_else(cut_off)?;
    let length = end
        .first_chunk::<4>()
        .map_or(0, |length| u32::from_le_bytes(*length) as usize);
    let start = before.len().checked_sub(length).ok_or_else(cut_off)?;
    let (elements, groups) = Thrift { rest: &before[start..] }.counts().ok_or_else(cut_off)?;
    // The root is an element as well, and of a list there are three.
    let elements_max = (columns_max as u64).saturating_mul(ELEMENTS_OF_COLUMN_MAX) + 1;
    if elements > elements_max {
        let text = format!(
            "the Parquet file has {elements} columns and parts of columns, more than {elements_max} ({ELEMENTS_OF_COLUMN_MAX} x columns_max)"
        );
        return Err(Reason::new(ReasonCode::TableTooManyColumns, text));
    }
    if elements.saturating_mul(groups) > COLUMN_CHUNKS_MAX {
        let text = format!(
            "the Parquet file has more than {COLUMN_CHUNKS_MAX} columns in all of its {groups} row groups together"
        );
        return Err(Reason::new(ReasonCode::TableFileTooLarge, text));
    }
    Ok(())
}

#[derive(Default)]
struct Pages {
    dictionary: u64,
    longest: u64,
    values: u64,
}

fn pages_of(file: &[u8], column: &ColumnChunkMetaData) -> Result<Pages, Reason> {
    let (start, length) = range_of(column)?;
    let chunk = start.checked_add(length).and_then(|end| file.get(start..end));
    let mut rest = chunk.ok_or_else(|| damaged("a column is not where its metadata says"))?;
    let mut pages = Pages::default();
    while !rest.is_empty() {
        let mut thrift = Thrift { rest };
        let header = thrift
            .page_header()
            .ok_or_else(|| damaged("the header of a page cannot be read"))?;
        rest = thrift.rest;
        let page = rest.split_at_checked(header.packed_bytes as usize);
        let (page, behind) = page.ok_or_else(|| damaged("a page is longer than its column"))?;
        rest = behind;
        let bytes = u64::from(header.bytes);
        check_codec(column.compression(), page, &header)?;
        if header.is_dictionary {
            pages.dictionary = pages.dictionary.max(bytes);
        } else {
            pages.longest = pages.longest.max(bytes);
            pages.values += u64::from(header.values);
        }
    }
    Ok(pages)
}

// The library's own function for it panics where a number is negative.
fn range_of(column: &ColumnChunkMetaData) -> Result<(usize, usize), Reason> {
    let start = column
        .dictionary_page_offset()
        .unwrap_or_else(|| column.data_page_offset());
    let numbers = (usize::try_from(start), usize::try_from(column.compressed_size()));
    match numbers {
        (Ok(start), Ok(length)) => Ok((start, length)),
        _ => Err(damaged("a column is not where its metadata says")),
    }
}

// Of most codecs, the library unpacks no more than the header says. The others are unpacked here first, and nothing is kept.
fn check_codec(codec: Compression, page: &[u8], header: &PageHeader) -> Result<(), Reason> {
    match codec {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) | Compression::LZ4_RAW => Ok(()),
        Compression::GZIP(_) => {
            let packed = match page.get(header.levels_bytes as usize..) {
                Some(packed) if header.is_packed => packed,
                _ => return Ok(()),
            };
            let bytes_max = u64::from(header.bytes) + 1;
            let unpacked = io::copy(&mut MultiGzDecoder::new(packed).take(bytes_max), &mut io::sink());
            match unpacked {
                Ok(unpacked) if unpacked < bytes_max => Ok(()),
                _ => Err(damaged("a page does not unpack to what its header says")),
            }
        }
        Compression::BROTLI(_) | Compression::LZ4 | Compression::LZO => Err(damaged(
            "its pages are compressed with Brotli, LZO or the old LZ4; Snappy, gzip, zstd and LZ4_RAW are read",
        )),
    }
}

pub(crate) fn damaged(what: &str) -> Reason {
    Reason::new(
        ReasonCode::TableFileDamaged,
        format!("the Parquet file cannot be read: {what}"),
    )
}

/// What is asked of the header of a page.
#[derive(Debug, Default, PartialEq, Eq)]
struct PageHeader {
    bytes: u32,
    packed_bytes: u32,
    values: u32,
    is_dictionary: bool,
    /// The levels in front of the values, which are never compressed.
    levels_bytes: u32,
    is_packed: bool,
}

#[derive(Clone)]
struct Thrift<'f> {
    rest: &'f [u8],
}

/// Types of the compact protocol.
const STOP: u8 = 0;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

impl Thrift<'_> {
    // The elements of the schema and the row groups (parquet-format, `FileMetaData`).
    fn counts(&mut self) -> Option<(u64, u64)> {
        let (mut elements, mut groups) = (0, 0);
        let mut field = 0;
        while let Some((kind, next)) = self.field(field)? {
            field = next;
            match (field, kind) {
                (2, LIST) => elements = self.clone().list()?.1,
                (4, LIST) => groups = self.clone().list()?.1,
                _ => {}
            }
            self.skip(kind, 0)?;
        }
        Some((elements, groups))
    }

    // The kind of the elements of a list, and how many there are.
    fn list(&mut self) -> Option<(u8, u64)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        Some((head & 0x0f, count))
    }

    fn page_header(&mut self) -> Option<PageHeader> {
        let mut header = PageHeader {
            is_packed: true,
            ..PageHeader::default()
        };
        let mut field = 0;
        while let Some((kind, next)) = self.field(field)? {
            field = next;
            match (field, kind) {
                (2, I16..=I64) => header.bytes = self.number()?,
                (3, I16..=I64) => header.packed_bytes = self.number()?,
                (5 | 7 | 8, STRUCT) => {
                    header.is_dictionary |= field == 7;
                    self.kind_of_page(&mut header, field == 8)?;
                }
                _ => self.skip(kind, 0)?,
            }
        }
        Some(header)
    }

    fn kind_of_page(&mut self, header: &mut PageHeader, is_second_version: bool) -> Option<()> {
        let mut field = 0;
        while let Some((kind, next)) = self.field(field)? {
            field = next;
            match (field, kind) {
                (1, I16..=I64) => header.values = self.number()?,
                (5 | 6, I16..=I64) if is_second_version => {
                    header.levels_bytes = header.levels_bytes.checked_add(self.number()?)?;
                }
                (7, TRUE | FALSE) if is_second_version => header.is_packed = kind == TRUE,
                _ => self.skip(kind, 1)?,
            }
        }
        Some(())
    }

    // The type and the number of the next field; `Some(None)` at the end of the structure.
    #[expect(clippy::option_option, reason = "the outer one says that the bytes end")]
    fn field(&mut self, before: i16) -> Option<Option<(u8, i16)>> {
        let byte = self.byte()?;
        let kind = byte & 0x0f;
        if kind == STOP {
            return Some(None);
        }
        let number = match byte >> 4 {
            0 => i16::try_from(self.signed()?).ok()?,
            delta => before.checked_add(i16::from(delta))?,
        };
        Some(Some((kind, number)))
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match kind {
            TRUE | FALSE => {}
            BYTE => _ = self.byte()?,
            I16..=I64 => _ = self.varint()?,
            DOUBLE => self.pass(8)?,
            BINARY => {
                let length = self.varint()?;
                self.pass(usize::try_from(length).ok()?)?;
            }
            LIST | SET => {
                let (kind, count) = self.list()?;
                for _ in 0..count {
                    self.skip_element(kind, depth)?;
                }
            }
            MAP => {
                let count = self.varint()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                for _ in 0..count {
                    self.skip_element(kinds >> 4, depth)?;
                    self.skip_element(kinds & 0x0f, depth)?;
                }
            }
            STRUCT => {
                let mut field = 0;
                while let Some((kind, next)) = self.field(field)? {
                    field = next;
                    self.skip(kind, depth + 1)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    // Within a list a truth value is a byte of its own.
    fn skip_element(&mut self, kind: u8, depth: u32) -> Option<()> {
        match kind {
            TRUE | FALSE => self.byte().map(|_| ()),
            kind => self.skip(kind, depth + 1),
        }
    }

    fn pass(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    // A size or a count, none of which is negative.
    fn number(&mut self) -> Option<u32> {
        u32::try_from(self.signed()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8]) -> Option<(PageHeader, usize)> {
        let mut thrift = Thrift { rest: bytes };
        let header = thrift.page_header()?;
        Some((header, thrift.rest.len()))
    }

    // type 0, 300 bytes, 40 packed, then a data page of 7 values with statistics that are passed over.
    const DATA_PAGE: &[u8] = &[
        0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x50, 0x2c, 0x15, 0x0e, 0x15, 0x00, 0x15, 0x06, 0x15, 0x06, 0x1c, 0x18,
        0x02, b'a', b'b', 0x16, 0x04, 0x00, 0x00, 0x00,
    ];

    #[test]
    fn the_sizes_in_a_header_are_read() {
        let expected = PageHeader {
            bytes: 300,
            packed_bytes: 40,
            values: 7,
            is_packed: true,
            ..PageHeader::default()
        };
        assert_eq!(header(&[DATA_PAGE, b"page"].concat()), Some((expected, 4)));
    }

    #[test]
    fn a_header_that_ends_early_or_is_something_else_is_none() {
        for length in 0..DATA_PAGE.len() {
            assert_eq!(header(&DATA_PAGE[..length]), None, "{length}");
        }
        // A negative size.
        assert_eq!(header(&[0x25, 0x01, 0x00]), None);
        // Structures without end.
        assert_eq!(header(&[0x4c; 64]), None);
        // A number without end.
        assert_eq!(header(&[&[0x25][..], &[0xff; 20]].concat()), None);
    }
}
