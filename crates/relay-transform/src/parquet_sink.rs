//! The Parquet result: batches of columns in, row groups out, the same bytes for the same rows every time.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use relay_model::FieldType;

use crate::columns::{Column, Offsets};
use crate::outcome::TransformError;
use crate::pool::{Job, Pool};
use crate::redaction::{Treated, Treating};
use crate::values::{Texts, Values};

/// A row group ends when its columns are about this large, encoded, in bytes.
const ROW_GROUP_BYTES_MAX: usize = 12 * 1024 * 1024;
/// A row group ends when encoding it needs about this much memory, in bytes.
const ROW_GROUP_MEMORY_BYTES_MAX: usize = 24 * 1024 * 1024;
/// A row group has no more rows than about this.
const ROW_GROUP_ROWS_MAX: usize = 1024 * 1024;
/// All dictionaries, and all pages being filled, may together take this much, in bytes; each column gets its share.
const PAGES_BYTES_MAX: usize = 16 * 1024 * 1024;
const PAGE_BYTES_MIN: usize = 8 * 1024;
const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// A page has no more rows than this: the encoder holds eight bytes for each value of an unfinished page.
const PAGE_ROWS_MAX: usize = 128 * 1024;
/// Values are encoded so many at a time before the page is measured.
const WRITE_BATCH_ROWS: usize = 4096;
/// On the one table tried (flights, 300 MB of CSV) level 1 made files 3.5 % larger and level 5 made them no smaller.
const ZSTD_LEVEL: i32 = 3;
/// The key of the file's metadata that says how inferred values were written, where not in the default form: a JSON object
/// of formats by column.
const FORMATS_KEY: &str = "hybrid-relay.formats";

/// Tables with more columns are written with one batch to a row group: an open column writer holds two zstd contexts,
/// and a thousand of them needed 300 MiB, so that only those columns may be open that are being encoded.
pub(crate) const OPEN_COLUMNS_MAX: usize = 96;

/// What a job needs to know of its column.
struct ColumnKind {
    field: Field,
    zoned: bool,
    treating: Treating,
    factory: ArrowRowGroupWriterFactory,
}

impl ColumnKind {
    fn new(name: &str, column: &Column, properties: &Arc<WriterProperties>) -> Result<Self, TransformError> {
        let (field, zoned) = field_of(name, column);
        // The library makes writers for all columns of a file at once; a file of one column makes them one by one.
        let schema = Arc::new(Schema::new(vec![field.clone()]));
        let converted = ArrowSchemaConverter::new().convert(&schema).map_err(from_parquet)?;
        let alone = SerializedFileWriter::new(io::sink(), converted.root_schema_ptr(), Arc::clone(properties));
        let factory = ArrowRowGroupWriterFactory::new(&alone.map_err(from_parquet)?, schema);
        Ok(Self {
            field,
            zoned,
            treating: column.treating.clone(),
            factory,
        })
    }

    fn open(&self) -> Result<ArrowColumnWriter, TransformError> {
        let mut writers = self.factory.create_column_writers(0).map_err(from_parquet)?;
        writers.pop().ok_or_else(|| internal(&"a column without a writer"))
    }
}

/// One step for one column: it is opened, takes values, is closed, or several of these.
pub(crate) struct ColumnJob {
    index: usize,
    kind: Arc<ColumnKind>,
    writer: Option<ArrowColumnWriter>,
    values: Option<(Values, Vec<bool>)>,
    is_last: bool,
}

pub(crate) enum ColumnDone {
    Written(usize, Treated, Box<ArrowColumnWriter>),
    Closed(usize, Treated, Box<ArrowColumnChunk>),
}

impl Job for ColumnJob {
    type Done = ColumnDone;

    fn run(self) -> Result<ColumnDone, TransformError> {
        let mut writer = match self.writer {
            Some(writer) => writer,
            None => self.kind.open()?,
        };
        let mut treated = Treated::default();
        if let Some((mut values, mut present)) = self.values {
            treated = self.kind.treating.apply(&mut values, &mut present);
            let array = to_array(values, present, self.kind.zoned).map_err(|error| internal(&error))?;
            for leaf in compute_leaves(&self.kind.field, &array).map_err(from_parquet)? {
                writer.write(&leaf).map_err(from_parquet)?;
            }
        }
        Ok(if self.is_last {
            ColumnDone::Closed(self.index, treated, Box::new(writer.close().map_err(from_parquet)?))
        } else {
            ColumnDone::Written(self.index, treated, Box::new(writer))
        })
    }
}

