//! Rows as Parquet: batches in, row groups out, the same bytes for the same rows every time.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;

use crate::batches::{BatchSink, internal};
use crate::outcome::TransformError;
use crate::workers::{Pending, Workers};

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

/// Tables with more columns are written with one batch to a row group: an open column writer holds two zstd contexts,
/// and a thousand of them needed 300 MiB, so that only those columns may be open that are being encoded.
pub(crate) const OPEN_COLUMNS_MAX: usize = 96;

/// What a job needs to know of its column.
struct ColumnKind {
    field: Field,
    factory: ArrowRowGroupWriterFactory,
}

impl ColumnKind {
    fn new(field: &Field, properties: &Arc<WriterProperties>) -> Result<Self, TransformError> {
        // The library makes writers for all columns of a file at once; a file of one column makes them one by one.
        let schema = Arc::new(Schema::new(vec![field.clone()]));
        let converted = ArrowSchemaConverter::new().convert(&schema).map_err(from_parquet)?;
        let alone = SerializedFileWriter::new(io::sink(), converted.root_schema_ptr(), Arc::clone(properties));
        let factory = ArrowRowGroupWriterFactory::new(&alone.map_err(from_parquet)?, schema);
        Ok(Self {
            field: field.clone(),
            factory,
        })
    }

    fn open(&self) -> Result<ArrowColumnWriter, TransformError> {
        let mut writers = self.factory.create_column_writers(0).map_err(from_parquet)?;
        writers.pop().ok_or_else(|| internal(&"a column without a writer"))
    }
}

/// One step for one column: it is opened, takes values, is closed, or several of these.
struct ColumnJob {
    kind: Arc<ColumnKind>,
    writer: Option<ArrowColumnWriter>,
    array: Option<ArrayRef>,
    is_last: bool,
}

enum ColumnDone {
    Written(Box<ArrowColumnWriter>),
    Closed(Box<ArrowColumnChunk>),
}

impl ColumnJob {
    fn run(self) -> Result<ColumnDone, TransformError> {
        let mut writer = match self.writer {
            Some(writer) => writer,
            None => self.kind.open()?,
        };
        if let Some(array) = self.array {
            for leaf in compute_leaves(&self.kind.field, &array).map_err(from_parquet)? {
                writer.write(&leaf).map_err(from_parquet)?;
            }
        }
        Ok(if self.is_last {
            ColumnDone::Closed(Box::new(writer.close().map_err(from_parquet)?))
        } else {
            ColumnDone::Written(Box::new(writer))
        })
    }
}

/// Writes a table as Parquet: zstd, the same bytes for the same rows every time.
pub struct ParquetSink<'a> {
    output: Option<&'a mut (dyn Write + Send)>,
    open: Option<OpenFile<'a>>,
}

impl std::fmt::Debug for ParquetSink<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ParquetSink")
    }
}

impl<'a> ParquetSink<'a> {
    /// A file that goes to `output`. The first byte comes when the columns are known.
    pub fn new(output: &'a mut (dyn Write + Send)) -> Self {
        Self {
            output: Some(output),
            open: None,
        }
    }

    fn open(&mut self) -> Result<&mut OpenFile<'a>, TransformError> {
        self.open
            .as_mut()
            .ok_or_else(|| internal(&"rows came before their columns"))
    }
}

impl BatchSink for ParquetSink<'_> {
    fn begin(&mut self, schema: &SchemaRef, workers: &Workers) -> Result<(), TransformError> {
        let output = self.output.take().ok_or_else(|| internal(&"a table began twice"))?;
        self.open = Some(OpenFile::create(output, schema, workers.clone())?);
        Ok(())
    }

    fn write(&mut self, batch: RecordBatch) -> Result<(), TransformError> {
        self.open()?.write(&batch)
    }

    fn finish(&mut self) -> Result<(), TransformError> {
        self.open()?.finish()
    }
}

