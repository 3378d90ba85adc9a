//! Tables that are held to a registered schema and may bring more than it has: further columns, and wider numbers.

use std::collections::HashMap;

use relay_frictionless::{Change, ChangeKind, SchemaDiff};
use relay_model::{FieldType, Reason, ReasonCode, SchemaChanges, TableRule, TableSchema};

use crate::columns::{Column, Offsets};
use crate::plan::LearntColumn;

/// Whether a heading has every column of the schema. In a file without a heading, names are values: they are shown only where
/// some are those of the schema.
pub(crate) fn check_heading(names: &[String], schema: &TableSchema) -> Result<(), Reason> {
    let difference = SchemaDiff::of_heading(&schema.into(), names);
    let lost: Vec<String> = difference
        .changes
        .iter()
        .filter(|change| !change.passes())
        .map(Change::to_string)
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    let is_heading = names
        .iter()
        .any(|name| schema.fields.iter().any(|field| field.name == *name));
    let text = if is_heading {
        lost.join("; ")
    } else {
        "none of the registered columns is there: is the heading missing?".to_owned()
    };
    Err(Reason::new(ReasonCode::TableSchemaChanged, text))
}

/// The columns of a table: those of its heading, or of an earlier pass, or else the schema's.
pub(crate) fn columns(
    rule: &TableRule,
    header: &[String],
    learnt: Option<&[LearntColumn]>,
    offsets: impl Fn(usize) -> Offsets,
) -> (Vec<String>, Vec<Column>) {
    let schema = &rule.schema;
    let may_change = rule.changes == SchemaChanges::Compatible;
    let names: Vec<String> = match learnt {
        Some(learnt) => learnt.iter().map(|column| column.name.clone()).collect(),
        None if header.is_empty() || !may_change => schema.fields.iter().map(|field| field.name.clone()).collect(),
        None => header.to_vec(),
    };
    let by_name: HashMap<&str, &relay_model::Field> =
        schema.fields.iter().map(|field| (field.name.as_str(), field)).collect();
    let column = |(index, name): (usize, &String)| {
        let Some(field) = by_name.get(name.as_str()) else {
            return further();
        };
        let learnt_type = learnt
            .and_then(|learnt| learnt.get(index))
            .map(|column| column.field_type);
        let column = Column::declared(learnt_type.unwrap_or(field.field_type), field.required, offsets(index));
        if may_change && learnt.is_none() {
            column.may_widen()
        } else {
            column
        }
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
