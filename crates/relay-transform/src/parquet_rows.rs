//! Rows of a Parquet file, as text for the reader of rows.
//!
//! The file is held in memory: what says how to read it stands at its end. Values are what the file says that they are;
//! what has no text of its own is written as JSON (lists, structures, maps), or, where bytes are no text, as ASCII
//! with escapes.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::LogicalType;
use parquet::schema::types::Type;
use relay_model::{Reason, ReasonCode, TableLimits};

use crate::number_format::civil;
use crate::old_moments;
use crate::parquet_pages::{check_footer, damaged, look_through};
use crate::typed_text::RowText;

/// The first and last bytes of a file.
const MAGIC: &[u8] = b"PAR1";
/// The same where the metadata is encrypted.
const ENCRYPTED_MAGIC: &[u8] = b"PARE";
/// How many rows are unpacked at a time.
const BATCH_ROWS_MAX: usize = 1_024;
/// The most bytes of a batch whose values are made of more than their own bytes.
const BATCH_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// How deep lists and structures may stand in each other.
const DEPTH_MAX: usize = 32;

/// Whether a file that begins like this is a Parquet file.
pub(crate) fn begins_parquet(head: &[u8]) -> bool {
    (head.starts_with(MAGIC) || head.starts_with(ENCRYPTED_MAGIC)) && is_binary(head)
}

// `PAR1` may begin a text as well.
fn is_binary(head: &[u8]) -> bool {
    let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
    !head.iter().take(1_024).all(is_text)
}

/// The rows of a Parquet file as text, each on a line of its own, behind one with the names of the columns.
pub(crate) struct ParquetText {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
    /// The same with the old moments in microseconds, if there are such.
    coarse: Option<ArrowReaderMetadata>,
    /// Which columns are UUIDs.
    uuids: Vec<bool>,
    held_bytes_max: u64,
    row_bytes_max: usize,
    next_group: usize,
    reader: Option<ParquetRecordBatchReader>,
    /// How many rows of the group are still to come.
    rows_left: u64,
    batch: Option<RecordBatch>,
    next_row: usize,
    has_begun: bool,
    left_bytes: u64,
}

