//! Rows as an Arrow IPC stream ("Serialization and Interprocess Communication (IPC)", Apache Arrow columnar format): for
//! programs that go on with them at once.

use std::io::{BufWriter, Write};

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};

use crate::batches::{BatchSink, internal};
use crate::outcome::TransformError;
use crate::workers::Workers;

/// Writes each batch as it comes.
pub struct ArrowSink<'a> {
    output: Option<&'a mut (dyn Write + Send)>,
    stream: Option<StreamWriter<BufWriter<&'a mut (dyn Write + Send)>>>,
}

impl std::fmt::Debug for ArrowSink<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ArrowSink")
    }
}

impl<'a> ArrowSink<'a> {
    /// A stream that goes to `output`. The first byte comes when the columns are known.
    pub fn new(output: &'a mut (dyn Write + Send)) -> Self {
        Self {
            output: Some(output),
            stream: None,
        }
    }

    fn stream(&mut self) -> Result<&mut StreamWriter<BufWriter<&'a mut (dyn Write + Send)>>, TransformError> {
        self.stream
            .as_mut()
            .ok_or_else(|| internal(&"rows came before their columns"))
    }
}

impl BatchSink for ArrowSink<'_> {
    fn begin(&mut self, schema: &SchemaRef, _workers: &Workers) -> Result<(), TransformError> {
        let output = self.output.take().ok_or_else(|| internal(&"a table began twice"))?;
        self.stream = Some(StreamWriter::try_new(BufWriter::new(output), schema).map_err(from_arrow)?);
        Ok(())
    }

    fn write(&mut self, batch: RecordBatch) -> Result<(), TransformError> {
        self.stream()?.write(&batch).map_err(from_arrow)
    }

    fn finish(&mut self) -> Result<(), TransformError> {
        let stream = self.stream()?;
        stream.finish().map_err(from_arrow)?;
        stream.flush().map_err(from_arrow)
    }
}

// The caller needs the error of the output, to tell a full disk.
fn from_arrow(error: ArrowError) -> TransformError {
    match error {
        ArrowError::IoError(_, source) => TransformError::Output(source),
        other => internal(&other),
    }
}