/// A Parquet file being written.
struct OpenFile<'a> {
    file: SerializedFileWriter<&'a mut (dyn Write + Send)>,
    kinds: Vec<Arc<ColumnKind>>,
    workers: Workers,
    /// The batch that is being encoded while the caller goes on.
    pending: Option<Pending<ColumnDone>>,
    group_rows: usize,
}

impl<'a> OpenFile<'a> {
    /// Writes the head of the file.
    fn create(output: &'a mut (dyn Write + Send), schema: &Schema, workers: Workers) -> Result<Self, TransformError> {
        let properties = Arc::new(properties(schema.fields().len())?);
        let kinds = schema
            .fields()
            .iter()
            .map(|field| ColumnKind::new(field, &properties).map(Arc::new));
        let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
        let converted = ArrowSchemaConverter::new().convert(schema).map_err(from_parquet)?;
        let mut file =
            SerializedFileWriter::new(output, converted.root_schema_ptr(), properties).map_err(from_parquet)?;
        let metadata: BTreeMap<&String, &String> = schema.metadata().iter().collect();
        for (key, value) in metadata {
            file.append_key_value_metadata(KeyValue::new(key.clone(), value.clone()));
        }
        Ok(Self {
            file,
            kinds,
            workers,
            pending: None,
            group_rows: 0,
        })
    }

    /// Encodes a batch while the caller goes on. The batch before it is finished first.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), TransformError> {
        let mut writers = self.settle()?;
        let encoded: usize = writers.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum();
        let memory: usize = writers.iter().map(ArrowColumnWriter::memory_size).sum();
        let is_full = encoded >= ROW_GROUP_BYTES_MAX
            || memory >= ROW_GROUP_MEMORY_BYTES_MAX
            || self.group_rows + batch.num_rows() > ROW_GROUP_ROWS_MAX;
        if is_full && !writers.is_empty() {
            self.end_group(std::mem::take(&mut writers))?;
        }
        self.group_rows += batch.num_rows();
        let is_last = self.kinds.len() > OPEN_COLUMNS_MAX;
        self.submit(writers, batch.columns().iter().cloned().map(Some), is_last);
        Ok(())
    }

    /// Writes what is left, and the footer.
    fn finish(&mut self) -> Result<(), TransformError> {
        let writers = self.settle()?;
        if !writers.is_empty() {
            self.end_group(writers)?;
        }
        self.file.finish().map_err(from_parquet)?;
        self.file.flush().map_err(TransformError::Output)
    }

    // Columns without a writer get a new one.
    fn submit(
        &mut self,
        writers: Vec<ArrowColumnWriter>,
        arrays: impl Iterator<Item = Option<ArrayRef>>,
        is_last: bool,
    ) {
        let writers = writers.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        let jobs = self.kinds.iter().zip(writers).zip(arrays);
        let jobs = jobs.map(|((kind, writer), array)| {
            let job = ColumnJob {
                kind: Arc::clone(kind),
                writer,
                array,
                is_last,
            };
            move || job.run()
        });
        self.pending = Some(self.workers.submit(jobs));
    }

    // Waits for all jobs. Columns that are closed become a row group; the writers of open ones are returned.
    fn settle(&mut self) -> Result<Vec<ArrowColumnWriter>, TransformError> {
        let Some(pending) = self.pending.take() else {
            return Ok(Vec::new());
        };
        let (mut written, mut closed) = (Vec::new(), Vec::new());
        for done in pending.settle() {
            match done? {
                ColumnDone::Written(writer) => written.push(*writer),
                ColumnDone::Closed(chunk) => closed.push(*chunk),
            }
        }
        if !closed.is_empty() {
            let mut group = self.file.next_row_group().map_err(from_parquet)?;
            for chunk in closed {
                chunk.append_to_row_group(&mut group).map_err(from_parquet)?;
            }
            group.close().map_err(from_parquet)?;
            self.group_rows = 0;
        }
        Ok(written)
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