impl ParquetText {
    pub(crate) fn open(bytes: Bytes, limits: &TableLimits) -> Result<Self, Reason> {
        if bytes.starts_with(ENCRYPTED_MAGIC) || bytes.ends_with(ENCRYPTED_MAGIC) {
            return Err(damaged("it is encrypted"));
        }
        check_footer(&bytes, limits.columns_max)?;
        let metadata = guarded(|| {
            let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
            let metadata = ArrowReaderMetadata::load(&bytes, options)?;
            let schema = Arc::new(Schema::new(viewed_all(metadata.schema().fields())));
            let options = ArrowReaderOptions::new().with_schema(schema);
            ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
        })?;
        let coarse = guarded(|| with_coarse_moments(&metadata))?;
        check_kinds(metadata.schema().fields(), 0)?;
        let root = metadata.metadata().file_metadata().schema_descr().root_schema_ptr();
        let is_uuid = |field: &Arc<Type>| field.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid);
        let ratio_bytes = (bytes.len() as u64).saturating_mul(limits.unpacked_ratio_max);
        Ok(Self {
            uuids: root.get_fields().iter().map(is_uuid).collect(),
            bytes,
            metadata,
            coarse,
            held_bytes_max: limits.held_bytes_max,
            row_bytes_max: limits.row_bytes_max,
            next_group: 0,
            reader: None,
            rows_left: 0,
            batch: None,
            next_row: 0,
            has_begun: false,
            left_bytes: ratio_bytes
                .max(limits.unpacked_bytes_unchecked)
                .min(limits.unpacked_bytes_max),
        })
    }

    pub(crate) fn has_columns(&self) -> bool {
        !self.metadata.schema().fields().is_empty()
    }

    /// Appends rows until `out` has so many bytes; false behind the last one.
    pub(crate) fn append(&mut self, out: &mut Vec<u8>, bytes: usize) -> Result<bool, Reason> {
        if !self.has_begun {
            self.has_begun = true;
            let mut names = RowText::new(out, self.row_bytes_max);
            for field in self.metadata.schema().fields() {
                names.text(field.name().as_bytes());
            }
            names.end();
        }
        while out.len() < bytes {
            let batch = match self.batch.take() {
                Some(batch) if self.next_row < batch.num_rows() => batch,
                _ => match self.next_batch()? {
                    Some(batch) => batch,
                    None => return Ok(false),
                },
            };
            let before = out.len();
            self.write_row(&batch, out);
            let written = (out.len() - before) as u64;
            self.left_bytes = self.left_bytes.checked_sub(written).ok_or_else(too_large)?;
            self.next_row += 1;
            self.batch = Some(batch);
        }
        Ok(true)
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>, Reason> {
        self.next_row = 0;
        loop {
            if let Some(reader) = &mut self.reader {
                match guarded(|| reader.next().transpose().map_err(Into::into))? {
                    Some(batch) if batch.num_rows() > 0 => {
                        let left = self.rows_left.checked_sub(batch.num_rows() as u64);
                        self.rows_left = left.ok_or_else(|| damaged("it has more rows than its metadata says"))?;
                        return Ok(Some(batch));
                    }
                    _ if self.rows_left > 0 => return Err(damaged("it has fewer rows than its metadata says")),
                    _ => self.reader = None,
                }
            }
            if self.next_group == self.metadata.metadata().num_row_groups() {
                return Ok(None);
            }
            self.open_group()?;
        }
    }

    fn open_group(&mut self) -> Result<(), Reason> {
        let number = self.next_group;
        self.next_group += 1;
        let group = self.metadata.metadata().row_group(number);
        self.rows_left =
            u64::try_from(group.num_rows()).map_err(|_| damaged("a row group has a negative number of rows"))?;
        let held = look_through(&self.bytes, group)?;
        // Beside the file itself.
        let held_bytes_max = 2 * self.held_bytes_max;
        if held.pages > held_bytes_max {
            let text = format!(
                "the pages of a row group take more than {held_bytes_max} bytes at a time (2 x held_bytes_max)"
            );
            return Err(Reason::new(ReasonCode::TableFileTooLarge, text));
        }
        let rows = BATCH_BYTES_MAX / held.value.max(1);
        let rows = usize::try_from(rows).unwrap_or(BATCH_ROWS_MAX).clamp(1, BATCH_ROWS_MAX);
        let metadata = match &self.coarse {
            Some(coarse) if !old_moments::are_fine(&self.bytes, group)? => coarse,
            _ => &self.metadata,
        };
        let (bytes, metadata) = (self.bytes.clone(), metadata.clone());
        self.reader = Some(guarded(|| {
            ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata)
                .with_row_groups(vec![number])
                .with_batch_size(rows)
                .build()
        })?);
        Ok(())
    }

    fn write_row(&self, batch: &RecordBatch, out: &mut Vec<u8>) {
        let mut row = RowText::new(out, self.row_bytes_max);
        let mut text = String::new();
        for (column, is_uuid) in batch.columns().iter().zip(&self.uuids) {
            text.clear();
            if column.is_null(self.next_row) {
                row.nothing();
            } else if *is_uuid && let Some(bytes) = column.as_fixed_size_binary_opt() {
                write_uuid(&mut text, bytes.value(self.next_row));
                row.text(text.as_bytes());
            } else if let Some(value) = column.as_string_view_opt() {
                row.text(value.value(self.next_row).as_bytes());
            } else {
                match write_value(&mut text, column, self.next_row, self.row_bytes_max) {
                    Written::Bare => row.bare(&text),
                    Written::Text => row.text(text.as_bytes()),
                    Written::Nothing => row.nothing(),
                }
            }
        }
        row.end();
    }
}

fn too_large() -> Reason {
    let text = "the Parquet file unpacks to more bytes than the limit (unpacked_bytes_max), or to more times its size (unpacked_ratio_max)";
    Reason::new(ReasonCode::TableFileTooLarge, text)
}

// The library panics over some files that no writer makes.
pub(crate) fn guarded<T>(read: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T, Reason> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(read)) => Ok(read),
        // What the library says may have a word of the content in it.
        Ok(Err(_)) => Err(damaged("it is damaged or cut off, or uses something that is not read")),
        Err(_) => Err(damaged("it contradicts itself")),
    }
}

fn viewed_all(fields: &Fields) -> Fields {
    fields.iter().map(viewed).collect()
}

// Texts and bytes as views: values that are equal are not copied.
fn viewed(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        DataType::List(inner) => DataType::List(viewed(inner)),
        DataType::Struct(inner) => DataType::Struct(viewed_all(inner)),
        DataType::Map(inner, is_sorted) => DataType::Map(viewed(inner), *is_sorted),
        other => other.clone(),
    };
    Arc::new(Field::new(field.name(), kind, field.is_nullable()))
}

// Nothing if no column is of the type that moments had in old versions of the format.
fn with_coarse_moments(metadata: &ArrowReaderMetadata) -> parquet::errors::Result<Option<ArrowReaderMetadata>> {
    let columns = metadata.metadata().file_metadata().schema_descr_ptr();
    let mut is_old = columns.columns().iter().map(|column| old_moments::is_old(column));
    if !is_old.clone().any(|is_old| is_old) {
        return Ok(None);
    }
    let fields: Fields = metadata
        .schema()
        .fields()
        .iter()
        .map(|field| coarse(field, &mut is_old))
        .collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).map(Some)
}

