//! Names and types of the columns before rows are written: the header is checked, a sample of rows suggests types.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use relay_frictionless::{Finding, SchemaReader};
use relay_model::{
    DEFAULT_MISSING_VALUES, DataClass, FieldType, Reason, ReasonCode, SchemaChanges, TableLimits, TableSchema,
    Treatment, escape_for_display,
};
use relay_privacy::{Forms, Redactor, find_strays};

use crate::cells::{CsvSyntax, JsonSyntax, MissingValues, TypedSyntax};
use crate::columns::{Column, Offsets};
use crate::csv_rows::CsvRows;
use crate::evidence::Evidence;
use crate::json_rows::JsonRows;
use crate::plan::{ColumnPlan, TableFormat, TablePlan};
use crate::registered;
use crate::rows::{Found, RowBatch, RowLimits, Window};

/// The most rows of a sample.
pub(crate) const SAMPLE_ROWS_MAX: usize = 20_000;
/// The most text of a sample, in bytes.
pub(crate) const SAMPLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most cells of a sample that are held at a time.
const SAMPLE_CELLS_MAX: usize = 256 * 1024;

/// Checks names against the limits and the declared schema, or what names must be without one. In a file without a header
/// they are values: what is not known to be a name is not shown.
pub(crate) fn check_names(names: &[String], plan: &TablePlan, limits: &TableLimits) -> Result<(), Reason> {
    if names.len() > limits.columns_max {
        let text = format!("there are more than {} columns (columns_max)", limits.columns_max);
        return Err(Reason::new(ReasonCode::TableTooManyColumns, text));
    }
    match &plan.columns {
        ColumnPlan::Declared(table) if table.rule().changes == SchemaChanges::None => {
            return check_declared(names, &table.rule().schema);
        }
        ColumnPlan::Declared(table) => registered::check_heading(names, table)?,
        ColumnPlan::Described(schema) => check_described(names, schema)?,
        ColumnPlan::Inferred => {}
    }
    let mut seen = HashMap::new();
    for (name, number) in names.iter().zip(1_usize..) {
        let problem = match (name.as_str(), seen.insert(name, number)) {
            ("", _) => format!("column {number} has no name"),
            (_, Some(earlier)) => format!("columns {earlier} and {number} have the same name"),
            _ => continue,
        };
        return Err(Reason::new(ReasonCode::TableDuplicateColumn, problem));
    }
    plan.redactor
        .as_ref()
        .map_or(Ok(()), |redactor| check_personal(names, &plan.columns, redactor))
}

/// Names for columns without one, or with one that another column has, where that is asked for; with what they were called.
pub(crate) fn named(names: Vec<String>) -> (Vec<String>, Vec<Option<String>>) {
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let mut seen = HashSet::new();
    let numbered = names.into_iter().zip(1_usize..);
    let pairs = numbered.map(|(name, number)| {
        if !name.is_empty() && seen.insert(name.clone()) {
            return (name, None);
        }
        let stem = if name.is_empty() {
            format!("column_{number}")
        } else {
            name.clone()
        };
        let candidates = (1_usize..).map(|count| match (count, name.is_empty()) {
            (1, true) => stem.clone(),
            (count, true) => format!("{stem}_{count}"),
            (count, false) => format!("{stem}_{}", count + 1),
        });
        let free = candidates.into_iter().find(|candidate| taken.insert(candidate.clone()));
        (free.unwrap_or_default(), Some(name))
    });
    pairs.unzip()
}