/// A Parquet file being written.
pub(crate) struct ParquetSink<'a> {
    file: SerializedFileWriter<&'a mut (dyn Write + Send)>,
    kinds: Vec<Arc<ColumnKind>>,
    pool: Pool<ColumnJob>,
    group_rows: usize,
    /// For each column.
    treated: Vec<Treated>,
}

impl<'a> ParquetSink<'a> {
    /// Writes the head of the file. Datetimes without a known offset are local.
    pub(crate) fn create(
        output: &'a mut (dyn Write + Send),
        names: &[String],
        columns: &[Column],
        pool: Pool<ColumnJob>,
    ) -> Result<Self, TransformError> {
        let properties = Arc::new(properties(columns.len())?);
        let pairs = names.iter().zip(columns);
        let kinds = pairs.map(|(name, column)| ColumnKind::new(name, column, &properties).map(Arc::new));
        let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
        let fields: Vec<Field> = kinds.iter().map(|kind| kind.field.clone()).collect();
        let converted = ArrowSchemaConverter::new()
            .convert(&Schema::new(fields))
            .map_err(from_parquet)?;
        let mut file =
            SerializedFileWriter::new(output, converted.root_schema_ptr(), properties).map_err(from_parquet)?;
        let formats = names.iter().zip(columns);
        let formats = formats.filter_map(|(name, column)| Some((name.clone(), column.spelling.format()?.into())));
        let formats: serde_json::Map<String, serde_json::Value> = formats.collect();
        if !formats.is_empty() {
            let formats = serde_json::Value::from(formats).to_string();
            file.append_key_value_metadata(KeyValue::new(FORMATS_KEY.to_owned(), formats));
        }
        Ok(Self {
            file,
            kinds,
            pool,
            group_rows: 0,
            treated: vec![Treated::default(); columns.len()],
        })
    }

    /// Encodes a batch of `rows` rows while the caller goes on. The batch before it is finished first.
    pub(crate) fn write(&mut self, batch: Vec<(Values, Vec<bool>)>, rows: usize) -> Result<(), TransformError> {
        let mut writers = self.settle()?;
        let encoded: usize = writers.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum();
        let memory: usize = writers.iter().map(ArrowColumnWriter::memory_size).sum();
        let is_full = encoded >= ROW_GROUP_BYTES_MAX
            || memory >= ROW_GROUP_MEMORY_BYTES_MAX
            || self.group_rows + rows > ROW_GROUP_ROWS_MAX;
        if is_full && !writers.is_empty() {
            self.end_group(std::mem::take(&mut writers))?;
        }
        self.group_rows += rows;
        let is_last = self.kinds.len() > OPEN_COLUMNS_MAX;
        self.submit(writers, batch.into_iter().map(Some), is_last);
        Ok(())
    }

    /// Writes what is left, and the footer. Says for each column what was treated.
    pub(crate) fn finish(mut self) -> Result<Vec<Treated>, TransformError> {
        let writers = self.settle()?;
        if !writers.is_empty() {
            self.end_group(writers)?;
        }
        self.file.finish().map_err(from_parquet)?;
        self.file.flush().map_err(TransformError::Output)?;
        Ok(self.treated)
    }

    // Columns without a writer get a new one.
    fn submit(
        &self,
        writers: Vec<ArrowColumnWriter>,
        values: impl Iterator<Item = Option<(Values, Vec<bool>)>>,
        is_last: bool,
    ) {
        let writers = writers.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        let jobs = self.kinds.iter().zip(writers).zip(values).enumerate();
        self.pool.submit(jobs.map(|(index, ((kind, writer), values))| {
            let kind = Arc::clone(kind);
            ColumnJob {
                index,
                kind,
                writer,
                values,
                is_last,
            }
        }));
    }

