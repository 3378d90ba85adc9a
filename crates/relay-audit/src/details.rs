//! What was found in a package beyond the one reason: findings of bags and Data Packages, changes of schemas, the first bad rows.

use relay_model::{ArchiveSummary, BadRowNote, RuleFinding, TableSummary};

/// How many details are told of one package; a program reads all in the trail.
const DETAILS_MAX: usize = 10;
/// How many bad rows are told of one table; its side file has all.
const BAD_ROWS_TOLD_MAX: usize = 3;

/// A sentence for each detail, and one for those that are left out.
pub fn details_in_words(table: Option<&TableSummary>, archive: Option<&ArchiveSummary>) -> Vec<String> {
    let bags = archive.and_then(|archive| archive.bag.as_ref());
    let packages = archive.and_then(|archive| archive.data_package.as_ref());
    let of_bags = bags.into_iter().flat_map(|bag| &bag.findings);
    let of_packages = packages.into_iter().flat_map(|package| &package.findings);
    let mut details: Vec<String> = of_bags.chain(of_packages).map(finding_in_words).collect();
    let files = archive.into_iter().flat_map(|archive| &archive.files);
    let in_archive = files.filter_map(|file| Some((Some(file.path.as_str()), file.table.as_ref()?)));
    for (path, table) in table.map(|table| (None, table)).into_iter().chain(in_archive) {
        let place = path.map_or_else(String::new, |path| format!("{}: ", path.escape_debug()));
        let changes = table.schema_changes.iter();
        details.extend(changes.map(|change| format!("Differs from the registered schema: {place}{change}")));
        details.extend(table.columns.iter().filter_map(|column| {
            let reason = column.kept_as_text?.in_words();
            Some(format!(
                "Kept as text: {place}column '{}', because {reason}",
                column.name.escape_debug()
            ))
        }));
        details.extend(table.columns.iter().filter_map(|column| {
            let format = column.format.as_ref()?;
            Some(format!(
                "Read as {format}: {place}column '{}'",
                column.name.escape_debug()
            ))
        }));
        let rows = table.first_bad_rows.iter().take(BAD_ROWS_TOLD_MAX);
        details.extend(rows.map(|row| format!("Bad row: {place}{}", bad_row_in_words(row))));
    }
    let omitted = bags.map_or(0, |bag| bag.findings_omitted) + packages.map_or(0, |package| package.findings_omitted);
    let more = details.len().saturating_sub(DETAILS_MAX) as u64 + omitted;
    details.truncate(DETAILS_MAX);
    if more > 0 {
        details.push(format!("And {more} more."));
    }
    details
}

fn bad_row_in_words(note: &BadRowNote) -> String {
    let column = note.column.as_ref();
    let column = column.map_or_else(String::new, |column| format!(", column '{}'", column.escape_debug()));
    format!("line {}{column}: {}", note.line, note.reason)
}

fn finding_in_words(finding: &RuleFinding) -> String {
    let named = |what: &str, name: &Option<String>| name.as_ref().map(|name| format!("{what} '{name}'"));
    let places = [
        finding.file.clone(),
        finding.line.map(|line| format!("line {line}")),
        named("resource", &finding.resource),
        named("field", &finding.field),
        finding.row.map(|row| format!("row {row}")),
    ];
    let places: Vec<String> = places.into_iter().flatten().collect();
    let mut words = format!("{} {}", capitalized(&finding.severity), finding.rule);
    if !places.is_empty() {
        words = format!("{words}, {}", places.join(", "));
    }
    format!("{words}: {}", finding.text)
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