fn coarse(field: &FieldRef, is_old: &mut impl Iterator<Item = bool>) -> FieldRef {
    let kind = match field.data_type() {
        DataType::List(inner) => DataType::List(coarse(inner, is_old)),
        DataType::Struct(inner) => DataType::Struct(inner.iter().map(|field| coarse(field, is_old)).collect()),
        DataType::Map(inner, is_sorted) => DataType::Map(coarse(inner, is_old), *is_sorted),
        // Everything else is one column of the file.
        other if is_old.next() == Some(true) && matches!(other, DataType::Timestamp(..)) => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        other => other.clone(),
    };
    Arc::new(Field::new(field.name(), kind, field.is_nullable()))
}

// Whether there is a text for every value.
fn check_kinds<'f>(fields: impl IntoIterator<Item = &'f FieldRef>, depth: usize) -> Result<(), Reason> {
    if depth > DEPTH_MAX {
        return Err(damaged("its lists and structures stand too deep in each other"));
    }
    for field in fields {
        match field.data_type() {
            DataType::List(inner) | DataType::Map(inner, _) => check_kinds([inner], depth + 1)?,
            DataType::Struct(inner) => check_kinds(inner, depth + 1)?,
            // The library loses the months of what Parquet calls an interval.
            DataType::Interval(_) => return Err(damaged("it has a column of intervals, which are not read")),
            kind if kind.is_primitive() || kind.is_binary() || kind.is_string() => {}
            DataType::Boolean | DataType::Null => {}
            _ => return Err(damaged("it has a column of a kind that is not read")),
        }
    }
    Ok(())
}

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// As a number, a truth value, a day or a time.
    Bare,
    /// As a text.
    Text,
    Nothing,
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

