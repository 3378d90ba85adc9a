//! Names and types of the columns before rows are written: the header is checked, a sample of rows suggests types.

use std::collections::HashSet;

use relay_model::{DEFAULT_MISSING_VALUES, FieldType, Reason, ReasonCode, TableLimits, TableSchema};

use crate::cells::{CsvSyntax, JsonSyntax, MissingValues};
use crate::columns::{Column, Offsets};
use crate::csv_rows::CsvRows;
use crate::evidence::Evidence;
use crate::json_rows::JsonRows;
use crate::plan::{ColumnPlan, TableFormat, TablePlan};
use crate::rows::{Found, RowBatch, RowLimits, Window};

/// The most rows of a sample.
const SAMPLE_ROWS_MAX: usize = 20_000;
/// The most text of a sample, in bytes.
pub(crate) const SAMPLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most cells of a sample that are held at a time.
const SAMPLE_CELLS_MAX: usize = 256 * 1024;

/// Checks names against the limits and, where there is one, the declared schema.
pub(crate) fn check_names(names: &[String], plan: &ColumnPlan, limits: &TableLimits) -> Result<(), Reason> {
    if names.len() > limits.columns_max {
        let text = format!("there are more than {} columns (columns_max)", limits.columns_max);
        return Err(Reason::new(ReasonCode::TableTooManyColumns, text));
    }
    if let ColumnPlan::Declared(schema) = plan {
        return check_declared(names, schema);
    }
    let mut seen = HashSet::new();
    for (index, name) in names.iter().enumerate() {
        let number = index + 1;
        let problem = match name.as_str() {
            "" => format!("column {number} has no name"),
            name if !seen.insert(name) => format!("column {number} has the name of an earlier one, '{}'", shown(name)),
            _ => continue,
        };
        return Err(Reason::new(ReasonCode::TableDuplicateColumn, problem));
    }
    Ok(())
}

fn check_declared(names: &[String], schema: &TableSchema) -> Result<(), Reason> {
    let declared = schema.fields.iter().map(|field| field.name.as_str());
    let place = declared
        .clone()
        .zip(names)
        .position(|(declared, found)| declared != found);
    let text = match place {
        Some(index) => {
            let (wanted, found) = (&schema.fields[index].name, &names[index]);
            format!(
                "column {} is '{}', '{}' was declared",
                index + 1,
                shown(found),
                shown(wanted)
            )
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

// A file without a header shows its first row here: no more of it than a name would need.
fn shown(name: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 64;
    name.chars()
        .take(SHOWN_CHARACTERS_MAX)
        .flat_map(char::escape_default)
        .collect()
}

pub(crate) fn missing_values(plan: &ColumnPlan) -> MissingValues {
    match plan {
        ColumnPlan::Declared(schema) => MissingValues::new(&schema.missing_values),
        ColumnPlan::Inferred => MissingValues::new(&DEFAULT_MISSING_VALUES),
    }
}

/// The columns of a declared schema, or those that an earlier pass learnt; `None` when a sample must tell.
pub(crate) fn known_columns(plan: &TablePlan) -> Option<(Vec<String>, Vec<Column>)> {
    let learnt = plan.learnt.as_ref().map(|learnt| learnt.columns.as_slice());
    match (&plan.columns, learnt) {
        (ColumnPlan::Declared(schema), learnt) => {
            let offsets = |index: usize| match learnt.and_then(|learnt| learnt.get(index)) {
                None => Offsets::Undecided,
                Some(learnt) if learnt.zoned => Offsets::Zoned,
                Some(_) => Offsets::Local,
            };
            let fields = schema.fields.iter().enumerate();
            let column = |(index, field): (usize, &relay_model::Field)| {
                let column = Column::declared(field.field_type, field.required, offsets(index));
                (field.name.clone(), column)
            };
            Some(fields.map(column).unzip())
        }
        (ColumnPlan::Inferred, Some(learnt)) => {
            let column = |learnt: &crate::plan::LearntColumn| {
                let evidence = if learnt.is_empty {
                    Evidence::NONE
                } else {
                    Evidence::TEXT
                };
                (
                    learnt.name.clone(),
                    Column::inferred(learnt.field_type, learnt.zoned, evidence),
                )
            };
            Some(learnt.iter().map(column).unzip())
        }
        (ColumnPlan::Inferred, None) => None,
    }
}

/// A column whose type follows from evidence.
pub(crate) fn column_of(evidence: Evidence) -> Column {
    let (field_type, zoned): (FieldType, bool) = evidence.field_type();
    Column::inferred(field_type, zoned, evidence)
}

/// Looks at the first rows in the window, which stays as it is. For JSON Lines `names` grows by the keys that are met.
pub(crate) fn sample(
    window: &mut Window,
    format: TableFormat,
    names: &mut Vec<String>,
    row_bytes_max: usize,
    columns_max: usize,
) -> Vec<Evidence> {
    let start = window.start;
    let missing = MissingValues::new(&DEFAULT_MISSING_VALUES);
    let mut evidence = vec![Evidence::NONE; names.len()];
    let mut csv = CsvRows::new(match format {
        TableFormat::Csv { delimiter } => delimiter,
        TableFormat::JsonLines => b',',
    });
    let mut json = JsonRows::new(names, true);
    let mut batch = RowBatch::default();
    let mut rows_left = SAMPLE_ROWS_MAX;
    while rows_left > 0 && names.len() <= columns_max {
        let rows_max = (SAMPLE_CELLS_MAX / names.len().max(1)).clamp(1, rows_left);
        let limits = RowLimits {
            rows_max,
            row_bytes_max,
        };
        batch.reset(names.len());
        let found = match format {
            TableFormat::Csv { .. } => csv.read_batch(window, limits, &mut batch),
            TableFormat::JsonLines => json.read_batch(window, limits, &mut batch),
        };
        observe_all(&mut evidence, format, &window.data, &batch, &missing);
        rows_left = rows_left.saturating_sub(batch.rows() + batch.bad.len());
        match found {
            Found::Rows => {}
            Found::NewKeys(keys) => {
                json.add_keys(&keys);
                names.extend(keys);
                evidence.resize(names.len(), Evidence::NONE);
            }
            Found::NeedsMore | Found::End => break,
        }
    }
    window.rewind(start);
    evidence
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
            TableFormat::JsonLines => evidence.observe::<JsonSyntax>(data, batch, index, missing),
        }
    }
}
