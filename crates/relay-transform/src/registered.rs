//! Tables that are held to a registered schema and may bring more than it has: further columns, and wider numbers.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use encoding_rs::Encoding;
use relay_frictionless::{Change, ChangeKind, DescriptorLimits, SchemaDiff, SchemaReader, TableSchema};
use relay_model::{FieldType, Reason, ReasonCode, SchemaChanges, TableRule};

use crate::columns::{Column, Offsets};
use crate::plan::LearntColumn;

/// A rule of an organization for a table, ready to be used.
#[derive(Clone, Debug)]
pub struct RegisteredTable {
    rule: TableRule,
    schema: TableSchema,
    /// What reads the fields of which more is said than their types. It knows them all, in their order.
    reader: Option<Arc<SchemaReader>>,
    /// The encoding that the rule declares.
    encoding: Option<&'static Encoding>,
}

/// A rule cannot be used: its schema says what no table can be held to.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the schema for '{path}' cannot be used: {faults}")]
pub struct UnusableRule {
    path: String,
    faults: String,
}

impl RegisteredTable {
    /// Compiles the rule's schema.
    pub fn new(rule: TableRule) -> Result<Self, UnusableRule> {
        let limits = DescriptorLimits::default();
        let unusable = |faults| UnusableRule {
            path: rule.path.escape_debug().to_string(),
            faults,
        };
        let schema = TableSchema::from_settings(&rule.schema, &limits).map_err(|faults| unusable(joined(&faults)))?;
        let is_plain = rule.schema.fields.iter().all(relay_model::Field::is_plain);
        let reader = if is_plain {
            None
        } else {
            // What speaks of several rows would be read and not be held.
            schema.to_settings().map_err(|reasons| unusable(joined(&reasons)))?;
            let reader = SchemaReader::new(&schema, &limits).map_err(|faults| unusable(joined(&faults)))?;
            Some(Arc::new(reader))
        };
        let label = rule.encoding.as_deref();
        let encoding = label.map(|label| {
            encoding_named(label)
                .ok_or_else(|| unusable(format!("the encoding '{}' is not known", label.escape_debug())))
        });
        let encoding = encoding.transpose()?;
        Ok(Self {
            rule,
            schema,
            reader,
            encoding,
        })
    }

    /// The encoding that the rule declares.
    pub(crate) const fn encoding(&self) -> Option<&'static Encoding> {
        self.encoding
    }

    /// The rule as it was registered.
    pub const fn rule(&self) -> &TableRule {
        &self.rule
    }

    /// Its schema as one of the standard.
    pub const fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// Whether it has a field of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.schema.field(name).is_some()
    }

    // By its number in the schema.
    fn column(&self, number: usize, learnt: Option<FieldType>, offsets: Offsets) -> Option<Column> {
        let field = self.rule.schema.fields.get(number)?;
        if !field.is_plain()
            && let Some(reader) = &self.reader
        {
            return Column::described(reader, number, offsets);
        }
        let column = Column::declared(learnt.unwrap_or(field.field_type), field.required, offsets);
        let may_widen = self.rule.changes == SchemaChanges::Compatible && learnt.is_none();
        Some(if may_widen { column.may_widen() } else { column })
    }
}

// Those that are no encoding of text but a way to refuse one are not known either.
fn encoding_named(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes())
}

fn joined(faults: &[impl Display]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Whether a heading has every column of the schema. In a file without a heading, names are values: they are shown only where
/// some are those of the schema.
pub(crate) fn check_heading(names: &[String], table: &RegisteredTable) -> Result<(), Reason> {
    let difference = SchemaDiff::of_heading(&table.schema, names);
    let lost: Vec<String> = difference
        .changes
        .iter()
        .filter(|change| !change.passes())
        .map(Change::to_string)
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    let text = if names.iter().any(|name| table.has(name)) {
        lost.join("; ")
    } else {
        "none of the registered columns is there: is the heading missing?".to_owned()
    };
    Err(Reason::new(ReasonCode::TableSchemaChanged, text))
}

/// The columns of a table: those of its heading, or of an earlier pass, or else the schema's.
pub(crate) fn columns(
    table: &RegisteredTable,
    header: &[String],
    learnt: Option<&[LearntColumn]>,
    offsets: impl Fn(usize) -> Offsets,
) -> (Vec<String>, Vec<Column>) {
    let fields = &table.rule.schema.fields;
    let may_change = table.rule.changes == SchemaChanges::Compatible;
    let names: Vec<String> = match learnt {
        Some(learnt) => learnt.iter().map(|column| column.name.clone()).collect(),
        None if header.is_empty() || !may_change => fields.iter().map(|field| field.name.clone()).collect(),
        None => header.to_vec(),
    };
    let numbers: HashMap<&str, usize> = fields.iter().map(|field| field.name.as_str()).zip(0..).collect();
    let column = |(index, name): (usize, &String)| {
        let learnt = learnt.and_then(|learnt| learnt.get(index));
        let number = numbers.get(name.as_str());
        let column = number.and_then(|number| {
            table.column(
                *number,
                learnt.map(|column| column.inference.field_type),
                offsets(index),
            )
        });
        column.unwrap_or_else(further)
    };
    let columns = names.iter().enumerate().map(column).collect();
    (names, columns)
}

/// A column that the schema does not have: as it stands, since what it is to be is for a registration to say. Inferred, its
/// type would be another one from package to package.
pub(crate) fn further() -> Column {
    Column::declared(FieldType::String, false, Offsets::Local)
}

/// How a table differs from its schema, in words.
pub(crate) fn changes_in_words(
    rule: &TableRule,
    names: &[String],
    types: impl Iterator<Item = FieldType>,
) -> Vec<String> {
    if rule.changes == SchemaChanges::None {
        return Vec::new();
    }
    let registered = |name: &String| rule.schema.fields.iter().find(|field| field.name == *name);
    let change = |(name, now): (&String, FieldType)| {
        let kind = match registered(name) {
            None => ChangeKind::Added { is_required: false },
            // Text stands for what was treated as personal data.
            Some(field) if field.field_type != now && now == FieldType::Number => ChangeKind::TypeWidened {
                from: field.field_type.into(),
                to: now.into(),
            },
            Some(_) => return None,
        };
        let field = Some(name.clone());
        Some(Change { field, kind }.to_string())
    };
    names.iter().zip(types).filter_map(change).collect()
}
