//! Cells are read: a schema is compiled once, then every cell of gigabytes is held against its field without allocating
//! anything for the ordinary ones.

mod checks;
mod durations;
mod kind;
mod logical;
mod missing;
mod nested;
mod numbers;
mod strptime;
mod texts;
mod times;
mod value;

pub use missing::MissingTexts;
pub use times::{Moment, day, parse_date, parse_datetime, parse_time};
pub use value::{CellRule, JsonKind, PhysicalType, Value};

pub(crate) use checks::order_of_bounds;
pub(crate) use logical::write_sized;

use self::checks::Checks;
use self::kind::Kind;
use crate::DescriptorLimits;
use crate::finding::Finding;
use crate::header::{self, Columns};
use crate::rule::PackageRule::FieldsTooMany;
use crate::schema::{Field, FieldsMatch, MissingValue, TableSchema};

/// Reads the cells of one field.
#[derive(Clone, Debug)]
pub struct FieldReader {
    name: String,
    is_required: bool,
    missing: MissingTexts,
    kind: Kind,
    checks: Option<Box<Checks>>,
}

impl FieldReader {
    /// Compiles a field. `missing_values` are the schema's, for a field that does not say its own.
    fn new(field: &Field, missing_values: &[MissingValue], limits: &DescriptorLimits) -> Result<Self, Vec<Finding>> {
        let kind = Kind::of(field).map_err(|finding| vec![finding])?;
        let checks = Checks::of(field, &kind, limits)?;
        let values = field.missing_values.as_deref().unwrap_or(missing_values);
        Ok(Self {
            name: field.name.clone(),
            is_required: field.constraints.required,
            missing: MissingTexts::new(values.iter().map(MissingValue::text)),
            kind,
            checks,
        })
    }

    /// The field's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The texts that mean "no value" in this field.
    pub const fn missing(&self) -> &MissingTexts {
        &self.missing
    }

    /// Whether every row must have a value: by the constraint, or as part of the primary key.
    pub const fn is_required(&self) -> bool {
        self.is_required
    }

    /// What a columnar writer keeps of the field. Every [`Value`] of the field is of it.
    pub const fn physical_type(&self) -> PhysicalType {
        self.kind.physical_type()
    }

    /// Reads a cell of delimited text, without its quotes. Nothing is returned for a cell that has no value.
    #[inline]
    pub fn read<'a>(&self, text: &'a [u8]) -> Result<Option<Value<'a>>, CellRule> {
        if self.missing.contains(text) {
            return self.without_value();
        }
        self.held(self.kind.read(text)?)
    }

    /// Reads a JSON value. A string is read as a cell of delimited text is, so it may also be one of `missingValues`.
    #[inline]
    pub fn read_json<'a>(&self, kind: JsonKind, text: &'a [u8]) -> Result<Option<Value<'a>>, CellRule> {
        let is_missing = match kind {
            JsonKind::Null => true,
            JsonKind::String => self.missing.contains(text),
            JsonKind::Number | JsonKind::Boolean | JsonKind::Nested => false,
        };
        if is_missing {
            return self.without_value();
        }
        self.held(self.kind.read_json(kind, text)?)
    }

    /// Appends bytes that are the same for two values if, and only if, they are the same value, however they are written.
    pub(crate) fn write_key(&self, value: &Value<'_>, out: &mut Vec<u8>) {
        logical::write_key(&self.kind, value, out);
    }

    const fn without_value<'a>(&self) -> Result<Option<Value<'a>>, CellRule> {
        if self.is_required {
            Err(CellRule::Required)
        } else {
            Ok(None)
        }
    }

    #[inline]
    fn held<'a>(&self, value: Value<'a>) -> Result<Option<Value<'a>>, CellRule> {
        if let Some(checks) = &self.checks {
            checks.hold(&self.kind, &value)?;
        }
        Ok(Some(value))
    }
}

/// A compiled schema.
#[derive(Clone, Debug)]
pub struct SchemaReader {
    fields: Vec<FieldReader>,
    fields_match: FieldsMatch,
}

impl SchemaReader {
    /// Compiles a schema. Returns everything that cannot be used: unknown formats, constraints that do not fit their
    /// types, patterns that are not read here.
    pub fn new(schema: &TableSchema, limits: &DescriptorLimits) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let patterns = schema.patterns();
        if patterns > limits.patterns_max {
            let text = format!("{patterns} patterns, where {} are allowed", limits.patterns_max);
            return Err(vec![Finding::new(FieldsTooMany, text)]);
        }
        let mut fields = Vec::with_capacity(schema.fields.len());
        for field in &schema.fields {
            match FieldReader::new(field, &schema.missing_values, limits) {
                Ok(mut reader) => {
                    // "Their use in the primary key is equivalent to adding required" (Table Schema, "primaryKey").
                    reader.is_required |= schema.primary_key.contains(&field.name);
                    fields.push(reader);
                }
                Err(faults) => findings.extend(faults),
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        Ok(Self {
            fields,
            fields_match: schema.fields_match,
        })
    }

    /// The readers of the fields, in the order of the schema.
    pub fn fields(&self) -> &[FieldReader] {
        &self.fields
    }

    /// Finds the schema's fields among the columns of a table, by its heading, as `fieldsMatch` asks. Names are compared
    /// byte by byte.
    pub fn columns<T: AsRef<str>>(&self, header: &[T]) -> Result<Columns, Vec<Finding>> {
        let expected = header::Expected {
            names: self.fields.iter().map(FieldReader::name).collect(),
            required: self.fields.iter().map(FieldReader::is_required).collect(),
            fields_match: self.fields_match,
        };
        let header: Vec<&str> = header.iter().map(AsRef::as_ref).collect();
        header::columns(&expected, &header)
    }
}