fn check_declared(names: &[String], schema: &TableSchema) -> Result<(), Reason> {
    let declared = schema.fields.iter().map(|field| field.name.as_str());
    let place = declared
        .clone()
        .zip(names)
        .position(|(declared, found)| declared != found);
    let text = match place {
        Some(index) => {
            let (number, wanted, found) = (index + 1, escape_for_display(&schema.fields[index].name), &names[index]);
            if declared.clone().any(|declared| declared == found) {
                format!(
                    "column {number} is '{}', '{wanted}' was declared",
                    escape_for_display(found)
                )
            } else {
                format!("column {number} is not '{wanted}', which was declared")
            }
        }
        None if schema.fields.len() != names.len() => {
            format!(
                "there are {} columns, {} were declared",
                names.len(),
                schema.fields.len()
            )
        }
        None => return Ok(()),
    };
    Err(Reason::new(ReasonCode::TableHeaderMismatch, text))
}

fn check_described(names: &[String], schema: &SchemaReader) -> Result<(), Reason> {
    let Err(findings) = schema.columns(names) else {
        return Ok(());
    };
    let text = |finding: &Finding| match &finding.field {
        Some(field) => format!("field '{field}': {}", finding.text),
        None => finding.text.to_string(),
    };
    let mut words = findings.first().map(text).unwrap_or_default();
    if findings.len() > 1 {
        words = format!("{words} (and {} more)", findings.len() - 1);
    }
    let reason = Reason::new(ReasonCode::TableHeaderMismatch, words);
    Err(match findings.first() {
        Some(first) => reason.by_rule(first.rule.name()),
        None => reason,
    })
}

// Names go into the result and the trail as they are.
fn check_personal(names: &[String], columns: &ColumnPlan, redactor: &Redactor) -> Result<(), Reason> {
    // Those that an organization has registered are its own to choose.
    let is_registered = |name: &String| match columns {
        ColumnPlan::Declared(table) => table.has(name),
        ColumnPlan::Described(_) | ColumnPlan::Inferred => false,
    };
    for (name, number) in names.iter().zip(1_usize..).filter(|(name, _)| !is_registered(name)) {
        let strays = find_strays(name.as_bytes()).into_iter().map(|stray| stray.class);
        let mut classes = strays.chain(Forms::of(name.as_bytes()).strong.iter().collect::<Vec<_>>());
        let is_treated = |class: &DataClass| redactor.policy().treatment(*class) != Treatment::Keep;
        if let Some(class) = classes.find(is_treated) {
            let text = format!("the name of column {number} is personal data itself ({class})");
            return Err(Reason::new(ReasonCode::TablePersonalName, text));
        }
    }
    Ok(())
}

pub(crate) fn missing_values(plan: &ColumnPlan) -> MissingValues {
    match plan {
        ColumnPlan::Declared(table) => MissingValues::new(&table.rule().schema.missing_values),
        ColumnPlan::Described(schema) => {
            MissingValues::new(schema.fields().iter().flat_map(|field| field.missing().iter()))
        }
        ColumnPlan::Inferred => MissingValues::assumed(DEFAULT_MISSING_VALUES),
    }
}

/// The columns of a schema, or those that an earlier pass learnt; `None` when a sample must tell. `header` is what the text
/// has of names, if it has a heading.
pub(crate) fn known_columns(plan: &TablePlan, header: &[String]) -> Option<(Vec<String>, Vec<Column>)> {
    let learnt = plan.learnt.as_ref().map(|learnt| learnt.columns.as_slice());
    let offsets = |index: usize| match learnt.and_then(|learnt| learnt.get(index)) {
        None => Offsets::Undecided,
        Some(learnt) if learnt.inference.zoned => Offsets::Zoned,
        Some(_) => Offsets::Local,
    };
    match (&plan.columns, learnt) {
        (ColumnPlan::Described(schema), _) => Some(described_columns(schema, header, offsets)),
        (ColumnPlan::Declared(table), learnt) => Some(registered::columns(table, header, learnt, offsets)),
        (ColumnPlan::Inferred, Some(learnt)) => {
            let column = |learnt: &crate::plan::LearntColumn| {
                // Every value has been seen, so that none can show anything else.
                (learnt.name.clone(), Column::inferred(learnt.inference, Evidence::TEXT))
            };
            Some(learnt.iter().map(column).unzip())
        }
        (ColumnPlan::Inferred, None) => None,
    }
}

