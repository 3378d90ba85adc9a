//! Is this a descriptor, does this value fit this field, how do two schemas differ? The rules of Frictionless Data
//! Packages: version 1 (specs.frictionlessdata.io) and version 2 (datapackage.org). Nothing here performs I/O.
//!
//! - [`Descriptor::read`] reads `datapackage.json`; [`Descriptor::hold`] holds it against the files of its package.
//! - [`TableSchema`] is a table schema as data, read by [`TableSchema::from_json`], or converted without loss from an
//!   organization's settings ([`TableSchema::from_settings`]); [`TableSchema::to_settings`] is the way back, with every
//!   reason where settings cannot say it.
//! - [`SchemaReader`] is made of it once. [`SchemaReader::columns`] holds a table's heading against the schema;
//!   each [`FieldReader`] then reads cells: [`FieldReader::read`] those of delimited text, [`FieldReader::read_json`] those
//!   of JSON. What comes back is a [`Value`], nothing where there is none, or the [`CellRule`] that the cell breaks.
//! - [`KeyCheck`] is told the rows of a package's tables, in any order of tables, and finds keys that come twice and
//!   references to rows that are not there.
//! - [`SchemaDiff`] says how a new schema differs from a registered one, and whether anything could be lost.
//! - A [`Finding`] is a [`PackageRule`] that is broken, with its place. None of them holds the value of a cell.
//!
//! `docs/DATA_PACKAGES.md` holds the rules against the pages of the standard.
//!
//! ```
//! use relay_frictionless::{CellRule, DescriptorLimits, SchemaReader, StandardVersion, TableSchema, Value};
//!
//! let limits = DescriptorLimits::default();
//! let json = serde_json::json!({"fields": [{"name": "day", "type": "date"},
//!     {"name": "count", "type": "integer", "constraints": {"required": true, "minimum": 0}}]});
//! let schema = TableSchema::from_json(&json, StandardVersion::Two, &limits).map_err(|_| "no schema")?;
//! let reader = SchemaReader::new(&schema, &limits).map_err(|_| "a schema that cannot be checked")?;
//!
//! let columns = reader.columns(&["day", "count"]).map_err(|_| "other columns")?;
//! let count = &reader.fields()[columns.field_of_column[1].ok_or("no field")?];
//! assert_eq!(count.read(b"42"), Ok(Some(Value::Integer(42))));
//! assert_eq!(count.read(b"-1"), Err(CellRule::Minimum));
//! assert_eq!(count.read(b""), Err(CellRule::Required));
//! # Ok::<(), &str>(())
//! ```

mod cell;
mod descriptor;
mod diff;
mod finding;
mod header;
mod json;
mod keys;
mod limits;
mod rule;
mod schema;

pub use cell::{
    CellRule, FieldReader, JsonKind, MissingTexts, Moment, PhysicalType, SchemaReader, Value, day, parse_date,
    parse_datetime, parse_time,
};
pub use descriptor::{
    Content, DESCRIPTOR, Descriptor, Dialect, FileHash, HashAlgorithm, PackageFiles, Resource, Source,
};
pub use diff::{Change, ChangeKind, SchemaDiff};
pub use finding::{Finding, Findings};
pub use header::Columns;
pub use keys::{KeyCheck, KeyLimits, KeySecret, KeyedTable};
pub use limits::DescriptorLimits;
pub use rule::{PackageRule, Severity};
pub use schema::{
    Categories, Category, Constraints, Field, FieldType, FieldsMatch, ForeignKey, MissingValue, Reference,
    StandardVersion, TableSchema, Unregistrable,
};
