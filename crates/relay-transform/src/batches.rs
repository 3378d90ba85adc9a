//! The seam for rows: a table leaves the transform as Arrow record batches, checked and redacted, with its bad rows beside
//! them. What becomes of the batches is a sink's to say.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use relay_model::FieldType;

use crate::columns::{Column, Offsets};
use crate::outcome::TransformError;
use crate::redaction::{Treated, Treating};
use crate::values::{Texts, Values};
use crate::workers::Workers;

/// The key of the schema's metadata that says how inferred values were written, where not in the default form: a JSON object
/// of formats by column.
pub const FORMATS_KEY: &str = "hybrid-relay.formats";

/// Takes the rows of one table: its schema, then batches, then the end. A sink that is dropped before [`BatchSink::finish`]
/// leaves a result that is to be thrown away: the table is read once more, or set aside.
pub trait BatchSink: Send {
    /// The columns are known. Work that can be done side by side goes to `workers`.
    fn begin(&mut self, schema: &SchemaRef, workers: &Workers) -> Result<(), TransformError>;

    /// The next rows. A batch has at most 8,192 of them, and about 4 MiB of values (12 MiB in a table of more than 96
    /// columns).
    fn write(&mut self, batch: RecordBatch) -> Result<(), TransformError>;

    /// There are no more rows.
    fn finish(&mut self) -> Result<(), TransformError>;
}

/// The schema of columns as they are written. Datetimes without a known offset are local.
pub(crate) fn schema_of(names: &[String], columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = names
        .iter()
        .zip(columns)
        .map(|(name, column)| Field::new(name, data_type(column), true))
        .collect();
    let formats = names.iter().zip(columns);
    let formats = formats.filter_map(|(name, column)| Some((name.clone(), column.spelling.format()?.into())));
    let formats: serde_json::Map<String, serde_json::Value> = formats.collect();
    let mut metadata = HashMap::new();
    if !formats.is_empty() {
        metadata.insert(FORMATS_KEY.to_owned(), serde_json::Value::from(formats).to_string());
    }
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

fn data_type(column: &Column) -> DataType {
    match column.field_type {
        FieldType::Integer => DataType::Int64,
        FieldType::Number => DataType::Float64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::Date => DataType::Date32,
        FieldType::Datetime => {
            let is_zoned = column.offsets == Offsets::Zoned;
            DataType::Timestamp(TimeUnit::Microsecond, is_zoned.then(|| "UTC".into()))
        }
        FieldType::Time => DataType::Time64(TimeUnit::Microsecond),
        FieldType::String => DataType::Utf8,
    }
}

/// The values of one column of a batch, still as they were read.
pub(crate) struct ColumnValues {
    pub(crate) values: Values,
    /// Whether a row has a value.
    pub(crate) present: Vec<bool>,
    pub(crate) treating: Treating,
}

/// Redacts what columns hold, side by side, and makes a batch of them. Also says what was treated in each.
pub(crate) fn make_batch(
    schema: &SchemaRef,
    columns: impl Iterator<Item = ColumnValues>,
    workers: &Workers,
) -> Result<(RecordBatch, Vec<Treated>), TransformError> {
    let types: Vec<DataType> = schema.fields().iter().map(|field| field.data_type().clone()).collect();
    let jobs = columns.zip(types).map(|(column, data_type)| {
        move || {
            let ColumnValues {
                mut values,
                mut present,
                treating,
            } = column;
            let treated = treating.apply(&mut values, &mut present);
            let array = to_array(values, present, &data_type).map_err(|error| internal(&error))?;
            Ok((array, treated))
        }
    });
    let done = workers.submit(jobs).settle();
    let (mut arrays, mut treated) = (Vec::with_capacity(done.len()), Vec::with_capacity(done.len()));
    for column in done {
        let (array, of_column) = column?;
        arrays.push(array);
        treated.push(of_column);
    }
    let batch = RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|error| internal(&error))?;
    Ok((batch, treated))
}

fn to_array(values: Values, present: Vec<bool>, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
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
            let is_zoned = matches!(data_type, DataType::Timestamp(_, Some(_)));
            Arc::new(array.with_timezone_opt(is_zoned.then_some("UTC")))
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

pub(crate) fn internal(error: &dyn std::fmt::Display) -> TransformError {
    TransformError::Internal(error.to_string())
}