// Of what is longer than `bytes_max` only a beginning that is longer as well: it makes a row that is too long in any case, and a few
// bytes of a file can stand for a value of any length, again and again.
fn write_value(out: &mut String, array: &dyn Array, row: usize, bytes_max: usize) -> Written {
    if array.is_null(row) {
        return Written::Nothing;
    }
    match array.data_type() {
        DataType::Boolean => _ = write!(out, "{}", array.as_boolean().value(row)),
        DataType::Int8 => _ = write!(out, "{}", primitive::<Int8Type>(array, row)),
        DataType::Int16 => _ = write!(out, "{}", primitive::<Int16Type>(array, row)),
        DataType::Int32 => _ = write!(out, "{}", primitive::<Int32Type>(array, row)),
        DataType::Int64 => _ = write!(out, "{}", primitive::<Int64Type>(array, row)),
        DataType::UInt8 => _ = write!(out, "{}", primitive::<UInt8Type>(array, row)),
        DataType::UInt16 => _ = write!(out, "{}", primitive::<UInt16Type>(array, row)),
        DataType::UInt32 => _ = write!(out, "{}", primitive::<UInt32Type>(array, row)),
        DataType::UInt64 => _ = write!(out, "{}", primitive::<UInt64Type>(array, row)),
        DataType::Float16 => write_float(out, f64::from(primitive::<Float16Type>(array, row).to_f32())),
        DataType::Float32 => write_float(out, f64::from(primitive::<Float32Type>(array, row))),
        DataType::Float64 => write_float(out, primitive::<Float64Type>(array, row)),
        DataType::Decimal128(..) => out.push_str(&array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(..) => out.push_str(&array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Date32 => write_date(out, i64::from(primitive::<Date32Type>(array, row))),
        DataType::Time32(_) => {
            return write_time_of(
                out,
                i64::from(primitive::<Time32MillisecondType>(array, row)),
                1_000_000,
            );
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            return write_time_of(out, primitive::<Time64MicrosecondType>(array, row), 1_000);
        }
        DataType::Time64(_) => return write_time_of(out, primitive::<Time64NanosecondType>(array, row), 1),
        DataType::Timestamp(unit, zone) => {
            let (moment, per_day) = match unit {
                TimeUnit::Microsecond => (primitive::<TimestampMicrosecondType>(array, row), DAY_NS / 1_000),
                TimeUnit::Nanosecond => (primitive::<TimestampNanosecondType>(array, row), DAY_NS),
                _ => (primitive::<TimestampMillisecondType>(array, row), DAY_NS / 1_000_000),
            };
            write_date(out, moment.div_euclid(per_day));
            out.push('T');
            write_time(out, moment.rem_euclid(per_day) * (DAY_NS / per_day));
            if zone.is_some() {
                out.push('Z');
            }
        }
        DataType::Utf8View => {
            let text = array.as_string_view().value(row);
            out.push_str(&text[..text.floor_char_boundary(bytes_max.saturating_add(4))]);
            return Written::Text;
        }
        DataType::BinaryView => {
            write_bytes(out, array.as_binary_view().value(row), bytes_max);
            return Written::Text;
        }
        DataType::FixedSizeBinary(_) => {
            write_bytes(out, array.as_fixed_size_binary().value(row), bytes_max);
            return Written::Text;
        }
        DataType::Null => return Written::Nothing,
        _ => {
            write_json(out, array, row, bytes_max);
            return Written::Text;
        }
    }
    Written::Bare
}

const DAY_NS: i64 = 86_400_000_000_000;

// With a point, so that it stays a decimal; JSON Table Schema's names for what is no number.
fn write_float(out: &mut String, value: f64) {
    _ = if value.is_nan() {
        write!(out, "NaN")
    } else if value.is_infinite() {
        write!(out, "{}INF", if value < 0.0 { "-" } else { "" })
    } else {
        write!(out, "{value:?}")
    };
}

fn write_date(out: &mut String, days: i64) {
    let (year, month, day) = civil(days);
    _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

fn write_time_of(out: &mut String, value: i64, unit_ns: i64) -> Written {
    match value.checked_mul(unit_ns) {
        Some(of_day) if (0..DAY_NS).contains(&of_day) => {
            write_time(out, of_day);
            Written::Bare
        }
        // No time of a day: what the file has, as a text.
        _ => {
            _ = write!(out, "{value}");
            Written::Text
        }
    }
}

fn write_time(out: &mut String, of_day_ns: i64) {
    let (seconds, part) = (of_day_ns.div_euclid(1_000_000_000), of_day_ns.rem_euclid(1_000_000_000));
    _ = write!(
        out,
        "{:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    );
    _ = match part {
        0 => Ok(()),
        part if part % 1_000_000 == 0 => write!(out, ".{:03}", part / 1_000_000),
        part if part % 1_000 == 0 => write!(out, ".{:06}", part / 1_000),
        part => write!(out, ".{part:09}"),
    };
}

// Many writers do not say that their bytes are text. Of others what is ASCII stays readable: an address among them is one.
fn write_bytes(out: &mut String, bytes: &[u8], bytes_max: usize) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        out.push_str(&text[..text.floor_char_boundary(bytes_max.saturating_add(4))]);
    } else {
        let bytes = &bytes[..bytes.len().min(bytes_max.saturating_add(1))];
        _ = write!(out, "{}", bytes.escape_ascii());
    }
}

fn write_uuid(out: &mut String, bytes: &[u8]) {
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        _ = write!(out, "{byte:02x}");
    }
}

// RFC 8259. Maps become objects if their keys are texts, and lists of pairs otherwise.
fn write_json(out: &mut String, array: &dyn Array, row: usize, bytes_max: usize) {
    if array.is_null(row) {
        return out.push_str("null");
    }
    let separated = |out: &mut String, at: usize| {
        if at > 0 {
            out.push(',');
        }
    };
    match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(row);
            out.push('[');
            for at in 0..list.len() {
                if out.len() > bytes_max {
                    break;
                }
                separated(out, at);
                write_json(out, &list, at, bytes_max);
            }
            out.push(']');
        }
        DataType::Struct(fields) => {
            out.push('{');
            for (at, (field, column)) in fields.iter().zip(array.as_struct().columns()).enumerate() {
                separated(out, at);
                write_json_text(out, field.name());
                out.push(':');
                write_json(out, column, row, bytes_max);
            }
            out.push('}');
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let is_object = matches!(keys.data_type(), DataType::Utf8View);
            out.push(if is_object { '{' } else { '[' });
            for at in 0..entries.len() {
                if out.len() > bytes_max {
                    break;
                }
                separated(out, at);
                out.push_str(if is_object { "" } else { "[" });
                write_json(out, keys, at, bytes_max);
                out.push(if is_object { ':' } else { ',' });
                write_json(out, values, at, bytes_max);
                out.push_str(if is_object { "" } else { "]" });
            }
            out.push(if is_object { '}' } else { ']' });
        }
        kind => {
            let is_number = kind.is_integer()
                || matches!(
                    kind,
                    DataType::Boolean | DataType::Decimal128(..) | DataType::Decimal256(..)
                );
            let mut text = String::new();
            match write_value(&mut text, array, row, bytes_max) {
                Written::Bare if is_number || (kind.is_floating() && !text.ends_with(['N', 'F'])) => {
                    out.push_str(&text);
                }
                Written::Nothing => out.push_str("null"),
                _ => write_json_text(out, &text),
            }
        }
    }
}

fn write_json_text(out: &mut String, text: &str) {
    match serde_json::to_string(text) {
        Ok(quoted) => out.push_str(&quoted),
        Err(_) => out.push_str("null"),
    }
}
