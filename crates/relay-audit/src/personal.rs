//! What was found of personal data, in words: columns, classes and what became of them. Never a value.

use relay_model::{ColumnSummary, TableSummary, Treatment};

/// The most columns that are told one by one.
const TOLD_COLUMNS_MAX: usize = 20;

/// A sentence with a blank before it, or nothing when there was no personal data.
pub(crate) fn personal_in_words<'a>(tables: impl Iterator<Item = &'a TableSummary>) -> String {
    let found: Vec<String> = tables
        .flat_map(|table| &table.columns)
        .filter_map(column_in_words)
        .collect();
    if found.is_empty() {
        return String::new();
    }
    let told = found
        .iter()
        .take(TOLD_COLUMNS_MAX)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    let more = match found.len().saturating_sub(TOLD_COLUMNS_MAX) {
        0 => String::new(),
        more => format!("; and {more} more columns"),
    };
    format!(" Personal data: {told}{more}.")
}

fn column_in_words(column: &ColumnSummary) -> Option<String> {
    let report = column.personal?;
    let name = column.name.escape_debug();
    let strays = match report.strays {
        0 => String::new(),
        1 => "1 value in its texts was treated by itself".to_owned(),
        strays => format!("{strays} values in its texts were treated by themselves"),
    };
    Some(match report.class {
        None => format!("in '{name}' {strays}"),
        Some(class) => {
            let share = f64::from(class.share_permille) / 10.0;
            let became = became(class.treatment);
            let strays = if strays.is_empty() {
                strays
            } else {
                format!(", {strays}")
            };
            format!(
                "'{name}' is {} in {share} % of {} rows, {became}{strays}",
                class.class, class.rows
            )
        }
    })
}

const fn became(treatment: Treatment) -> &'static str {
    match treatment {
        Treatment::Keep => "kept",
        Treatment::Mask => "masked",
        Treatment::Drop => "dropped",
        Treatment::Tokenize => "tokenized",
    }
}
