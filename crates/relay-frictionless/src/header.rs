//! A table's heading is held against its schema (Table Schema 2.0, "fieldsMatch").

use std::collections::HashMap;

use crate::finding::Finding;
use crate::rule::PackageRule::HeaderMismatch;
use crate::schema::FieldsMatch;

/// Which column holds which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// For each column of the table, the number of its field from 0; nothing for a column that the schema does not name.
    pub field_of_column: Vec<Option<usize>>,
    /// The numbers of the fields that the table does not have: no row has a value for them.
    pub missing_fields: Vec<usize>,
}

/// What the heading is held against: the fields' names, and which of them every row must have.
pub(crate) struct Expected<'a> {
    pub(crate) names: Vec<&'a str>,
    pub(crate) required: Vec<bool>,
    pub(crate) fields_match: FieldsMatch,
}

pub(crate) fn columns(expected: &Expected<'_>, header: &[&str]) -> Result<Columns, Vec<Finding>> {
    let mut findings = Vec::new();
    let by_name: HashMap<&str, usize> = expected.names.iter().copied().zip(0..).collect();
    let mut column_of_field = vec![None; expected.names.len()];
    let mut field_of_column = Vec::with_capacity(header.len());
    for (column, name) in header.iter().enumerate() {
        let field = by_name.get(name).copied();
        if let Some(field) = field
            && let Some(first) = column_of_field[field].replace(column)
        {
            let text = format!("columns {} and {} have its name", first + 1, column + 1);
            findings.push(Finding::new(HeaderMismatch, text).in_field(name));
        }
        field_of_column.push(field);
    }
    let missing_fields = (0..expected.names.len()).filter(|field| column_of_field[*field].is_none());
    let missing_fields: Vec<usize> = missing_fields.collect();
    let columns = Columns {
        field_of_column,
        missing_fields,
    };
    findings.extend(of_sets(expected, &columns));
    if findings.is_empty() && expected.fields_match == FieldsMatch::Exact {
        findings.extend(of_order(expected, header));
    }
    if findings.is_empty() {
        Ok(columns)
    } else {
        Err(findings)
    }
}

fn of_sets(expected: &Expected<'_>, columns: &Columns) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (may_lack, may_add) = match expected.fields_match {
        FieldsMatch::Exact | FieldsMatch::Equal => (false, false),
        FieldsMatch::Subset => (false, true),
        FieldsMatch::Superset => (true, false),
        FieldsMatch::Partial => (true, true),
    };
    for field in &columns.missing_fields {
        let name = expected.names[*field];
        if !may_lack {
            findings.push(Finding::new(HeaderMismatch, "the table has no such column").in_field(name));
        } else if expected.required[*field] {
            let text = "the table has no such column, and every row must have a value in it";
            findings.push(Finding::new(HeaderMismatch, text).in_field(name));
        }
    }
    let unknown = columns
        .field_of_column
        .iter()
        .zip(0..)
        .filter(|(field, _)| field.is_none());
    if !may_add {
        findings.extend(unknown.map(|(_, column): (_, usize)| {
            // Its name is not shown: where a heading is missing, it is a value.
            Finding::new(HeaderMismatch, format!("column {} is not in the schema", column + 1))
        }));
    }
    if columns.missing_fields.len() == expected.names.len() && may_lack {
        findings.push(Finding::new(HeaderMismatch, "the table has no column of the schema"));
    }
    findings
}

fn of_order(expected: &Expected<'_>, header: &[&str]) -> Option<Finding> {
    let at = header
        .iter()
        .zip(&expected.names)
        .position(|(found, name)| found != name)?;
    let text = format!(
        "column {} is another field: the columns are in another order than the schema's",
        at + 1
    );
    Some(Finding::new(HeaderMismatch, text).in_field(expected.names[at]))
}
