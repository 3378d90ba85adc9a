//! The schema that a table seems to have, for people to look at and register.

use std::num::NonZeroUsize;
use std::path::Path;

use relay_contents::{Request, transform_package};
use relay_model::{
    ColumnSummary, DEFAULT_MISSING_VALUES, Field, FieldType, OrganizationSettings, TableSchema, TableSummary,
};
use relay_runtime::Configuration;
use relay_transform::Watch;
use serde_json::json;

use crate::args::Format;
use crate::commands::Outcome;
use crate::commands::check::local::{Forgotten, LocalFile};
use crate::output::{Output, tell};
use crate::sources::open_source;

/// Reads a table of this machine to its end and prints its schema.
pub fn infer(format: Format, configuration: &Configuration, path: &Path) -> anyhow::Result<Outcome> {
    let shown = path.display();
    if !path.exists() {
        return Ok(Outcome::WrongUsage(format!("there is no {shown}")));
    }
    if let Err(error) = open_source(path) {
        return Ok(Outcome::WrongUsage(format!("{shown} could not be read: {error}")));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let request = Request {
        path: &name,
        settings: &OrganizationSettings::default(),
        // A token is text: treated values would hide the type of their column.
        redactor: None,
        limits: &configuration.limits,
        threads: NonZeroUsize::MIN,
    };
    let watch = Watch {
        is_cancelled: &|| false,
        on_progress: &|_| {},
    };
    let contents = transform_package(&LocalFile(path), &Forgotten, &request, &watch)?;
    if let Some(reason) = contents.quarantine {
        tell(&format!(
            "{shown} would be quarantined, because {}; see relay check",
            reason.text
        ));
        return Ok(Outcome::NotAllWell);
    }
    let (Some(table), ..) = contents.summary.into_parts() else {
        return Ok(Outcome::WrongUsage(format!(
            "{shown} is no table of delimited text or JSON; of an archive, unpack the table first"
        )));
    };
    if table.bad_rows > 0 {
        tell(&format!(
            "note: {} rows would be set aside, and say nothing of the types; see relay check",
            table.bad_rows
        ));
    }
    let schema = schema_of(&table);
    let output = Output::new(format);
    if output.is_json() {
        output.json(&schema)?;
    } else {
        output.line(&serde_json::to_string_pretty(&schema)?)?;
    }
    Ok(Outcome::AllWell)
}

// As inference has read it: the same file under this schema gives the same values. That one file has a value in each row
// promises nothing of the next one: nothing is required.
fn schema_of(table: &TableSummary) -> TableSchema {
    // Where `NA` stands for a missing number in one column, it may be a text in another.
    let is_na_missing = |column: &ColumnSummary| column.na_seen && column.field_type != FieldType::String;
    let has_missing_na = table.columns.iter().any(is_na_missing);
    let is_json = table.format.starts_with("json");
    let field = |column: &ColumnSummary| {
        let mut field = Field::new(&column.name, column.field_type);
        match (column.field_type, column.format.as_deref()) {
            (FieldType::String, _) if column.na_seen && has_missing_na => {
                field.further.insert("missingValues".to_owned(), json!([""]));
            }
            (FieldType::Boolean, Some(_)) => {
                field
                    .further
                    .insert("trueValues".to_owned(), json!(["yes", "Yes", "YES"]));
                field
                    .further
                    .insert("falseValues".to_owned(), json!(["no", "No", "NO"]));
            }
            (_, Some(format)) => {
                field.further.insert("format".to_owned(), json!(format));
            }
            _ => {}
        }
        field
    };
    TableSchema {
        fields: table.columns.iter().map(field).collect(),
        missing_values: if is_json {
            Vec::new()
        } else if has_missing_na {
            DEFAULT_MISSING_VALUES.map(str::to_owned).to_vec()
        } else {
            vec![String::new()]
        },
    }
}
