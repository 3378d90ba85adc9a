//! Streams: bytes or rows in, bytes or record batches out, hashed as they pass.
//!
//! Everything is synchronous over [`std::io::Read`] and [`std::io::Write`], and memory does not grow with the object.
//! [`keep_opaque`] copies bit for bit and looks for personal data in what is text, [`check_packed`] says whether a compressed one unpacks;
//! [`transform_table`] makes record batches of CSV, JSON, workbooks and Parquet, for a [`BatchSink`] ([`ParquetSink`], [`ArrowSink`]),
//! by declared, described ([`transform_described_table`]) or inferred columns, and treats the personal data in it as [`TablePlan::redactor`] says.

mod arrow_sink;
mod bad_rows;
mod batches;
mod blocks;
mod cell_parser;
mod cells;
mod checking;
mod column_builders;
mod columns;
mod csv_index;
mod csv_rows;
mod dialect;
mod encodings;
mod ending;
mod evidence;
mod file_text;
mod hashing;
mod heading;
mod json_rows;
mod json_text;
mod number_format;
mod numbers;
mod old_moments;
mod opaque;
mod outcome;
mod parquet_pages;
mod parquet_rows;
mod parquet_sink;
mod parquet_source;
mod personal;
mod plan;
mod redaction;
mod registered;
mod row_sink;
mod rows;
mod run;
mod sheet_rows;
mod sniff;
mod spelling;
mod table;
mod text_evidence;
mod text_source;
mod typed_text;
mod typing;
mod unpack;
mod values;
mod workbook;
mod workbook_text;
mod workers;

pub use arrow_sink::ArrowSink;
pub use batches::{BatchSink, FORMATS_KEY};
pub use checking::check_packed;
pub use dialect::CsvDialect;
pub use file_text::may_be_table_file;
pub use hashing::{Digested, HashingReader};
pub use opaque::{Kept, OpaquePlan, Packing, keep_opaque};
pub use outcome::{LazyWriter, TableOutcome, TableOutputs, TableReport, TransformError, Watch};
pub use parquet_sink::ParquetSink;
pub use parquet_source::read_parquet;
pub use plan::{ColumnPlan, Compression, Learnt, TableFormat, TablePlan};
pub use registered::{RegisteredTable, UnusableRule};
pub use row_sink::RowSink;
pub use sniff::may_be_table;
pub use table::{transform_described_table, transform_table};
pub use workers::{Pending, Workers};
