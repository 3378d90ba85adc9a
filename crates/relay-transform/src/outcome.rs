//! What comes of a transform: outcomes that concern the content, errors that concern the machine, and the caller's watch.

use std::fmt;
use std::io::{self, Write};

use relay_model::{Reason, TableSummary};

use crate::batches::BatchSink;
use crate::hashing::Digested;
use crate::plan::Learnt;

/// What became of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableOutcome {
    /// The whole result is written.
    Complete(TableReport),
    /// The content breaks a rule. Whatever stands in the sink is to be thrown away; the bad rows explain.
    Quarantine {
        /// Which rule.
        reason: Reason,
        /// The object's bytes, all of them.
        digested: Digested,
        /// What the table held as far as it was read, once its columns were known.
        summary: Option<TableSummary>,
    },
    /// Neither rows of JSON nor a delimited table, as far as the content shows.
    NotATable {
        /// What was expected, in one sentence.
        text: String,
        /// The object's bytes, all of them.
        digested: Digested,
    },
    /// A late value contradicts a type that the first rows suggested. Throw both outputs away, and read the same bytes
    /// again with [`crate::TablePlan::learnt`]: that pass will not ask for another.
    NeedsAnotherPass {
        /// The columns, types and keys that fit every row.
        learnt: Learnt,
        /// The object's bytes, all of them; the second pass should see the same.
        digested: Digested,
    },
}

/// A table that was written in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableReport {
    /// The object's bytes as they were read, packed if they were packed.
    pub digested: Digested,
    /// What the table held.
    pub summary: TableSummary,
}

/// Why a transform could not be carried through. Nothing here is a judgement on the content.
#[derive(Debug, thiserror::Error)]
pub enum TransformError {
    /// The input could not be read.
    #[error("the package could not be read")]
    Input(#[source] io::Error),
    /// An output could not be written.
    #[error("a result could not be written")]
    Output(#[source] io::Error),
    /// The caller asked to stop.
    #[error("the transform was stopped")]
    Cancelled,
    /// A defect of the transform or the Parquet library.
    #[error("the transform met a defect: {0}")]
    Internal(String),
}

/// How the caller watches a transform. Both may be called from another thread.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Asked for every block that is read; once it says yes, the transform ends with [`TransformError::Cancelled`].
    pub is_cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Told for every block how many bytes of the input have been read.
    pub on_progress: &'a (dyn Fn(u64) + Sync),
}

impl Watch<'_> {
    /// Nobody watches.
    pub fn none() -> Self {
        Self {
            is_cancelled: &|| false,
            on_progress: &|_| {},
        }
    }

    pub(crate) fn check(&self) -> Result<(), TransformError> {
        if (self.is_cancelled)() {
            Err(TransformError::Cancelled)
        } else {
            Ok(())
        }
    }

    pub(crate) fn progress(&self, read_bytes: u64) {
        (self.on_progress)(read_bytes);
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// Where a table's results go. The transform writes, the caller makes durable and visible.
pub struct TableOutputs<'a> {
    /// The rows: checked, and redacted as [`crate::TablePlan::redactor`] says.
    pub rows: &'a mut dyn BatchSink,
    /// `bad-rows.jsonl`. The first byte comes with the first bad row; a table without bad rows writes nothing.
    pub bad_rows: &'a mut (dyn Write + Send),
}

impl fmt::Debug for TableOutputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TableOutputs")
    }
}

/// A writer that is opened by its first byte.
pub struct LazyWriter<W, F> {
    open: F,
    writer: Option<W>,
}

impl<W: Write, F: FnMut() -> io::Result<W>> LazyWriter<W, F> {
    /// Nothing is opened yet.
    pub const fn new(open: F) -> Self {
        Self { open, writer: None }
    }

    /// The writer, if anything was written.
    pub fn into_inner(self) -> Option<W> {
        self.writer
    }
}

impl<W: Write, F: FnMut() -> io::Result<W>> Write for LazyWriter<W, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        match &mut self.writer {
            Some(writer) => writer.write(bytes),
            none => none.insert((self.open)()?).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lazy_writer_opens_once_and_only_when_needed() {
        let mut opened = 0;
        let mut writer = LazyWriter::new(|| {
            opened += 1;
            Ok(Vec::new())
        });
        writer.write_all(b"").unwrap();
        writer.flush().unwrap();
        writer.write_all(b"a").unwrap();
        writer.write_all(b"b").unwrap();
        assert_eq!(writer.into_inner(), Some(b"ab".to_vec()));
        assert_eq!(opened, 1);
    }
}
