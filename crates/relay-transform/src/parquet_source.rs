//! Delivered tables, read again: the batches of a Parquet file for a sink.

use std::fs::File;
use std::thread;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::batches::{BatchSink, internal};
use crate::outcome::TransformError;
use crate::workers::WorkerThreads;

/// How many rows are read at a time: as many as a batch has when it is written.
const BATCH_ROWS: usize = 8 * 1024;

/// Gives the rows of a Parquet file to a sink, and says how many there were. The schema keeps what the file's metadata says of
/// formats ([`crate::FORMATS_KEY`]).
pub fn read_parquet(file: File, sink: &mut dyn BatchSink) -> Result<u64, TransformError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| internal(&error))?;
    let schema = reader.schema().clone();
    let batches = reader
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|error| internal(&error))?;
    thread::scope(|scope| {
        let threads = WorkerThreads::start(0, scope);
        sink.begin(&schema, &threads.workers)?;
        let mut rows = 0;
        for batch in batches {
            let batch = batch.map_err(|error| internal(&error))?;
            rows += batch.num_rows() as u64;
            sink.write(batch)?;
        }
        sink.finish()?;
        Ok(rows)
    })
}