// Without a heading, the columns are the fields.
fn described_columns(
    schema: &Arc<SchemaReader>,
    header: &[String],
    offsets: impl Fn(usize) -> Offsets,
) -> (Vec<String>, Vec<Column>) {
    let names = if header.is_empty() {
        field_names(schema)
    } else {
        header.to_vec()
    };
    let fields = schema.columns(&names).map(|columns| columns.field_of_column);
    let fields = fields.unwrap_or_default().into_iter().chain(std::iter::repeat(None));
    let column = |(index, field): (usize, Option<usize>)| {
        let described = field.and_then(|field| Column::described(schema, field, offsets(index)));
        described.unwrap_or_else(|| Column::declared(FieldType::String, false, Offsets::Local))
    };
    let columns = fields.take(names.len()).enumerate().map(column).collect();
    (names, columns)
}

/// The names of a schema's fields, in order.
pub(crate) fn field_names(schema: &SchemaReader) -> Vec<String> {
    schema.fields().iter().map(|field| field.name().to_owned()).collect()
}

/// A column whose type follows from evidence.
pub(crate) fn column_of(evidence: Evidence) -> Column {
    Column::inferred(evidence.infer(), evidence)
}

/// Shows the first rows in the window to `look`, batch by batch; the window stays as it is. Where the columns are open,
/// `names` grows by the keys of JSON Lines that are met.
pub(crate) fn sample(
    window: &mut Window,
    (format, comment): (TableFormat, Option<u8>),
    names: &mut Vec<String>,
    is_open: bool,
    rows_max: usize,
    limits: &TableLimits,
    mut look: impl FnMut(&[String], &[u8], &RowBatch),
) {
    let start = window.start;
    let mut csv = CsvRows::new(format, comment);
    let mut json = JsonRows::new(names, is_open, format == TableFormat::JsonArray);
    let mut batch = RowBatch::default();
    let mut rows_left = rows_max;
    while rows_left > 0 && names.len() <= limits.columns_max {
        let rows_max = (SAMPLE_CELLS_MAX / names.len().max(1)).clamp(1, rows_left);
        let row_limits = RowLimits {
            rows_max,
            row_bytes_max: limits.row_bytes_max,
        };
        batch.reset(names.len());
        let found = match format {
            TableFormat::Csv { .. } | TableFormat::Workbook | TableFormat::Parquet => {
                csv.read_batch(window, row_limits, &mut batch)
            }
            TableFormat::JsonLines | TableFormat::JsonArray => json.read_batch(window, row_limits, &mut batch),
        };
        look(names, &window.data, &batch);
        rows_left = rows_left.saturating_sub(batch.rows() + batch.bad.len());
        match found {
            Found::Rows => {}
            Found::NewKeys(keys) => {
                json.add_keys(&keys);
                names.extend(keys);
            }
            Found::NeedsMore | Found::End | Found::EndUnknown { .. } | Found::Malformed(_) | Found::NoTable => break,
        }
    }
    window.rewind(start);
    // Keys of a row that was met last, and of which nothing has been shown yet.
    batch.reset(names.len());
    look(names, &window.data, &batch);
}

/// Adds what a batch shows.
pub(crate) fn observe_all(
    evidence: &mut [Evidence],
    format: TableFormat,
    data: &[u8],
    batch: &RowBatch,
    missing: &MissingValues,
) {
    for (index, evidence) in evidence.iter_mut().enumerate() {
        match format {
            TableFormat::Csv { .. } => evidence.observe::<CsvSyntax<true>>(data, batch, index, missing),
            TableFormat::JsonLines | TableFormat::JsonArray => {
                evidence.observe::<JsonSyntax>(data, batch, index, missing);
            }
            TableFormat::Workbook | TableFormat::Parquet => {
                evidence.observe::<TypedSyntax>(data, batch, index, missing);
            }
        }
    }
}
