//! Rows of a described table are told to somebody who looks at several rows, or several tables, at once: keys.

use std::sync::Arc;

use relay_frictionless::{SchemaReader, Value};

use crate::cell_parser::read_described;
use crate::cells::{Cell, Syntax};
use crate::plan::{ColumnPlan, TablePlan};
use crate::rows::RowBatch;

/// Is told the rows of a table whose columns a schema describes.
pub trait RowSink: Send {
    /// Whether it looks at the values of a field, by its number in the schema.
    fn wants(&self, field: usize) -> bool;

    /// A row: its number, from 1, and the values of the fields in the order of the schema. Fields that are not wanted have
    /// none here.
    fn row(&mut self, row: u64, values: &[Option<Value<'_>>]);
}

/// A sink, and the columns in which the fields are that it wants.
pub(crate) struct Told<'a> {
    sink: &'a mut dyn RowSink,
    schema: Arc<SchemaReader>,
    /// Numbers of field and column.
    wanted: Vec<(usize, usize)>,
}

impl<'a> Told<'a> {
    /// Nothing if the columns are not described.
    pub(crate) fn new(plan: &TablePlan, sink: &'a mut dyn RowSink) -> Option<Self> {
        let ColumnPlan::Described(schema) = &plan.columns else {
            return None;
        };
        Some(Self {
            sink,
            schema: Arc::clone(schema),
            wanted: Vec::new(),
        })
    }

    /// The columns are known.
    pub(crate) fn set_columns(&mut self, names: &[String]) {
        let Ok(columns) = self.schema.columns(names) else {
            return;
        };
        let numbered = columns.field_of_column.into_iter().zip(0_usize..);
        let wanted = numbered.filter_map(|(field, column)| field.map(|field| (field, column)));
        self.wanted = wanted.filter(|(field, _)| self.sink.wants(*field)).collect();
    }

    /// Tells the rows of a batch; of those that `keep` does not have, nothing.
    pub(crate) fn tell<S: Syntax>(&mut self, data: &[u8], batch: &RowBatch, keep: Option<&[bool]>) {
        let fields = self.schema.fields();
        for (row, place) in batch.places.iter().enumerate() {
            if keep.is_some_and(|keep| !keep[row]) {
                continue;
            }
            let cell = |(field, column): &(usize, usize)| {
                let (start, end) = batch.cells[row * batch.columns + column];
                (*field, S::decode(&data[start as usize..end as usize]))
            };
            let cells: Vec<(usize, Cell<'_>)> = self.wanted.iter().map(cell).collect();
            let mut values = vec![None; fields.len()];
            for (field, cell) in &cells {
                values[*field] = read_described(&fields[*field], cell).ok().flatten();
            }
            self.sink.row(place.row, &values);
        }
    }
}