    // Waits for all jobs. Columns that are closed become a row group; the writers of open ones are returned.
    fn settle(&mut self) -> Result<Vec<ArrowColumnWriter>, TransformError> {
        let (mut written, mut closed) = (Vec::new(), Vec::new());
        for done in self.pool.settle() {
            match done? {
                ColumnDone::Written(index, treated, writer) => {
                    self.treated[index].add(treated);
                    written.push((index, writer));
                }
                ColumnDone::Closed(index, treated, chunk) => {
                    self.treated[index].add(treated);
                    closed.push((index, chunk));
                }
            }
        }
        if !closed.is_empty() {
            closed.sort_by_key(|(index, _)| *index);
            let mut group = self.file.next_row_group().map_err(from_parquet)?;
            for (_, chunk) in closed {
                chunk.append_to_row_group(&mut group).map_err(from_parquet)?;
            }
            group.close().map_err(from_parquet)?;
            self.group_rows = 0;
        }
        written.sort_by_key(|(index, _)| *index);
        Ok(written.into_iter().map(|(_, writer)| *writer).collect())
    }

    fn end_group(&mut self, writers: Vec<ArrowColumnWriter>) -> Result<(), TransformError> {
        self.submit(writers, std::iter::repeat_with(|| None), true);
        self.settle().map(|_| ())
    }
}

fn properties(columns: usize) -> Result<WriterProperties, TransformError> {
    let page_bytes = (PAGES_BYTES_MAX / columns.max(1)).clamp(PAGE_BYTES_MIN, PAGE_BYTES_MAX);
    let level = ZstdLevel::try_new(ZSTD_LEVEL).map_err(from_parquet)?;
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_dictionary_page_size_limit(page_bytes)
        .set_data_page_size_limit(page_bytes)
        .set_data_page_row_count_limit(PAGE_ROWS_MAX)
        .set_write_batch_size(WRITE_BATCH_ROWS)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_created_by(concat!("relay-transform version ", env!("CARGO_PKG_VERSION")).to_owned())
        .build())
}

fn field_of(name: &str, column: &Column) -> (Field, bool) {
    let zoned = column.offsets == Offsets::Zoned;
    let data_type = match column.field_type {
        FieldType::Integer => DataType::Int64,
        FieldType::Number => DataType::Float64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::Date => DataType::Date32,
        FieldType::Datetime => DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| "UTC".into())),
        FieldType::Time => DataType::Time64(TimeUnit::Microsecond),
        FieldType::String => DataType::Utf8,
    };
    (Field::new(name, data_type, true), zoned)
}

fn to_array(values: Values, present: Vec<bool>, zoned: bool) -> Result<ArrayRef, ArrowError> {
    let nulls = if present.iter().all(|present| *present) {
        None
    } else {
        Some(NullBuffer::from(present))
    };
    Ok(match values {
        Values::Integer(values) => Arc::new(Int64Array::try_new(values.into(), nulls)?),
        Values::Number(values) => Arc::new(Float64Array::try_new(values.into(), nulls)?),
        Values::Boolean(values) => Arc::new(BooleanArray::new(BooleanBuffer::from(values), nulls)),
        Values::Date(values) => Arc::new(Date32Array::try_new(values.into(), nulls)?),
        Values::Datetime(values) => {
            let array = TimestampMicrosecondArray::try_new(values.into(), nulls)?;
            Arc::new(array.with_timezone_opt(zoned.then_some("UTC")))
        }
        Values::Time(values) => Arc::new(Time64MicrosecondArray::try_new(values.into(), nulls)?),
        Values::String(Texts { ends, bytes }) => {
            let mut offsets = Vec::with_capacity(ends.len() + 1);
            offsets.push(0);
            offsets.extend(ends.into_iter().map(u32::cast_signed));
            let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
            Arc::new(StringArray::try_new(offsets, Buffer::from_vec(bytes), nulls)?)
        }
    })
}

fn internal(error: &dyn std::fmt::Display) -> TransformError {
    TransformError::Internal(error.to_string())
}

// The writer wraps errors of the output in its own; the caller needs the original, to tell a full disk.
fn from_parquet(error: ParquetError) -> TransformError {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => TransformError::Output(*error),
            Err(other) => internal(&other),
        },
        other => internal(&other),
    }
}
